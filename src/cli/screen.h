/* A terminal that a program draws on until a key or a signal ends it, and that is as before then.
 */
#ifndef TASKGATE_CLI_SCREEN_H
#define TASKGATE_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct screen;

/* Whether there is a terminal that can be drawn on: standard input and output, and not TERM=dumb.
 */
bool screen_is_there(void);

/* Takes the terminal over; owned by CTX. Freed, it gives it back. */
struct screen *screen_open(void *ctx);

void screen_size(size_t *ret_rows, size_t *ret_columns);

/* Shows TEXT, lines that fit. */
void screen_show(const struct screen *screen, const struct buf *text);

enum screen_event { SCREEN_TIME, SCREEN_REDRAW, SCREEN_QUIT };

/* Waits until the monotonic time UNTIL (ms), another size of the terminal or any key but those that
 * quit: q, Escape, Ctrl-C, or SIGTERM. */
enum screen_event screen_wait(struct screen *screen, int64_t until);

#endif
