#include "sec/cookie_cache.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "sec/hs256.h"
#include "sec/jwe.h"
#include "sec/mac.h"

#define VALUE_MAX      16384
#define SIGNATURE_SIZE 43 /* of 32 bytes in base64url */

_Static_assert(JWE_KEY_SIZE == 2 * MAC_SIZE, "the key is two rounds of HKDF");

/* HKDF-SHA256 with Better Auth's salt and info. */
static void derive_key(const struct secret *secret, unsigned char key[JWE_KEY_SIZE])
{
    static const char info[] = "BetterAuth.js Generated Encryption Key";
    char salt[] = "better-auth-session";
    unsigned char prk[MAC_SIZE];
    char round[MAC_SIZE + sizeof info];
    const struct secret extract = {.data = (unsigned char *)salt, .len = strlen(salt)};
    const struct secret expand = {.data = prk, .len = sizeof prk};
    size_t info_len = strlen(info);

    mac_sign(&extract, (const char *)secret->data, secret->len, prk);
    memcpy(round + MAC_SIZE, info, info_len);
    round[MAC_SIZE + info_len] = 1;
    mac_sign(&expand, round + MAC_SIZE, info_len + 1, key);
    memcpy(round, key, MAC_SIZE);
    round[MAC_SIZE + info_len] = 2;
    mac_sign(&expand, round, sizeof round, key + MAC_SIZE);
    sodium_memzero(prk, sizeof prk);
    sodium_memzero(round, sizeof round);
}

/* --- compact --- */

/* The signature of PAYLOAD, a JSON object, with EXPIRES_AT as its last member. */
static void sign_compact(void *ctx, const struct config *config, const char *payload, size_t len,
                         int64_t expires_at, unsigned char mac[MAC_SIZE])
{
    struct buf *text = buf_new(ctx);

    buf_add(text, payload, len - 1);
    buf_printf(text, ",\"expiresAt\":%lld}", (long long)expires_at);
    mac_sign(&config->secrets[0], text->data, text->len, mac);
}

static char *close_compact(void *ctx, const struct config *config, const char *payload,
                           int64_t expires_at)
{
    unsigned char mac[MAC_SIZE];

    sign_compact(ctx, config, payload, strlen(payload), expires_at, mac);
    const char *text =
        mem_printf(ctx, "{\"session\":%s,\"expiresAt\":%lld,\"signature\":\"%s\"}", payload,
                   (long long)expires_at, base64_encode(ctx, BASE64_URL, mac, sizeof mac));
    return base64_encode(ctx, BASE64_URL, (const unsigned char *)text, strlen(text));
}

/* Moves *END back over LITERAL if that is what stands before it in the text from START. */
static bool step_back(const char *start, const char **end, const char *literal)
{
    size_t len = strlen(literal);

    if ((size_t)(*end - start) < len || memcmp(*end - len, literal, len) != 0) {
        return false;
    }
    *end -= len;
    return true;
}

/* The same over a number. */
static bool step_over_number(const char *start, const char **end, int64_t *ret_number)
{
    int64_t number = 0, place = 1;
    const char *at = *end;

    for (; at > start && at[-1] >= '0' && at[-1] <= '9'; at--) {
        if (place > CLOCK_MAX) {
            return false;
        }
        number += (at[-1] - '0') * place;
        place *= 10;
    }
    if (at == *end || (*at == '0' && *end - at > 1)) {
        return false;
    }
    *end = at;
    *ret_number = number;
    return true;
}

/*
 * Better Auth signs what JSON.stringify makes of what it parsed. What it wrote it would write
 * again, so the text is taken as it stands: {"session":PAYLOAD,"expiresAt":N,"signature":"S"}.
 */
static enum err open_compact(void *ctx, const struct config *config, const char *value,
                             struct json **ret_payload, int64_t *ret_expires_at)
{
    static const char open[] = "{\"session\":";
    unsigned char *text, *offered, mac[MAC_SIZE];
    size_t len, offered_len;

    if (base64_decode(ctx, BASE64_URL, value, strlen(value), &text, &len) != ERR_OK ||
        len < strlen(open) || memcmp(text, open, strlen(open)) != 0) {
        return ERR_BAD_VALUE;
    }
    const char *start = (const char *)text + strlen(open), *end = (const char *)text + len;
    if (!step_back(start, &end, "\"}") || end - start < SIGNATURE_SIZE ||
        base64_decode(ctx, BASE64_URL, end - SIGNATURE_SIZE, SIGNATURE_SIZE, &offered,
                      &offered_len) != ERR_OK) {
        return ERR_BAD_VALUE;
    }
    end -= SIGNATURE_SIZE;
    if (!step_back(start, &end, ",\"signature\":\"") ||
        !step_over_number(start, &end, ret_expires_at) ||
        !step_back(start, &end, ",\"expiresAt\":") || end[-1] != '}') {
        return ERR_BAD_VALUE;
    }
    sign_compact(ctx, config, start, (size_t)(end - start), *ret_expires_at, mac);
    if (offered_len != MAC_SIZE || sodium_memcmp(mac, offered, MAC_SIZE) != 0 ||
        json_parse_object(ctx, start, (size_t)(end - start), ret_payload) != ERR_OK) {
        return ERR_BAD_VALUE;
    }
    return ERR_OK;
}

/* --- tokens --- */

static enum err open_jwe(void *ctx, const struct config *config, const char *value,
                         struct json **ret_payload)
{
    unsigned char key[JWE_KEY_SIZE];
    char *text;
    size_t len;

    derive_key(&config->secrets[0], key);
    enum err error = jwe_decrypt(ctx, key, value, &text, &len);
    sodium_memzero(key, sizeof key);
    if (error == ERR_OK) {
        error = json_parse_object(ctx, text, len, ret_payload);
    }
    return error == ERR_BAD_JSON ? ERR_BAD_VALUE : error;
}

static enum err open_token(void *ctx, const struct config *config, const char *value,
                           struct json **ret_payload, int64_t *ret_expires_at)
{
    int64_t seconds = 0;
    enum err error = config->cookie_cache == COOKIE_CACHE_JWT
                         ? hs256_open(ctx, config, value, ret_payload)
                         : open_jwe(ctx, config, value, ret_payload);

    if (error == ERR_OK && (json_get_int(*ret_payload, "exp", &seconds) != JSON_FOUND ||
                            seconds > CLOCK_MAX / CLOCK_SECOND)) {
        error = ERR_BAD_VALUE;
    }
    if (error == ERR_OK) { /* a token has expired when its exp has come, RFC 7519 section 4.1.4 */
        *ret_expires_at = seconds * CLOCK_SECOND - 1;
    }
    return error;
}

/* --- both --- */

enum err cookie_cache_close(void *ctx, const struct config *config, const char *members,
                            int64_t now, int64_t life, char **ret_value)
{
    void *work = mem_context(ctx);
    struct buf *payload = buf_new(work);
    char *value = NULL;
    enum err error = ERR_OK;

    buf_printf(payload, "{%s,\"updatedAt\":%lld,\"version\":\"1\"", members, (long long)now);
    if (config->cookie_cache != COOKIE_CACHE_COMPACT) {
        buf_printf(payload, ",\"iat\":%lld,\"exp\":%lld", (long long)(now / CLOCK_SECOND),
                   (long long)(now / CLOCK_SECOND + life / CLOCK_SECOND));
    }
    if (config->cookie_cache == COOKIE_CACHE_JWE) {
        buf_printf(payload, ",\"jti\":\"%s\"", id_new(work));
    }
    buf_putc(payload, '}');
    if (config->cookie_cache == COOKIE_CACHE_COMPACT) {
        value = close_compact(work, config, payload->data, now + life);
    } else if (config->cookie_cache == COOKIE_CACHE_JWT) {
        value = hs256_sign(work, config, payload->data);
    } else {
        unsigned char key[JWE_KEY_SIZE];
        derive_key(&config->secrets[0], key);
        error = jwe_encrypt(work, key, payload->data, &value);
        sodium_memzero(key, sizeof key);
    }
    if (error == ERR_OK) {
        *ret_value = mem_strdup(ctx, value);
    }
    talloc_free(work);
    return error;
}

/* A missing version is the first one, as at Better Auth. */
static bool is_current(const struct config *config, const struct json *payload, int64_t expires_at,
                       int64_t now)
{
    struct json_string version = {.data = "1"};
    enum json_state state = json_get_string(payload, "version", &version);
    int64_t updated_at = 0;

    return (state == JSON_FOUND || state == JSON_ABSENT) && strcmp(version.data, "1") == 0 &&
           json_get_int(payload, "updatedAt", &updated_at) == JSON_FOUND && expires_at >= now &&
           now - updated_at <= config->cookie_cache_max_age;
}

enum err cookie_cache_open(void *ctx, const struct config *config, const char *value, int64_t now,
                           struct json **ret_payload)
{
    int64_t expires_at = 0;
    struct json *payload;

    if (strlen(value) > VALUE_MAX) {
        return ERR_BAD_VALUE;
    }
    enum err error = config->cookie_cache == COOKIE_CACHE_COMPACT
                         ? open_compact(ctx, config, value, &payload, &expires_at)
                         : open_token(ctx, config, value, &payload, &expires_at);
    if (error == ERR_OK && !is_current(config, payload, expires_at, now)) {
        error = ERR_BAD_VALUE;
    }
    if (error == ERR_OK) {
        *ret_payload = payload;
    }
    return error;
}
