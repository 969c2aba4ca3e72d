#include "sec/cookie_sig.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/text.h"
#include "sec/mac.h"

/* Base64 of 32 bytes, with its padding. */
#define SIGNATURE_LENGTH 44

/* JavaScript's encodeURIComponent. */
static char *percent_encode(void *ctx, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_.!~*'()";
    struct buf *wire = buf_new(ctx);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (strchr(unreserved, *text)) {
            buf_putc(wire, *text);
        } else {
            const char escape[] = {'%', digits[byte >> 4], digits[byte & 15]};
            buf_add(wire, escape, sizeof escape);
        }
    }
    return wire->data;
}

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    if (byte >= 'a' && byte <= 'f') {
        return byte - 'a' + 10;
    }
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* JavaScript's decodeURIComponent where it succeeds, else the text as it is. */
static char *percent_decode(void *ctx, const char *text, size_t len)
{
    struct buf *plain = buf_new(ctx);
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '%') {
            buf_putc(plain, text[i]);
            continue;
        }
        int high = i + 2 < len ? hex_value(text[i + 1]) : -1;
        int low = i + 2 < len ? hex_value(text[i + 2]) : -1;
        /* A zero byte is no part of a value of ours, and would hide what is behind it. */
        if (high < 0 || low < 0 || high + low == 0) {
            return mem_strndup(ctx, text, len);
        }
        buf_putc(plain, (char)(high * 16 + low));
        i += 2;
    }
    return text_is_utf8(plain->data, plain->len) ? plain->data : mem_strndup(ctx, text, len);
}

char *cookie_sign_plain(void *ctx, const struct config *config, const char *value)
{
    void *work = mem_context(ctx);
    unsigned char mac[MAC_SIZE];
    mac_sign(&config->secrets[0], value, strlen(value), mac);
    const char *signature = base64_encode(work, BASE64_STANDARD, mac, sizeof mac);
    char *plain = mem_printf(ctx, "%s.%s", value, signature);
    talloc_free(work);
    return plain;
}

char *cookie_sign(void *ctx, const struct config *config, const char *value)
{
    void *work = mem_context(ctx);
    const char *plain = cookie_sign_plain(work, config, value);
    char *wire = mem_strdup(ctx, percent_encode(work, plain));
    talloc_free(work);
    return wire;
}

/* Whether the LEN bytes at VALUE have the MAC that SIGNATURE spells. */
static bool is_signed(void *ctx, const struct config *config, const char *value, size_t len,
                      const char *signature)
{
    unsigned char *offered = NULL;
    size_t offered_len = 0;
    if (strlen(signature) != SIGNATURE_LENGTH ||
        base64_decode(ctx, BASE64_STANDARD, signature, SIGNATURE_LENGTH, &offered, &offered_len) !=
            ERR_OK ||
        offered_len != MAC_SIZE) {
        return false;
    }
    unsigned char mac[MAC_SIZE];
    mac_sign(&config->secrets[0], value, len, mac);
    return sodium_memcmp(mac, offered, MAC_SIZE) == 0;
}

enum err cookie_unsign(void *ctx, const struct config *config, const char *wire, char **ret_value)
{
    static const char space[] = " \t\r\n";
    enum err error = ERR_BAD_VALUE;
    void *work = mem_context(ctx);
    wire += strspn(wire, space);
    size_t len = strlen(wire);
    while (len > 0 && strchr(space, wire[len - 1])) {
        len--;
    }
    if (len >= 2 && wire[0] == '"' && wire[len - 1] == '"') {
        wire++;
        len -= 2;
    }
    const char *plain = percent_decode(work, wire, len);
    const char *dot = strrchr(plain, '.');
    if (!dot || dot == plain) {
        goto out;
    }
    size_t value_len = (size_t)(dot - plain);
    if (is_signed(work, config, plain, value_len, dot + 1)) {
        *ret_value = mem_strndup(ctx, plain, value_len);
        error = ERR_OK;
    }
out:
    talloc_free(work);
    return error;
}
