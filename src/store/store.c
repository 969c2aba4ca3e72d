#include "store/store.h"

#include "base/log.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/turn.h"

void store_share(void)
{
#ifdef HAVE_SQLITE
    turn_open();
#endif
}

static enum err open_sqlite(void *ctx, const struct config *config, bool create, struct db **ret_db)
{
#ifdef HAVE_SQLITE
    return db_sqlite_open(ctx, config, create, ret_db);
#else
    (void)ctx;
    (void)config;
    (void)create;
    (void)ret_db;
    log_error("this program was built without SQLite (--without-sqlite)");
    return ERR_CONFIG;
#endif
}

static enum err open_postgresql(void *ctx, const struct config *config, struct db **ret_db)
{
#ifdef HAVE_POSTGRESQL
    return db_pg_open(ctx, config, ret_db);
#else
    (void)ctx;
    (void)config;
    (void)ret_db;
    log_error("this program was built without PostgreSQL (--without-postgresql)");
    return ERR_CONFIG;
#endif
}

static enum err open_store(void *ctx, const struct config *config, bool create,
                           struct store **ret_store)
{
    struct store *store = mem_new(ctx, struct store);
    enum err error;

    if (config->store == STORE_SQLITE) {
        store->steps = migrations_sqlite;
        store->groups = true;
        error = open_sqlite(store, config, create, &store->db);
    } else {
        store->steps = migrations_postgresql;
        error = open_postgresql(store, config, &store->db);
    }
    if (error != ERR_OK) {
        talloc_free(store);
        return error;
    }
    store->db = db_meter_new(store, store->db);
    *ret_store = store;
    return ERR_OK;
}

enum err store_open(void *ctx, const struct config *config, struct store **ret_store)
{
    return open_store(ctx, config, true, ret_store);
}

enum err store_open_existing(void *ctx, const struct config *config, struct store **ret_store)
{
    return open_store(ctx, config, false, ret_store);
}

void store_paths(const struct config *config, store_path *visit, void *arg)
{
#ifdef HAVE_SQLITE
    if (config->store == STORE_SQLITE) {
        db_sqlite_paths(config, visit, arg);
    }
#endif
#ifdef HAVE_POSTGRESQL
    if (config->store == STORE_POSTGRESQL) {
        db_pg_paths(config, visit, arg);
    }
#endif
}

enum err store_ping(struct store *store)
{
    return store->db->driver->query(store->db, STMT_PING, NULL, NULL, NULL, NULL);
}

bool store_groups(const struct store *store)
{
    return store->groups;
}

void store_group_begin(struct store *store)
{
    store->db->driver->group_begin(store->db);
}

enum err store_group_end(struct store *store)
{
    return store->db->driver->group_end(store->db);
}

enum err store_migrate(struct store *store)
{
    return migrate_run(store->db, store->steps);
}

enum err store_look_schema(struct store *store, struct store_schema *ret_schema)
{
    return migrate_look(store->db, store->steps, ret_schema);
}

enum err store_check_schema(struct store *store)
{
    return migrate_check(store->db, store->steps);
}
