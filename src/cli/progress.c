#include "cli/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define DRAW_EVERY  100 /* ms */
#define USUAL_WIDTH 80
#define BAR_MAX     40
#define BAR_MIN     8

struct progress {
    bool visible;
    const char *what;
    int64_t total;
    int64_t begin;
    int64_t drawn; /* when; monotonic, 0 = never */
};

/* One that takes the commands which draw a bar. */
static bool is_terminal(int fd)
{
    const char *term = getenv("TERM");

    return isatty(fd) == 1 && (term == NULL || strcmp(term, "dumb") != 0);
}

struct progress *progress_new(void *ctx, const char *what, int64_t total)
{
    struct progress *progress = mem_new(ctx, struct progress);

    progress->visible = is_terminal(STDERR_FILENO);
    progress->what = what;
    progress->total = total;
    progress->begin = clock_monotonic();
    return progress;
}

static void put_duration(struct buf *buf, int64_t ms)
{
    int64_t seconds = (ms + CLOCK_SECOND - 1) / CLOCK_SECOND;

    if (seconds >= 3600) {
        buf_printf(buf, "%lld:", (long long)(seconds / 3600));
        buf_printf(buf, "%02lld:", (long long)(seconds / 60 % 60));
    } else {
        buf_printf(buf, "%lld:", (long long)(seconds / 60));
    }
    buf_printf(buf, "%02lld", (long long)(seconds % 60));
}

void progress_draw(struct buf *buf, size_t width, const char *what, int64_t done, int64_t total,
                   int64_t rows, int64_t ms)
{
    struct buf *tail = buf_new(buf);
    bool known = total > 0;

    if (known && done > total) {
        done = total;
    }
    double part = known ? (double)done / (double)total : 0;
    if (known) {
        buf_printf(tail, " %3d%%", (int)(part * 100));
    }
    if (rows >= 0) {
        buf_printf(tail, " %lld rows", (long long)rows);
    }
    if (rows >= 0 && ms > 0) {
        buf_printf(tail, " %.0f/s", (double)rows * 1000 / (double)ms);
    }
    if (known && done > 0 && ms > 0) {
        buf_puts(tail, " ETA ");
        put_duration(tail, (int64_t)((double)ms * (1 - part) / part));
    }

    size_t used = strlen(what) + 3 + tail->len;
    size_t begin = buf->len;
    buf_puts(buf, what);
    if (known && used + BAR_MIN < width) {
        size_t bar = width - used - 1 > BAR_MAX ? BAR_MAX : width - used - 1;
        size_t full = (size_t)(part * (double)bar);
        buf_puts(buf, " [");
        for (size_t i = 0; i < bar; i++) {
            buf_putc(buf, i < full ? '#' : '.');
        }
        buf_putc(buf, ']');
    }
    buf_add(buf, tail->data, tail->len);
    if (buf->len - begin > width) {
        buf->len = begin + width;
        buf->data[buf->len] = '\0';
    }
    talloc_free(tail);
}

static size_t terminal_width(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col
                                                                           : USUAL_WIDTH;
}

void progress_set(struct progress *progress, int64_t done, int64_t rows)
{
    int64_t now = clock_monotonic();

    if (!progress->visible || now - progress->drawn < DRAW_EVERY) {
        return;
    }
    progress->drawn = now;
    struct buf *line = buf_new(progress);
    /* The last column stays free: some terminals begin a new line there. */
    progress_draw(line, terminal_width() - 1, progress->what, done, progress->total, rows,
                  now - progress->begin);
    fprintf(stderr, "\r\033[K%s", line->data);
    fflush(stderr);
    talloc_free(line);
}

void progress_set_part(struct progress *progress, int64_t done, int64_t total)
{
    progress->total = total;
    progress_set(progress, done, -1);
}

void progress_hide(struct progress *progress)
{
    if (progress->drawn != 0) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
    }
    progress->drawn = 0;
}

void progress_end(struct progress *progress)
{
    progress_hide(progress);
    talloc_free(progress);
}
