/* Whole tables of a PostgreSQL database, by COPY in its binary form. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/bulk.h"
#include "store/db_pg.h"

/* How long the whole may take. */
#define BULK_MS (24 * CLOCK_HOUR)

/* Bytes that are collected before they are sent. */
#define CHUNK ((size_t)256 * 1024)

/* "PGCOPY\n\377\r\n\0", flags and the length of an extension: none. */
static const char signature[19] = "PGCOPY\n\377\r\n";

static enum err begin_read(struct db *db)
{
    return db_pg_begin_snapshot((struct db_pg *)db, BULK_MS);
}

static enum err begin_write(struct db *db)
{
    struct db_pg *pg = (struct db_pg *)db;
    enum err error = db->driver->begin(db);

    pg->deadline = clock_monotonic() + BULK_MS;
    return error;
}

/* --- out --- */

static bool take(const char **at, const char *end, void *data, size_t len)
{
    if ((size_t)(end - *at) < len) {
        return false;
    }
    memcpy(data, *at, len);
    *at += len;
    return true;
}

static bool take_int(const char **at, const char *end, int size, int64_t *ret_number)
{
    unsigned char bytes[4];
    uint32_t number = 0;

    if (!take(at, end, bytes, (size_t)size)) {
        return false;
    }
    for (int i = 0; i < size; i++) {
        number = number << 8 | bytes[i];
    }
    *ret_number = size == 2 ? (int16_t)number : (int32_t)number;
    return true;
}

/* One row of the stream, or its end (*ret_row false). */
static bool parse_row(const char *at, const char *end, const struct bulk_table *table,
                      struct db_value *values, bool *ret_row)
{
    int64_t number = 0;

    if (!take_int(&at, end, 2, &number)) {
        return false;
    }
    *ret_row = number >= 0;
    if (number < 0) {
        return true;
    }
    for (unsigned i = 0; i < table->count; i++) {
        if (!take_int(&at, end, 4, &number) || number > end - at) {
            return false;
        }
        values[i] = db_null();
        if (number >= 0) {
            if (!db_pg_value_read(at, (int)number, table->columns[i].type, &values[i])) {
                return false;
            }
            at += number;
        }
    }
    return true;
}

static enum err pass_rows(struct db_pg *pg, const struct bulk_table *table, bulk_row *row,
                          void *arg)
{
    struct db_value values[BULK_COLUMNS_MAX];
    enum err error = ERR_OK;
    bool first = true;
    bool is_row = true;
    char *data = NULL;
    int len;

    while (error == ERR_OK && (len = PQgetCopyData(pg->conn, &data, 1)) >= 0) {
        if (len == 0) {
            error = db_pg_conn_wait(pg, POLLIN);
            if (error == ERR_OK && PQconsumeInput(pg->conn) == 0) {
                error = ERR_STORE_DOWN;
            }
            continue;
        }
        const char *at = data + (first ? sizeof signature : 0);
        first = false;
        if (!parse_row(at, data + len, table, values, &is_row)) {
            error = ERR_INTERNAL;
        } else if (is_row) {
            error = row(arg, values);
        }
        PQfreemem(data);
        data = NULL;
    }
    return error;
}

static enum err read_table(struct db *db, const struct bulk_table *table, bulk_row *row, void *arg,
                           struct buf *problem)
{
    static const char *const casts[] = {
        [DB_TEXT] = "::text",
        [DB_INT] = "::bigint",
        [DB_BOOL] = "::boolean",
        [DB_TIME] = "::timestamptz",
    };
    struct db_pg *pg = (struct db_pg *)db;
    void *ctx = mem_context(NULL);
    const char *sql =
        mem_printf(ctx, "COPY (%s) TO STDOUT (FORMAT binary)", bulk_select(ctx, table, casts));
    enum err error = db_pg_copy_begin(pg, sql, PGRES_COPY_OUT);

    (void)problem;
    if (error == ERR_OK) {
        error = pass_rows(pg, table, row, arg);
        if (error != ERR_OK) {
            db_pg_conn_end(pg); /* the rest of the rows is nobody's */
        } else {
            error = db_pg_copy_end(pg, false, table->name);
        }
    }
    talloc_free(ctx);
    return error;
}

/* --- in --- */

static enum err send(struct db_pg *pg)
{
    enum err error = db_pg_copy_send(pg, pg->bulk->data, pg->bulk->len);

    pg->bulk->len = 0;
    return error;
}

static void add_int(struct buf *buf, int size, int64_t number)
{
    for (int i = size - 1; i >= 0; i--) {
        buf_putc(buf, (char)((uint64_t)number >> (8 * i) & 0xff));
    }
}

static enum err write_begin(struct db *db, const struct bulk_table *table)
{
    struct db_pg *pg = (struct db_pg *)db;
    void *ctx = mem_context(NULL);
    const char *sql = mem_printf(ctx, "COPY \"%s\" (%s) FROM STDIN (FORMAT binary)", table->name,
                                 bulk_names(ctx, table));
    enum err error = db_pg_copy_begin(pg, sql, PGRES_COPY_IN);

    talloc_free(ctx);
    pg->bulk = buf_new(pg);
    buf_add(pg->bulk, signature, sizeof signature);
    return error;
}

static enum err write_row(struct db *db, const struct bulk_table *table,
                          const struct db_value *values)
{
    struct db_pg *pg = (struct db_pg *)db;

    add_int(pg->bulk, 2, table->count);
    for (unsigned i = 0; i < table->count; i++) {
        unsigned char bytes[8];
        const char *data = NULL;
        int len = 0;
        if (values[i].null) {
            add_int(pg->bulk, 4, -1);
            continue;
        }
        db_pg_value_write(table->columns[i].type, &values[i], bytes, &data, &len);
        add_int(pg->bulk, 4, len);
        buf_add(pg->bulk, data, (size_t)len);
    }
    return pg->bulk->len < CHUNK ? ERR_OK : send(pg);
}

static enum err write_end(struct db *db, const struct bulk_table *table)
{
    struct db_pg *pg = (struct db_pg *)db;

    add_int(pg->bulk, 2, -1);
    enum err error = send(pg);
    talloc_free(pg->bulk);
    pg->bulk = NULL;
    return error == ERR_OK ? db_pg_copy_end(pg, true, table->name) : error;
}

static void write_abort(struct db *db)
{
    struct db_pg *pg = (struct db_pg *)db;

    talloc_free(pg->bulk);
    pg->bulk = NULL;
    db_pg_conn_end(pg);
}

static enum err top_task(struct db *db, int64_t *ret_top)
{
    PGresult *result = NULL;
    enum err error =
        db_pg_ask((struct db_pg *)db,
                  "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('tasks', 'id')"
                  "::regclass), 0)",
                  NULL, 0, "a look at a sequence", &result);

    if (error == ERR_OK) {
        *ret_top = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        PQclear(result);
    }
    return error;
}

static enum err columns(struct db *db, const char *table, bulk_name *name, void *arg)
{
    void *ctx = mem_context(NULL);
    const char *const quoted = mem_printf(ctx, "\"%s\"", table);
    PGresult *result = NULL;
    enum err error = db_pg_ask((struct db_pg *)db,
                               "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1)"
                               " AND attnum > 0 AND NOT attisdropped",
                               &quoted, 1, "a look at the schema", &result);

    for (int i = 0; error == ERR_OK && i < PQntuples(result); i++) {
        name(arg, PQgetvalue(result, i, 0));
    }
    PQclear(result);
    talloc_free(ctx);
    return error;
}

const struct bulk_driver db_pg_bulk = {
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
