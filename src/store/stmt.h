/*
 * The table of SQL statements, generated at build time from sql/query/ by sql/sql2c.awk: one
 * text for both databases. Private to store/.
 */
#ifndef TASKGATE_STORE_STMT_H
#define TASKGATE_STORE_STMT_H

#include <stdbool.h>

#include "stmt_list.h" /* generated: enum stmt { STMT_TASK_GET, ..., STMT_COUNT } */

#define STMT_MAX_VALUES 20

enum db_type { DB_TEXT, DB_INT, DB_BOOL, DB_TIME };

struct stmt_info {
    const char *name;    /* "task_get" */
    const char *pg_name; /* "tg_task_get_" and a hash of the text: safe to share (R26) */
    const char *text;
    unsigned param_count;
    enum db_type params[STMT_MAX_VALUES];
    unsigned column_count; /* 0: the statement returns no rows */
    enum db_type columns[STMT_MAX_VALUES];
    bool reads; /* changes nothing: may be repeated after a lost connection */
};

extern const struct stmt_info stmt_table[STMT_COUNT];

#endif
