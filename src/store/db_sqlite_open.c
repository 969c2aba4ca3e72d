#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/text.h"
#include "store/db_sqlite.h"

#define BUSY_PAUSE 250000L /* nanoseconds, doubled from try to try up to 4 ms */

/* --- functions that make one SQL text mean the same here and in PostgreSQL --- */

/* lower() for all of Unicode; SQLite's own knows ASCII only. */
static void sql_lower(sqlite3_context *context, int count, sqlite3_value **values)
{
    const char *text = (const char *)sqlite3_value_text(values[0]);
    size_t len = (size_t)sqlite3_value_bytes(values[0]);
    size_t lower_len;
    char *lower;

    (void)count;
    if (text == NULL || !text_is_utf8(text, len)) {
        sqlite3_result_value(context, values[0]);
        return;
    }
    lower = text_lower(NULL, text, len, &lower_len);
    sqlite3_result_text64(context, lower, lower_len, SQLITE_TRANSIENT, SQLITE_UTF8);
    talloc_free(lower);
}

/* strpos(text, part): above 0 when PART occurs, as in PostgreSQL; here the position counts bytes.
 */
static void sql_strpos(sqlite3_context *context, int count, sqlite3_value **values)
{
    const char *text = (const char *)sqlite3_value_text(values[0]);
    const char *part = (const char *)sqlite3_value_text(values[1]);
    const char *found;

    (void)count;
    if (text == NULL || part == NULL) {
        sqlite3_result_null(context);
        return;
    }
    found = memmem(text, (size_t)sqlite3_value_bytes(values[0]), part,
                   (size_t)sqlite3_value_bytes(values[1]));
    sqlite3_result_int64(context, found == NULL ? 0 : found - text + 1);
}

/* The collation "C": bytes, as in PostgreSQL. */
static int compare_bytes(void *arg, int len_a, const void *a, int len_b, const void *b)
{
    int order = memcmp(a, b, (size_t)(len_a < len_b ? len_a : len_b));

    (void)arg;
    return order != 0 ? order : len_a - len_b;
}

static int add_functions(sqlite3 *handle)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    int code;

    code = sqlite3_create_function(handle, "lower", 1, flags, NULL, sql_lower, NULL, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_create_function(handle, "strpos", 2, flags, NULL, sql_strpos, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_create_collation(handle, "C", SQLITE_UTF8, NULL, compare_bytes);
    }
    return code;
}

/* --- opening --- */

static int take_wal(void *arg, int count, char **columns, char **names)
{
    (void)names;
    if (count > 0 && columns[0] != NULL && strcmp(columns[0], "wal") == 0) {
        *(bool *)arg = true;
    }
    return 0;
}

/* Runs SQL; waits itself while another process holds a lock, because SQLite's busy timeout does not
 * cover a change of the journal mode. *ret_wal becomes true when a row says "wal". */
static int run_waiting(sqlite3 *handle, const char *sql, bool *ret_wal)
{
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    const int64_t deadline = clock_monotonic() + DB_SQLITE_BUSY_MS;
    int code;

    while (((code = sqlite3_exec(handle, sql, take_wal, ret_wal, NULL)) & 0xff) == SQLITE_BUSY &&
           clock_monotonic() < deadline) {
        nanosleep(&pause, NULL);
    }
    return code;
}

/*
 * WAL needs memory shared between processes, which network file systems do not have (R40); that
 * shows when the first write begins at the latest.
 */
static int use_wal(sqlite3 *handle, const char *file)
{
    bool wal = false;
    int code = run_waiting(handle, "PRAGMA journal_mode=WAL", &wal);

    if (code == SQLITE_OK && !wal) {
        log_warn("%s: no write-ahead log is possible; readers will wait for writers", file);
    }
    if (code == SQLITE_OK) {
        code = run_waiting(handle, "BEGIN IMMEDIATE; ROLLBACK", &wal);
    }
    return code;
}

/* The way back from WAL without shared memory: the first access must lock out all others. */
static int leave_wal(sqlite3 *handle, const char *file)
{
    bool wal = false;
    int code = run_waiting(handle,
                           "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE;"
                           "PRAGMA locking_mode=NORMAL; BEGIN IMMEDIATE; ROLLBACK",
                           &wal);

    if (code == SQLITE_OK) {
        log_warn("%s: no write-ahead log is possible; readers will wait for writers", file);
    }
    return code;
}

/* Waits for another process's write, which takes a few milliseconds: SQLite's own timeout sleeps up
 * to a tenth of a second between two tries, while others come by. */
static int wait_busy(void *arg, int tries)
{
    struct db_sqlite *sqlite = arg;
    const struct timespec pause = {.tv_nsec = tries < 4 ? BUSY_PAUSE << tries : BUSY_PAUSE << 4};

    if (tries == 0 && !sqlite->writing) {
        sqlite->busy_since = clock_monotonic();
    }
    if (clock_monotonic() - sqlite->busy_since >= DB_SQLITE_BUSY_MS) {
        return 0;
    }
    nanosleep(&pause, NULL);
    return 1;
}

typedef int set_journal(sqlite3 *handle, const char *file);

static int set_up(struct db_sqlite *sqlite, const char *file, set_journal *journal)
{
    sqlite3 *handle = sqlite->handle;
    int code = sqlite3_extended_result_codes(handle, 1);

    if (code == SQLITE_OK) {
        code = sqlite3_busy_handler(handle, wait_busy, sqlite);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    }
    /* So that a mistyped "column" is an error and not a text. */
    if (code == SQLITE_OK) {
        code = sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    }
    if (code == SQLITE_OK) {
        code = add_functions(handle);
    }
    if (code == SQLITE_OK) {
        code = journal(handle, file);
    }
    if (code == SQLITE_OK) {
        /* What does not fit into a statement's memory would go into files in /tmp, which the
         * sandbox of a worker does not have. */
        code = sqlite3_exec(handle,
                            "PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON;"
                            "PRAGMA temp_store=MEMORY",
                            NULL, NULL, NULL);
    }
    return code;
}

static int close_handle(struct db_sqlite *sqlite)
{
    for (int i = 0; i < STMT_COUNT; i++) {
        sqlite3_finalize(sqlite->statements[i]);
    }
    sqlite3_finalize(sqlite->bulk);
    sqlite3_close(sqlite->handle);
    return 0;
}

static int open_handle(struct db_sqlite *sqlite, const char *file, int flags, set_journal *journal)
{
    const mode_t mask = umask(077);
    int code = sqlite3_open_v2(file, &sqlite->handle, flags, NULL);

    if (code == SQLITE_OK) {
        code = set_up(sqlite, file, journal);
    }
    umask(mask);
    if ((code & 0xff) == SQLITE_NOMEM) {
        mem_fail();
    }
    return code;
}

/* In the kernel's words where it is the file that is missing or another user's: SQLite's are "disk
 * I/O error" and the like. */
static const char *explain(struct db_sqlite *sqlite, const char *file, bool create)
{
    bool known = access(file, R_OK | W_OK) != 0 && (errno != ENOENT || !create);

    return known ? strerror(errno) : sqlite3_errmsg(sqlite->handle);
}

enum err db_sqlite_open(void *ctx, const struct config *config, bool create, struct db **ret_db)
{
    struct db_sqlite *sqlite = mem_new(ctx, struct db_sqlite);
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
    int code;

    sqlite->db.driver = &db_sqlite_driver;
    talloc_set_destructor(sqlite, close_handle);
    code = open_handle(sqlite, config->database, flags, use_wal);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
        sqlite3_close(sqlite->handle);
        code = open_handle(sqlite, config->database, flags, leave_wal);
    }
    if (code != SQLITE_OK) {
        metric_count(METRIC_DB_CONNECTS, METRIC_FAILURE, 0);
        db_sqlite_count_error(code);
        log_error("cannot open the SQLite database %s: %s", config->database,
                  explain(sqlite, config->database, create));
        talloc_free(sqlite);
        return ERR_STORE_DOWN;
    }
    metric_count(METRIC_DB_CONNECTS, METRIC_SUCCESS, 0);
    *ret_db = &sqlite->db;
    return ERR_OK;
}

void db_sqlite_paths(const struct config *config, store_path *visit, void *arg)
{
    void *work = mem_context(NULL);
    char *real = realpath(config->database, NULL); /* NULL: not there yet */

    /* SQLite keeps its other files beside the one that a link leads to. */
    visit(arg, STORE_PATH_WRITE, dirname(mem_strdup(work, real == NULL ? config->database : real)));
    free(real);
    talloc_free(work);
}
