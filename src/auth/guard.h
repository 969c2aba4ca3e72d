/* The guard: what a route needs against who asks. One closed list, tested over every pair. */
#ifndef TASKGATE_AUTH_GUARD_H
#define TASKGATE_AUTH_GUARD_H

#include "auth/principal.h"
#include "base/err.h"

enum need {
    NEED_NOTHING, /* public */
    NEED_ORIGIN,  /* public; a request with cookies must come from a trusted origin */
    NEED_USER,    /* a bearer token; the user is the token's */
    NEED_OWNER,   /* a bearer token, and the user in the path is the token's */
    NEED_COUNT
};

/* Whether PRINCIPAL may use a route that needs NEED for PATH_USER (NULL when the path names none).
 * The ids are compared in constant time. ERR_NO_CREDENTIAL, ERR_USER_MISMATCH. */
enum err guard_check(enum need need, const struct principal *principal,
                     const char *path_user) WARN_UNUSED;

#endif
