/* Authentication: which principal a request's credentials prove. */
#ifndef TASKGATE_AUTH_AUTHN_H
#define TASKGATE_AUTH_AUTHN_H

#include <stdint.h>

#include "auth/principal.h"
#include "base/err.h"
#include "conf/conf.h"
#include "http/cgi.h"
#include "store/store.h"

#define SESSION_COOKIE        "better-auth.session_token"
#define SESSION_COOKIE_SECURE "__Secure-better-auth.session_token"
#define REFRESH_COOKIE        "better-auth.refresh_token"
#define REFRESH_COOKIE_SECURE "__Secure-better-auth.refresh_token"

/*
 * Reads the Authorization header (RFC 6750 section 2.1) and verifies its token at NOW; texts of the
 * principal are owned by CTX. No query is made. ERR_NO_CREDENTIAL, ERR_BAD_AUTH_HEADER,
 * ERR_TOKEN_EXPIRED, ERR_TOKEN_NO_USER, ERR_TOKEN_INVALID.
 */
enum err authn_bearer(void *ctx, const struct config *config, const struct request *request,
                      int64_t now, struct principal *ret_principal) WARN_UNUSED;

/* Asks the store whether the session behind a token of ours is still alive (SESSION_CHECK).
 * ERR_TOKEN_INVALID when it was ended; the store's errors. */
enum err authn_confirm(struct store *store, const struct config *config,
                       const struct principal *principal, int64_t now) WARN_UNUSED;

/* The session token inside the signed session cookie, owned by CTX; NULL when there is none or its
 * signature is wrong. */
const char *authn_session_cookie(void *ctx, const struct config *config,
                                 const struct request *request);

/* The refresh token of its cookie, owned by CTX; NULL when there is none. */
const char *authn_refresh_cookie(void *ctx, const struct request *request);

#endif
