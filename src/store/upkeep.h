/*
 * What a person does with a database as a whole: look whether it is well, copy it, put a copy in
 * its place. Everything here opens connections of its own, because a store wants a database that
 * is well. PROBLEM gets one line for that person, without its end; never a password.
 */
#ifndef TASKGATE_STORE_UPKEEP_H
#define TASKGATE_STORE_UPKEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"

/* --- looking (upkeep.c, db_sqlite_check.c, db_pg_check.c) --- */

enum upkeep_state {
    UPKEEP_FINE,
    UPKEEP_WARNING, /* it works, and somebody should know */
    UPKEEP_WRONG,   /* something does not work, or will not soon */
};

/* One thing that was looked at: CHECK ("integrity", static), and what was found in plain words. */
typedef void upkeep_found(void *arg, const char *check, enum upkeep_state state, const char *text);

/* Looks at the database of CONFIG and changes nothing in it. ERR_STORE_DOWN with a PROBLEM: there
 * is none, or nobody answers. */
enum err upkeep_check(const struct config *config, upkeep_found *found, void *arg,
                      struct buf *problem) WARN_UNUSED;

/* --- what is in it --- */

/* The tables that are copied, parents before their children. */
enum upkeep_table {
    UPKEEP_USERS,
    UPKEEP_ACCOUNTS,
    UPKEEP_SESSIONS,
    UPKEEP_REFRESH_TOKENS,
    UPKEEP_VERIFICATIONS,
    UPKEEP_JWKS,
    UPKEEP_TASKS,
    UPKEEP_TABLES
};

/* Their names, without quotes. */
extern const char *const upkeep_table_names[UPKEEP_TABLES];

struct upkeep_content {
    int64_t version; /* of the schema */
    int64_t rows[UPKEEP_TABLES];
};

/* --- SQLite: one file (db_sqlite_copy.c, db_sqlite_restore.c) --- */

/* DONE of TOTAL pages. */
typedef void upkeep_progress(void *arg, int64_t done, int64_t total);

/*
 * Copies the database of CONFIG, as it is at one moment whoever writes meanwhile, into the file
 * NAME, which is there and empty; reads the copy again to its last page, compares, and brings it to
 * the disk. ERR_STORE_DOWN: the source; ERR_INTERNAL: the copy.
 */
enum err upkeep_copy_file(const struct config *config, const char *name, upkeep_progress *progress,
                          void *arg, struct upkeep_content *ret_content,
                          struct buf *problem) WARN_UNUSED;

/* Reads the whole file NAME and says what is in it. ERR_BAD_VALUE: it is no database of this
 * program, is damaged, or is of a newer version. */
enum err upkeep_read_file(const char *name, struct upkeep_content *ret_content,
                          struct buf *problem) WARN_UNUSED;

/*
 * Puts a copy of the file NAME in the place of the database of CONFIG, which nobody else has open.
 * The one that was there, if any, stays beside it as *ret_kept (owned by CTX, NULL = none).
 * ERR_CONFLICT: somebody has it open; ERR_STORE_DOWN, ERR_INTERNAL.
 */
enum err upkeep_restore_file(void *ctx, const struct config *config, const char *name,
                             upkeep_progress *progress, void *arg, const char **ret_kept,
                             struct buf *problem) WARN_UNUSED;

/* --- PostgreSQL: by its own programs (db_pg_tool.c) --- */

/* How to reach the database of CONFIG for a program that uses libpq. */
struct upkeep_access {
    char **environment;   /* "PGHOST=...", ends with NULL; without the password */
    const char *password; /* NULL = none in the URL */
};
enum err upkeep_access(void *ctx, const struct config *config, struct upkeep_access *ret_access,
                       struct buf *problem) WARN_UNUSED;

/* A state of the database of CONFIG that stays while the object lives. Owned by CTX. */
struct upkeep_snapshot {
    const char *name; /* for pg_dump --snapshot */
    struct upkeep_content content;
};
enum err upkeep_snapshot(void *ctx, const struct config *config,
                         struct upkeep_snapshot **ret_snapshot, struct buf *problem) WARN_UNUSED;

#endif
