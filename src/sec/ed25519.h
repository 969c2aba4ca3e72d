/* Ed25519 keys that sign: made, read and written as Better Auth keeps them. */
#ifndef TASKGATE_SEC_ED25519_H
#define TASKGATE_SEC_ED25519_H

#include <stddef.h>

#include "base/err.h"

#define ED25519_SIZE      32 /* of the seed, and of the public key */
#define ED25519_SIGNATURE 64

struct ed25519 {
    const char *kid;
    unsigned char seed[ED25519_SIZE];
    unsigned char public[ED25519_SIZE];
};

/* A new key with a new name, in wiped memory of CTX. */
struct ed25519 *ed25519_new(void *ctx);

/* The key that the private JWK of LEN bytes at TEXT holds, called KID, in wiped memory of CTX.
 * ERR_BAD_VALUE when it is none, or its two parts do not belong together. */
enum err ed25519_read(void *ctx, const char *kid, const char *text, size_t len,
                      struct ed25519 **ret_key) WARN_UNUSED;

/* The key as a JWK, member for member as Better Auth writes it; the private one in wiped memory. */
char *ed25519_public_jwk(void *ctx, const struct ed25519 *key);
char *ed25519_private_jwk(void *ctx, const struct ed25519 *key);

void ed25519_sign(const struct ed25519 *key, const char *data, size_t len,
                  unsigned char ret_signature[static ED25519_SIGNATURE]);

#endif
