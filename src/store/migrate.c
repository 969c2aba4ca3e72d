#include "store/migrate.h"

#include "base/clock.h"
#include "base/log.h"

static void take_version(void *arg, const struct db_value *columns)
{
    *(int64_t *)arg = columns[0].number;
}

/* The version the database is at; 0 when it has no table of ours. */
static enum err read_version(struct db *db, int64_t *ret_version)
{
    enum db_column column;
    int64_t version = 0;
    enum err error;

    error = db->driver->column(db, "taskgate_schema", "version", &column);
    if (error == ERR_OK && column != DB_COLUMN_ABSENT) {
        error = db->driver->query(db, STMT_SCHEMA_VERSION, NULL, take_version, &version, NULL);
    }
    if (error == ERR_OK) {
        *ret_version = version;
    }
    return error;
}

/* Better Auth 1.7.0 to 1.7.2 made a required column that neither its later versions nor we write.
 */
static enum err refuse_issuer_column(struct db *db)
{
    enum db_column column;
    enum err error = db->driver->column(db, "account", "issuer", &column);

    if (error != ERR_OK || column != DB_COLUMN_REQUIRED) {
        return error;
    }
    log_error(
        "the table \"account\" has a required column \"issuer\", as Better Auth 1.7.0 to 1.7.2 "
        "made it; no account can be written. Mend it with: ALTER TABLE \"account\" ALTER COLUMN "
        "\"issuer\" DROP NOT NULL (or drop the column), then start again");
    return ERR_CONFIG;
}

static enum err refuse_newer(int64_t version, int64_t newest)
{
    log_error("the database is at schema version %lld, newer than this program's %lld: install the "
              "newer program",
              (long long)version, (long long)newest);
    return ERR_CONFIG;
}

int migrate_newest(const struct migration *steps)
{
    int newest = 0;

    for (; steps->version != 0; steps++) {
        newest = steps->version;
    }
    return newest;
}

static enum err apply(struct db *db, const struct migration *step)
{
    const struct db_value params[] = {db_int(step->version), db_text(step->name),
                                      db_time(clock_now())};
    enum err error = db->driver->script(db, step->sql);

    if (error == ERR_OK) {
        error = db->driver->query(db, STMT_SCHEMA_RECORD, params, NULL, NULL, NULL);
    }
    return error;
}

/* One step under the lock, if one is left. The version is read again each time: another process may
 * have been faster. *ret_step is the step that was applied or NULL. */
static enum err advance(struct db *db, const struct migration *steps,
                        const struct migration **ret_step)
{
    const int newest = migrate_newest(steps);
    const struct migration *step = NULL;
    int64_t version = 0;
    enum err error;

    error = db->driver->begin(db);
    if (error != ERR_OK) {
        return error;
    }
    error = db->driver->lock_schema(db);
    if (error == ERR_OK) {
        error = refuse_issuer_column(db);
    }
    if (error == ERR_OK) {
        error = read_version(db, &version);
    }
    if (error == ERR_OK && version > newest) {
        error = refuse_newer(version, newest);
    }
    if (error == ERR_OK && version < newest) {
        step = &steps[version];
        error = apply(db, step);
    }
    error = db_finish(db, error);
    if (error != ERR_OK) {
        return error;
    }
    *ret_step = step;
    return ERR_OK;
}

enum err migrate_run(struct db *db, const struct migration *steps)
{
    const struct migration *step;

    do {
        enum err error = advance(db, steps, &step);

        if (error != ERR_OK) {
            /* The driver has said why it does not answer. */
            if (error != ERR_STORE_DOWN) {
                log_error("the schema could not be brought up to date; nothing was changed by the "
                          "step that failed");
            }
            return error;
        }
        if (step != NULL) {
            log_info("schema step %s applied", step->name);
        }
    } while (step != NULL);
    return ERR_OK;
}

enum err migrate_look(struct db *db, const struct migration *steps, struct store_schema *ret_schema)
{
    struct store_schema schema = {.wanted = migrate_newest(steps)};
    enum err error = read_version(db, &schema.found);

    if (error == ERR_OK && schema.found > schema.wanted) {
        error = refuse_newer(schema.found, schema.wanted);
    }
    if (error == ERR_OK) {
        error = refuse_issuer_column(db);
    }
    if (error == ERR_OK) {
        *ret_schema = schema;
    }
    return error;
}

enum err migrate_check(struct db *db, const struct migration *steps)
{
    struct store_schema schema;
    enum err error = migrate_look(db, steps, &schema);

    if (error == ERR_OK && schema.found < schema.wanted) {
        log_error("the database is at schema version %lld, this program needs %lld: run \"taskgate "
                  "migrate\" or set AUTO_MIGRATE=on",
                  (long long)schema.found, (long long)schema.wanted);
        return ERR_CONFIG;
    }
    return error;
}
