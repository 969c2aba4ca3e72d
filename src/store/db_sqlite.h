/* The SQLite driver's inside: the only file that includes sqlite3.h. Private to store/db_sqlite*.c.
 */
#ifndef TASKGATE_STORE_DB_SQLITE_H
#define TASKGATE_STORE_DB_SQLITE_H

#include <sqlite3.h>

#include "store/db.h"

/* How long a statement waits for another process's write. */
#define DB_SQLITE_BUSY_MS 5000

struct db_sqlite {
    struct db db; /* first */
    sqlite3 *handle;
    sqlite3_stmt *statements[STMT_COUNT]; /* prepared when first used, then kept */
    bool failing;                         /* the last write met a full, broken or read-only disk */
};

/* Counts a call that came back with CODE in the metrics. */
void db_sqlite_count_error(int code);

extern const struct db_driver db_sqlite_driver;

#endif
