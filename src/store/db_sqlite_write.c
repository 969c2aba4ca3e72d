/* Who may write into a SQLite file, and what is written together. */
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "store/db_sqlite.h"
#include "store/turn.h"

void db_sqlite_note_write(struct db_sqlite *sqlite)
{
    if (sqlite->failing) {
        log_info("the SQLite database can be written again");
    }
    sqlite->failing = false;
    metric_note(METRIC_NOTE_DB_FAILED, 0);
}

enum err db_sqlite_execute(struct db_sqlite *sqlite, const char *sql)
{
    int code = sqlite3_exec(sqlite->handle, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? ERR_OK : db_sqlite_error(sqlite, code, sql);
}

static bool is_in_transaction(const struct db_sqlite *sqlite)
{
    return sqlite3_get_autocommit(sqlite->handle) == 0;
}

/* SQLite gives the lock to whoever asks at the right moment, while others sleep between two tries:
 * the workers of this machine queue for it. A transaction has its turn from its beginning to its
 * end; who waits for too long still asks SQLite once. */
enum err db_sqlite_write_begin(struct db_sqlite *sqlite)
{
    /* What is written behind a loss would not be taken back with the rest; and where one has waited
     * in vain, the next one need not. */
    if (sqlite->lost || sqlite->denied) {
        return ERR_STORE_DOWN;
    }
    if (!sqlite->writing) {
        sqlite->writing = true;
        sqlite->busy_since = clock_monotonic();
        sqlite->turn = turn_take(DB_SQLITE_BUSY_MS);
    }
    if (!sqlite->grouping || sqlite->open) {
        return ERR_OK;
    }
    enum err error = db_sqlite_execute(sqlite, "BEGIN IMMEDIATE");
    sqlite->open = error == ERR_OK;
    sqlite->denied = !sqlite->open;
    return error;
}

void db_sqlite_write_end(struct db_sqlite *sqlite)
{
    if (is_in_transaction(sqlite)) {
        return;
    }
    /* SQLite takes back a whole transaction by itself after some errors (disk full, I/O). */
    sqlite->lost = sqlite->lost || sqlite->open;
    sqlite->open = false;
    if (sqlite->turn) {
        turn_pass();
    }
    sqlite->turn = sqlite->writing = false;
}

/* --- transactions; inside a group they are a part of its own --- */

enum err db_sqlite_begin(struct db *db)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;
    enum err error = db_sqlite_write_begin(sqlite);

    if (error == ERR_OK) {
        error = db_sqlite_execute(sqlite, sqlite->open ? "SAVEPOINT part" : "BEGIN IMMEDIATE");
    }
    db_sqlite_write_end(sqlite);
    return error;
}

enum err db_sqlite_commit(struct db *db)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;
    enum err error = db_sqlite_execute(sqlite, sqlite->open ? "RELEASE part" : "COMMIT");

    if (error == ERR_OK && !is_in_transaction(sqlite)) {
        db_sqlite_note_write(sqlite);
    }
    db_sqlite_write_end(sqlite);
    return error;
}

static void roll_back(struct db_sqlite *sqlite, const char *sql)
{
    if (is_in_transaction(sqlite)) {
        sqlite3_exec(sqlite->handle, sql, NULL, NULL, NULL);
    }
    db_sqlite_write_end(sqlite);
}

void db_sqlite_rollback(struct db *db)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;

    roll_back(sqlite, sqlite->open ? "ROLLBACK TO part; RELEASE part" : "ROLLBACK");
}

/* --- groups --- */

void db_sqlite_group_begin(struct db *db)
{
    ((struct db_sqlite *)db)->grouping = true;
}

enum err db_sqlite_group_end(struct db *db)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;
    enum err error = sqlite->lost ? ERR_STORE_DOWN : ERR_OK;

    if (sqlite->open) {
        error = db_sqlite_execute(sqlite, "COMMIT");
    }
    if (sqlite->open && error == ERR_OK) {
        db_sqlite_note_write(sqlite);
    }
    sqlite->grouping = sqlite->open = sqlite->lost = sqlite->denied = false;
    roll_back(sqlite, "ROLLBACK");
    return error;
}
