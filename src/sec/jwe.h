/*
 * Texts encrypted as JSON Web Encryption in its compact form (RFC 7516 section 7.1), with one
 * shared key and nothing else: "dir" and A256CBC-HS512, the key named by its thumbprint (RFC 7638).
 */
#ifndef TASKGATE_SEC_JWE_H
#define TASKGATE_SEC_JWE_H

#include <stddef.h>

#include "base/err.h"

#define JWE_KEY_SIZE 64

/* TEXT encrypted, owned by CTX. ERR_INTERNAL. */
enum err jwe_encrypt(void *ctx, const unsigned char key[JWE_KEY_SIZE], const char *text,
                     char **ret_value) WARN_UNUSED;

/* The text in VALUE, in wiped memory of CTX with a NUL behind. ERR_BAD_VALUE unless its header is
 * the one that jwe_encrypt writes for this key, and its tag is right. */
enum err jwe_decrypt(void *ctx, const unsigned char key[JWE_KEY_SIZE], const char *value,
                     char **ret_text, size_t *ret_len) WARN_UNUSED;

#endif
