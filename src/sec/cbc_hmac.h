/*
 * A256CBC-HS512 (RFC 7518 section 5.2.5): AES-256 in CBC mode, authenticated by HMAC-SHA-512.
 * Beside sec/asymmetric the only file that knows libcrypto: libsodium has no AES-CBC.
 */
#ifndef TASKGATE_SEC_CBC_HMAC_H
#define TASKGATE_SEC_CBC_HMAC_H

#include <stddef.h>

#include "base/err.h"

#define CBC_HMAC_KEY_SIZE 64
#define CBC_HMAC_IV_SIZE  16
#define CBC_HMAC_TAG_SIZE 32

/* What goes with a text: the key, a new random IV for each text, and what is only authenticated. */
struct cbc_hmac {
    const unsigned char *key; /* CBC_HMAC_KEY_SIZE bytes */
    const unsigned char *iv;  /* CBC_HMAC_IV_SIZE bytes */
    const char *data;
    size_t data_len;
};

/* LEN bytes of TEXT encrypted, owned by CTX, and their tag. ERR_INTERNAL when libcrypto fails. */
enum err cbc_hmac_encrypt(void *ctx, const struct cbc_hmac *with, const char *text, size_t len,
                          unsigned char **ret_cipher, size_t *ret_len,
                          unsigned char tag[CBC_HMAC_TAG_SIZE]) WARN_UNUSED;

/* The text of LEN bytes at CIPHER, in wiped memory of CTX with a NUL behind. ERR_BAD_VALUE unless
 * TAG is theirs; it is compared in constant time, before anything is decrypted. */
enum err cbc_hmac_decrypt(void *ctx, const struct cbc_hmac *with, const unsigned char *cipher,
                          size_t len, const unsigned char tag[CBC_HMAC_TAG_SIZE], char **ret_text,
                          size_t *ret_len) WARN_UNUSED;

#endif
