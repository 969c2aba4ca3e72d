/* All rows of one database into another one of either kind: "taskgate db migrate-to". */
#ifndef TASKGATE_STORE_MOVE_H
#define TASKGATE_STORE_MOVE_H

#include "store/upkeep.h"

struct move_report {
    upkeep_progress *progress;                 /* rows */
    void (*left)(void *arg, const char *name); /* a column of the source that is not copied */
    void *arg;
};

/*
 * Copies what FROM holds at one moment into TO, whose schema is made and whose tables are empty, in
 * one transaction; reads it there again and compares each table before it commits. Limits
 * ("rateLimit") are not copied: they last for minutes. ERR_CONFLICT: TO has rows already.
 * ERR_BAD_VALUE: a row that TO cannot hold, which is named. PROBLEM as in upkeep.h.
 */
enum err move_database(const struct config *from, const struct config *to,
                       const struct move_report *report, struct upkeep_content *ret_content,
                       struct buf *problem) WARN_UNUSED;

#endif
