/*
 * JSON Web Tokens (RFC 7519), HS256. Verifying: our own checks first (security.md R2), the MAC by
 * libjwt, then the claims. The only file that knows libjwt.
 */
#ifndef TASKGATE_SEC_TOKEN_H
#define TASKGATE_SEC_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"

#define TOKEN_MAX_LENGTH  4096
#define TOKEN_USER_ID_MAX 255
#define TOKEN_LEEWAY      60 /* seconds, for nbf and iat */

/* How the "jti" of a token starts that token_issue made. */
#define TOKEN_ID_PREFIX "tg_"

/* What a verified token says; texts live with the context given to token_verify, NULL = absent. */
struct token_claims {
    const char *user_id;
    const char *email;
    const char *name;
    const char *session_id;
    int64_t expires_at; /* ms */
    bool issued_here;   /* made by token_issue: its session must be alive (SESSION_CHECK) */
};

/*
 * Checks TEXT in the order of R2 against the secrets and the issuer and audience rules of CONFIG at
 * time NOW (ms). ERR_TOKEN_EXPIRED only after the signature was found right; ERR_TOKEN_NO_USER for
 * a good token without a usable user id; ERR_TOKEN_INVALID for everything else.
 */
enum err token_verify(void *ctx, const struct config *config, const char *text, size_t len,
                      int64_t now, struct token_claims **ret_claims) WARN_UNUSED;

/* Whom a new token speaks of. */
struct token_subject {
    const char *user_id;
    const char *email;
    const char *name;
    const char *session_id;
};

/*
 * A new HS256 token signed with the first secret, valid from NOW for TTL ms, owned by CTX. Its
 * payload part holds neither '-' nor '_', because front ends decode it with plain base64: all
 * characters whose bytes could give one of them are written as \uXXXX. A name that would make the
 * token longer than TOKEN_MAX_LENGTH is left out.
 */
char *token_issue(void *ctx, const struct config *config, const struct token_subject *subject,
                  int64_t now, int64_t ttl);

#endif
