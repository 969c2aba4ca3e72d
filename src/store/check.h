/* What the checks of both databases share. Private to store/. */
#ifndef TASKGATE_STORE_CHECK_H
#define TASKGATE_STORE_CHECK_H

#include "store/db.h"
#include "store/migrate.h"
#include "store/upkeep.h"

struct check {
    const struct config *config;
    upkeep_found *found;
    void *arg;
};

/* Tells what a check found. */
void check_tell(const struct check *check, const char *name, enum upkeep_state state,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Tells about the schema's VERSION (0: no table of ours) of STEPS; true when there are tables to
 * compare with those of VERSION. */
bool check_version(const struct check *check, const struct migration *steps, int64_t version);

/* The drivers' parts of upkeep_check. */
enum err db_sqlite_check(const struct check *check, struct buf *problem) WARN_UNUSED;
enum err db_pg_check(const struct check *check, struct buf *problem) WARN_UNUSED;

#endif
