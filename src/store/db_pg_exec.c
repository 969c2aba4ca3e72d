#include "store/db_pg.h"

#include <poll.h>
#include <string.h>

#include "base/metric.h"

#define BINARY 1

const char *db_pg_exec_state(const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return state == NULL ? "" : state;
}

bool db_pg_exec_is_error(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK;
}

/* A connection that ended: nothing to keep. */
static struct db_pg_reply lost(struct db_pg *pg, PGresult *result, enum db_pg_outcome outcome)
{
    PQclear(result);
    metric_count_name(METRIC_DB_ERRORS, outcome == DB_PG_EXPIRED ? "timeout" : "lost");
    if (outcome == DB_PG_EXPIRED) {
        db_pg_conn_give_up(pg, "no answer in time");
    } else {
        db_pg_conn_drop(pg, PQerrorMessage(pg->conn));
    }
    return (struct db_pg_reply){.outcome = outcome};
}

/* Sends what libpq still holds. Input is read meanwhile, so that both ends can't wait for each
 * other. */
enum db_pg_outcome db_pg_exec_flush(struct db_pg *pg)
{
    for (;;) {
        int left = PQflush(pg->conn);

        if (left == 0) {
            return DB_PG_DONE;
        }
        if (left < 0) {
            return DB_PG_NOT_SENT;
        }
        if (db_pg_conn_wait(pg, POLLIN | POLLOUT) != ERR_OK) {
            return DB_PG_EXPIRED;
        }
        if (PQconsumeInput(pg->conn) == 0) {
            return DB_PG_NOT_SENT;
        }
    }
}

enum db_pg_outcome db_pg_exec_wait(struct db_pg *pg)
{
    while (PQisBusy(pg->conn) != 0) {
        if (db_pg_conn_wait(pg, POLLIN) != ERR_OK) {
            return DB_PG_EXPIRED;
        }
        if (PQconsumeInput(pg->conn) == 0) {
            return DB_PG_LOST;
        }
    }
    return DB_PG_DONE;
}

/*
 * Reads the whole answer. Only its end says that the command is committed, so a result counts when
 * nothing bad came behind it: of several results the first error is the answer, else the last one.
 */
struct db_pg_reply db_pg_exec_collect(struct db_pg *pg, int sent)
{
    PGresult *result = NULL;
    enum db_pg_outcome outcome = sent == 0 ? DB_PG_NOT_SENT : db_pg_exec_flush(pg);

    if (outcome != DB_PG_DONE) {
        return lost(pg, NULL, outcome);
    }
    for (;;) {
        PGresult *next;

        outcome = db_pg_exec_wait(pg);
        if (outcome != DB_PG_DONE) {
            return lost(pg, result, outcome);
        }
        next = PQgetResult(pg->conn);
        if (next == NULL) {
            break;
        }
        if (result != NULL && db_pg_exec_is_error(result)) {
            PQclear(next);
        } else {
            PQclear(result);
            result = next;
        }
    }
    if (result == NULL || PQstatus(pg->conn) != CONNECTION_OK) {
        return lost(pg, result, DB_PG_LOST);
    }
    return (struct db_pg_reply){.outcome = db_pg_exec_is_error(result) ? DB_PG_REFUSED : DB_PG_DONE,
                                .result = result};
}

bool db_pg_exec_begin(struct db_pg *pg, const char *sql)
{
    return PQsendQuery(pg->conn, sql) != 0 && db_pg_exec_flush(pg) == DB_PG_DONE &&
           db_pg_exec_wait(pg) == DB_PG_DONE;
}

struct db_pg_reply db_pg_exec_text(struct db_pg *pg, const char *sql)
{
    return db_pg_exec_collect(pg, PQsendQuery(pg->conn, sql));
}

struct db_pg_reply db_pg_exec_texts(struct db_pg *pg, const char *sql, const char *const *texts,
                                    int count)
{
    return db_pg_exec_collect(pg,
                              PQsendQueryParams(pg->conn, sql, count, NULL, texts, NULL, NULL, 0));
}

/* Makes the server know the statement by its name. A name that is there already was made by another
 * client of a pooler from the same text, because the name holds a hash of the text. */
static struct db_pg_reply prepare(struct db_pg *pg, enum stmt id, const struct db_pg_values *values)
{
    const struct stmt_info *info = &stmt_table[id];
    struct db_pg_reply reply =
        db_pg_exec_collect(pg, PQsendPrepare(pg->conn, info->pg_name, info->text,
                                             (int)info->param_count, values->types));

    if (reply.outcome == DB_PG_REFUSED && strcmp(db_pg_exec_state(reply.result), "42P05") == 0) {
        reply.outcome = DB_PG_DONE;
    }
    pg->prepared[id] = reply.outcome == DB_PG_DONE;
    /* A statement that is only prepared has done nothing yet. */
    if (reply.outcome == DB_PG_LOST) {
        reply.outcome = DB_PG_NOT_SENT;
    }
    return reply;
}

struct db_pg_reply db_pg_exec_statement(struct db_pg *pg, enum stmt id,
                                        const struct db_pg_values *values)
{
    const struct stmt_info *info = &stmt_table[id];
    const int count = (int)info->param_count;

    /* In a transaction without names: an error about a name would end the transaction. */
    if (!pg->prepare || pg->transaction != DB_PG_NONE) {
        return db_pg_exec_collect(pg, PQsendQueryParams(pg->conn, info->text, count, values->types,
                                                        values->data, values->lengths,
                                                        values->formats, BINARY));
    }
    if (!pg->prepared[id]) {
        struct db_pg_reply reply = prepare(pg, id, values);

        if (reply.outcome != DB_PG_DONE) {
            return reply;
        }
        PQclear(reply.result);
    }
    return db_pg_exec_collect(pg, PQsendQueryPrepared(pg->conn, info->pg_name, count, values->data,
                                                      values->lengths, values->formats, BINARY));
}
