#include "sec/asymmetric.h"

#include <limits.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/mem.h"

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192 /* a longer one would only cost time */
#define MIN_EXPONENT 65537UL
#define MAX_EXPONENT 0xffffffffUL

struct asymmetric {
    EVP_PKEY *pkey;
};

static int free_key(struct asymmetric *key)
{
    EVP_PKEY_free(key->pkey);
    return 0;
}

/* Makes a public key of TYPE ("RSA", "EC"). Of a curve libcrypto checks that the point is on it;
 * its check of RSA keys looks for primes and is slow, and what we need of them was checked before.
 */
static enum err make_key(void *ctx, const char *type, OSSL_PARAM_BLD *builder,
                         struct asymmetric **ret_key)
{
    enum err error = ERR_BAD_VALUE;
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *check = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (!params || !maker || EVP_PKEY_fromdata_init(maker) != 1 ||
        EVP_PKEY_fromdata(maker, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        goto out;
    }
    check = EVP_PKEY_CTX_new(pkey, NULL);
    if (!check || (EVP_PKEY_is_a(pkey, "EC") == 1 && EVP_PKEY_public_check(check) != 1)) {
        goto out;
    }
    struct asymmetric *key = mem_new(ctx, struct asymmetric);
    key->pkey = pkey;
    pkey = NULL;
    talloc_set_destructor(key, free_key);
    *ret_key = key;
    error = ERR_OK;
out:
    EVP_PKEY_CTX_free(check);
    EVP_PKEY_CTX_free(maker);
    EVP_PKEY_free(pkey);
    OSSL_PARAM_free(params);
    return error;
}

static BIGNUM *read_number(struct asymmetric_number number)
{
    return number.len <= INT_MAX ? BN_bin2bn(number.data, (int)number.len, NULL) : NULL;
}

static bool is_good_rsa(const BIGNUM *modulus, const BIGNUM *exponent)
{
    BN_ULONG e = BN_num_bits(exponent) <= 32 ? BN_get_word(exponent) : 0;
    return BN_num_bits(modulus) >= RSA_MIN_BITS && BN_num_bits(modulus) <= RSA_MAX_BITS &&
           BN_is_odd(modulus) && e >= MIN_EXPONENT && e <= MAX_EXPONENT && e % 2 == 1;
}

enum err asymmetric_rsa(void *ctx, struct asymmetric_number modulus,
                        struct asymmetric_number exponent, struct asymmetric **ret_key)
{
    enum err error = ERR_BAD_VALUE;
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *n = read_number(modulus);
    BIGNUM *e = read_number(exponent);
    if (builder && n && e && is_good_rsa(n, e) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
        error = make_key(ctx, "RSA", builder, ret_key);
    }
    BN_free(e);
    BN_free(n);
    OSSL_PARAM_BLD_free(builder);
    return error;
}

/* The bytes of a coordinate, and of each half of a signature (RFC 7518 section 6.2.1.2). */
static size_t coordinate_size(enum asymmetric_size size)
{
    return size == ASYMMETRIC_512 ? 66 : (size_t)size / 8;
}

static const char *curve_name(enum asymmetric_size size)
{
    if (size == ASYMMETRIC_256) {
        return "P-256";
    }
    return size == ASYMMETRIC_384 ? "P-384" : "P-521";
}

enum err asymmetric_ec(void *ctx, enum asymmetric_size size, struct asymmetric_number x,
                       struct asymmetric_number y, struct asymmetric **ret_key)
{
    size_t half = coordinate_size(size);
    if (x.len != half || y.len != half) {
        return ERR_BAD_VALUE;
    }
    enum err error = ERR_BAD_VALUE;
    void *work = mem_context(ctx);
    unsigned char *point = mem_bytes(work, 1 + 2 * half);
    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    memcpy(point + 1, x.data, half);
    memcpy(point + 1 + half, y.data, half);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (builder &&
        OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, curve_name(size), 0) ==
            1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * half) ==
            1) {
        error = make_key(ctx, "EC", builder, ret_key);
    }
    OSSL_PARAM_BLD_free(builder);
    talloc_free(work);
    return error;
}

static const EVP_MD *hash_of(enum asymmetric_size size)
{
    if (size == ASYMMETRIC_256) {
        return EVP_sha256();
    }
    return size == ASYMMETRIC_384 ? EVP_sha384() : EVP_sha512();
}

/* The two halves r and s of a signature as the DER that libcrypto reads; NULL when they are not of
 * the curve's length. The caller frees it. */
static unsigned char *der_of(enum asymmetric_size size, struct asymmetric_number signature,
                             int *ret_len)
{
    size_t half = coordinate_size(size);
    if (signature.len != 2 * half) {
        return NULL;
    }
    unsigned char *der = NULL;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.data, (int)half, NULL);
    BIGNUM *s = BN_bin2bn(signature.data + half, (int)half, NULL);
    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = NULL;
        s = NULL;
        *ret_len = i2d_ECDSA_SIG(pair, &der);
    }
    BN_free(s);
    BN_free(r);
    ECDSA_SIG_free(pair);
    return der;
}

static bool verify(EVP_PKEY *pkey, enum asymmetric_scheme scheme, enum asymmetric_size size,
                   const char *data, size_t len, const unsigned char *signature,
                   size_t signature_len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options = NULL;
    bool ready = ctx && EVP_DigestVerifyInit(ctx, &options, hash_of(size), NULL, pkey) == 1;
    /* The salt is as long as the hash (RFC 7518 section 3.5). */
    if (ready && scheme == ASYMMETRIC_PSS) {
        ready = EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    bool good = ready && EVP_DigestVerify(ctx, signature, signature_len,
                                          (const unsigned char *)data, len) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

bool asymmetric_verify(const struct asymmetric *key, enum asymmetric_scheme scheme,
                       enum asymmetric_size size, const char *data, size_t len,
                       struct asymmetric_number signature)
{
    bool is_curve = EVP_PKEY_is_a(key->pkey, "EC") == 1;
    if (is_curve != (scheme == ASYMMETRIC_ECDSA)) {
        return false;
    }
    if (!is_curve) {
        return verify(key->pkey, scheme, size, data, len, signature.data, signature.len);
    }
    int der_len = 0;
    unsigned char *der = der_of(size, signature, &der_len);
    bool good =
        der && der_len > 0 && verify(key->pkey, scheme, size, data, len, der, (size_t)der_len);
    OPENSSL_free(der);
    return good;
}
