/*
 * Tokens: the input as one, and as changes to good ones of every algorithm, which the cache of
 * verified tokens knows. A token is accepted only if it is, byte for byte, one that a holder of a
 * key has made.
 */
#include "fuzz.h"

#include <string.h>

#include "../unit/vectors.h"
#include "../unit/vectors_keys.h"
#include "base/clock.h"
#include "base/mem.h"
#include "sec/keyring.h"
#include "sec/token.h"
#include "sec/token_cache.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TOKENS_MAX   64

/* The good ones, collected once. */
static struct {
    struct config *config;
    struct keyring *keyrings[2];
    const char *tokens[TOKENS_MAX];
    size_t count;
} suite;

static enum err find(void *arg, void *ctx, const char *kid, bool needed, const struct jwk **ret_key)
{
    (void)arg;
    (void)ctx;
    (void)needed;
    for (size_t i = 0; i < COUNT(suite.keyrings); i++) {
        *ret_key = keyring_find(suite.keyrings[i], kid);
        if (*ret_key != NULL)
            return ERR_OK;
    }
    return ERR_ABSENT;
}

static struct token_keys keys = {.find = find};

static enum err verify(void *ctx, const char *token, size_t len, struct token_claims **ret_claims)
{
    return token_verify(ctx, suite.config, &keys, token, len, VECTOR_KEYS_NOW, ret_claims);
}

static void add(enum err answer, const char *token)
{
    struct token_claims *claims = NULL;

    if (answer != ERR_OK)
        return;
    FUZZ_PROMISE(suite.count < TOKENS_MAX);
    FUZZ_PROMISE(verify(suite.config, token, strlen(token), &claims) == ERR_OK);
    suite.tokens[suite.count++] = token;
}

static struct keyring *read_keys(const char *text)
{
    struct keyring *keyring = NULL;
    size_t refused = 0;

    if (keyring_read(NULL, text, strlen(text), &keyring, &refused) != ERR_OK || refused > 0)
        abort();
    return keyring;
}

static void set_up(void)
{
    static struct secret secret;
    static char words[] = VECTOR_SECRET;
    static char *issuers[] = {NULL, NULL}, *audiences[] = {NULL, NULL};

    secret = mem_secret(words, strlen(words));
    suite.config = fuzz_config(NULL);
    issuers[0] = suite.config->jwt_issuers.items[0];
    issuers[1] = mem_strdup(suite.config, VECTOR_ISSUER);
    audiences[0] = suite.config->jwt_audiences.items[0];
    audiences[1] = mem_strdup(suite.config, VECTOR_AUDIENCE);
    suite.config->secrets = &secret;
    suite.config->base_url = VECTOR_ORIGIN;
    suite.config->jwt_issuers = (struct conf_list){.items = issuers, .count = 2};
    suite.config->jwt_audiences = (struct conf_list){.items = audiences, .count = 2};
    suite.keyrings[0] = read_keys(vector_jwks);
    suite.keyrings[1] = read_keys(vector_issuer_jwks);
    for (size_t i = 0; i < COUNT(vector_tokens); i++)
        add(vector_tokens[i].answer, vector_tokens[i].token);
    for (size_t i = 0; i < COUNT(vector_eddsa_tokens); i++)
        add(vector_eddsa_tokens[i].answer, vector_eddsa_tokens[i].token);
    for (size_t i = 0; i < COUNT(vector_issuer_tokens); i++)
        add(vector_issuer_tokens[i].answer, vector_issuer_tokens[i].token);
    keys.cache = token_cache_new(suite.config, CLOCK_MINUTE);
}

static void check(void *ctx, const char *token, size_t len)
{
    struct token_claims *claims = NULL;
    bool known = false;

    if (verify(ctx, token, len, &claims) != ERR_OK) {
        FUZZ_PROMISE(claims == NULL);
        return;
    }
    for (size_t i = 0; i < suite.count; i++)
        known =
            known || (strlen(suite.tokens[i]) == len && memcmp(suite.tokens[i], token, len) == 0);
    FUZZ_PROMISE(known);
    FUZZ_PROMISE(strcmp(claims->user_id, VECTOR_USER) == 0);
    FUZZ_PROMISE(token_cache_find(keys.cache, ctx, token, len, VECTOR_KEYS_NOW, &claims));
    FUZZ_PROMISE(strcmp(claims->user_id, VECTOR_USER) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);

    if (suite.config == NULL)
        set_up();
    check(ctx, (const char *)data, size);
    if (size > 0) {
        size_t len = 0;
        const char *token = suite.tokens[data[0] % suite.count];
        const char *edited = fuzz_edit(ctx, token, data + 1, size - 1, &len);
        check(ctx, edited, len);
    }
    talloc_free(ctx);
    return 0;
}
