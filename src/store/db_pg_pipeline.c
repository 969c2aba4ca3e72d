/* Several statements on their way at once (libpq's pipeline mode). */
#include "store/db_pg.h"

#define BINARY 1

static bool send_all(struct db_pg *pg, const struct db_call *calls, size_t count)
{
    struct db_pg_values values;

    if (PQenterPipelineMode(pg->conn) == 0) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct stmt_info *info = &stmt_table[calls[i].statement];
        db_pg_value_encode(calls[i].statement, calls[i].params, &values);
        if (PQsendQueryParams(pg->conn, info->text, (int)info->param_count, values.types,
                              values.data, values.lengths, values.formats, BINARY) == 0) {
            return false;
        }
    }
    return PQpipelineSync(pg->conn) != 0 && db_pg_exec_flush(pg) == DB_PG_DONE;
}

/* The next result, NULL between two statements; false when the connection is lost. */
static bool next_result(struct db_pg *pg, PGresult **ret_result)
{
    if (db_pg_exec_wait(pg) != DB_PG_DONE) {
        return false;
    }
    *ret_result = PQgetResult(pg->conn);
    return true;
}

/* The answer to one statement. The first error is kept in *ret_refused; all behind it are not
 * carried out. */
static bool take_answer(struct db_pg *pg, struct db_call *call, PGresult **refused,
                        enum err *ret_error)
{
    const struct stmt_info *info = &stmt_table[call->statement];
    PGresult *result = NULL;
    PGresult *end = NULL;

    if (!next_result(pg, &result) || !next_result(pg, &end) || result == NULL || end != NULL) {
        PQclear(result);
        PQclear(end);
        return false;
    }
    if (*refused == NULL && db_pg_exec_is_error(result)) {
        *refused = result;
        return true;
    }
    if (*refused == NULL && *ret_error == ERR_OK) {
        *ret_error = db_pg_pass_rows(result, info, call->row, call->arg);
        call->count = db_pg_count(result, info);
    }
    PQclear(result);
    return true;
}

static bool take_answers(struct db_pg *pg, struct db_call *calls, size_t count, PGresult **refused,
                         enum err *ret_error)
{
    PGresult *sync = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!take_answer(pg, &calls[i], refused, ret_error)) {
            return false;
        }
    }
    bool done = next_result(pg, &sync) && PQresultStatus(sync) == PGRES_PIPELINE_SYNC;
    PQclear(sync);
    return done && PQexitPipelineMode(pg->conn) != 0;
}

enum err db_pg_pipeline(struct db *db, struct db_call *calls, size_t count)
{
    struct db_pg *pg = (struct db_pg *)db;
    struct db_pg_reply reply = {.outcome = DB_PG_REFUSED};
    enum err error = pg->transaction == DB_PG_OPEN ? ERR_OK : ERR_STORE_DOWN;

    for (size_t i = 0; i < count && error == ERR_OK; i++) {
        error = db_check_params(calls[i].statement, calls[i].params);
    }
    if (error != ERR_OK || count == 0) {
        return error;
    }
    if (!send_all(pg, calls, count) || !take_answers(pg, calls, count, &reply.result, &error)) {
        PQclear(reply.result);
        db_pg_conn_drop(pg, PQerrorMessage(pg->conn));
        return ERR_STORE_DOWN;
    }
    return reply.result == NULL ? error : db_pg_settle(pg, &reply, "one of several statements");
}
