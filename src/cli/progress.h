/* A bar on stderr for what takes long: how far it is, rows a second, and when it will be done.
 * Nothing is printed where stderr is no terminal. */
#ifndef TASKGATE_CLI_PROGRESS_H
#define TASKGATE_CLI_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct progress;

/* WHAT ("export", static text) is being done, in TOTAL units of any kind (0 = nobody knows how
 * many). Owned by CTX. */
struct progress *progress_new(void *ctx, const char *what, int64_t total);

/* DONE units and ROWS rows in all are behind us; draws ten times a second at most. */
void progress_set(struct progress *progress, int64_t done, int64_t rows);

/* DONE of TOTAL units, which are no rows. */
void progress_set_part(struct progress *progress, int64_t done, int64_t total);

/* Removes the bar for now: a message may follow. */
void progress_hide(struct progress *progress);

/* The same for ever. */
void progress_end(struct progress *progress);

/* What is drawn, in WIDTH columns at most, MS after the begin; ROWS below 0 are not
 * told. For the tests. */
void progress_draw(struct buf *buf, size_t width, const char *what, int64_t done, int64_t total,
                   int64_t rows, int64_t ms);

#endif
