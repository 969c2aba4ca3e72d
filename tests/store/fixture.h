/* What the parts of the store suite share: databases, rows to write, processes. */
#ifndef TASKGATE_TESTS_FIXTURE_H
#define TASKGATE_TESTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "store/db.h"
#include "store/migrate.h"
#include "store/store.h"

/* TARGET is a PostgreSQL URL, the name of a SQLite file, or NULL for SQLite in a new folder. */
void fixture_begin(const char *target);
void fixture_end(void);
bool fixture_is_postgresql(void);

/* A new empty database: a schema of its own in PostgreSQL, a file of its own in SQLite. */
struct config *fixture_database(void *ctx);

/* An open store on CONFIG's database. */
struct store *fixture_open(void *ctx, const struct config *config);

/* The suite's migrated database, opened for one test: setup and teardown of cmocka; *state is the
 * struct fixture. */
struct fixture {
    void *ctx;
    struct store *store;
};
int fixture_setup(void **state);
/* The same for tests that provoke lines in the log: they are marked "expected". */
int fixture_setup_quiet(void **state);
int fixture_teardown(void **state);
const struct config *fixture_config(void);

/* The key of TASK of OWNER at time AT, without a session. */
#define TASK_KEY(owner, task, at)                                                                  \
    (&(struct task_key){.user_id = (owner), .id = (task), .now = (at)})

/* A user, a session and a task that nobody has yet; not written. */
struct user *fixture_user(void *ctx);
struct session *fixture_session(void *ctx, const struct user *user);
struct task fixture_task(const char *user_id, const char *title);

/* A user that is written, with the password hash "hash" and one session. */
struct user *fixture_registered(struct fixture *fixture);
/* A task that is written; its id. */
int64_t fixture_add(struct fixture *fixture, const struct task *task);

/* Runs WORK in COUNT processes at once, each with a store of its own on CONFIG, and returns how
 * many of them got RESULT from it. All others must have got OTHER. */
typedef enum err fixture_work(struct store *store, void *ctx, const void *arg);
int fixture_parallel(const struct config *config, int count, fixture_work *work, const void *arg,
                     enum err result, enum err other);

/* Starts WORK in one process; its result, waited for. */
void fixture_start(const struct config *config, fixture_work *work, const void *arg);
enum err fixture_outcome(void);

/* How many errors of the database were counted under CLASS (base/metric.h). */
int64_t fixture_errors(void *ctx, const char *class);

/* Runs SQL on STORE's database; it must work. */
void fixture_sql(struct store *store, const char *sql);

/* The parts of the suite; each returns how many of its tests failed. */
int test_store_accounts(void);
int test_store_bans(void);
int test_store_users(void);
int test_store_sessions(void);
int test_store_refresh(void);
int test_store_groups(void);
int test_store_keys(void);
int test_store_tasks(void);
int test_store_letters(void);
int test_store_lists(void);
int test_store_schema(void);
int test_store_throttle(void);
int test_store_transfer(void);
int test_store_races(void);
int test_store_sqlite(void);     /* only on SQLite */
int test_store_postgresql(void); /* only on PostgreSQL */

#endif
