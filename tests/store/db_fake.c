#include "db_fake.h"

#include "base/mem.h"

static enum err note(struct db_fake *fake, const char *what)
{
    buf_puts(fake->log, what);
    buf_putc(fake->log, ' ');
    return ++fake->calls == fake->fail_at ? fake->error : ERR_OK;
}

static enum err query(struct db *db, enum stmt statement, const struct db_value *params,
                      db_row *row, void *arg, int64_t *ret_count)
{
    struct db_fake *fake = (struct db_fake *)db;
    enum err error = note(fake, stmt_table[statement].name);

    (void)params;
    (void)row;
    (void)arg;
    if (error == ERR_OK && ret_count != NULL)
        *ret_count = fake->count;
    return error;
}

static enum err begin(struct db *db)
{
    return note((struct db_fake *)db, "begin");
}

static enum err commit(struct db *db)
{
    return note((struct db_fake *)db, "commit");
}

static void rollback(struct db *db)
{
    buf_puts(((struct db_fake *)db)->log, "rollback ");
}

static enum err script(struct db *db, const char *sql)
{
    return note((struct db_fake *)db, sql);
}

static enum err lock_schema(struct db *db)
{
    return note((struct db_fake *)db, "lock");
}

static enum err reserve_tasks(struct db *db, int64_t top)
{
    (void)top;
    return note((struct db_fake *)db, "reserve_tasks");
}

static enum err column(struct db *db, const char *table, const char *name,
                       enum db_column *ret_column)
{
    enum err error = note((struct db_fake *)db, table);

    (void)name;
    if (error == ERR_OK)
        *ret_column = DB_COLUMN_ABSENT;
    return error;
}

static const struct db_driver driver = {
    .name = "fake",
    .query = query,
    .query_all = db_query_each,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .script = script,
    .lock_schema = lock_schema,
    .reserve_tasks = reserve_tasks,
    .column = column,
};

struct db_fake *db_fake_new(void *ctx, int fail_at, enum err error)
{
    struct db_fake *fake = mem_new(ctx, struct db_fake);

    fake->db.driver = &driver;
    fake->fail_at = fail_at;
    fake->error = error;
    fake->log = buf_new(fake);
    return fake;
}
