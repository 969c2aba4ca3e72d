/* A copy of a SQLite file. Private to store/db_sqlite*.c. */
#ifndef TASKGATE_STORE_DB_SQLITE_COPY_H
#define TASKGATE_STORE_DB_SQLITE_COPY_H

#include "store/db_sqlite.h"
#include "store/upkeep.h"

/* upkeep_copy_file, from the file FROM. */
enum err db_sqlite_copy(const char *from, const char *to, upkeep_progress *progress, void *arg,
                        struct upkeep_content *ret_content, struct buf *problem) WARN_UNUSED;

#endif
