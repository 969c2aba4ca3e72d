#include "store/db_sqlite.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"

/* The disk, not the statement, is at fault; told once, and once when a write succeeds again. */
static void note_trouble(struct db_sqlite *sqlite, const char *what)
{
    if (!sqlite->failing) {
        log_error("the SQLite database fails: %s", what);
    }
    sqlite->failing = true;
    metric_note(METRIC_NOTE_DB_FAILED, clock_monotonic());
}

static enum err constraint_error(int code)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return ERR_CONFLICT;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return ERR_MISSING_PARENT;
    default:
        return ERR_BAD_VALUE;
    }
}

void db_sqlite_count_error(int code)
{
    static const char *const names[] = {
        [SQLITE_ERROR] = "ERROR",       [SQLITE_PERM] = "PERM",
        [SQLITE_ABORT] = "ABORT",       [SQLITE_BUSY] = "BUSY",
        [SQLITE_LOCKED] = "LOCKED",     [SQLITE_NOMEM] = "NOMEM",
        [SQLITE_READONLY] = "READONLY", [SQLITE_INTERRUPT] = "INTERRUPT",
        [SQLITE_IOERR] = "IOERR",       [SQLITE_CORRUPT] = "CORRUPT",
        [SQLITE_FULL] = "FULL",         [SQLITE_CANTOPEN] = "CANTOPEN",
        [SQLITE_PROTOCOL] = "PROTOCOL", [SQLITE_SCHEMA] = "SCHEMA",
        [SQLITE_TOOBIG] = "TOOBIG",     [SQLITE_CONSTRAINT] = "CONSTRAINT",
        [SQLITE_MISMATCH] = "MISMATCH", [SQLITE_MISUSE] = "MISUSE",
        [SQLITE_AUTH] = "AUTH",         [SQLITE_NOTADB] = "NOTADB",
    };
    size_t primary = (size_t)code & 0xff;
    const char *name = primary < sizeof names / sizeof names[0] ? names[primary] : NULL;

    metric_count_name(METRIC_DB_ERRORS, name == NULL ? "other" : name);
}

enum err db_sqlite_error(struct db_sqlite *sqlite, int code, const char *what)
{
    db_sqlite_count_error(code);
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return constraint_error(code);
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
        return ERR_BAD_VALUE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_STORE_DOWN;
    case SQLITE_NOMEM:
        mem_fail();
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        note_trouble(sqlite, sqlite3_errmsg(sqlite->handle));
        return ERR_STORE_DOWN;
    default:
        log_error("SQLite refused %s: %s (%d)", what, sqlite3_errmsg(sqlite->handle), code);
        return ERR_INTERNAL;
    }
}

/* --- statements --- */

static enum err prepared(struct db_sqlite *sqlite, enum stmt id, sqlite3_stmt **ret_statement)
{
    const struct stmt_info *info = &stmt_table[id];
    sqlite3_stmt *statement = sqlite->statements[id];
    int code;

    if (statement == NULL) {
        code = sqlite3_prepare_v3(sqlite->handle, info->text, -1, SQLITE_PREPARE_PERSISTENT,
                                  &statement, NULL);
        if (code != SQLITE_OK) {
            return db_sqlite_error(sqlite, code, info->name);
        }
        sqlite->statements[id] = statement;
    }
    *ret_statement = statement;
    return ERR_OK;
}

/* Gives the row STATEMENT stands on to ROW. */
static enum err pass_row(sqlite3_stmt *statement, const struct stmt_info *info, db_row *row,
                         void *arg)
{
    struct db_value columns[STMT_MAX_VALUES];

    if (row == NULL) {
        return ERR_OK;
    }
    for (unsigned i = 0; i < info->column_count; i++) {
        if (!db_sqlite_value_read(statement, (int)i, info->columns[i], &columns[i])) {
            log_error("column %u of %s is not of its type", i + 1, info->name);
            return ERR_INTERNAL;
        }
    }
    row(arg, columns);
    return ERR_OK;
}

/* Steps to the end, always: a writing statement with RETURNING commits at its last step. */
static enum err run(struct db_sqlite *sqlite, sqlite3_stmt *statement, const struct stmt_info *info,
                    db_row *row, void *arg, int64_t *ret_rows)
{
    enum err error = ERR_OK;
    int64_t rows = 0;
    int code;

    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        rows++;
        if (error == ERR_OK) {
            error = pass_row(statement, info, row, arg);
        }
    }
    if (code != SQLITE_DONE) {
        return db_sqlite_error(sqlite, code, info->name);
    }
    if (error == ERR_OK) {
        *ret_rows = info->column_count > 0 ? rows : sqlite3_changes64(sqlite->handle);
    }
    return error;
}

static enum err query(struct db *db, enum stmt id, const struct db_value *params, db_row *row,
                      void *arg, int64_t *ret_count)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;
    const struct stmt_info *info = &stmt_table[id];
    char iso[STMT_MAX_VALUES][CLOCK_ISO_SIZE];
    sqlite3_stmt *statement = NULL;
    int64_t rows = 0;
    enum err error;

    error = db_check_params(id, params);
    if (error == ERR_OK) {
        error = prepared(sqlite, id, &statement);
    }
    if (error != ERR_OK) {
        return error;
    }
    for (unsigned i = 0; i < info->param_count && error == ERR_OK; i++) {
        int code = db_sqlite_value_bind(statement, (int)i + 1, info->params[i], &params[i], iso[i]);

        if (code != SQLITE_OK) {
            error = db_sqlite_error(sqlite, code, info->name);
        }
    }
    if (error == ERR_OK && !info->reads) {
        error = db_sqlite_write_begin(sqlite);
    }
    if (error == ERR_OK) {
        error = run(sqlite, statement, info, row, arg, &rows);
    }
    /* At once: a statement that is not reset holds a snapshot, and the bound texts are the
     * caller's. */
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (error == ERR_OK && !info->reads && sqlite3_get_autocommit(sqlite->handle) != 0) {
        db_sqlite_note_write(sqlite);
    }
    db_sqlite_write_end(sqlite);
    if (error != ERR_OK) {
        return error;
    }
    if (ret_count != NULL) {
        *ret_count = rows;
    }
    return ERR_OK;
}

/* SQLite has no ADD COLUMN IF NOT EXISTS: what it says of a column that is there. */
static bool is_there_already(struct db_sqlite *sqlite)
{
    static const char words[] = "duplicate column name: ";

    return strncmp(sqlite3_errmsg(sqlite->handle), words, sizeof words - 1) == 0;
}

/* The first statement of SQL with its semicolon, owned by CTX. */
static char *first_statement(void *ctx, const char *sql)
{
    const char *end = sql;

    while ((end = strchr(end, ';')) != NULL) {
        char *statement = mem_strndup(ctx, sql, (size_t)(++end - sql));
        if (sqlite3_complete(statement) != 0) {
            return statement;
        }
        talloc_free(statement);
    }
    return mem_strdup(ctx, sql);
}

static enum err script(struct db *db, const char *sql)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;
    void *work = mem_context(NULL);
    enum err error = ERR_OK;

    while (error == ERR_OK && *sql != '\0') {
        const char *statement = first_statement(work, sql);
        int code = sqlite3_exec(sqlite->handle, statement, NULL, NULL, NULL);
        if (code != SQLITE_OK && !is_there_already(sqlite)) {
            error = db_sqlite_error(sqlite, code, "a script");
        }
        sql += strlen(statement);
    }
    talloc_free(work);
    return error;
}

/* BEGIN IMMEDIATE already keeps all other writers out. */
static enum err lock_schema(struct db *db)
{
    (void)db;
    return ERR_OK;
}

/* Where AUTOINCREMENT goes on; there is no row before the first task. */
static enum err reserve_tasks(struct db *db, int64_t top)
{
    char *sql = mem_printf(NULL,
                           "INSERT INTO sqlite_sequence (name, seq) SELECT 'tasks', 0 WHERE NOT "
                           "EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'tasks'); "
                           "UPDATE sqlite_sequence SET seq = max(seq, %lld) WHERE name = 'tasks'",
                           (long long)top);
    enum err error = db_sqlite_execute((struct db_sqlite *)db, sql);

    talloc_free(sql);
    return error;
}

static enum err column(struct db *db, const char *table, const char *name,
                       enum db_column *ret_column)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;
    sqlite3_stmt *statement = NULL;
    enum db_column found = DB_COLUMN_ABSENT;
    int code;

    code =
        sqlite3_prepare_v2(sqlite->handle,
                           "SELECT \"notnull\" AND dflt_value IS NULL FROM pragma_table_info(?1) "
                           "WHERE name = ?2",
                           -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_bind_text(statement, 2, name, -1, SQLITE_STATIC);
    }
    while (code == SQLITE_OK || code == SQLITE_ROW) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            found = sqlite3_column_int(statement, 0) != 0 ? DB_COLUMN_REQUIRED : DB_COLUMN_OPTIONAL;
        }
    }
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE) {
        return db_sqlite_error(sqlite, code, "a look at the schema");
    }
    *ret_column = found;
    return ERR_OK;
}

const struct db_driver db_sqlite_driver = {
    .name = "sqlite",
    .query = query,
    .query_all = db_query_each,
    .begin = db_sqlite_begin,
    .commit = db_sqlite_commit,
    .rollback = db_sqlite_rollback,
    .group_begin = db_sqlite_group_begin,
    .group_end = db_sqlite_group_end,
    .script = script,
    .lock_schema = lock_schema,
    .reserve_tasks = reserve_tasks,
    .column = column,
};
