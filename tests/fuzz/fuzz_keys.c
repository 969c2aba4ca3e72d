/*
 * Keys and tokens: the input as a set of keys, as a token, as the claims of a rightly signed token,
 * and as an encrypted private key. What is accepted keeps the bounds that the headers promise.
 */
#include "fuzz.h"

#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "sec/keyring.h"
#include "sec/mac.h"
#include "sec/seal.h"
#include "sec/token.h"

#define NOW INT64_C(1795218180000)

static const char set[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\","
                          "\"x\":\"fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlc\"}]}";

static enum err find(void *arg, void *ctx, const char *kid, bool needed, const struct jwk **ret_key)
{
    const struct jwk *key = keyring_find(arg, kid);

    (void)ctx;
    (void)needed;
    if (key == NULL)
        return ERR_ABSENT;
    *ret_key = key;
    return ERR_OK;
}

static void verify(void *ctx, const struct config *config, const struct token_keys *keys,
                   const char *token, size_t len)
{
    struct token_claims *claims = NULL;

    if (token_verify(ctx, config, keys, token, len, NOW, &claims) != ERR_OK) {
        FUZZ_PROMISE(claims == NULL);
        return;
    }
    FUZZ_PROMISE(len <= TOKEN_MAX_LENGTH);
    FUZZ_PROMISE(claims->user_id[0] != '\0' && strlen(claims->user_id) <= TOKEN_USER_ID_MAX);
    FUZZ_PROMISE(claims->expires_at > NOW);
}

static void verify_claims(void *ctx, const struct config *config, const uint8_t *data, size_t size)
{
    unsigned char mac[MAC_SIZE];
    const char *text =
        mem_printf(ctx, "eyJhbGciOiJIUzI1NiJ9.%s", base64_encode(ctx, BASE64_URL, data, size));

    mac_sign(&config->secrets[0], text, strlen(text), mac);
    text = mem_printf(ctx, "%s.%s", text, base64_encode(ctx, BASE64_URL, mac, sizeof mac));
    verify(ctx, config, NULL, text, strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct secret secret;
    struct config config = {.secrets = &secret, .secret_count = 1, .base_url = "http://localhost"};
    void *ctx = mem_context(NULL);
    struct keyring *keyring = NULL;
    size_t refused = 0;
    char *text = NULL;
    size_t len = 0;

    if (secret.data == NULL) {
        char words[] = "a secret of the fuzz target, long enough";
        secret = mem_secret(words, strlen(words));
    }
    if (keyring_read(ctx, (const char *)data, size, &keyring, &refused) == ERR_OK)
        FUZZ_PROMISE(keyring_count(keyring) + refused <= KEYRING_MAX_KEYS);
    if (keyring_read(ctx, set, strlen(set), &keyring, &refused) != ERR_OK)
        abort();
    const struct token_keys keys = {.find = find, .arg = keyring};
    verify(ctx, &config, &keys, (const char *)data, size);
    verify_claims(ctx, &config, data, size);
    FUZZ_PROMISE(seal_open(ctx, &config, (const char *)data, size, &text, &len) == ERR_BAD_VALUE);
    talloc_free(ctx);
    return 0;
}
