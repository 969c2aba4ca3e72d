/* Whole tables of a SQLite file. */
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/bulk.h"
#include "store/db_sqlite.h"

static enum err begin_read(struct db *db)
{
    sqlite3 *handle = ((struct db_sqlite *)db)->handle;
    int code = sqlite3_exec(handle, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);

    return code == SQLITE_OK ? ERR_OK : db_sqlite_error((struct db_sqlite *)db, code, "BEGIN");
}

static enum err begin_write(struct db *db)
{
    return db->driver->begin(db);
}

/* What has no place in a column of its type, named by the row's first column. */
static enum err misfit(sqlite3_stmt *statement, const struct bulk_table *table, unsigned column,
                       struct buf *problem)
{
    const unsigned char *first = sqlite3_column_text(statement, 0);

    buf_printf(problem, "the row \"%s\" of \"%s\" has in \"%s\" what is no %s",
               first == NULL ? "" : (const char *)first, table->name, table->columns[column].name,
               table->columns[column].type == DB_TIME ? "time" : "number");
    return ERR_BAD_VALUE;
}

static enum err pass_row(sqlite3_stmt *statement, const struct bulk_table *table, bulk_row *row,
                         void *arg, struct buf *problem)
{
    struct db_value values[BULK_COLUMNS_MAX];

    for (unsigned i = 0; i < table->count; i++) {
        if (!db_sqlite_value_read(statement, (int)i, table->columns[i].type, &values[i])) {
            return misfit(statement, table, i, problem);
        }
    }
    return row(arg, values);
}

static enum err read_table(struct db *db, const struct bulk_table *table, bulk_row *row, void *arg,
                           struct buf *problem)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;
    void *ctx = mem_context(NULL);
    sqlite3_stmt *statement = NULL;
    enum err error = ERR_OK;
    int code =
        sqlite3_prepare_v2(sqlite->handle, bulk_select(ctx, table, NULL), -1, &statement, NULL);

    talloc_free(ctx);
    while (code == SQLITE_OK && error == ERR_OK) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            error = pass_row(statement, table, row, arg, problem);
            code = SQLITE_OK;
        }
    }
    if (error == ERR_OK && code != SQLITE_DONE) {
        error = db_sqlite_error(sqlite, code, table->name);
    }
    sqlite3_finalize(statement);
    return error;
}

static enum err write_begin(struct db *db, const struct bulk_table *table)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;
    struct buf *sql = buf_new(NULL);

    buf_printf(sql, "INSERT INTO \"%s\" (%s) VALUES (", table->name, bulk_names(sql, table));
    for (unsigned i = 0; i < table->count; i++) {
        buf_puts(sql, i > 0 ? ", ?" : "?");
    }
    buf_putc(sql, ')');
    int code = sqlite3_prepare_v2(sqlite->handle, sql->data, -1, &sqlite->bulk, NULL);
    talloc_free(sql);
    return code == SQLITE_OK ? ERR_OK : db_sqlite_error(sqlite, code, table->name);
}

static enum err write_row(struct db *db, const struct bulk_table *table,
                          const struct db_value *values)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;
    char iso[BULK_COLUMNS_MAX][CLOCK_ISO_SIZE];
    int code = SQLITE_OK;

    for (unsigned i = 0; i < table->count && code == SQLITE_OK; i++) {
        code = db_sqlite_value_bind(sqlite->bulk, (int)i + 1, table->columns[i].type, &values[i],
                                    iso[i]);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_step(sqlite->bulk);
    }
    enum err error = code == SQLITE_DONE ? ERR_OK : db_sqlite_error(sqlite, code, table->name);
    sqlite3_reset(sqlite->bulk);
    sqlite3_clear_bindings(sqlite->bulk);
    return error;
}

static enum err write_end(struct db *db, const struct bulk_table *table)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;

    (void)table;
    sqlite3_finalize(sqlite->bulk);
    sqlite->bulk = NULL;
    return ERR_OK;
}

static void write_abort(struct db *db)
{
    (void)write_end(db, NULL);
}

static enum err top_task(struct db *db, int64_t *ret_top)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;
    sqlite3_stmt *statement = NULL;
    int64_t top = 0;
    int code =
        sqlite3_prepare_v2(sqlite->handle, "SELECT seq FROM sqlite_sequence WHERE name = 'tasks'",
                           -1, &statement, NULL);

    code = code == SQLITE_OK ? sqlite3_step(statement) : code;
    top = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE) {
        return db_sqlite_error(sqlite, code, "sqlite_sequence");
    }
    *ret_top = top;
    return ERR_OK;
}

static enum err columns(struct db *db, const char *table, bulk_name *name, void *arg)
{
    struct db_sqlite *sqlite = (struct db_sqlite *)db;
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(sqlite->handle, "SELECT name FROM pragma_table_info(?)", -1,
                                  &statement, NULL);

    code = code == SQLITE_OK ? sqlite3_bind_text(statement, 1, table, -1, SQLITE_STATIC) : code;
    while (code == SQLITE_OK) {
        code = sqlite3_step(statement);
        if (code == SQLITE_ROW) {
            name(arg, (const char *)sqlite3_column_text(statement, 0));
            code = SQLITE_OK;
        }
    }
    sqlite3_finalize(statement);
    return code == SQLITE_DONE ? ERR_OK : db_sqlite_error(sqlite, code, table);
}

const struct bulk_driver db_sqlite_bulk = {
    .begin_read = begin_read,
    .begin_write = begin_write,
    .read = read_table,
    .write_begin = write_begin,
    .write = write_row,
    .write_end = write_end,
    .write_abort = write_abort,
    .top_task = top_task,
    .columns = columns,
};
