/*
 * The cookies of a session. A call decides about them as often as it likes; the last decision is
 * written into the answer's header once, at the end, on errors too.
 */
#ifndef TASKGATE_API_SESSION_COOKIES_H
#define TASKGATE_API_SESSION_COOKIES_H

#include "api/app.h"

/* The cookie of SESSION and, where it is switched on, the cookie cache with it and its USER.
 * REMEMBER: they outlive the browser, else they are marked as ones that do not. The header
 * set-auth-token repeats the token. */
void session_cookies_set(struct call *call, const struct session *session, const struct user *user,
                         bool remember);

/* The cookie cache alone, or what it says beside the session cookie when that is set. */
void session_cookies_set_cache(struct call *call, const struct session *session,
                               const struct user *user, bool remember);

/* The refresh cookie with TOKEN; it lives as long as the session cookie. */
void session_cookies_set_refresh(struct call *call, const char *token);

/* Expires all of them. */
void session_cookies_clear(struct call *call);

/* The cookie cache, if the request has one. */
void session_cookies_clear_cache(struct call *call);

/* Writes what was decided, after all other headers: the cookie cache is left out, and an old one
 * cleared, when the header block has no room for it. */
void session_cookies_send(struct call *call);

#endif
