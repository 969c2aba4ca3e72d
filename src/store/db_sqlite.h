/* The SQLite driver's inside: the only file that includes sqlite3.h. Private to store/db_sqlite*.c.
 */
#ifndef TASKGATE_STORE_DB_SQLITE_H
#define TASKGATE_STORE_DB_SQLITE_H

#include <sqlite3.h>

#include "base/clock.h"
#include "store/db.h"

/* How long a statement waits for another process's write. */
#define DB_SQLITE_BUSY_MS 5000

struct db_sqlite {
    struct db db; /* first */
    sqlite3 *handle;
    sqlite3_stmt *statements[STMT_COUNT]; /* prepared when first used, then kept */
    sqlite3_stmt *bulk; /* db_sqlite_bulk.c: writes a row of the table under way */
    int64_t busy_since; /* monotonic ms: when it began to wait for another process's write */
    bool writing;       /* from before the wait on */
    bool turn;          /* store/turn.h: it is ours */
    bool failing;       /* the last write met a full, broken or read-only disk */
    bool grouping;      /* db_sqlite_write.c: between the beginning of a group and its end, */
    bool open;          /* its transaction has begun, */
    bool lost;          /* SQLite has taken it back, */
    bool denied;        /* others kept it from beginning */
};

/* Counts a call that came back with CODE in the metrics. */
void db_sqlite_count_error(int code);

/* What the result CODE of a call for WHAT (a statement's name) means for the caller; logged where
 * it is about the database as a whole, or a bug. */
enum err db_sqlite_error(struct db_sqlite *sqlite, int code, const char *what) WARN_UNUSED;

/* --- db_sqlite_write.c --- */

/* The database was written. */
void db_sqlite_note_write(struct db_sqlite *sqlite);

/* SQL without parameters and rows. */
enum err db_sqlite_execute(struct db_sqlite *sqlite, const char *sql) WARN_UNUSED;

/* Before a statement that writes: waits for this process's turn. Behind every statement: gives the
 * turn back unless a transaction is open. */
enum err db_sqlite_write_begin(struct db_sqlite *sqlite) WARN_UNUSED;
void db_sqlite_write_end(struct db_sqlite *sqlite);

/* What the driver has of these names. */
enum err db_sqlite_begin(struct db *db) WARN_UNUSED;
enum err db_sqlite_commit(struct db *db) WARN_UNUSED;
void db_sqlite_rollback(struct db *db);
void db_sqlite_group_begin(struct db *db);
enum err db_sqlite_group_end(struct db *db) WARN_UNUSED;

/* --- values --- */

/* VALUE as parameter INDEX of STATEMENT, which reads VALUE's text and ISO until it is reset. */
int db_sqlite_value_bind(sqlite3_stmt *statement, int index, enum db_type type,
                         const struct db_value *value, char iso[static CLOCK_ISO_SIZE]);

/* A column of the row that STATEMENT stands on; false when it is not of TYPE. */
bool db_sqlite_value_read(sqlite3_stmt *statement, int index, enum db_type type,
                          struct db_value *ret_value);

extern const struct db_driver db_sqlite_driver;

#endif
