/*
 * A public key as a JSON Web Key (RFC 7517), read with bounds and tied to one algorithm: whatever a
 * token's header says, the key is used with that one only (security.md R3).
 */
#ifndef TASKGATE_SEC_JWK_H
#define TASKGATE_SEC_JWK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

#define JWK_KID_MAX 255 /* bytes of a key's name */

enum jwk_alg {
    JWK_EDDSA,
    JWK_RS256,
    JWK_RS384,
    JWK_RS512,
    JWK_PS256,
    JWK_PS384,
    JWK_PS512,
    JWK_ES256,
    JWK_ES384,
    JWK_ES512,
    JWK_ALG_COUNT
};

/* The name of ALG in a token's header (RFC 7518, RFC 8037). */
const char *jwk_alg_name(enum jwk_alg alg);

/* The algorithm of exactly that name; false when it is none of ours. HS256 is none: its key is
 * never public. */
bool jwk_alg_find(const char *name, size_t len, enum jwk_alg *ret_alg);

struct jwk;

/*
 * The key in OBJECT, owned by CTX. Its algorithm is ALG, or where that is NULL the member "alg", or
 * else what the key type implies: EdDSA, ES256, ES384, ES512 by the curve, and RS256. ERR_BAD_VALUE
 * for a key that is symmetric, private, too weak, not for signatures, not of its algorithm, or not
 * in plain form.
 */
enum err jwk_read(void *ctx, const struct json *object, const char *alg,
                  struct jwk **ret_jwk) WARN_UNUSED;

enum jwk_alg jwk_alg_of(const struct jwk *jwk);

/* Whether SIGNATURE is this key's for the LEN bytes at DATA. */
bool jwk_verify(const struct jwk *jwk, const char *data, size_t len, const unsigned char *signature,
                size_t signature_len);

/* Appends the public members of the key in OBJECT, each as ,"name":"value"; nothing else of it. */
void jwk_put_members(struct buf *buf, const struct json *object);

#endif
