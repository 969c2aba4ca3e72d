/* The guard: what a route needs against who asks. One closed list, tested over every pair. */
#ifndef TASKGATE_AUTH_GUARD_H
#define TASKGATE_AUTH_GUARD_H

#include <stdint.h>

#include "auth/principal.h"
#include "base/err.h"

/* A session counts as fresh for this long after it was made (NEED_FRESH), ms. */
#define GUARD_FRESH_AGE ((int64_t)24 * 60 * 60 * 1000)

enum need {
    NEED_NOTHING, /* public */
    NEED_ORIGIN,  /* public; a request with cookies must come from a trusted origin */
    NEED_GUEST,   /* public; the session is looked up if one is offered */
    NEED_SESSION, /* a session, by cookie or bearer session token */
    NEED_FRESH,   /* the same, made less than a day ago */
    NEED_USER,    /* a bearer token; the user is the token's */
    NEED_OWNER,   /* a bearer token, and the user in the path is the token's */
    NEED_PROXY,   /* a session by its cookie, and the user in the path is the session's */
    NEED_COUNT
};

/* Whether PRINCIPAL may use a route that needs NEED for PATH_USER (NULL when the path names none)
 * at NOW. The ids are compared in constant time. ERR_NO_CREDENTIAL, ERR_TOKEN_INVALID,
 * ERR_UNAUTHORIZED, ERR_NO_SESSION, ERR_NOT_FRESH, ERR_USER_MISMATCH. */
enum err guard_check(enum need need, const struct principal *principal, const char *path_user,
                     int64_t now) WARN_UNUSED;

#endif
