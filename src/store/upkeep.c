#include "store/upkeep.h"

#include "store/check.h"

const char *const upkeep_table_names[UPKEEP_TABLES] = {
    [UPKEEP_USERS] = "user",
    [UPKEEP_ACCOUNTS] = "account",
    [UPKEEP_SESSIONS] = "session",
    [UPKEEP_REFRESH_TOKENS] = "refreshToken",
    [UPKEEP_VERIFICATIONS] = "verification",
    [UPKEEP_JWKS] = "jwks",
    [UPKEEP_TASKS] = "tasks",
};

enum err upkeep_check(const struct config *config, upkeep_found *found, void *arg,
                      struct buf *problem)
{
    const struct check check = {.config = config, .found = found, .arg = arg};

#ifdef HAVE_SQLITE
    if (config->store == STORE_SQLITE) {
        return db_sqlite_check(&check, problem);
    }
#endif
#ifdef HAVE_POSTGRESQL
    if (config->store == STORE_POSTGRESQL) {
        return db_pg_check(&check, problem);
    }
#endif
    (void)check;
    (void)problem;
    return ERR_CONFIG;
}

/* A build without one of the databases: the settings refuse its URL before anybody comes here. */

#ifndef HAVE_SQLITE

enum err upkeep_copy_file(const struct config *config, const char *name, upkeep_progress *progress,
                          void *arg, struct upkeep_content *ret_content, struct buf *problem)
{
    (void)config;
    (void)name;
    (void)progress;
    (void)arg;
    (void)ret_content;
    (void)problem;
    return ERR_CONFIG;
}

enum err upkeep_read_file(const char *name, struct upkeep_content *ret_content, struct buf *problem)
{
    (void)name;
    (void)ret_content;
    (void)problem;
    return ERR_CONFIG;
}

enum err upkeep_restore_file(void *ctx, const struct config *config, const char *name,
                             upkeep_progress *progress, void *arg, const char **ret_kept,
                             struct buf *problem)
{
    (void)ctx;
    (void)config;
    (void)name;
    (void)progress;
    (void)arg;
    (void)ret_kept;
    (void)problem;
    return ERR_CONFIG;
}

#endif

#ifndef HAVE_POSTGRESQL

enum err upkeep_access(void *ctx, const struct config *config, struct upkeep_access *ret_access,
                       struct buf *problem)
{
    (void)ctx;
    (void)config;
    (void)ret_access;
    (void)problem;
    return ERR_CONFIG;
}

enum err upkeep_snapshot(void *ctx, const struct config *config,
                         struct upkeep_snapshot **ret_snapshot, struct buf *problem)
{
    (void)ctx;
    (void)config;
    (void)ret_snapshot;
    (void)problem;
    return ERR_CONFIG;
}

#endif
