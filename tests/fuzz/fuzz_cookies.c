/*
 * Cookies: the input as a cookie cache in each of its forms, as the payload of one that is rightly
 * signed, as a signed cookie, and as a Cookie header. Nothing that we did not sign is accepted.
 */
#include "fuzz.h"

#include <string.h>

#include "api/user_json.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "http/cookie.h"
#include "sec/cookie_cache.h"
#include "sec/cookie_sig.h"
#include "sec/hs256.h"

#define NOW INT64_C(1795206457448)

static const enum cookie_cache forms[] = {COOKIE_CACHE_COMPACT, COOKIE_CACHE_JWT, COOKIE_CACHE_JWE};

/* A value that nobody signed, as it stands and as what a compact one has inside. */
static void open_foreign(void *ctx, struct config *config, const char *text, size_t len)
{
    const char *inside = base64_encode(ctx, BASE64_URL, (const unsigned char *)text, len);
    struct json *payload;
    char *value;

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        config->cookie_cache = forms[i];
        FUZZ_PROMISE(cookie_cache_open(ctx, config, text, NOW, &payload) == ERR_BAD_VALUE);
        FUZZ_PROMISE(cookie_cache_open(ctx, config, inside, NOW, &payload) == ERR_BAD_VALUE);
    }
    FUZZ_PROMISE(cookie_unsign(ctx, config, text, &value) == ERR_BAD_VALUE);
}

/* What a cache of ours says, whatever that is. */
static void read_payload(void *ctx, const struct json *payload)
{
    const struct json *part;
    struct session *session = NULL;
    struct user *user = NULL;

    if (json_get_object(ctx, payload, "session", &part) == JSON_FOUND &&
        user_json_read_session(ctx, part, &session) == ERR_OK) {
        FUZZ_PROMISE(session->token && session->user_id && session->ip_address);
    }
    if (json_get_object(ctx, payload, "user", &part) == JSON_FOUND &&
        user_json_read(ctx, part, &user) == ERR_OK) {
        FUZZ_PROMISE(user->id && user->name && user->email);
    }
}

/* Rightly signed, with TEXT inside. */
static void open_own(void *ctx, struct config *config, const char *text)
{
    struct json *payload = NULL;
    char *value = NULL;

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        config->cookie_cache = forms[i];
        if (cookie_cache_close(ctx, config, text, NOW, CLOCK_MINUTE, &value) != ERR_OK)
            abort();
        if (cookie_cache_open(ctx, config, value, NOW, &payload) == ERR_OK)
            read_payload(ctx, payload);
        FUZZ_PROMISE(cookie_cache_open(ctx, config, value, NOW + 2 * CLOCK_MINUTE, &payload) !=
                     ERR_OK);
    }
    config->cookie_cache = COOKIE_CACHE_JWT;
    if (cookie_cache_open(ctx, config, hs256_sign(ctx, config, text), NOW, &payload) == ERR_OK)
        read_payload(ctx, payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct secret secret;
    struct config config = {
        .secrets = &secret, .secret_count = 1, .cookie_cache_max_age = CLOCK_MINUTE};
    void *ctx = mem_context(NULL);
    const char *text = mem_strndup(ctx, (const char *)data, size);
    const struct request request = {.cookies = {text}, .cookie_count = 1};
    size_t parts = 0;

    if (secret.data == NULL) {
        char words[] = "a secret of the fuzz target, long enough";
        secret = mem_secret(words, strlen(words));
    }
    open_foreign(ctx, &config, text, strlen(text));
    open_own(ctx, &config, text);
    cookie_get_parts(ctx, &request, "name", &parts);
    FUZZ_PROMISE(parts <= COOKIE_MAX_PARTS);
    talloc_free(ctx);
    return 0;
}
