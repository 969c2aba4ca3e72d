#include "sec/jwe.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/mem.h"
#include "sec/cbc_hmac.h"
#include "sec/digest.h"

_Static_assert(JWE_KEY_SIZE == CBC_HMAC_KEY_SIZE, "the key is the cipher's");

/* Header, encrypted key (empty with "dir"), IV, cipher, tag. */
#define PARTS 5

static char *encode(void *ctx, const unsigned char *data, size_t len)
{
    return base64_encode(ctx, BASE64_URL, data, len);
}

static const char *thumbprint(void *ctx, const unsigned char *key)
{
    return digest_text(
        ctx, mem_printf(ctx, "{\"k\":\"%s\",\"kty\":\"oct\"}", encode(ctx, key, JWE_KEY_SIZE)));
}

enum err jwe_encrypt(void *ctx, const unsigned char key[JWE_KEY_SIZE], const char *text,
                     char **ret_value)
{
    void *work = mem_context(ctx);
    unsigned char iv[CBC_HMAC_IV_SIZE], tag[CBC_HMAC_TAG_SIZE], *cipher;
    size_t cipher_len;
    const char *header = mem_printf(
        work, "{\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\",\"kid\":\"%s\"}", thumbprint(work, key));
    const char *protected = encode(work, (const unsigned char *)header, strlen(header));
    const struct cbc_hmac with = {
        .key = key, .iv = iv, .data = protected, .data_len = strlen(protected)};

    randombytes_buf(iv, sizeof iv);
    enum err error = cbc_hmac_encrypt(work, &with, text, strlen(text), &cipher, &cipher_len, tag);
    if (error == ERR_OK) {
        *ret_value = mem_printf(ctx, "%s..%s.%s.%s", protected, encode(work, iv, sizeof iv),
                                encode(work, cipher, cipher_len), encode(work, tag, sizeof tag));
    }
    talloc_free(work);
    return error;
}

struct part {
    const char *text;
    size_t len;
};

/* The parts between the dots of VALUE; false unless there are five. */
static bool split(const char *value, struct part parts[PARTS])
{
    for (size_t i = 0; i < PARTS; i++) {
        parts[i] = (struct part){.text = value, .len = strcspn(value, ".")};
        value += parts[i].len;
        if (*value != (i + 1 < PARTS ? '.' : '\0')) {
            return false;
        }
        value += *value == '.' ? 1 : 0;
    }
    return true;
}

static bool is_text(const struct json *header, const char *name, const char *wanted)
{
    struct json_string text = {.data = ""};

    return json_get_string(header, name, &text) == JSON_FOUND && strcmp(text.data, wanted) == 0;
}

/* "zip", "crit" and all else that a header could have would mean something else. */
static bool is_good_header(void *ctx, const unsigned char *key, struct part part)
{
    unsigned char *text;
    size_t len;
    struct json *header;

    return base64_decode(ctx, BASE64_URL, part.text, part.len, &text, &len) == ERR_OK &&
           json_parse_object(ctx, (const char *)text, len, &header) == ERR_OK &&
           json_member_count(header) == 3 && is_text(header, "alg", "dir") &&
           is_text(header, "enc", "A256CBC-HS512") && is_text(header, "kid", thumbprint(ctx, key));
}

/* The bytes of PART, which must be SIZE of them; 0 = any number. NULL when they are not. */
static unsigned char *decode(void *ctx, struct part part, size_t size, size_t *ret_len)
{
    unsigned char *data;

    if (base64_decode(ctx, BASE64_URL, part.text, part.len, &data, ret_len) != ERR_OK ||
        (size != 0 && *ret_len != size)) {
        return NULL;
    }
    return data;
}

enum err jwe_decrypt(void *ctx, const unsigned char key[JWE_KEY_SIZE], const char *value,
                     char **ret_text, size_t *ret_len)
{
    void *work = mem_context(ctx);
    enum err error = ERR_BAD_VALUE;
    struct part parts[PARTS];
    size_t len = 0, cipher_len = 0;

    if (!split(value, parts) || parts[1].len != 0 || !is_good_header(work, key, parts[0])) {
        goto out;
    }
    const unsigned char *iv = decode(work, parts[2], CBC_HMAC_IV_SIZE, &len);
    const unsigned char *cipher = decode(work, parts[3], 0, &cipher_len);
    const unsigned char *tag = decode(work, parts[4], CBC_HMAC_TAG_SIZE, &len);
    if (iv && cipher && tag) {
        const struct cbc_hmac with = {
            .key = key, .iv = iv, .data = parts[0].text, .data_len = parts[0].len};
        error = cbc_hmac_decrypt(ctx, &with, cipher, cipher_len, tag, ret_text, ret_len);
    }
out:
    talloc_free(work);
    return error;
}
