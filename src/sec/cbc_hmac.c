#include "sec/cbc_hmac.h"

#include <limits.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

#define HALF       (CBC_HMAC_KEY_SIZE / 2) /* the first authenticates, the second encrypts */
#define BLOCK_SIZE 16

/* The first half of HMAC-SHA-512 over data, IV, cipher and the length of the data in bits. */
static void make_tag(const struct cbc_hmac *with, const unsigned char *cipher, size_t len,
                     unsigned char tag[CBC_HMAC_TAG_SIZE])
{
    crypto_auth_hmacsha512_state state;
    unsigned char whole[crypto_auth_hmacsha512_BYTES], bits[8];
    uint64_t number = (uint64_t)with->data_len * 8;

    for (size_t i = sizeof bits; i > 0; number >>= 8) {
        bits[--i] = (unsigned char)(number & 0xff);
    }
    crypto_auth_hmacsha512_init(&state, with->key, HALF);
    crypto_auth_hmacsha512_update(&state, (const unsigned char *)with->data, with->data_len);
    crypto_auth_hmacsha512_update(&state, with->iv, CBC_HMAC_IV_SIZE);
    crypto_auth_hmacsha512_update(&state, cipher, len);
    crypto_auth_hmacsha512_update(&state, bits, sizeof bits);
    crypto_auth_hmacsha512_final(&state, whole);
    memcpy(tag, whole, CBC_HMAC_TAG_SIZE);
    sodium_memzero(&state, sizeof state);
    sodium_memzero(whole, sizeof whole);
}

/* Runs AES over LEN bytes at FROM; TO has room for a block more. The padding is PKCS #7's. */
static bool run_cipher(const struct cbc_hmac *with, bool encrypts, const unsigned char *from,
                       size_t len, unsigned char *to, size_t *ret_len)
{
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int done = 0, rest = 0;
    bool good = cipher && len <= INT_MAX - BLOCK_SIZE &&
                EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, with->key + HALF, with->iv,
                                  encrypts ? 1 : 0) == 1 &&
                EVP_CipherUpdate(cipher, to, &done, from, (int)len) == 1 &&
                EVP_CipherFinal_ex(cipher, to + done, &rest) == 1;

    EVP_CIPHER_CTX_free(cipher);
    if (good) {
        *ret_len = (size_t)done + (size_t)rest;
    }
    return good;
}

enum err cbc_hmac_encrypt(void *ctx, const struct cbc_hmac *with, const char *text, size_t len,
                          unsigned char **ret_cipher, size_t *ret_len,
                          unsigned char tag[CBC_HMAC_TAG_SIZE])
{
    unsigned char *cipher = mem_bytes(ctx, len + BLOCK_SIZE);

    if (!run_cipher(with, true, (const unsigned char *)text, len, cipher, ret_len)) {
        talloc_free(cipher);
        return ERR_INTERNAL;
    }
    make_tag(with, cipher, *ret_len, tag);
    *ret_cipher = cipher;
    return ERR_OK;
}

enum err cbc_hmac_decrypt(void *ctx, const struct cbc_hmac *with, const unsigned char *cipher,
                          size_t len, const unsigned char tag[CBC_HMAC_TAG_SIZE], char **ret_text,
                          size_t *ret_len)
{
    unsigned char wanted[CBC_HMAC_TAG_SIZE];

    make_tag(with, cipher, len, wanted);
    if (sodium_memcmp(wanted, tag, sizeof wanted) != 0) {
        return ERR_BAD_VALUE;
    }
    char *text = mem_wiped(mem_bytes(ctx, len + BLOCK_SIZE + 1));
    size_t text_len = 0;
    if (!run_cipher(with, false, cipher, len, (unsigned char *)text, &text_len)) {
        talloc_free(text);
        return ERR_BAD_VALUE;
    }
    text[text_len] = '\0';
    *ret_text = text;
    *ret_len = text_len;
    return ERR_OK;
}
