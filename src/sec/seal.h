/*
 * Better Auth's encryption of texts in the database: XChaCha20-Poly1305 with the SHA-256 of the
 * secret as key; nonce, ciphertext and tag as one hexadecimal text.
 */
#ifndef TASKGATE_SEC_SEAL_H
#define TASKGATE_SEC_SEAL_H

#include <stddef.h>

#include "base/err.h"
#include "conf/conf.h"

/* LEN bytes of TEXT encrypted with the first secret, owned by CTX. */
char *seal_close(void *ctx, const struct config *config, const char *text, size_t len);

/*
 * The text that LEN bytes at SEALED hold, in wiped memory of CTX with a NUL behind. Also reads the
 * form "$ba$VERSION$HEX" of a server with several secrets. All of our secrets are tried, because a
 * wrong one is always noticed. ERR_BAD_VALUE when none fits or SEALED is not of this form.
 */
enum err seal_open(void *ctx, const struct config *config, const char *sealed, size_t len,
                   char **ret_text, size_t *ret_len) WARN_UNUSED;

#endif
