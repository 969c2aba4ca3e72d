/*
 * The cookies of a session. A call decides about them as often as it likes; the last decision is
 * written into the answer's header once, at the end, on errors too.
 */
#ifndef TASKGATE_API_SESSION_COOKIES_H
#define TASKGATE_API_SESSION_COOKIES_H

#include "api/app.h"

/* The session cookie with TOKEN; REMEMBER: it outlives the browser, else it is marked as one that
 * does not. The header set-auth-token repeats it. */
void session_cookies_set(struct call *call, const char *token, bool remember);

/* The refresh cookie with TOKEN; it lives as long as the session cookie. */
void session_cookies_set_refresh(struct call *call, const char *token);

/* Expires all of them. */
void session_cookies_clear(struct call *call);

/* Better Auth's cookie cache in the request is expired: there is none here. */
void session_cookies_clear_cache(struct call *call);

/* Writes what was decided. */
void session_cookies_send(struct call *call);

#endif
