/* COPY, and transactions for whole tables. */
#include <poll.h>

#include "base/clock.h"
#include "store/db_pg.h"

enum err db_pg_begin_snapshot(struct db_pg *pg, int64_t ms)
{
    enum err error = pg->db.driver->begin(&pg->db);

    pg->deadline = clock_monotonic() + ms;
    if (error == ERR_OK) {
        error = pg->db.driver->script(&pg->db,
                                      "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;"
                                      "SET LOCAL idle_in_transaction_session_timeout = 0;"
                                      "SET LOCAL statement_timeout = 0");
    }
    return error;
}

enum err db_pg_copy_begin(struct db_pg *pg, const char *sql, ExecStatusType wanted)
{
    struct db_pg_reply reply = {.outcome = DB_PG_REFUSED};

    if (pg->transaction != DB_PG_OPEN) {
        return ERR_STORE_DOWN;
    }
    if (!db_pg_exec_begin(pg, sql)) {
        db_pg_conn_drop(pg, PQerrorMessage(pg->conn));
        return ERR_STORE_DOWN;
    }
    reply.result = PQgetResult(pg->conn);
    if (PQresultStatus(reply.result) == wanted) {
        PQclear(reply.result);
        return ERR_OK;
    }
    /* An error; behind it comes the end of the answer. */
    PQclear(PQgetResult(pg->conn));
    return db_pg_settle(pg, &reply, "COPY");
}

enum err db_pg_copy_send(struct db_pg *pg, const char *data, size_t len)
{
    int sent;

    while ((sent = PQputCopyData(pg->conn, data, (int)len)) == 0) {
        if (db_pg_conn_wait(pg, POLLIN | POLLOUT) != ERR_OK || PQconsumeInput(pg->conn) == 0) {
            break;
        }
    }
    if (sent == 1 && db_pg_exec_flush(pg) == DB_PG_DONE) {
        return ERR_OK;
    }
    db_pg_conn_drop(pg, PQerrorMessage(pg->conn));
    return ERR_STORE_DOWN;
}

enum err db_pg_copy_end(struct db_pg *pg, bool sent, const char *what)
{
    struct db_pg_reply reply = db_pg_exec_collect(pg, sent ? PQputCopyEnd(pg->conn, NULL) == 1 : 1);

    return db_pg_settle(pg, &reply, what);
}
