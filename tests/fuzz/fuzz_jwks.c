/*
 * Sets of keys. A key that is accepted is public, spelled again it is the same key, and a signature
 * of zeros is not its signature for anything.
 */
#include "fuzz.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "sec/keyring.h"

#define SIGNATURE_MAX 1024

static void check_key(void *ctx, const struct json *item, const struct jwk *key)
{
    static const unsigned char zeros[SIGNATURE_MAX];
    static const char *const private[] = {"d", "k", "p", "q"};
    static const size_t sizes[] = {0, 64, 96, 132, 256, 384, 512, 1024};
    enum jwk_alg alg = jwk_alg_of(key), found = JWK_ALG_COUNT;
    struct buf *members = buf_new(ctx);
    struct json *object = NULL;
    struct jwk *again = NULL;

    FUZZ_PROMISE(alg < JWK_ALG_COUNT);
    FUZZ_PROMISE(jwk_alg_find(jwk_alg_name(alg), strlen(jwk_alg_name(alg)), &found));
    FUZZ_PROMISE(found == alg);
    for (size_t i = 0; i < sizeof private / sizeof *private; i++)
        FUZZ_PROMISE(strcmp(json_type_name(item, private[i]), "undefined") == 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        FUZZ_PROMISE(!jwk_verify(key, "data", 4, zeros, sizes[i]));
    jwk_put_members(members, item);
    const char *text = mem_printf(ctx, "{%s}", members->data + 1);
    FUZZ_PROMISE(json_parse_object(ctx, text, strlen(text), &object) == ERR_OK);
    FUZZ_PROMISE(jwk_read(ctx, object, jwk_alg_name(alg), &again) == ERR_OK);
    FUZZ_PROMISE(jwk_alg_of(again) == alg);
}

struct count {
    void *ctx;
    size_t good;
};

static void take(void *arg, const struct json *item)
{
    struct count *count = arg;
    struct jwk *key = NULL;

    if (jwk_read(count->ctx, item, NULL, &key) == ERR_OK) {
        count->good++;
        check_key(count->ctx, item, key);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    struct count count = {.ctx = ctx};
    struct keyring *keyring = NULL;
    struct json *set = NULL;
    size_t refused = 0;

    if (json_parse_object(ctx, (const char *)data, size, &set) == ERR_OK)
        (void)json_each_object(set, "keys", take, &count);
    if (keyring_read(ctx, (const char *)data, size, &keyring, &refused) == ERR_OK) {
        FUZZ_PROMISE(keyring_count(keyring) + refused <= KEYRING_MAX_KEYS);
        FUZZ_PROMISE(keyring_count(keyring) <= count.good);
        FUZZ_PROMISE(keyring_find(keyring, "") == NULL);
    }
    talloc_free(ctx);
    return 0;
}
