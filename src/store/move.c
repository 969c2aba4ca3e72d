#include "store/move.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "sec/digest.h"
#include "store/bulk.h"
#include "store/migrate.h"

/* One of the two databases. */
struct side {
    const struct config *config;
    struct db *db;
    const struct bulk_driver *bulk;
    const struct migration *steps;
};

/* What a table holds, whatever the order of its rows. */
struct sum {
    int64_t rows;
    uint64_t digest;
};

struct move {
    struct side from;
    struct side to;
    const struct move_report *report;
    struct buf *problem;
    struct buf *row; /* as bytes, for its digest */
    const struct bulk_table *table;
    struct sum sums[UPKEEP_TABLES]; /* of the source */
    struct sum sum;                 /* of the table under way */
    int64_t done;
    int64_t total;
};

/* --- sides --- */

static enum err open_side(void *ctx, const struct config *config, bool create, struct side *side)
{
    side->config = config;
#ifdef HAVE_SQLITE
    if (config->store == STORE_SQLITE) {
        side->bulk = &db_sqlite_bulk;
        side->steps = migrations_sqlite;
        return db_sqlite_open(ctx, config, create, &side->db);
    }
#endif
#ifdef HAVE_POSTGRESQL
    if (config->store == STORE_POSTGRESQL) {
        side->bulk = &db_pg_bulk;
        side->steps = migrations_postgresql;
        return db_pg_open(ctx, config, &side->db);
    }
#endif
    (void)ctx;
    (void)create;
    return ERR_CONFIG;
}

static enum err open_both(struct move *move, void *ctx, const struct config *from,
                          const struct config *to)
{
    enum err error = open_side(ctx, from, false, &move->from);

    if (error == ERR_OK) {
        error = migrate_check(move->from.db, move->from.steps);
    }
    if (error == ERR_OK) {
        error = open_side(ctx, to, true, &move->to);
    }
    if (error == ERR_OK) {
        error = migrate_run(move->to.db, move->to.steps);
    }
    if (error == ERR_STORE_DOWN) {
        buf_printf(move->problem, "the database %s does not answer",
                   conf_database_public(move->row, move->to.config == NULL ? from : to));
    }
    return error;
}

/* --- rows --- */

static void add_to_sum(struct move *move, const struct db_value *values)
{
    struct buf *row = move->row;

    row->len = 0;
    for (unsigned i = 0; i < move->table->count; i++) {
        if (values[i].null) {
            buf_putc(row, 'n');
        } else if (move->table->columns[i].type == DB_TEXT) {
            buf_printf(row, "t%zu:", values[i].len);
            buf_add(row, values[i].text, values[i].len);
        } else {
            buf_printf(row, "i%lld,", (long long)values[i].number);
        }
    }
    move->sum.rows++;
    move->sum.digest += digest_number(row->data, row->len);
}

static enum err refuse(struct move *move, const struct db_value *values, const char *what)
{
    buf_printf(move->problem, "the row \"");
    if (move->table->columns[0].type == DB_TEXT) {
        buf_add(move->problem, values[0].text, values[0].len);
    } else {
        buf_int(move->problem, values[0].number);
    }
    buf_printf(move->problem, "\" of \"%s\" %s", move->table->name, what);
    return ERR_BAD_VALUE;
}

static enum err copy_row(void *arg, const struct db_value *values)
{
    struct move *move = arg;

    for (unsigned i = 0; i < move->table->count; i++) {
        if (!values[i].null && move->table->columns[i].type == DB_TEXT &&
            (memchr(values[i].text, '\0', values[i].len) != NULL ||
             !text_is_utf8(values[i].text, values[i].len))) {
            return refuse(move, values, "has a text that is not UTF-8");
        }
    }
    add_to_sum(move, values);
    enum err error = move->to.bulk->write(move->to.db, move->table, values);
    if (error == ERR_CONFLICT) {
        return refuse(move, values, "has the id, or another name, that a row before it has");
    }
    if (error == ERR_MISSING_PARENT || error == ERR_BAD_VALUE) {
        return refuse(move, values,
                      "cannot be written there: its parent is missing or a value does not fit");
    }
    move->report->progress(move->report->arg, ++move->done, move->total);
    return error;
}

static enum err sum_row(void *arg, const struct db_value *values)
{
    add_to_sum(arg, values);
    return ERR_OK;
}

/* --- tables --- */

/* Rows of TABLE on SIDE; RET_SUM may be NULL. */
static enum err sum_table(struct move *move, const struct side *side,
                          const struct bulk_table *table, struct sum *ret_sum)
{
    move->table = table;
    move->sum = (struct sum){.rows = 0};
    enum err error = side->bulk->read(side->db, table, sum_row, move, move->problem);
    *ret_sum = move->sum;
    return error;
}

static enum err require_empty(struct move *move)
{
    enum err error = ERR_OK;

    for (int i = 0; i < UPKEEP_TABLES && error == ERR_OK; i++) {
        struct sum sum;
        error = sum_table(move, &move->to, &bulk_tables[i], &sum);
        if (error == ERR_OK && sum.rows > 0) {
            buf_printf(move->problem,
                       "\"%s\" has %lld rows there already: give an empty database. Nothing was "
                       "changed",
                       bulk_tables[i].name, (long long)sum.rows);
            error = ERR_CONFLICT;
        }
    }
    return error;
}

static enum err copy_table(struct move *move, int i)
{
    move->table = &bulk_tables[i];
    move->sum = (struct sum){.rows = 0};
    enum err error = move->to.bulk->write_begin(move->to.db, move->table);
    if (error == ERR_OK) {
        error = move->from.bulk->read(move->from.db, move->table, copy_row, move, move->problem);
    }
    if (error != ERR_OK) {
        move->to.bulk->write_abort(move->to.db);
        return error;
    }
    error = move->to.bulk->write_end(move->to.db, move->table);
    if (error == ERR_CONFLICT || error == ERR_MISSING_PARENT || error == ERR_BAD_VALUE) {
        buf_printf(move->problem,
                   "a row of \"%s\" cannot be written there: its id is taken, its parent is "
                   "missing, or a value does not fit. \"taskgate db check\" may say more",
                   move->table->name);
    }
    move->sums[i] = move->sum;
    return error;
}

/* Numbers of tasks that were deleted are not given out again either. */
static enum err go_on_counting(struct move *move)
{
    int64_t top = 0;
    enum err error = move->from.bulk->top_task(move->from.db, &top);

    return error == ERR_OK && top > 0 ? move->to.db->driver->reserve_tasks(move->to.db, top)
                                      : error;
}

static enum err verify(struct move *move)
{
    enum err error = ERR_OK;

    for (int i = 0; i < UPKEEP_TABLES && error == ERR_OK; i++) {
        struct sum sum;
        error = sum_table(move, &move->to, &bulk_tables[i], &sum);
        if (error == ERR_OK &&
            (sum.rows != move->sums[i].rows || sum.digest != move->sums[i].digest)) {
            buf_printf(move->problem, "the rows of \"%s\" are not the same there; nothing was kept",
                       bulk_tables[i].name);
            error = ERR_INTERNAL;
        }
    }
    return error;
}

/* --- what stays behind --- */

static void look_at_column(void *arg, const char *name)
{
    struct move *move = arg;

    for (unsigned i = 0; i < move->table->count; i++) {
        if (strcmp(move->table->columns[i].name, name) == 0) {
            return;
        }
    }
    char *text = mem_printf(NULL, "\"%s\".\"%s\"", move->table->name, name);
    move->report->left(move->report->arg, text);
    talloc_free(text);
}

static enum err look_at_columns(struct move *move)
{
    enum err error = ERR_OK;

    for (int i = 0; i < UPKEEP_TABLES && error == ERR_OK; i++) {
        move->table = &bulk_tables[i];
        error = move->from.bulk->columns(move->from.db, move->table->name, look_at_column, move);
    }
    return error;
}

/* --- the whole --- */

static enum err count_source(struct move *move)
{
    enum err error = ERR_OK;

    for (int i = 0; i < UPKEEP_TABLES && error == ERR_OK; i++) {
        struct sum sum = {.rows = 0};
        error = sum_table(move, &move->from, &bulk_tables[i], &sum);
        move->total += sum.rows;
    }
    return error;
}

static enum err copy_all(struct move *move)
{
    enum err error = require_empty(move);

    if (error == ERR_OK) {
        error = look_at_columns(move);
    }
    if (error == ERR_OK) {
        error = count_source(move);
    }
    for (int i = 0; i < UPKEEP_TABLES && error == ERR_OK; i++) {
        error = copy_table(move, i);
    }
    if (error == ERR_OK) {
        error = go_on_counting(move);
    }
    return error == ERR_OK ? verify(move) : error;
}

static enum err copy_in_transactions(struct move *move)
{
    enum err error = move->from.bulk->begin_read(move->from.db);

    if (error != ERR_OK) {
        return error;
    }
    error = move->to.bulk->begin_write(move->to.db);
    if (error == ERR_OK) {
        error = db_finish(move->to.db, copy_all(move));
    }
    move->from.db->driver->rollback(move->from.db);
    return error;
}

enum err move_database(const struct config *from, const struct config *to,
                       const struct move_report *report, struct upkeep_content *ret_content,
                       struct buf *problem)
{
    void *ctx = mem_context(NULL);
    struct move move = {.report = report, .problem = problem, .row = buf_new(ctx)};
    enum err error = open_both(&move, ctx, from, to);

    if (error == ERR_OK) {
        error = copy_in_transactions(&move);
    }
    if (error == ERR_OK) {
        ret_content->version = migrate_newest(move.to.steps);
        for (int i = 0; i < UPKEEP_TABLES; i++) {
            ret_content->rows[i] = move.sums[i].rows;
        }
    }
    talloc_free(ctx);
    return error;
}
