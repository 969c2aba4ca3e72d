/* The PostgreSQL driver's inside: the only file that includes libpq-fe.h. Private to
 * store/db_pg*.c. */
#ifndef TASKGATE_STORE_DB_PG_H
#define TASKGATE_STORE_DB_PG_H

#include <libpq-fe.h>

#include "store/db.h"

enum db_pg_transaction {
    DB_PG_NONE,
    DB_PG_OPEN,
    DB_PG_BROKEN, /* failed or lost: nothing is answered until rollback */
};

enum db_pg_health { DB_PG_UNKNOWN, DB_PG_UP, DB_PG_DOWN };

struct db_pg {
    struct db db;    /* first */
    const char *url; /* holds a password: never logged */
    bool prepare;
    PGconn *conn;              /* NULL = not connected */
    bool prepared[STMT_COUNT]; /* on this connection */
    int64_t deadline;          /* of the call or transaction under way; monotonic */
    enum db_pg_transaction transaction;
    enum db_pg_health health; /* as last told in the log */
    bool was_connected;
    unsigned first_host; /* of those that the URL names: which is asked first */
    unsigned failures;   /* of connecting, in a row */
    int64_t retry_at;    /* no attempt to connect before; monotonic */
    uint32_t random;     /* state of the jitter */
    struct buf *bulk;    /* db_pg_bulk.c: rows that were not sent yet */
};

/* --- db_pg.c: what is not one of the named statements --- */

/* Runs SQL with COUNT texts for its $1, ...; WHAT names it in the log. A result of texts, to be
 * cleared by the caller. */
enum err db_pg_ask(struct db_pg *pg, const char *sql, const char *const *texts, int count,
                   const char *what, PGresult **ret_result) WARN_UNUSED;

/* The rows of a statement's RESULT, and how many it returned or changed. */
enum err db_pg_pass_rows(const PGresult *result, const struct stmt_info *info, db_row *row,
                         void *arg) WARN_UNUSED;
int64_t db_pg_count(PGresult *result, const struct stmt_info *info);

/* query_all (db_pg_pipeline.c). */
enum err db_pg_pipeline(struct db *db, struct db_call *calls, size_t count) WARN_UNUSED;

struct db_pg_reply;

/* Draws the consequences of REPLY to WHAT, clears it, and says what it means for the caller. */
enum err db_pg_settle(struct db_pg *pg, struct db_pg_reply *reply, const char *what) WARN_UNUSED;

/* --- db_pg_copy.c: COPY, and transactions for whole tables --- */

/* A transaction that sees one moment, changes nothing, and may take MS. */
enum err db_pg_begin_snapshot(struct db_pg *pg, int64_t ms) WARN_UNUSED;

/* Inside a transaction: begins the COPY of SQL, which answers WANTED (PGRES_COPY_IN or _OUT). */
enum err db_pg_copy_begin(struct db_pg *pg, const char *sql, ExecStatusType wanted) WARN_UNUSED;
enum err db_pg_copy_send(struct db_pg *pg, const char *data, size_t len) WARN_UNUSED;
/* The end of what was SENT, or of what was read up to its end. */
enum err db_pg_copy_end(struct db_pg *pg, bool sent, const char *what) WARN_UNUSED;

/* --- db_pg_conn.c: the connection --- */

/* A connection, made if there is none, before the deadline. ERR_STORE_DOWN at once during back-off.
 */
enum err db_pg_conn_ready(struct db_pg *pg) WARN_UNUSED;

/* Drops a connection that the server has closed while it was idle, before anything is sent on it.
 */
void db_pg_conn_check(struct db_pg *pg);

/* Ends the connection because of WHY (logged once per change); the next call makes a new one. */
void db_pg_conn_drop(struct db_pg *pg, const char *why);

/* The same without a word, because nobody is at fault. */
void db_pg_conn_end(struct db_pg *pg);

/* As above; and the next attempt waits, because the server does not answer. */
void db_pg_conn_give_up(struct db_pg *pg, const char *why);

/* The database works or fails: a line in the log when that changes. */
void db_pg_conn_note_up(struct db_pg *pg);
void db_pg_conn_note_down(struct db_pg *pg, const char *why);

/* Waits until the connection's socket is ready for EVENTS (of poll). ERR_STORE_DOWN: the deadline.
 */
enum err db_pg_conn_wait(const struct db_pg *pg, short events) WARN_UNUSED;

/* --- db_pg_hosts.c: the servers that a URL names --- */

struct db_pg_hosts {
    unsigned count; /* at least 1 */
    const char *host;
    const char *hostaddr;
    const char *port;
};

/* The lists of URL, turned so that they begin with number FIRST, from 0 and round again; NULL where
 * they are right as they stand in URL. Owned by CTX. */
void db_pg_hosts_read(void *ctx, const char *url, unsigned first, struct db_pg_hosts *ret_hosts);

/* --- db_pg_exec.c: one command, sent and answered --- */

enum db_pg_outcome {
    DB_PG_DONE,
    DB_PG_REFUSED,  /* the server answered with an error */
    DB_PG_NOT_SENT, /* the connection was lost before the command was complete: it had no effect */
    DB_PG_LOST,     /* the connection was lost: the command may have been carried out */
    DB_PG_EXPIRED,  /* the deadline passed: likewise */
};

/* The answer to a command. */
struct db_pg_reply {
    enum db_pg_outcome outcome;
    PGresult *result; /* DONE and REFUSED; to be cleared by the caller */
};

struct db_pg_values;

/* Sends a statement with its values (prepared or not), or SQL text of one or more commands without
 * values; waits for the whole answer. After the last three outcomes the connection is gone. */
struct db_pg_reply db_pg_exec_statement(struct db_pg *pg, enum stmt id,
                                        const struct db_pg_values *values);
struct db_pg_reply db_pg_exec_text(struct db_pg *pg, const char *sql);
struct db_pg_reply db_pg_exec_texts(struct db_pg *pg, const char *sql, const char *const *texts,
                                    int count);

/* The parts of these: sends what libpq still holds; reads the whole answer to a command (SENT 0: it
 * could not be given to libpq); sends SQL and waits for the first of its results. */
enum db_pg_outcome db_pg_exec_flush(struct db_pg *pg);
struct db_pg_reply db_pg_exec_collect(struct db_pg *pg, int sent);
enum db_pg_outcome db_pg_exec_wait(struct db_pg *pg); /* until a result is there */
bool db_pg_exec_is_error(const PGresult *result);
bool db_pg_exec_begin(struct db_pg *pg, const char *sql);

/* The five characters of the SQLSTATE, or "". */
const char *db_pg_exec_state(const PGresult *result);

/* --- db_pg_state.c: what an SQLSTATE, or all that begin so, means (R25) --- */

enum db_pg_state_flag {
    DB_PG_REPEAT = 1, /* the statement was not carried out and may succeed when sent again */
    DB_PG_DROP = 2,   /* the server does not want this connection any more */
    DB_PG_NOTE = 4,   /* the database as a whole fails */
};

struct db_pg_state {
    const char *prefix;
    enum err error;
    unsigned flags;
};

/* The line for RESULT, which is an error. */
const struct db_pg_state *db_pg_state_of(const PGresult *result);

/* --- db_pg_value.c: values in and out, binary --- */

struct db_pg_values {
    Oid types[STMT_MAX_VALUES];
    const char *data[STMT_MAX_VALUES];
    int lengths[STMT_MAX_VALUES];
    int formats[STMT_MAX_VALUES];
    unsigned char bytes[STMT_MAX_VALUES][8];
};

/* PARAMS as STATEMENT declares them. RET points into itself and into PARAMS. */
void db_pg_value_encode(enum stmt statement, const struct db_value *params,
                        struct db_pg_values *ret_values);

/* One value in the binary form. *ret_data points into BYTES or to the value's text. */
void db_pg_value_write(enum db_type type, const struct db_value *value, unsigned char bytes[8],
                       const char **ret_data, int *ret_len);
bool db_pg_value_read(const char *data, int len, enum db_type type, struct db_value *ret_value);

/* One field of RESULT; false when it is not of TYPE. Texts live with RESULT. */
bool db_pg_value_decode(const PGresult *result, int row, int column, enum db_type type,
                        struct db_value *ret_value);

#endif
