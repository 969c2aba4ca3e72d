#include "sec/seal.h"

#include <sodium.h>
#include <string.h>

#include "base/mem.h"

#define NONCE_SIZE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_SIZE   crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_SIZE   crypto_aead_xchacha20poly1305_ietf_KEYBYTES

_Static_assert(KEY_SIZE == crypto_hash_sha256_BYTES, "the key is the secret's SHA-256");

static void derive(const struct secret *secret, unsigned char key[static KEY_SIZE])
{
    crypto_hash_sha256(key, secret->data, secret->len);
}

char *seal_close(void *ctx, const struct config *config, const char *text, size_t len)
{
    unsigned char key[KEY_SIZE];
    size_t size = NONCE_SIZE + len + TAG_SIZE;
    unsigned char *blob = mem_bytes(ctx, size);
    char *hex = mem_bytes(ctx, 2 * size + 1);

    randombytes_buf(blob, NONCE_SIZE);
    derive(&config->secrets[0], key);
    crypto_aead_xchacha20poly1305_ietf_encrypt(blob + NONCE_SIZE, NULL, (const unsigned char *)text,
                                               len, NULL, 0, NULL, blob, key);
    sodium_memzero(key, sizeof key);
    sodium_bin2hex(hex, 2 * size + 1, blob, size);
    talloc_free(blob);
    return hex;
}

/* What follows "$ba$VERSION$"; the text itself when it does not begin so. Which secret has which
 * number is known to the server that wrote it only, so the number tells us nothing. */
static const char *skip_version(const char *sealed, size_t *len)
{
    static const char mark[] = "$ba$";
    size_t at = sizeof mark - 1;
    if (*len < at || memcmp(sealed, mark, at) != 0) {
        return sealed;
    }
    size_t digits = at;
    while (at < *len && sealed[at] >= '0' && sealed[at] <= '9') {
        at++;
    }
    if (at == digits || at == *len || sealed[at] != '$') {
        return sealed;
    }
    *len -= at + 1;
    return sealed + at + 1;
}

static bool open_with(const struct secret *secret, const unsigned char *blob, size_t size,
                      unsigned char *text)
{
    unsigned char key[KEY_SIZE];
    derive(secret, key);
    bool good =
        crypto_aead_xchacha20poly1305_ietf_decrypt(text, NULL, NULL, blob + NONCE_SIZE,
                                                   size - NONCE_SIZE, NULL, 0, blob, key) == 0;
    sodium_memzero(key, sizeof key);
    return good;
}

enum err seal_open(void *ctx, const struct config *config, const char *sealed, size_t len,
                   char **ret_text, size_t *ret_len)
{
    enum err error = ERR_BAD_VALUE;
    void *work = mem_context(ctx);
    const char *hex = skip_version(sealed, &len);
    unsigned char *blob = mem_bytes(work, len / 2 + 1);
    size_t size = 0;
    if (len % 2 != 0 || sodium_hex2bin(blob, len / 2 + 1, hex, len, NULL, &size, NULL) != 0 ||
        size < NONCE_SIZE + TAG_SIZE) {
        goto out;
    }
    size_t text_len = size - NONCE_SIZE - TAG_SIZE;
    char *text = mem_wiped(mem_bytes(ctx, text_len + 1));
    for (size_t i = 0; i < config->secret_count && error != ERR_OK; i++) {
        if (open_with(&config->secrets[i], blob, size, (unsigned char *)text)) {
            error = ERR_OK;
        }
    }
    if (error != ERR_OK) {
        talloc_free(text);
        goto out;
    }
    text[text_len] = '\0';
    *ret_text = text;
    *ret_len = text_len;
out:
    talloc_free(work);
    return error;
}
