/* Whole tables, row by row, out of a database and into it. Private to store/. */
#ifndef TASKGATE_STORE_BULK_H
#define TASKGATE_STORE_BULK_H

#include "store/db.h"
#include "store/upkeep.h"

#define BULK_COLUMNS_MAX 13

struct bulk_column {
    const char *name; /* without quotes */
    enum db_type type;
};

struct bulk_table {
    const char *name;                             /* without quotes */
    struct bulk_column columns[BULK_COLUMNS_MAX]; /* the first is one by which people know a row */
    unsigned count;
};
extern const struct bulk_table bulk_tables[UPKEEP_TABLES];

/* A row; texts are not NUL-terminated and valid during the call only. An error ends the reading. */
typedef enum err bulk_row(void *arg, const struct db_value *values);

typedef void bulk_name(void *arg, const char *name);

/* What a driver of bulk.c does. DB is one of its own, not behind a meter. PROBLEM gets a line where
 * there is more to say than the error. */
struct bulk_driver {
    /* A transaction that sees one moment and changes nothing; ended by db->driver->rollback. */
    enum err (*begin_read)(struct db *db) WARN_UNUSED;
    /* One that writes; ended by commit or rollback. It may take long. */
    enum err (*begin_write)(struct db *db) WARN_UNUSED;
    enum err (*read)(struct db *db, const struct bulk_table *table, bulk_row *row, void *arg,
                     struct buf *problem) WARN_UNUSED;
    /* The rows of one table: begin, any number of rows, end. */
    enum err (*write_begin)(struct db *db, const struct bulk_table *table) WARN_UNUSED;
    enum err (*write)(struct db *db, const struct bulk_table *table,
                      const struct db_value *values) WARN_UNUSED;
    enum err (*write_end)(struct db *db, const struct bulk_table *table) WARN_UNUSED;
    /* Instead of the end: the transaction can only be taken back. */
    void (*write_abort)(struct db *db);
    /* The highest number that a task has or had. */
    enum err (*top_task)(struct db *db, int64_t *ret_top) WARN_UNUSED;
    enum err (*columns)(struct db *db, const char *table, bulk_name *name, void *arg) WARN_UNUSED;
};

extern const struct bulk_driver db_sqlite_bulk;
extern const struct bulk_driver db_pg_bulk;

/* "SELECT a, b FROM t" of TABLE, and "a, b"; a column's name is followed by CASTS[its type]. */
char *bulk_select(void *ctx, const struct bulk_table *table, const char *const casts[]);
char *bulk_names(void *ctx, const struct bulk_table *table);

#endif
