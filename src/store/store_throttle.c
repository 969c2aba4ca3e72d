#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/store.h"

/* Better Auth's longest window. Its server, which may share the table, deletes rows whose
 * "lastRequest" is older. */
#define LONGEST (60 * CLOCK_SECOND)

/* How often rows are looked for that can be deleted. An index on "lastRequest" would make each hit
 * dearer, so a look reads the whole table; the limit lets one process of all hosts do it. */
#define FORGET_INTERVAL CLOCK_MINUTE
static const struct throttle_limit FORGET_LIMIT = {"forget", 1, FORGET_INTERVAL};

/* What is written as "lastRequest" at NOW: ahead of it for longer windows than Better Auth's, so
 * that for everybody a row is LONGEST old when its window ends. */
static int64_t stamp(const struct throttle_limit *limit, int64_t now)
{
    return now + (limit->window > LONGEST ? limit->window - LONGEST : 0);
}

static void take_count(void *arg, const struct db_value *columns)
{
    *(int64_t *)arg = columns[0].number;
}

/* *ret_count is 1 when a window begins. */
static enum err hit(struct store *store, const struct throttle_limit *limit, int64_t now,
                    int64_t *ret_count)
{
    void *work = mem_context(NULL);
    const struct db_value params[] = {db_text(id_new(work)), db_text(limit->key),
                                      db_int(stamp(limit, now)), db_int(limit->window),
                                      db_int(limit->max)};
    int64_t count = 0;
    enum err error =
        store->db->driver->query(store->db, STMT_THROTTLE_HIT, params, take_count, &count, NULL);

    talloc_free(work);
    if (error != ERR_OK) {
        return error;
    }
    if (count == 0) {
        return ERR_LIMITED;
    }
    *ret_count = count;
    return ERR_OK;
}

/* Deletes rows whose windows have ended. Nothing depends on it but the size of the table. */
static void forget(struct store *store, int64_t now)
{
    const struct db_value params[] = {db_int(now - LONGEST)};
    int64_t moment = clock_monotonic();
    int64_t count;
    enum err error;

    if (store->forgot_at != 0 && moment - store->forgot_at < FORGET_INTERVAL) {
        return;
    }
    store->forgot_at = moment;
    error = hit(store, &FORGET_LIMIT, now, &count);
    if (error == ERR_OK) {
        error = store->db->driver->query(store->db, STMT_THROTTLE_FORGET, params, NULL, NULL, NULL);
    }
    if (error != ERR_OK && error != ERR_LIMITED) {
        log_warn("old rows of the table rateLimit were not deleted; tried again in a minute");
    }
}

enum err store_throttle_hit(struct store *store, const struct throttle_limit *limit, int64_t now)
{
    int64_t count;
    enum err error = hit(store, limit, now, &count);

    if (error == ERR_OK && count == 1) {
        forget(store, now);
    }
    return error;
}

struct row {
    int64_t count;
    int64_t stamp;
};

static void take_row(void *arg, const struct db_value *columns)
{
    struct row *row = arg;

    row->count = columns[0].number;
    row->stamp = columns[1].number;
}

enum err store_throttle_wait(struct store *store, const struct throttle_limit *limit, int64_t now,
                             int64_t *ret_wait)
{
    const struct db_value params[] = {db_text(limit->key)};
    struct row row = {.count = 0};
    enum err error =
        store->db->driver->query(store->db, STMT_THROTTLE_LOOK, params, take_row, &row, NULL);
    int64_t since = stamp(limit, now) - row.stamp;

    if (error != ERR_OK) {
        return error;
    }
    if (row.count < limit->max || since >= limit->window || since <= -limit->window) {
        *ret_wait = 0;
    } else {
        *ret_wait = limit->window - since;
    }
    return ERR_OK;
}

enum err store_throttle_take_back(struct store *store, const struct throttle_limit *limit)
{
    const struct db_value params[] = {db_text(limit->key)};

    return store->db->driver->query(store->db, STMT_THROTTLE_TAKE_BACK, params, NULL, NULL, NULL);
}

enum err store_throttle_clear(struct store *store, const struct throttle_limit *limit)
{
    const struct db_value params[] = {db_text(limit->key)};

    return store->db->driver->query(store->db, STMT_THROTTLE_CLEAR, params, NULL, NULL, NULL);
}
