/*
 * Tokens that are rightly signed whatever they say: the input is the header's JSON, a line feed and
 * the payload's. What is accepted keeps the bounds that the header promises, expires, and a
 * stricter setting never accepts more.
 */
#include "fuzz.h"

#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "sec/mac.h"
#include "sec/token.h"

static const char *sign(void *ctx, const struct config *config, const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    size_t header_len = end == NULL ? 0 : (size_t)(end - data);
    size_t payload_at = end == NULL ? 0 : header_len + 1;
    unsigned char mac[MAC_SIZE];
    const char *header = end == NULL ? "eyJhbGciOiJIUzI1NiJ9" /* {"alg":"HS256"} */
                                     : base64_encode(ctx, BASE64_URL, data, header_len);
    const char *payload = base64_encode(ctx, BASE64_URL, data + payload_at, size - payload_at);
    const char *text = mem_printf(ctx, "%s.%s", header, payload);

    mac_sign(&config->secrets[0], text, strlen(text), mac);
    return mem_printf(ctx, "%s.%s", text, base64_encode(ctx, BASE64_URL, mac, sizeof mac));
}

static enum err verify(void *ctx, const struct config *config, const char *token, int64_t now,
                       struct token_claims **ret_claims)
{
    return token_verify(ctx, config, NULL, token, strlen(token), now, ret_claims);
}

static void check_header(void *ctx, const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    struct json *header = NULL;
    struct json_string alg = {0};

    if (end == NULL)
        return;
    FUZZ_PROMISE(json_parse_object(ctx, (const char *)data, (size_t)(end - data), &header) ==
                 ERR_OK);
    FUZZ_PROMISE(json_get_string(header, "alg", &alg) == JSON_FOUND);
    FUZZ_PROMISE(strcmp(alg.data, "HS256") == 0 && json_member_count(header) <= 8);
    FUZZ_PROMISE(strcmp(json_type_name(header, "crit"), "undefined") == 0);
}

static void check(void *ctx, struct config *config, const char *token,
                  const struct token_claims *claims)
{
    struct token_claims *later = NULL;

    FUZZ_PROMISE(strlen(token) <= TOKEN_MAX_LENGTH);
    FUZZ_PROMISE(claims->user_id[0] != '\0' && strlen(claims->user_id) <= TOKEN_USER_ID_MAX);
    FUZZ_PROMISE(claims->expires_at > FUZZ_NOW && claims->expires_at % CLOCK_SECOND == 0);
    if (claims->expires_at < CLOCK_MAX)
        FUZZ_PROMISE(verify(ctx, config, token, claims->expires_at, &later) == ERR_TOKEN_EXPIRED);
    FUZZ_PROMISE(verify(ctx, config, token, claims->expires_at - 1, &later) == ERR_OK);
    FUZZ_PROMISE(strcmp(later->user_id, claims->user_id) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    struct config *config = fuzz_config(ctx);
    struct token_claims *claims = NULL, *strict = NULL;
    const char *token = sign(ctx, config, data, size);

    if (verify(ctx, config, token, FUZZ_NOW, &claims) == ERR_OK) {
        check_header(ctx, data, size);
        check(ctx, config, token, claims);
    }
    config->jwt_require_iss_aud = true;
    if (verify(ctx, config, token, FUZZ_NOW, &strict) == ERR_OK)
        FUZZ_PROMISE(claims != NULL && strcmp(claims->user_id, strict->user_id) == 0);
    talloc_free(ctx);
    return 0;
}
