#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>

#include "base/mem.h"

#define EMAIL_MAX 254

static const uint8_t *bytes(const char *data)
{
    return (const uint8_t *)data;
}

bool text_is_utf8(const char *data, size_t len)
{
    return u8_check(bytes(data), len) == NULL;
}

size_t text_next(const char *data, size_t len, uint32_t *ret_char)
{
    ucs4_t character = 0;
    int used = len > 0 ? u8_mbtoucr(&character, bytes(data), len) : -1;
    if (used <= 0) {
        return 0;
    }
    *ret_char = character;
    return (size_t)used;
}

size_t text_length(const char *data, size_t len)
{
    return u8_mbsnlen(bytes(data), len);
}

size_t text_width(const char *data, size_t len)
{
    int width = u8_width((const uint8_t *)data, len, "UTF-8");

    return width > 0 ? (size_t)width : 0;
}

size_t text_utf16_length(const char *data, size_t len)
{
    size_t units = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)data[i];
        if ((byte & 0xc0) != 0x80) {
            units += byte >= 0xf0 ? 2 : 1; /* four bytes of UTF-8 are a surrogate pair */
        }
    }
    return units;
}

static bool is_ascii(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

/* Moves what libunistring allocated to CTX; the source may be a password and is wiped. */
static char *take(void *ctx, uint8_t *result, size_t len, size_t *ret_len)
{
    mem_checked(result);
    char *copy = mem_strndup(ctx, (const char *)result, len);
    explicit_bzero(result, len);
    free(result);
    *ret_len = len;
    return copy;
}

char *text_nfkc(void *ctx, const char *data, size_t len, size_t *ret_len)
{
    if (is_ascii(data, len)) { /* its own normal form */
        *ret_len = len;
        return mem_strndup(ctx, data, len);
    }
    size_t size = 0;
    uint8_t *result = u8_normalize(UNINORM_NFKC, bytes(data), len, NULL, &size);
    return take(ctx, result, size, ret_len);
}

char *text_lower(void *ctx, const char *data, size_t len, size_t *ret_len)
{
    if (is_ascii(data, len)) {
        char *copy = mem_strndup(ctx, data, len);
        for (size_t i = 0; i < len; i++) {
            if (copy[i] >= 'A' && copy[i] <= 'Z') {
                copy[i] = (char)(copy[i] - 'A' + 'a');
            }
        }
        *ret_len = len;
        return copy;
    }
    size_t size = 0;
    uint8_t *result = u8_tolower(bytes(data), len, NULL, NULL, NULL, &size);
    return take(ctx, result, size, ret_len);
}

void text_lower_ascii(char *text)
{
    for (; *text; text++) {
        if (*text >= 'A' && *text <= 'Z') {
            *text = (char)(*text - 'A' + 'a');
        }
    }
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_alphanumeric(char byte)
{
    return is_letter(byte) || (byte >= '0' && byte <= '9');
}

/* Letters, digits, _ ' + - and single inner dots; neither a dot nor an apostrophe ends it. */
static bool is_local_part(const char *data, size_t len)
{
    if (len == 0 || data[0] == '.' || data[len - 1] == '.' || data[len - 1] == '\'') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        bool plain = is_alphanumeric(data[i]) || (data[i] != '\0' && strchr("_'+-", data[i]));
        bool inner_dot = data[i] == '.' && data[i - 1] != '.';
        if (!plain && !inner_dot) {
            return false;
        }
    }
    return true;
}

/* Letters, digits, '-', not starting with '-'. */
static bool is_label(const char *data, size_t len)
{
    if (len == 0 || data[0] == '-') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_alphanumeric(data[i]) && data[i] != '-') {
            return false;
        }
    }
    return true;
}

static bool is_top_label(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_letter(data[i])) {
            return false;
        }
    }
    return len >= 2;
}

bool text_is_email(const char *data, size_t len)
{
    const char *at = memchr(data, '@', len);
    if (len > EMAIL_MAX || !at || !is_local_part(data, (size_t)(at - data))) {
        return false;
    }
    const char *end = data + len;
    const char *label = at + 1;
    for (;;) {
        const char *dot = memchr(label, '.', (size_t)(end - label));
        if (!dot) {
            return label > at + 1 && is_top_label(label, (size_t)(end - label));
        }
        if (!is_label(label, (size_t)(dot - label))) {
            return false;
        }
        label = dot + 1;
    }
}

char *text_email(void *ctx, const char *address)
{
    char *lower = mem_strdup(ctx, address);

    text_lower_ascii(lower);
    return lower;
}
