/* A driver that passes everything on to another one, and takes the time. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "store/db.h"

struct db_meter {
    struct db db; /* first */
    struct db *real;
};

static struct db *real_of(struct db *db)
{
    return ((struct db_meter *)db)->real;
}

static enum err query(struct db *db, enum stmt id, const struct db_value *params, db_row *row,
                      void *arg, int64_t *ret_count)
{
    struct db *real = real_of(db);
    int64_t started = clock_nanoseconds();
    enum err error = real->driver->query(real, id, params, row, arg, ret_count);

    metric_observe(METRIC_DB_STATEMENTS,
                   stmt_table[id].reads ? METRIC_STATEMENT_READ : METRIC_STATEMENT_WRITE,
                   clock_nanoseconds() - started);
    return error;
}

static enum err query_all(struct db *db, struct db_call *calls, size_t count)
{
    struct db *real = real_of(db);
    int64_t started = clock_nanoseconds();
    enum err error = real->driver->query_all(real, calls, count);

    metric_observe(METRIC_DB_STATEMENTS, METRIC_STATEMENT_WRITE, clock_nanoseconds() - started);
    return error;
}

static enum err begin(struct db *db)
{
    struct db *real = real_of(db);
    int64_t started = clock_nanoseconds();
    enum err error = real->driver->begin(real);

    metric_observe(METRIC_DB_STATEMENTS, METRIC_STATEMENT_BEGIN, clock_nanoseconds() - started);
    return error;
}

static enum err commit(struct db *db)
{
    struct db *real = real_of(db);
    int64_t started = clock_nanoseconds();
    enum err error = real->driver->commit(real);

    metric_observe(METRIC_DB_STATEMENTS, METRIC_STATEMENT_COMMIT, clock_nanoseconds() - started);
    return error;
}

static void rollback(struct db *db)
{
    real_of(db)->driver->rollback(real_of(db));
}

static void group_begin(struct db *db)
{
    real_of(db)->driver->group_begin(real_of(db));
}

static enum err group_end(struct db *db)
{
    struct db *real = real_of(db);
    int64_t started = clock_nanoseconds();
    enum err error = real->driver->group_end(real);

    metric_observe(METRIC_DB_STATEMENTS, METRIC_STATEMENT_COMMIT, clock_nanoseconds() - started);
    return error;
}

static enum err script(struct db *db, const char *sql)
{
    return real_of(db)->driver->script(real_of(db), sql);
}

static enum err lock_schema(struct db *db)
{
    return real_of(db)->driver->lock_schema(real_of(db));
}

static enum err reserve_tasks(struct db *db, int64_t top)
{
    return real_of(db)->driver->reserve_tasks(real_of(db), top);
}

static enum err column(struct db *db, const char *table, const char *name,
                       enum db_column *ret_column)
{
    return real_of(db)->driver->column(real_of(db), table, name, ret_column);
}

static const struct db_driver driver = {
    .name = "meter",
    .query = query,
    .query_all = query_all,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .group_begin = group_begin,
    .group_end = group_end,
    .script = script,
    .lock_schema = lock_schema,
    .reserve_tasks = reserve_tasks,
    .column = column,
};

struct db *db_meter_new(void *ctx, struct db *real)
{
    struct db_meter *meter = mem_new(ctx, struct db_meter);

    meter->db.driver = &driver;
    meter->real = real;
    return &meter->db;
}
