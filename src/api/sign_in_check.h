/* What all ways to sign in have in common: is this the password of that account? */
#ifndef TASKGATE_API_SIGN_IN_CHECK_H
#define TASKGATE_API_SIGN_IN_CHECK_H

#include <stddef.h>

#include "api/app.h"
#include "auth/throttle.h"

/*
 * The user with EMAIL (lower case) and PASSWORD, and the hash of it, owned by the call.
 * ERR_BAD_PASSWORD whatever was wrong, ERR_LIMITED after too many of them, ERR_BUSY, the store's
 * errors; all of them are in the audit log then. A hash that is not as PASSWORD_HASH says is
 * replaced.
 */
enum err sign_in_check(struct call *call, const char *email, const char *password,
                       size_t password_len, struct user **ret_user,
                       const char **ret_hash) WARN_UNUSED;

/*
 * Whether STORED (NULL: there is none) is the hash of PASSWORD: counted in THROTTLE as a failure
 * until it is known to be none. ERR_BAD_PASSWORD, ERR_LIMITED, ERR_BUSY, the store's errors.
 * *ret_old: the hash is not as PASSWORD_HASH says.
 */
enum err sign_in_verify(struct call *call, struct throttle *throttle, const char *stored,
                        const char *password, size_t len, bool *ret_old) WARN_UNUSED;

#endif
