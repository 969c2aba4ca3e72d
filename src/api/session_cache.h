/*
 * Better Auth's cookie cache (COOKIE_CACHE): a signed copy of the session in the browser, which
 * get-session believes for a while instead of asking the store. It proves nothing without the
 * session cookie, and is written only for a session that the store has or is given.
 */
#ifndef TASKGATE_API_SESSION_CACHE_H
#define TASKGATE_API_SESSION_CACHE_H

#include "api/app.h"

/*
 * Takes the session that the call's principal offers from the cookie, if it is there, good, and not
 * declined by "disableCookieCache" in the query. False: the store is to be asked; a cookie that is
 * no good is then cleared, unless a new one takes its place.
 */
bool session_cache_read(struct call *call);

/* The cookie's value for SESSION and its USER; without REMEMBER it lives a minute at most. NULL
 * when it could not be made (logged). */
const char *session_cache_make(struct call *call, const struct session *session,
                               const struct user *user, bool remember);

#endif
