/*
 * JSON Web Tokens (RFC 7519): HS256 with the secrets, and whatever algorithm a public key has.
 * Verifying: our own checks first (security.md R2), the MAC (sec/token_mac) or the signature by
 * sec/jwk, then the claims.
 */
#ifndef TASKGATE_SEC_TOKEN_H
#define TASKGATE_SEC_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"
#include "sec/ed25519.h"
#include "sec/jwk.h"

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
    bool at_home;       /* of our own base URL, and the users live here (AUTH_ROUTES) */
};

/*
 * Where public keys come from. FIND returns the key called KID (which lives as long as CTX) or
 * ERR_ABSENT; any other error ends the verification with it. Not NEEDED: only the name's being
 * taken by a public key would matter, so nothing is fetched for it.
 */
struct token_cache;
struct token_keys {
    struct token_cache *cache; /* of the tokens that these keys verified; NULL = none */
    enum err (*find)(void *arg, void *ctx, const char *kid, bool needed,
                     const struct jwk **ret_key);
    void *arg;
};

/*
 * Checks TEXT in the order of R2 at time NOW (ms): HS256 against the secrets of CONFIG only, other
 * algorithms against the key of KEYS (NULL = none) that "kid" names only; then the issuer and
 * audience rules of CONFIG, where the base URL is one of the right values. ERR_TOKEN_EXPIRED only
 * after the signature was found right; ERR_TOKEN_NO_USER for a good token without a usable user id;
 * ERR_TOKEN_INVALID for everything else that is wrong with it. What the cache of KEYS knows is not
 * looked at again.
 */
enum err token_verify(void *ctx, const struct config *config, const struct token_keys *keys,
                      const char *text, size_t len, int64_t now,
                      struct token_claims **ret_claims) WARN_UNUSED;

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

/* A token as a front end that shares the secret makes it, of USER_ID, who lives there and needs no
 * row and no session here; valid from NOW for TTL ms, owned by CTX. */
char *token_issue_visitor(void *ctx, const struct config *config, const char *user_id, int64_t now,
                          int64_t ttl);

/* All that a token of Better Auth says of a user; times in ms. */
struct token_profile {
    const char *id;
    const char *name;
    const char *email;
    bool email_verified;
    const char *image; /* NULL = none */
    int64_t created_at;
    int64_t updated_at;
};

/*
 * A token as Better Auth's /token makes it, for 15 minutes from NOW, with the base URL as issuer
 * and audience, owned by CTX: signed by KEY, or with HS256 and the first secret where KEY is NULL.
 * An image, and then a name, that would make it longer than TOKEN_MAX_LENGTH are left out.
 */
char *token_issue_profile(void *ctx, const struct config *config,
                          const struct token_profile *profile, const struct ed25519 *key,
                          int64_t now);

#endif
