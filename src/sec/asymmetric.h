/*
 * RSA and elliptic curve signatures of JSON Web Algorithms (RFC 7518 section 3.3 to 3.5), verifying
 * only. With sec/cbc_hmac one of the two files that know libcrypto.
 */
#ifndef TASKGATE_SEC_ASYMMETRIC_H
#define TASKGATE_SEC_ASYMMETRIC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum asymmetric_scheme { ASYMMETRIC_PKCS1, ASYMMETRIC_PSS, ASYMMETRIC_ECDSA };

/* The size of the hash, in bits; of an elliptic curve key the curve that goes with it. */
enum asymmetric_size { ASYMMETRIC_256 = 256, ASYMMETRIC_384 = 384, ASYMMETRIC_512 = 512 };

/* A public key, owned by a talloc context. */
struct asymmetric;

/* Big-endian bytes. */
struct asymmetric_number {
    const unsigned char *data;
    size_t len;
};

/* ERR_BAD_VALUE unless the modulus has 2048 to 8192 bits and is odd, and the exponent is odd, at
 * least 65537 and below 2^32. */
enum err asymmetric_rsa(void *ctx, struct asymmetric_number modulus,
                        struct asymmetric_number exponent, struct asymmetric **ret_key) WARN_UNUSED;

/* ERR_BAD_VALUE unless X and Y have the curve's length and the point is on it. */
enum err asymmetric_ec(void *ctx, enum asymmetric_size size, struct asymmetric_number x,
                       struct asymmetric_number y, struct asymmetric **ret_key) WARN_UNUSED;

/* Whether SIGNATURE is that of the LEN bytes at DATA. SCHEME and the kind of KEY must agree. */
bool asymmetric_verify(const struct asymmetric *key, enum asymmetric_scheme scheme,
                       enum asymmetric_size size, const char *data, size_t len,
                       struct asymmetric_number signature);

#endif
