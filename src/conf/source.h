/* Collects what was given for each setting, before anything is understood. Private to conf/. */
#ifndef TASKGATE_CONF_SOURCE_H
#define TASKGATE_CONF_SOURCE_H

#include <stdbool.h>

#include "base/buf.h"
#include "conf/conf.h"

/* The value in effect for one setting. */
struct given {
    const char *text;  /* NULL: nothing was given, or an empty text; wiped with its context */
    const char *where; /* what a message about it begins with: "" or "FILE:LINE: " */
    bool unreadable;   /* something was given, but its problem is in the list already */
};

/*
 * Fills GIVEN, one element for each line of setting_table, owned by CTX: the environment wins over
 * the file, NAME_FILE is read. Problems and warnings are lines in the two buffers.
 */
void source_read(void *ctx, const struct conf_source *source, struct given *given,
                 struct buf *problems, struct buf *warnings);

#endif
