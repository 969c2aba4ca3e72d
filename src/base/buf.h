/*
 * A growing byte buffer for text that is built front to back. Owned by a talloc context. Growing
 * leaves unwiped copies behind: what must be wiped goes into mem_wiped memory of its final size.
 */
#ifndef TASKGATE_BASE_BUF_H
#define TASKGATE_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data; /* always followed by a NUL that len does not count */
    size_t len;
    size_t size;
};

/* An empty buffer owned by CTX. */
struct buf *buf_new(void *ctx);

/* Makes room for LEN more bytes, sets the NUL behind them and returns where they go; the caller
 * writes all of them and adds LEN to len. */
char *buf_reserve(struct buf *buf, size_t len);

void buf_add(struct buf *buf, const char *data, size_t len);
void buf_puts(struct buf *buf, const char *text);
void buf_putc(struct buf *buf, char byte);
void buf_int(struct buf *buf, int64_t number);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
