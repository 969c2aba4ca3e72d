/*
 * The cookie cache in its three forms: the input as a cookie, as changes to one of ours, and as
 * what a rightly signed one says. Nothing is accepted that we did not make.
 */
#include "fuzz.h"

#include <string.h>

#include "api/user_json.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/mem.h"
#include "sec/cookie_cache.h"
#include "sec/hs256.h"

static const enum cookie_cache forms[] = {COOKIE_CACHE_COMPACT, COOKIE_CACHE_JWT, COOKIE_CACHE_JWE};
#define FORMS (sizeof forms / sizeof *forms)

static const char members[] = "\"session\":{\"token\":\"abc\"},\"user\":{\"id\":\"u\"}";

static const char *make(void *ctx, const struct config *config, const char *text)
{
    char *value = NULL;

    if (cookie_cache_close(ctx, config, text, FUZZ_NOW, CLOCK_MINUTE, &value) != ERR_OK)
        abort();
    return value;
}

/* A value that may be ours or not, as it stands and as what a compact one has inside. */
static void open_foreign(void *ctx, const struct config *config, const char *ours, const char *text,
                         size_t len)
{
    const char *inside = base64_encode(ctx, BASE64_URL, (const unsigned char *)text, len);
    struct json *payload = NULL;

    FUZZ_PROMISE(cookie_cache_open(ctx, config, inside, FUZZ_NOW, &payload) == ERR_BAD_VALUE);
    if (cookie_cache_open(ctx, config, text, FUZZ_NOW, &payload) == ERR_OK)
        FUZZ_PROMISE(strcmp(text, ours) == 0);
    else
        FUZZ_PROMISE(strcmp(text, ours) != 0 && payload == NULL);
}

/* What a cache of ours says, whatever that is. */
static void read_payload(void *ctx, const struct json *payload)
{
    const struct json *part;
    struct session *session = NULL;
    struct user *user = NULL;

    if (json_get_object(ctx, payload, "session", &part) == JSON_FOUND &&
        user_json_read_session(ctx, part, &session) == ERR_OK)
        FUZZ_PROMISE(session->token && session->user_id && session->ip_address);
    if (json_get_object(ctx, payload, "user", &part) == JSON_FOUND &&
        user_json_read(ctx, part, &user) == ERR_OK)
        FUZZ_PROMISE(user->id && user->name && user->email);
}

/* Rightly signed, with TEXT inside. */
static void open_own(void *ctx, const struct config *config, const char *text)
{
    const char *value = make(ctx, config, text);
    struct json *payload = NULL;

    if (cookie_cache_open(ctx, config, value, FUZZ_NOW, &payload) == ERR_OK)
        read_payload(ctx, payload);
    FUZZ_PROMISE(cookie_cache_open(ctx, config, value, FUZZ_NOW + 2 * CLOCK_MINUTE, &payload) !=
                 ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *ours[FORMS];
    void *ctx = mem_context(NULL);
    struct config *config = fuzz_config(ctx);
    const char *text = mem_strndup(ctx, (const char *)data, size);
    struct json *payload = NULL;

    for (size_t i = 0; i < FORMS; i++) {
        size_t len = 0;
        config->cookie_cache = forms[i];
        if (ours[i] == NULL)
            ours[i] = make(NULL, config, members);
        const char *edited = fuzz_edit(ctx, ours[i], data, size, &len);
        open_foreign(ctx, config, ours[i], text, strlen(text));
        open_foreign(ctx, config, ours[i], edited, strlen(edited));
        open_own(ctx, config, text);
    }
    config->cookie_cache = COOKIE_CACHE_JWT;
    const char *token = hs256_sign(ctx, config, text);
    if (cookie_cache_open(ctx, config, token, FUZZ_NOW, &payload) == ERR_OK)
        read_payload(ctx, payload);
    talloc_free(ctx);
    return 0;
}
