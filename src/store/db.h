/*
 * The seam to a database: named statements with typed parameters and typed rows. Private to store/.
 * Three drivers: SQLite, PostgreSQL, and the scripted fake of the tests.
 */
#ifndef TASKGATE_STORE_DB_H
#define TASKGATE_STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"
#include "store/stmt.h"
#include "store/store.h"

/* One value on its way in or out. A time is ms since the epoch; the driver gives it its column type
 * (timestamptz, or ISO 8601 text). */
struct db_value {
    bool null;
    int64_t number;   /* DB_INT, DB_TIME; DB_BOOL as 0 or 1 */
    const char *text; /* DB_TEXT; on the way out NUL-terminated and valid in the row call only */
    size_t len;       /* DB_TEXT: bytes */
};

/* The declared type of parameter and column is in the statement's line of the table (stmt.h). */
typedef void db_row(void *arg, const struct db_value *columns);

enum db_column {
    DB_COLUMN_ABSENT,   /* there is no such column, or no such table */
    DB_COLUMN_OPTIONAL, /* a row can be written without it */
    DB_COLUMN_REQUIRED, /* NOT NULL without a default */
};

struct db;

/* One of several statements that are run together. */
struct db_call {
    enum stmt statement;
    const struct db_value *params;
    db_row *row; /* these as in db_driver's query */
    void *arg;
    int64_t count;
};

struct db_driver {
    const char *name;
    /* Runs STATEMENT; ROW (may be NULL) is called for each row. Rows count only when ERR_OK comes
     * back: an error may follow them. *ret_count (may be NULL): rows returned, or rows changed for
     * a statement that returns none. Retries and reconnects where that can't repeat a write. */
    enum err (*query)(struct db *db, enum stmt statement, const struct db_value *params,
                      db_row *row, void *arg, int64_t *ret_count) WARN_UNUSED;
    /* Runs CALLS in order, inside a transaction; PostgreSQL gets them all before the first answer
     * is waited for. After an error it is not known which of them it was about. */
    enum err (*query_all)(struct db *db, struct db_call *calls, size_t count) WARN_UNUSED;
    /* A writing transaction (SQLite: BEGIN IMMEDIATE). After any error inside it, and after a
     * commit that failed, the caller rolls back. */
    enum err (*begin)(struct db *db) WARN_UNUSED;
    enum err (*commit)(struct db *db) WARN_UNUSED;
    void (*rollback)(struct db *db);
    /* SQLite only. Between the two, all that is written is one transaction, those above inside it;
     * after an error of the second nothing of it has happened. */
    void (*group_begin)(struct db *db);
    enum err (*group_end)(struct db *db) WARN_UNUSED;
    /* SQL text of several statements: migrations only. A column that is to be added and is there
     * stays as it is (PostgreSQL: where the text says IF NOT EXISTS). */
    enum err (*script)(struct db *db, const char *sql) WARN_UNUSED;
    /* Holds other migrators off until commit or rollback; called inside a transaction, which may
     * take long from then on. */
    enum err (*lock_schema)(struct db *db) WARN_UNUSED;
    /* Tasks that are written without an id get one above TOP from now on; inside a transaction, up
     * to whose end nobody else writes tasks. */
    enum err (*reserve_tasks)(struct db *db, int64_t top) WARN_UNUSED;
    /* What the schema says about a column. TABLE and COLUMN are lower-case names without quotes. */
    enum err (*column)(struct db *db, const char *table, const char *column,
                       enum db_column *ret_column) WARN_UNUSED;
};

/* Drivers embed this as their first member. */
struct db {
    const struct db_driver *driver;
};

/* CREATE: a file that is missing is made. */
enum err db_sqlite_open(void *ctx, const struct config *config, bool create,
                        struct db **ret_db) WARN_UNUSED;
enum err db_pg_open(void *ctx, const struct config *config, struct db **ret_db) WARN_UNUSED;

/* store_paths of each kind. */
void db_sqlite_paths(const struct config *config, store_path *visit, void *arg);
void db_pg_paths(const struct config *config, store_path *visit, void *arg);

/* REAL with the time of each statement in the metrics; owned by CTX, REAL lives as long. */
struct db *db_meter_new(void *ctx, struct db *real);

/* Runs STATEMENT, which is about one row (or all that make one thing). ERR_ABSENT: there was none.
 */
enum err db_one(struct db *db, enum stmt statement, const struct db_value *params, db_row *row,
                void *arg) WARN_UNUSED;

/*
 * The end of a transaction: commits unless there is an ERROR, else takes back what was done. What
 * became of it.
 *
 * Locks: every transaction takes its rows in one order, or two of them wait for each other until
 * PostgreSQL ends one. That order is: verification; "user"; the user's sessions and their refresh
 * tokens, accounts, tasks. Whoever writes several rows of a user has the user's row first
 * (user_lock, user_verify, user_set_ban); a sign-in too, for its session. A refresh and a sign-out
 * take one session before its refresh tokens, and never the user. A new task holds its user against
 * deletion only. jwks: key_lock first.
 */
enum err db_finish(struct db *db, enum err error) WARN_UNUSED;

/* query_all one by one. */
enum err db_query_each(struct db *db, struct db_call *calls, size_t count) WARN_UNUSED;

/* Parameter values. Times outside 0..CLOCK_MAX are clamped. */
struct db_value db_text(const char *text); /* NULL = SQL NULL */
struct db_value db_text_len(const char *text, size_t len);
struct db_value db_int(int64_t number);
struct db_value db_bool(bool value);
struct db_value db_time(int64_t time);
struct db_value db_null(void);

/* ERR_BAD_VALUE unless every text of PARAMS is valid UTF-8 without NUL: asked by each driver before
 * it sends anything, so that all databases refuse the same (R18). */
enum err db_check_params(enum stmt statement, const struct db_value *params) WARN_UNUSED;

/* store_open's object, seen from inside store/. */
struct migration;
struct transfer_queue;
struct store {
    struct db *db;
    const struct migration *steps; /* of this kind of database */
    bool groups;                   /* the driver has group_begin and group_end */
    struct transfer_queue *queue;  /* transfer_write.c: rows that wait to be written together */
    int64_t forgot_at;             /* when old limits were last deleted; monotonic, 0 = never */
};

#endif
