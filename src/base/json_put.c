#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

/* Appends \uXXXX. */
static void put_unit(struct buf *buf, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[] = {'\\',
                           'u',
                           digits[unit >> 12 & 15],
                           digits[unit >> 8 & 15],
                           digits[unit >> 4 & 15],
                           digits[unit & 15]};
    buf_add(buf, escape, sizeof escape);
}

/* Appends \uXXXX, or two of them for a character beyond U+FFFF. */
static void put_escape(struct buf *buf, uint32_t character)
{
    if (character > 0xffff) {
        put_unit(buf, 0xd800 + ((character - 0x10000) >> 10));
        put_unit(buf, 0xdc00 + ((character - 0x10000) & 0x3ff));
    } else {
        put_unit(buf, character);
    }
}

/* Appends the two-character escape of an ASCII character that has one. */
static bool put_short_escape(struct buf *buf, char byte)
{
    static const char bytes[] = "\"\\\b\f\n\r\t";
    static const char letters[] = "\"\\bfnrt";
    const char *found = byte != '\0' ? strchr(bytes, byte) : NULL;
    if (!found) {
        return false;
    }
    const char escape[] = {'\\', letters[found - bytes]};
    buf_add(buf, escape, sizeof escape);
    return true;
}

/* Appends the character at DATA, which is not plain ASCII; returns how many bytes it has. */
static size_t put_character(struct buf *buf, const char *data, size_t len, bool ascii)
{
    uint32_t character = 0;
    size_t used = text_next(data, len, &character);
    if (used == 0) {
        character = 0xfffd;
    }
    if (character < 0x80) {
        if (!put_short_escape(buf, *data)) {
            put_unit(buf, character);
        }
    } else if (ascii) {
        put_escape(buf, character);
    } else if (used == 0) {
        buf_puts(buf, "\xef\xbf\xbd");
    } else {
        buf_add(buf, data, used);
    }
    return used > 0 ? used : 1;
}

/* How many bytes from DATA on stand for themselves. */
static size_t plain_length(const char *data, size_t len, bool ascii)
{
    size_t at = 0;
    while (at < len) {
        unsigned char code = (unsigned char)data[at];
        if (code < 0x20 || code >= 0x80 || code == '"' || code == '\\' ||
            (ascii && (code == '>' || code == '?' || code == '~' || code == 0x7f))) {
            break;
        }
        at++;
    }
    return at;
}

static void put_quoted(struct buf *buf, const char *data, size_t len, bool ascii)
{
    buf_putc(buf, '"');
    for (size_t at = 0; at < len;) {
        size_t plain = plain_length(data + at, len - at, ascii);
        buf_add(buf, data + at, plain);
        at += plain;
        if (at < len) {
            at += put_character(buf, data + at, len - at, ascii);
        }
    }
    buf_putc(buf, '"');
}

void json_put_string(struct buf *buf, const char *data, size_t len)
{
    put_quoted(buf, data, len, false);
}

void json_put_ascii(struct buf *buf, const char *data, size_t len)
{
    put_quoted(buf, data, len, true);
}

void json_put_text(struct buf *buf, const char *text)
{
    if (text) {
        json_put_string(buf, text, strlen(text));
    } else {
        buf_puts(buf, "null");
    }
}

void json_put_time(struct buf *buf, int64_t time)
{
    char text[CLOCK_ISO_SIZE + 2];
    text[0] = '"';
    clock_format(time, text + 1);
    text[CLOCK_ISO_SIZE] = '"';
    buf_add(buf, text, CLOCK_ISO_SIZE + 1);
}
