#include "store/db_pg.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"

#define BACKOFF_FIRST 50U
#define BACKOFF_MAX   500U
#define SILENCE       (2 * CLOCK_SECOND) /* of a server, when there are others */

/* What has become of the connection is an event of its own: told when it changes, not per call. */
void db_pg_conn_note_down(struct db_pg *pg, const char *why)
{
    if (pg->health != DB_PG_DOWN) {
        log_warn("the PostgreSQL database fails: %.*s", (int)strcspn(why, "\n"), why);
    }
    pg->health = DB_PG_DOWN;
}

void db_pg_conn_note_up(struct db_pg *pg)
{
    if (pg->health == DB_PG_DOWN) {
        log_info("the PostgreSQL database works again");
    }
    pg->health = DB_PG_UP;
}

static void close_connection(struct db_pg *pg)
{
    PQfinish(pg->conn);
    pg->conn = NULL;
    memset(pg->prepared, 0, sizeof pg->prepared);
    if (pg->transaction == DB_PG_OPEN) {
        pg->transaction = DB_PG_BROKEN;
    }
}

void db_pg_conn_end(struct db_pg *pg)
{
    close_connection(pg);
}

void db_pg_conn_drop(struct db_pg *pg, const char *why)
{
    db_pg_conn_note_down(pg, why);
    close_connection(pg);
}

/* 50 ms, doubled up to half a second, so that a server that is back is found within one; less a
 * random part, so that workers do not come back in step. */
static void back_off(struct db_pg *pg)
{
    uint32_t delay = BACKOFF_MAX;

    if (pg->failures < 4) {
        delay = BACKOFF_FIRST << pg->failures;
    }
    pg->failures++;
    pg->random = pg->random * 1664525U + 1013904223U;
    pg->retry_at = clock_monotonic() + delay - (pg->random >> 16) % (delay / 2);
}

void db_pg_conn_give_up(struct db_pg *pg, const char *why)
{
    db_pg_conn_drop(pg, why);
    back_off(pg);
}

enum err db_pg_conn_wait(const struct db_pg *pg, short events)
{
    struct pollfd poller = {.fd = PQsocket(pg->conn), .events = events};

    for (;;) {
        int64_t left = pg->deadline - clock_monotonic();
        int count;

        if (left <= 0) {
            return ERR_STORE_DOWN;
        }
        count = poll(&poller, 1, left > INT_MAX ? INT_MAX : (int)left);
        /* An error of poll itself shows again, with its reason, in libpq's next read or write. */
        if (count > 0 || (count < 0 && errno != EINTR)) {
            return ERR_OK;
        }
    }
}

void db_pg_conn_check(struct db_pg *pg)
{
    if (pg->conn == NULL) {
        return;
    }
    for (;;) {
        struct pollfd poller = {.fd = PQsocket(pg->conn), .events = POLLIN};

        if (poll(&poller, 1, 0) <= 0) {
            return;
        }
        /* A farewell, the end, or just a notice: libpq tells after reading. */
        if (PQconsumeInput(pg->conn) == 0 || PQstatus(pg->conn) != CONNECTION_OK) {
            db_pg_conn_drop(pg, PQerrorMessage(pg->conn));
            return;
        }
        (void)PQisBusy(pg->conn);
    }
}

static void take_notice(void *arg, const char *message)
{
    (void)arg;
    log_debug("PostgreSQL: %.*s", (int)strcspn(message, "\n"), message);
}

static PGconn *start(const struct db_pg *pg, const struct db_pg_hosts *hosts)
{
    /* What stands behind "dbname" wins over the URL; NULL leaves what that says. */
    const char *const keywords[] = {
        "dbname", "host", "hostaddr", "port", "client_encoding", "fallback_application_name", NULL};
    const char *const values[] = {pg->url,    hosts->host, hosts->hostaddr, hosts->port, "UTF8",
                                  "taskgate", NULL};
    PGconn *conn = PQconnectStartParams(keywords, values, 1);

    if (conn == NULL) {
        mem_fail();
    }
    PQsetNoticeProcessor(conn, take_notice, NULL);
    return conn;
}

static enum err finish(struct db_pg *pg)
{
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;

    if (PQstatus(pg->conn) == CONNECTION_BAD) {
        return ERR_STORE_DOWN;
    }
    while (status != PGRES_POLLING_OK) {
        enum err error = db_pg_conn_wait(pg, status == PGRES_POLLING_READING ? POLLIN : POLLOUT);

        if (error != ERR_OK) {
            return error;
        }
        status = PQconnectPoll(pg->conn);
        if (status == PGRES_POLLING_FAILED) {
            return ERR_STORE_DOWN;
        }
    }
    return PQsetnonblocking(pg->conn, 1) == 0 ? ERR_OK : ERR_STORE_DOWN;
}

/* libpq asks one server after the other, but has no end to its patience with one that is silent, so
 * each gets a part of the time to be asked first. One that was silent is not asked first again. */
static enum err connect_to_any(struct db_pg *pg)
{
    const int64_t deadline = pg->deadline;
    void *work = mem_context(NULL);
    struct db_pg_hosts hosts;
    enum err error;

    db_pg_hosts_read(work, pg->url, pg->first_host, &hosts);
    for (unsigned left = hosts.count;; left--) {
        int64_t now = clock_monotonic();
        int64_t part = (deadline - now) / left;

        pg->deadline = left == 1 ? deadline : now + (part < SILENCE ? part : SILENCE);
        pg->conn = start(pg, &hosts);
        error = finish(pg);
        if (error == ERR_OK || clock_monotonic() < pg->deadline) {
            break;
        }
        pg->first_host++;
        if (left == 1) {
            break;
        }
        PQfinish(pg->conn);
        db_pg_hosts_read(work, pg->url, pg->first_host, &hosts);
    }
    pg->deadline = deadline;
    talloc_free(work);
    return error;
}

enum err db_pg_conn_ready(struct db_pg *pg)
{
    enum err error;

    if (pg->conn != NULL) {
        return ERR_OK;
    }
    if (clock_monotonic() < pg->retry_at) {
        return ERR_STORE_DOWN;
    }
    error = connect_to_any(pg);
    if (error != ERR_OK) {
        const char *why = PQerrorMessage(pg->conn);

        db_pg_conn_give_up(pg, why[0] != '\0' ? why : "no connection in time");
        metric_count(METRIC_DB_CONNECTS, METRIC_FAILURE, 0);
        metric_count_name(METRIC_DB_ERRORS, "connect");
        return error;
    }
    metric_count(METRIC_DB_CONNECTS, METRIC_SUCCESS, 0);
    if (pg->was_connected) {
        metric_count(METRIC_DB_RECONNECTS, 0, 0);
    }
    pg->was_connected = true;
    pg->failures = 0;
    db_pg_conn_note_up(pg);
    return ERR_OK;
}
