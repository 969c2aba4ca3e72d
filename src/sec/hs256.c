#include "sec/hs256.h"

#include <sodium.h>
#include <string.h>

#include "base/base64.h"
#include "base/mem.h"
#include "sec/mac.h"

static const char header_text[] = "{\"alg\":\"HS256\"}";

static const char *encode(void *ctx, const char *text)
{
    return base64_encode(ctx, BASE64_URL, (const unsigned char *)text, strlen(text));
}

char *hs256_sign(void *ctx, const struct config *config, const char *payload)
{
    void *work = mem_context(ctx);
    unsigned char mac[MAC_SIZE];
    const char *part = mem_printf(work, "%s.%s", encode(work, header_text), encode(work, payload));

    mac_sign(&config->secrets[0], part, strlen(part), mac);
    char *text = mem_printf(ctx, "%s.%s", part, base64_encode(work, BASE64_URL, mac, sizeof mac));
    talloc_free(work);
    return text;
}

/* Whether MAC, LEN characters of base64url, is that of the SIGNED_LEN bytes before it. */
static bool is_signed(void *ctx, const struct config *config, const char *text, size_t signed_len,
                      const char *mac, size_t len)
{
    unsigned char wanted[MAC_SIZE];
    unsigned char *given;
    size_t given_len;

    if (base64_decode(ctx, BASE64_URL, mac, len, &given, &given_len) != ERR_OK ||
        given_len != MAC_SIZE) {
        return false;
    }
    mac_sign(&config->secrets[0], text, signed_len, wanted);
    return sodium_memcmp(wanted, given, MAC_SIZE) == 0;
}

static enum err parse_part(void *ctx, const char *text, size_t len, struct json **ret_object)
{
    unsigned char *data;
    size_t data_len;

    if (base64_decode(ctx, BASE64_URL, text, len, &data, &data_len) != ERR_OK) {
        return ERR_BAD_VALUE;
    }
    enum err error = json_parse_object(ctx, (const char *)data, data_len, ret_object);
    return error == ERR_BAD_JSON ? ERR_BAD_VALUE : error;
}

bool hs256_is_header(const struct json *header)
{
    struct json_string alg = {.data = ""};

    return json_member_count(header) == 1 && json_get_string(header, "alg", &alg) == JSON_FOUND &&
           strcmp(alg.data, "HS256") == 0;
}

enum err hs256_open(void *ctx, const struct config *config, const char *text,
                    struct json **ret_payload)
{
    void *work = mem_context(ctx);
    struct json *header;
    size_t first = strcspn(text, ".");
    size_t second = text[first] == '.' ? first + 1 + strcspn(text + first + 1, ".") : first;
    enum err error = ERR_BAD_VALUE;

    if (text[second] == '.' && second > first &&
        is_signed(work, config, text, second, text + second + 1, strlen(text + second + 1))) {
        error = parse_part(work, text, first, &header);
    }
    if (error == ERR_OK && !hs256_is_header(header)) {
        error = ERR_BAD_VALUE;
    }
    if (error == ERR_OK) {
        error = parse_part(ctx, text + first + 1, second - first - 1, ret_payload);
    }
    talloc_free(work);
    return error;
}
