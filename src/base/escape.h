/* Text from a database or a client, made harmless for a terminal. */
#ifndef TASKGATE_BASE_ESCAPE_H
#define TASKGATE_BASE_ESCAPE_H

#include "base/buf.h"

/*
 * Appends LEN bytes of TEXT so that they stay on one line and command nothing: control characters
 * (C0, DEL, C1), line and paragraph separators, marks that turn the direction of writing, and bytes
 * that are no UTF-8 become \xNN, a backslash two.
 */
void escape_text(struct buf *buf, const char *text, size_t len);

#endif
