/* For PostgreSQL's own programs: how to reach the database, and a state of it that stays. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/db_pg.h"
#include "store/upkeep.h"

/* How long a look at all rows may take. */
#define COUNT_MS (30 * CLOCK_MINUTE)

#define ENVIRONMENT_MAX 64

/* --- the environment --- */

struct list {
    char **items;
    size_t count;
};

static bool has(const struct list *list, const char *item)
{
    size_t len = strcspn(item, "=") + 1;

    for (size_t i = 0; i < list->count; i++) {
        if (strncmp(list->items[i], item, len) == 0) {
            return true;
        }
    }
    return false;
}

/* The first item of a name wins. */
static void add(struct list *list, char *item)
{
    if (list->count + 1 < ENVIRONMENT_MAX && !has(list, item)) {
        list->items[list->count++] = item;
    }
}

/* What libpq reads itself, and what programs need to run: nothing else of ours. */
static void add_inherited(struct list *list)
{
    static const char *const names[] = {"PG", "KRB5", "PATH=", "HOME=", "TMPDIR="};

    for (char **item = environ; *item != NULL; item++) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            if (strncmp(*item, names[i], strlen(names[i])) == 0) {
                add(list, *item);
            }
        }
    }
}

enum err upkeep_access(void *ctx, const struct config *config, struct upkeep_access *ret_access,
                       struct buf *problem)
{
    PQconninfoOption *options = PQconninfoParse(config->database, NULL);
    struct list list = {.items = mem_array(ctx, char *, ENVIRONMENT_MAX)};
    const char *password = NULL;

    if (options == NULL) {
        /* libpq's own words may quote the password. */
        buf_puts(problem, "DATABASE_URL is not a PostgreSQL URL that libpq understands");
        return ERR_CONFIG;
    }
    for (const PQconninfoOption *at = options; at->keyword != NULL; at++) {
        if (at->val != NULL && strcmp(at->keyword, "password") == 0) {
            password = mem_strdup(ctx, at->val);
        } else if (at->val != NULL && at->envvar != NULL) {
            add(&list, mem_printf(ctx, "%s=%s", at->envvar, at->val));
        }
    }
    PQconninfoFree(options);
    add(&list, mem_strdup(ctx, "LC_ALL=C"));
    add_inherited(&list);
    *ret_access = (struct upkeep_access){.environment = list.items, .password = password};
    return ERR_OK;
}

/* --- a snapshot --- */

static enum err ask_number(struct db_pg *pg, const char *sql, int64_t *ret_number)
{
    PGresult *result = NULL;
    enum err error = db_pg_ask(pg, sql, NULL, 0, "a count", &result);

    if (error == ERR_OK) {
        *ret_number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        PQclear(result);
    }
    return error;
}

static enum err look(struct db_pg *pg, struct upkeep_snapshot *snapshot)
{
    PGresult *result = NULL;
    enum err error = db_pg_ask(pg, "SELECT pg_export_snapshot()", NULL, 0, "a snapshot", &result);

    if (error != ERR_OK) {
        return error;
    }
    snapshot->name = mem_strdup(snapshot, PQgetvalue(result, 0, 0));
    PQclear(result);
    error = ask_number(pg, "SELECT max(version) FROM taskgate_schema", &snapshot->content.version);
    for (int i = 0; i < UPKEEP_TABLES && error == ERR_OK; i++) {
        const char *sql =
            mem_printf(snapshot, "SELECT count(*) FROM \"%s\"", upkeep_table_names[i]);
        error = ask_number(pg, sql, &snapshot->content.rows[i]);
    }
    return error;
}

enum err upkeep_snapshot(void *ctx, const struct config *config,
                         struct upkeep_snapshot **ret_snapshot, struct buf *problem)
{
    struct upkeep_snapshot *snapshot = mem_new(ctx, struct upkeep_snapshot);
    struct db *db = NULL;
    enum err error = db_pg_open(snapshot, config, &db);

    if (error == ERR_OK) {
        error = db_pg_begin_snapshot((struct db_pg *)db, COUNT_MS);
    }
    if (error == ERR_OK) {
        error = look((struct db_pg *)db, snapshot);
    }
    if (error != ERR_OK) {
        buf_puts(problem, error == ERR_STORE_DOWN
                              ? "the database does not answer"
                              : "the database has no tables of taskgate that this role may read");
        talloc_free(snapshot);
        return error;
    }
    *ret_snapshot = snapshot;
    return ERR_OK;
}
