#include "store/db_pg.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"

/* How long one call of the store, or one transaction, may take (R22): a little less than the five
 * seconds in which a request must have its answer. */
#define CALL_MS INT64_C(4500)

/* The same for a schema step, which may wait for another process's and rebuild a large table. */
#define SCHEMA_MS (10 * CLOCK_MINUTE)

/* "taskgate" in ASCII: the number of our advisory lock. */
#define SCHEMA_LOCK "8386110886273709157"

static const char *message_of(const PGresult *result)
{
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    return message == NULL ? "" : message;
}

/* What REPLY to WHAT (a statement's name) means for the caller. */
static enum err error_of(const struct db_pg_reply *reply, const char *what)
{
    const struct db_pg_state *entry;
    const char *state;

    if (reply->outcome == DB_PG_DONE) {
        return ERR_OK;
    }
    if (reply->outcome != DB_PG_REFUSED) {
        return ERR_STORE_DOWN;
    }
    entry = db_pg_state_of(reply->result);
    state = db_pg_exec_state(reply->result);
    /* Messages of class 42 speak of tables and grants; those of others may quote values. */
    if (entry->error == ERR_INTERNAL) {
        log_error("PostgreSQL refused %s: %s %s", what, state,
                  strncmp(state, "42", 2) == 0 ? message_of(reply->result) : "");
    }
    return entry->error;
}

/* By the first two characters of its SQLSTATE, the class. */
static void count_error(const PGresult *result)
{
    const char *state = db_pg_exec_state(result);
    const char class[] = {state[0], state[0] == '\0' ? '\0' : state[1], '\0'};

    metric_count_name(METRIC_DB_ERRORS, class);
}

/* A name that was made on this connection is gone: behind it is a pooler, which gives each
 * transaction another connection of the server and does not take care of names. */
static void stop_preparing(struct db_pg *pg)
{
    if (pg->prepare) {
        log_info("a pooler forgets prepared statements: none are used from now on, as with "
                 "DB_PREPARE=off");
    }
    pg->prepare = false;
}

/* Draws the consequences of REPLY for the connection and the transaction. */
static void settle(struct db_pg *pg, const struct db_pg_reply *reply)
{
    const struct db_pg_state *entry;

    if (reply->outcome != DB_PG_REFUSED) {
        return;
    }
    entry = db_pg_state_of(reply->result);
    count_error(reply->result);
    if (pg->transaction == DB_PG_OPEN) {
        pg->transaction = DB_PG_BROKEN;
    }
    if (entry->flags & DB_PG_NOTE) {
        db_pg_conn_note_down(pg, message_of(reply->result));
        metric_note(METRIC_NOTE_DB_FAILED, clock_monotonic());
    }
    if (entry->flags & DB_PG_DROP) {
        db_pg_conn_drop(pg, message_of(reply->result));
    }
    if (strcmp(entry->prefix, "26000") == 0) {
        stop_preparing(pg);
    }
}

/* Whether to send again what was answered with REPLY: only where it can't be carried out twice. */
static bool may_repeat(const struct db_pg *pg, const struct db_pg_reply *reply, bool reads)
{
    if (pg->transaction != DB_PG_NONE) {
        return false;
    }
    switch (reply->outcome) {
    case DB_PG_REFUSED:
        return (db_pg_state_of(reply->result)->flags & DB_PG_REPEAT) != 0;
    case DB_PG_NOT_SENT:
        return true;
    case DB_PG_LOST:
        return reads;
    case DB_PG_DONE:
    case DB_PG_EXPIRED:
        break;
    }
    return false;
}

/* The beginning of each call: the deadline, and a connection. */
static enum err ready(struct db_pg *pg)
{
    if (pg->transaction == DB_PG_BROKEN) {
        return ERR_STORE_DOWN;
    }
    if (pg->transaction == DB_PG_NONE) {
        pg->deadline = clock_monotonic() + CALL_MS;
    }
    return db_pg_conn_ready(pg);
}

enum err db_pg_pass_rows(const PGresult *result, const struct stmt_info *info, db_row *row,
                         void *arg)
{
    struct db_value columns[STMT_MAX_VALUES];

    if (PQnfields(result) != (int)info->column_count) {
        log_error("%s has %d columns instead of %u", info->name, PQnfields(result),
                  info->column_count);
        return ERR_INTERNAL;
    }
    for (int i = 0; i < PQntuples(result) && row != NULL; i++) {
        for (unsigned j = 0; j < info->column_count; j++) {
            if (!db_pg_value_decode(result, i, (int)j, info->columns[j], &columns[j])) {
                log_error("column %u of %s is not of its type", j + 1, info->name);
                return ERR_INTERNAL;
            }
        }
        row(arg, columns);
    }
    return ERR_OK;
}

int64_t db_pg_count(PGresult *result, const struct stmt_info *info)
{
    return info->column_count > 0 ? PQntuples(result) : strtoll(PQcmdTuples(result), NULL, 10);
}

static enum err query(struct db *db, enum stmt id, const struct db_value *params, db_row *row,
                      void *arg, int64_t *ret_count)
{
    struct db_pg *pg = (struct db_pg *)db;
    const struct stmt_info *info = &stmt_table[id];
    struct db_pg_reply reply = {.outcome = DB_PG_NOT_SENT};
    struct db_pg_values values;
    enum err error;

    error = db_check_params(id, params);
    if (error != ERR_OK) {
        return error;
    }
    db_pg_value_encode(id, params, &values);
    /* A write that was sent can't be sent again, so look first whether anybody is there. */
    if (!info->reads && pg->transaction == DB_PG_NONE) {
        db_pg_conn_check(pg);
    }
    error = ready(pg);
    for (int tries = 0; error == ERR_OK; tries++) {
        reply = db_pg_exec_statement(pg, id, &values);
        settle(pg, &reply);
        if (tries > 0 || !may_repeat(pg, &reply, info->reads)) {
            break;
        }
        PQclear(reply.result);
        reply.result = NULL;
        error = db_pg_conn_ready(pg);
    }
    if (error == ERR_OK) {
        error = error_of(&reply, info->name);
    }
    if (error == ERR_OK) {
        error = db_pg_pass_rows(reply.result, info, row, arg);
    }
    if (error == ERR_OK && !info->reads) {
        db_pg_conn_note_up(pg);
        metric_note(METRIC_NOTE_DB_FAILED, 0);
    }
    if (error == ERR_OK && ret_count != NULL) {
        *ret_count = db_pg_count(reply.result, info);
    }
    PQclear(reply.result);
    return error;
}

/* --- transactions --- */

static enum err begin(struct db *db)
{
    struct db_pg *pg = (struct db_pg *)db;
    struct db_pg_reply reply = {.outcome = DB_PG_NOT_SENT};
    enum err error = ready(pg);

    for (int tries = 0; error == ERR_OK; tries++) {
        reply = db_pg_exec_text(pg, "BEGIN");
        settle(pg, &reply);
        /* An empty transaction may begin twice. */
        if (tries > 0 || !may_repeat(pg, &reply, true)) {
            break;
        }
        PQclear(reply.result);
        reply.result = NULL;
        error = db_pg_conn_ready(pg);
    }
    if (error == ERR_OK) {
        error = error_of(&reply, "BEGIN");
    }
    PQclear(reply.result);
    if (error == ERR_OK) {
        pg->transaction = DB_PG_OPEN;
    }
    return error;
}

/* One command without values and without a second try. */
static enum err script(struct db *db, const char *sql)
{
    struct db_pg *pg = (struct db_pg *)db;
    struct db_pg_reply reply;
    enum err error = ready(pg);

    if (error != ERR_OK) {
        return error;
    }
    reply = db_pg_exec_text(pg, sql);
    return db_pg_settle(pg, &reply, "a script");
}

static enum err commit(struct db *db)
{
    struct db_pg *pg = (struct db_pg *)db;
    enum err error = script(db, "COMMIT");

    if (error != ERR_OK) {
        return error;
    }
    pg->transaction = DB_PG_NONE;
    db_pg_conn_note_up(pg);
    metric_note(METRIC_NOTE_DB_FAILED, 0);
    return ERR_OK;
}

static void rollback(struct db *db)
{
    struct db_pg *pg = (struct db_pg *)db;

    /* Without a connection, or after an error in COMMIT, the server has rolled back already. */
    if (pg->conn != NULL && PQtransactionStatus(pg->conn) != PQTRANS_IDLE) {
        struct db_pg_reply reply = db_pg_exec_text(pg, "ROLLBACK");

        if (reply.outcome == DB_PG_REFUSED) {
            db_pg_conn_drop(pg, message_of(reply.result));
        }
        PQclear(reply.result);
    }
    pg->transaction = DB_PG_NONE;
}

/* --- the schema --- */

static enum err lock_schema(struct db *db)
{
    struct db_pg *pg = (struct db_pg *)db;

    pg->deadline = clock_monotonic() + SCHEMA_MS;
    /* Of the transaction, not of the session: a pooler may give the session to somebody else. */
    return script(db, "SELECT pg_advisory_xact_lock(" SCHEMA_LOCK ")");
}

/* Who inserts a task asks for a number behind this lock, so none is given out that is taken. */
static enum err reserve_tasks(struct db *db, int64_t top)
{
    char *sql = mem_printf(NULL,
                           "LOCK TABLE tasks IN SHARE ROW EXCLUSIVE MODE; "
                           "SELECT setval(s, greatest(%lld, nextval(s))) FROM (SELECT "
                           "pg_get_serial_sequence('tasks', 'id')::regclass AS s) AS q",
                           (long long)top);
    enum err error = script(db, sql);

    talloc_free(sql);
    return error;
}

enum err db_pg_settle(struct db_pg *pg, struct db_pg_reply *reply, const char *what)
{
    settle(pg, reply);
    enum err error = error_of(reply, what);
    PQclear(reply->result);
    reply->result = NULL;
    return error;
}

enum err db_pg_ask(struct db_pg *pg, const char *sql, const char *const *texts, int count,
                   const char *what, PGresult **ret_result)
{
    enum err error = ready(pg);

    if (error != ERR_OK) {
        return error;
    }
    struct db_pg_reply reply = db_pg_exec_texts(pg, sql, texts, count);
    settle(pg, &reply);
    error = error_of(&reply, what);
    if (error == ERR_OK) {
        *ret_result = reply.result;
    } else {
        PQclear(reply.result);
    }
    return error;
}

static enum err column(struct db *db, const char *table, const char *name,
                       enum db_column *ret_column)
{
    static const char sql[] = "SELECT attnotnull AND NOT atthasdef FROM pg_attribute"
                              " WHERE attrelid = to_regclass($1) AND attname = $2"
                              " AND attnum > 0 AND NOT attisdropped";
    const char *const texts[] = {table, name};
    enum db_column found = DB_COLUMN_ABSENT;
    PGresult *result = NULL;
    enum err error = db_pg_ask((struct db_pg *)db, sql, texts, 2, "a look at the schema", &result);

    if (error != ERR_OK) {
        return error;
    }
    if (PQntuples(result) > 0) {
        found = PQgetvalue(result, 0, 0)[0] == 't' ? DB_COLUMN_REQUIRED : DB_COLUMN_OPTIONAL;
    }
    PQclear(result);
    *ret_column = found;
    return ERR_OK;
}

static const struct db_driver driver = {
    .name = "postgresql",
    .query = query,
    .query_all = db_pg_pipeline,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .script = script,
    .lock_schema = lock_schema,
    .reserve_tasks = reserve_tasks,
    .column = column,
};

static int close_handle(struct db_pg *pg)
{
    PQfinish(pg->conn);
    return 0;
}

enum err db_pg_open(void *ctx, const struct config *config, struct db **ret_db)
{
    PQconninfoOption *options = PQconninfoParse(config->database, NULL);
    struct db_pg *pg;

    if (options == NULL) {
        /* libpq's own words may quote the password. */
        log_error("DATABASE_URL is not a PostgreSQL URL that libpq understands");
        return ERR_CONFIG;
    }
    PQconninfoFree(options);
    pg = mem_new(ctx, struct db_pg);
    talloc_set_destructor(pg, close_handle);
    pg->db.driver = &driver;
    pg->url = mem_strdup(pg, config->database);
    pg->prepare = config->prepare;
    pg->random = (uint32_t)getpid() ^ (uint32_t)clock_now();
    *ret_db = &pg->db;
    return ERR_OK;
}
