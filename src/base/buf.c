#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define FIRST_SIZE 256

struct buf *buf_new(void *ctx)
{
    struct buf *buf = mem_new(ctx, struct buf);
    buf->size = FIRST_SIZE;
    buf->data = mem_bytes(buf, buf->size);
    buf->data[0] = '\0';
    return buf;
}

char *buf_reserve(struct buf *buf, size_t len)
{
    if (len > SIZE_MAX / 2 - buf->len - 1) {
        mem_fail();
    }
    size_t needed = buf->len + len + 1;
    if (needed > buf->size) {
        size_t size = buf->size * 2 > needed ? buf->size * 2 : needed;
        buf->data = mem_checked(talloc_realloc_size(buf, buf->data, size));
        buf->size = size;
    }
    buf->data[buf->len + len] = '\0';
    return buf->data + buf->len;
}

void buf_add(struct buf *buf, const char *data, size_t len)
{
    char *room = buf_reserve(buf, len);
    if (len > 0) {
        memcpy(room, data, len);
        buf->len += len;
    }
}

void buf_puts(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_putc(struct buf *buf, char byte)
{
    *buf_reserve(buf, 1) = byte;
    buf->len++;
}

void buf_int(struct buf *buf, int64_t number)
{
    char digits[20]; /* as many as the smallest number has, with its sign */
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    buf_add(buf, digits + at, sizeof digits - at);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0) {
        mem_fail(); /* a result above INT_MAX: no format string of ours is wrong */
    }
    char *room = buf_reserve(buf, (size_t)len);
    vsnprintf(room, (size_t)len + 1, format, again);
    va_end(again);
    buf->len += (size_t)len;
}
