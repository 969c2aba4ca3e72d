#include "sec/ed25519.h"

#include <sodium.h>
#include <string.h>

#include "base/base64.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"

_Static_assert(ED25519_SIZE == crypto_sign_ed25519_SEEDBYTES &&
                   ED25519_SIZE == crypto_sign_ed25519_PUBLICKEYBYTES &&
                   ED25519_SIGNATURE == crypto_sign_ed25519_BYTES,
               "the sizes of libsodium");

struct ed25519 *ed25519_new(void *ctx)
{
    unsigned char expanded[crypto_sign_ed25519_SECRETKEYBYTES];
    struct ed25519 *key = mem_wiped(mem_new(ctx, struct ed25519));

    key->kid = id_new(key);
    randombytes_buf(key->seed, sizeof key->seed);
    crypto_sign_ed25519_seed_keypair(key->public, expanded, key->seed);
    sodium_memzero(expanded, sizeof expanded);
    return key;
}

/* Whether member NAME is the text VALUE. */
static bool says(const struct json *object, const char *name, const char *value)
{
    struct json_string text = {0};
    return json_get_string(object, name, &text) == JSON_FOUND && text.len == strlen(value) &&
           memcmp(text.data, value, text.len) == 0;
}

static enum err read_bytes(void *ctx, const struct json *object, const char *name,
                           unsigned char out[static ED25519_SIZE])
{
    struct json_string text = {0};
    unsigned char *data = NULL;
    size_t len = 0;
    if (json_get_string(object, name, &text) != JSON_FOUND ||
        base64_decode(ctx, BASE64_URL, text.data, text.len, &data, &len) != ERR_OK) {
        return ERR_BAD_VALUE;
    }
    mem_wiped(data);
    if (len != ED25519_SIZE) {
        return ERR_BAD_VALUE;
    }
    memcpy(out, data, ED25519_SIZE);
    return ERR_OK;
}

enum err ed25519_read(void *ctx, const char *kid, const char *text, size_t len,
                      struct ed25519 **ret_key)
{
    unsigned char expanded[crypto_sign_ed25519_SECRETKEYBYTES];
    unsigned char public[ED25519_SIZE];
    struct ed25519 *key = mem_wiped(mem_new(ctx, struct ed25519));
    void *work = mem_context(key);
    struct json *jwk = NULL;
    enum err error = ERR_BAD_VALUE;

    key->kid = mem_strdup(key, kid);
    if (json_parse_object(work, text, len, &jwk) != ERR_OK || !says(jwk, "kty", "OKP") ||
        !says(jwk, "crv", "Ed25519") || read_bytes(work, jwk, "d", key->seed) != ERR_OK ||
        read_bytes(work, jwk, "x", key->public) != ERR_OK) {
        goto out;
    }
    crypto_sign_ed25519_seed_keypair(public, expanded, key->seed);
    sodium_memzero(expanded, sizeof expanded);
    if (memcmp(public, key->public, sizeof public) == 0) {
        *ret_key = key;
        error = ERR_OK;
    }
out:
    talloc_free(work);
    if (error != ERR_OK) {
        talloc_free(key);
    }
    return error;
}

char *ed25519_public_jwk(void *ctx, const struct ed25519 *key)
{
    char *x = base64_encode(ctx, BASE64_URL, key->public, sizeof key->public);
    char *jwk = mem_printf(ctx, "{\"crv\":\"Ed25519\",\"x\":\"%s\",\"kty\":\"OKP\"}", x);

    talloc_free(x);
    return jwk;
}

char *ed25519_private_jwk(void *ctx, const struct ed25519 *key)
{
    char *d = mem_wiped(base64_encode(ctx, BASE64_URL, key->seed, sizeof key->seed));
    char *x = base64_encode(ctx, BASE64_URL, key->public, sizeof key->public);
    char *jwk =
        mem_printf(ctx, "{\"crv\":\"Ed25519\",\"d\":\"%s\",\"x\":\"%s\",\"kty\":\"OKP\"}", d, x);

    talloc_free(d);
    talloc_free(x);
    return mem_wiped(jwk);
}

void ed25519_sign(const struct ed25519 *key, const char *data, size_t len,
                  unsigned char ret_signature[static ED25519_SIGNATURE])
{
    unsigned char expanded[crypto_sign_ed25519_SECRETKEYBYTES];

    memcpy(expanded, key->seed, sizeof key->seed);
    memcpy(expanded + sizeof key->seed, key->public, sizeof key->public);
    crypto_sign_ed25519_detached(ret_signature, NULL, (const unsigned char *)data, len, expanded);
    sodium_memzero(expanded, sizeof expanded);
}
