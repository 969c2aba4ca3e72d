/* The tokens of /api/auth/token, which other services verify with the keys of /api/auth/jwks. */
#ifndef TASKGATE_API_ACCESS_TOKEN_H
#define TASKGATE_API_ACCESS_TOKEN_H

#include "api/app.h"

/*
 * A token of USER as TOKEN_ALG says, owned by the call: for the answer of /token, and for the
 * header set-auth-jwt of /get-session. ERR_INTERNAL (logged) when the private key cannot be opened;
 * the store's errors.
 */
enum err access_token_make(struct call *call, const struct user *user,
                           const char **ret_token) WARN_UNUSED;

#endif
