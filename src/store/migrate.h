/* Numbered schema steps, compiled in from sql/sqlite/ and sql/postgresql/. Private to store/. */
#ifndef TASKGATE_STORE_MIGRATE_H
#define TASKGATE_STORE_MIGRATE_H

#include "base/err.h"
#include "store/db.h"
#include "store/store.h"

struct migration {
    int version;
    const char *name; /* "0001_better_auth_and_tasks" */
    const char *sql;
};

/* Generated tables, in order, ended by version 0. */
extern const struct migration migrations_sqlite[];
extern const struct migration migrations_postgresql[];

/* The last version of STEPS. */
int migrate_newest(const struct migration *steps);

/* See store_migrate, store_look_schema and store_check_schema. */
enum err migrate_run(struct db *db, const struct migration *steps) WARN_UNUSED;
enum err migrate_look(struct db *db, const struct migration *steps,
                      struct store_schema *ret_schema) WARN_UNUSED;
enum err migrate_check(struct db *db, const struct migration *steps) WARN_UNUSED;

#endif
