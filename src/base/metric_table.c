#include "base/metric_table.h"

#include "base/mem.h"

/* clang-format off */
const struct metric_info metric_table[METRIC_COUNT] = {
    [METRIC_HTTP_REQUESTS] = {"taskgate_http_requests_total", METRIC_COUNTER,
        {METRIC_AXIS_ROUTE, METRIC_AXIS_STATUS}, true, 0, "Requests answered."},
    [METRIC_HTTP_DURATION] = {"taskgate_http_request_duration_seconds", METRIC_HISTOGRAM,
        {METRIC_AXIS_ROUTE}, true, 0,
        "Time from a request's parameters to its answer, without the web server's part."},
    [METRIC_HTTP_IN_FLIGHT] = {"taskgate_http_requests_in_flight", METRIC_GAUGE,
        {0}, false, METRIC_SEAT_BUSY, "Workers that have a request in hand."},
    [METRIC_HTTP_ERRORS] = {"taskgate_http_errors_total", METRIC_COUNTER,
        {METRIC_AXIS_ERROR}, true, 0, "Requests answered with an error, by its code."},
    [METRIC_FCGI_BROKEN] = {"taskgate_fastcgi_broken_total", METRIC_COUNTER,
        {METRIC_AXIS_BROKEN}, false, 0,
        "Connections that ended before a whole request, or before the whole answer."},
    [METRIC_TOKENS] = {"taskgate_token_verifications_total", METRIC_COUNTER,
        {METRIC_AXIS_TOKEN}, false, 0, "JSON Web Tokens looked at, by what was found."},
    [METRIC_AUTH_EVENTS] = {"taskgate_auth_events_total", METRIC_COUNTER,
        {METRIC_AXIS_EVENT}, false, 0,
        "Events of the audit log (taskgate-log(7)): success, or why not."},
    [METRIC_SLOW_WORKERS] = {"taskgate_slow_workers", METRIC_GAUGE,
        {0}, false, 0,
        "How many of the workers are there for what takes long: hashing passwords, sending letters."},
    [METRIC_SLOW_REQUESTS] = {"taskgate_slow_requests_total", METRIC_COUNTER,
        {METRIC_AXIS_SLOW}, false, 0,
        "Requests for those workers; the refused found the queue full and were answered with 503."},
    [METRIC_SLOW_WAIT] = {"taskgate_slow_wait_seconds", METRIC_HISTOGRAM,
        {0}, false, 0, "Time that they spent in the queue."},
    [METRIC_DB_STATEMENTS] = {"taskgate_db_statement_duration_seconds", METRIC_HISTOGRAM,
        {METRIC_AXIS_STATEMENT}, false, 0, "Time that the database took for a statement."},
    [METRIC_DB_ERRORS] = {"taskgate_db_errors_total", METRIC_COUNTER,
        {METRIC_AXIS_DB_CLASS}, false, 0,
        "Errors of the database: SQLSTATE class, SQLite result, or lost, timeout, connect."},
    [METRIC_DB_CONNECTS] = {"taskgate_db_connects_total", METRIC_COUNTER,
        {METRIC_AXIS_OUTCOME}, false, 0, "Tries to connect to the database."},
    [METRIC_DB_RECONNECTS] = {"taskgate_db_reconnects_total", METRIC_COUNTER,
        {0}, false, 0, "Connections to the database made after one was lost."},
    [METRIC_WORKERS] = {"taskgate_workers", METRIC_GAUGE,
        {0}, false, 0, "The setting WORKERS."},
    [METRIC_WORKERS_ALIVE] = {"taskgate_workers_alive", METRIC_GAUGE,
        {0}, false, METRIC_SEAT_TAKEN, "Workers that run, with those that are leaving."},
    [METRIC_WORKERS_MEMORY] = {"taskgate_workers_resident_memory_bytes", METRIC_GAUGE,
        {0}, false, 0, "Resident memory of all workers, shared pages counted for each."},
    [METRIC_WORKER_STARTS] = {"taskgate_worker_starts_total", METRIC_COUNTER,
        {0}, false, 0, "Workers started."},
    [METRIC_WORKER_EXITS] = {"taskgate_worker_exits_total", METRIC_COUNTER,
        {METRIC_AXIS_EXIT}, false, 0,
        "Workers that ended: stopped by the master, by an exit of their own, or by a signal."},
    [METRIC_RELOADS] = {"taskgate_config_reloads_total", METRIC_COUNTER,
        {METRIC_AXIS_OUTCOME}, false, 0, "SIGHUPs, by whether the new settings serve."},
    [METRIC_RELOADED_AT] = {"taskgate_config_last_reload_success_timestamp_seconds", METRIC_TIME,
        {0}, false, 0, "When the settings in use were taken over."},
    [METRIC_JWKS_FETCHES] = {"taskgate_jwks_fetches_total", METRIC_COUNTER,
        {METRIC_AXIS_OUTCOME}, false, 0, "Times that the keys at JWKS_URL were fetched."},
    [METRIC_SCHEMA_READY] = {"taskgate_schema_ready", METRIC_GAUGE,
        {0}, false, 0, "Whether the database has the schema of this program."},
    [METRIC_DRAINING] = {"taskgate_draining", METRIC_GAUGE,
        {0}, false, 0, "Whether the server is being stopped."},
    [METRIC_STARTED_AT] = {"process_start_time_seconds", METRIC_TIME,
        {0}, false, 0, "When the master was started."},
    [METRIC_BUILD_INFO] = {"taskgate_build_info", METRIC_GAUGE,
        {METRIC_AXIS_VERSION}, false, 0, "1, with the program's version."},
};
/* clang-format on */

const struct metric_bound metric_bounds[METRIC_BOUNDS] = {
    {INT64_C(100000), "0.0001"},  {INT64_C(250000), "0.00025"}, {INT64_C(500000), "0.0005"},
    {INT64_C(1000000), "0.001"},  {INT64_C(2500000), "0.0025"}, {INT64_C(5000000), "0.005"},
    {INT64_C(10000000), "0.01"},  {INT64_C(25000000), "0.025"}, {INT64_C(50000000), "0.05"},
    {INT64_C(100000000), "0.1"},  {INT64_C(250000000), "0.25"}, {INT64_C(500000000), "0.5"},
    {INT64_C(1000000000), "1"},   {INT64_C(2500000000), "2.5"}, {INT64_C(5000000000), "5"},
    {INT64_C(10000000000), "10"},
};

/* clang-format off */
#define STATUSES(X)                                                                                \
    X(200) X(201) X(204) X(302) X(304) X(400) X(401) X(403) X(404) X(405) X(408) X(409) X(413)     \
    X(415) X(422) X(429) X(500) X(503)
/* clang-format on */
#define STATUS_NUMBER(status) status,
#define STATUS_TEXT(status)   #status,

static const int status_numbers[] = {STATUSES(STATUS_NUMBER)};
static const char *const status_texts[] = {STATUSES(STATUS_TEXT) "other"};

static const char *const broken[] = {
    [METRIC_BROKEN_REQUEST] = "request", [METRIC_BROKEN_ANSWER] = "answer"};
static const char *const tokens[] = {
    [METRIC_TOKEN_VALID] = "valid",
    [METRIC_TOKEN_EXPIRED] = "expired",
    [METRIC_TOKEN_MALFORMED] = "malformed",
    [METRIC_TOKEN_KEY] = "key",
    [METRIC_TOKEN_SIGNATURE] = "signature",
    [METRIC_TOKEN_PURPOSE] = "purpose",
    [METRIC_TOKEN_CLAIMS] = "claims",
    [METRIC_TOKEN_NO_USER] = "no-user",
    [METRIC_TOKEN_UNAVAILABLE] = "unavailable",
};
static const char *const slow_results[] = {
    [METRIC_SLOW_QUEUED] = "queued", [METRIC_SLOW_REFUSED] = "refused"};
static const char *const statements[] = {
    [METRIC_STATEMENT_READ] = "read",
    [METRIC_STATEMENT_WRITE] = "write",
    [METRIC_STATEMENT_BEGIN] = "begin",
    [METRIC_STATEMENT_COMMIT] = "commit",
};
static const char *const outcomes[] = {[METRIC_SUCCESS] = "success", [METRIC_FAILURE] = "failure"};

/* clang-format off */
/* PostgreSQL's classes of SQLSTATE (appendix A of its manual) that a server of ours can meet,
 * SQLite's result codes without "SQLITE_", and what neither of them says. */
static const char *const db_classes[] = {
    "08", "0A", "21", "22", "23", "25", "26", "28", "2F", "3D", "3F",
    "40", "42", "44", "53", "54", "55", "57", "58", "P0", "XX",
    "ERROR", "PERM", "ABORT", "BUSY", "LOCKED", "NOMEM", "READONLY", "INTERRUPT", "IOERR",
    "CORRUPT", "FULL", "CANTOPEN", "PROTOCOL", "SCHEMA", "TOOBIG", "CONSTRAINT", "MISMATCH",
    "MISUSE", "AUTH", "NOTADB", "connect", "lost", "timeout", "other",
};
static const char *const exits[] = {
    "stopped", "exit",    "SIGABRT", "SIGBUS",  "SIGFPE",  "SIGILL",
    "SIGKILL", "SIGSEGV", "SIGSYS",  "SIGTERM", "SIGTRAP", "other",
};
/* clang-format on */
static const char *const versions[] = {VERSION};

#define TABLE(texts) (texts), sizeof(texts) / sizeof *(texts)

static const struct axis {
    const char *labels[2];
    const char *const *values; /* NULL: computed */
    size_t count;
} axes[METRIC_AXIS_COUNT] = {
    [METRIC_AXIS_NONE] = {{NULL}, NULL, 1},
    [METRIC_AXIS_ROUTE] = {{"method", "route"}, NULL, 0},
    [METRIC_AXIS_EVENT] = {{"event", "result"}, NULL, 0},
    [METRIC_AXIS_STATUS] = {{"status"}, TABLE(status_texts)},
    [METRIC_AXIS_ERROR] = {{"status", "code"}, NULL, ERR_COUNT},
    [METRIC_AXIS_BROKEN] = {{"part"}, TABLE(broken)},
    [METRIC_AXIS_TOKEN] = {{"result"}, TABLE(tokens)},
    [METRIC_AXIS_SLOW] = {{"result"}, TABLE(slow_results)},
    [METRIC_AXIS_STATEMENT] = {{"operation"}, TABLE(statements)},
    [METRIC_AXIS_DB_CLASS] = {{"class"}, TABLE(db_classes)},
    [METRIC_AXIS_OUTCOME] = {{"result"}, TABLE(outcomes)},
    [METRIC_AXIS_EXIT] = {{"reason"}, TABLE(exits)},
    [METRIC_AXIS_VERSION] = {{"version"}, TABLE(versions)},
};

static struct metric_tables given;

void metric_table_set(const struct metric_tables *tables)
{
    given = *tables;
}

const char *const *metric_table_labels(enum metric_axis axis)
{
    return axes[axis].labels;
}

size_t metric_table_count(enum metric_axis axis)
{
    if (axis == METRIC_AXIS_ROUTE) {
        return given.route_count;
    }
    return axis == METRIC_AXIS_EVENT ? given.event_count : axes[axis].count;
}

const char *metric_table_value(enum metric_axis axis, size_t i, size_t label)
{
    if (axis == METRIC_AXIS_ROUTE || axis == METRIC_AXIS_EVENT) {
        const struct metric_pair *pair =
            axis == METRIC_AXIS_ROUTE ? &given.routes[i] : &given.events[i];
        return label == 0 ? pair->first : pair->second;
    }
    if (axis == METRIC_AXIS_ERROR) {
        const struct err_info *info = err_info((enum err)i);
        return label == 0 ? status_texts[metric_status(info->status)] : info->code;
    }
    return axes[axis].values[i];
}

size_t metric_status(int status)
{
    size_t count = sizeof status_numbers / sizeof *status_numbers;
    size_t i = 0;

    while (i < count && status_numbers[i] != status) {
        i++;
    }
    return i;
}
