#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/id.h"
#include "base/log.h"

static struct {
    void *ctx;
    const char *base; /* PostgreSQL: the URL; SQLite: what files begin with */
    bool postgresql;
    char *folder; /* ours, to be removed */
    unsigned databases;
    struct config *config; /* the suite's database */
} suite;

static struct config *config_for(void *ctx, const char *database)
{
    struct config *config = mem_new(ctx, struct config);

    config->store = suite.postgresql ? STORE_POSTGRESQL : STORE_SQLITE;
    config->database = database;
    config->prepare = true;
    return config;
}

static char *schema_name(void *ctx, unsigned number)
{
    return mem_printf(ctx, "taskgate_test_%ld_%u", (long)getpid(), number);
}

/* SQL on the database as such, outside the schemas of the tests. */
static void administer(const char *sql)
{
    void *ctx = mem_context(suite.ctx);

    fixture_sql(fixture_open(ctx, config_for(ctx, suite.base)), sql);
    talloc_free(ctx);
}

struct config *fixture_database(void *ctx)
{
    unsigned number = suite.databases++;
    char *name = schema_name(ctx, number);

    if (!suite.postgresql)
        return config_for(ctx, mem_printf(ctx, "%s.%u", suite.base, number));
    administer(mem_printf(ctx, "CREATE SCHEMA %s", name));
    return config_for(ctx, mem_printf(ctx, "%s%coptions=-csearch_path%%3D%s", suite.base,
                                      strchr(suite.base, '?') == NULL ? '?' : '&', name));
}

static void remove_database(void *ctx, unsigned number)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};

    if (suite.postgresql) {
        administer(mem_printf(ctx, "DROP SCHEMA %s CASCADE", schema_name(ctx, number)));
        return;
    }
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        const char *file = mem_printf(ctx, "%s.%u%s", suite.base, number, suffixes[i]);

        if (unlink(file) != 0)
            (void)rmdir(file);
    }
}

void fixture_begin(const char *target)
{
    struct store *store;

    suite.ctx = mem_context(NULL);
    if (target == NULL) {
        const char *parent = getenv("TMPDIR");

        suite.folder =
            mem_printf(suite.ctx, "%s/taskgate-store.XXXXXX", parent == NULL ? "/tmp" : parent);
        if (mkdtemp(suite.folder) == NULL) {
            perror(suite.folder);
            exit(2);
        }
        target = mem_printf(suite.ctx, "%s/test.db", suite.folder);
    }
    suite.base = target;
    suite.postgresql = strncmp(target, "postgres", 8) == 0 && strstr(target, "://") != NULL;
    suite.config = fixture_database(suite.ctx);
    if (store_open(suite.ctx, suite.config, &store) != ERR_OK || store_migrate(store) != ERR_OK) {
        fprintf(stderr, "the database of the suite cannot be made\n");
        exit(2);
    }
    talloc_free(store);
}

void fixture_end(void)
{
    for (unsigned i = 0; i < suite.databases; i++)
        remove_database(suite.ctx, i);
    if (suite.folder != NULL)
        (void)rmdir(suite.folder);
    talloc_free(suite.ctx);
}

bool fixture_is_postgresql(void)
{
    return suite.postgresql;
}

const struct config *fixture_config(void)
{
    return suite.config;
}

struct store *fixture_open(void *ctx, const struct config *config)
{
    struct store *store = NULL;

    assert_int_equal(store_open(ctx, config, &store), ERR_OK);
    return store;
}

int fixture_setup(void **state)
{
    struct fixture *fixture = mem_new(suite.ctx, struct fixture);

    fixture->ctx = mem_context(fixture);
    fixture->store = fixture_open(fixture, suite.config);
    *state = fixture;
    return 0;
}

int fixture_setup_quiet(void **state)
{
    log_setup(LEVEL_ERROR, "expected");
    return fixture_setup(state);
}

int fixture_teardown(void **state)
{
    log_setup(LEVEL_ERROR, "test");
    talloc_free(*state);
    return 0;
}

struct user *fixture_user(void *ctx)
{
    struct user *user = mem_new(ctx, struct user);
    char *email = mem_printf(user, "%s@example.com", id_new(ctx));

    for (char *c = email; *c != '\0'; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    user->id = id_new(user);
    user->name = "Zoë 🦊";
    user->email = email;
    user->created_at = INT64_C(1700000000123);
    user->updated_at = INT64_C(1700000000456);
    return user;
}

struct session *fixture_session(void *ctx, const struct user *user)
{
    struct session *session = mem_new(ctx, struct session);

    session->id = id_new(session);
    session->token = id_new(session);
    session->user_id = user->id;
    session->created_at = user->created_at;
    session->updated_at = user->created_at;
    session->expires_at = user->created_at + CLOCK_DAY;
    session->ip_address = "";
    session->user_agent = "suite";
    return session;
}

struct task fixture_task(const char *user_id, const char *title)
{
    return (struct task){
        .user_id = user_id,
        .title = title,
        .title_len = strlen(title),
        .created_at = INT64_C(1700000000000),
        .updated_at = INT64_C(1700000000000),
    };
}

struct user *fixture_registered(struct fixture *fixture)
{
    struct user *user = fixture_user(fixture->ctx);

    assert_int_equal(
        store_user_register(fixture->store, user, "hash", fixture_session(fixture->ctx, user)),
        ERR_OK);
    return user;
}

int64_t fixture_add(struct fixture *fixture, const struct task *task)
{
    struct task *written = NULL;

    assert_int_equal(store_task_insert(fixture->store, fixture->ctx, task, NULL, &written), ERR_OK);
    return written->id;
}

/* A child's whole life. Its exit status is the outcome. */
static _Noreturn void child(const struct config *config, fixture_work *work, const void *arg,
                            int gate)
{
    void *ctx = mem_context(NULL);
    struct store *store;
    enum err error;
    char byte;

    /* Until the parent closes its end. */
    (void)!read(gate, &byte, 1);
    error = store_open(ctx, config, &store);
    if (error == ERR_OK)
        error = work(store, ctx, arg);
    talloc_free(ctx);
    _exit((int)error);
}

/* COUNT children that wait for the end of GATE to close. */
static void start_children(const struct config *config, int count, fixture_work *work,
                           const void *arg, int gate[2])
{
    assert_int_equal(pipe(gate), 0);
    for (int i = 0; i < count; i++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            close(gate[1]);
            child(config, work, arg, gate[0]);
        }
    }
    close(gate[0]);
}

void fixture_start(const struct config *config, fixture_work *work, const void *arg)
{
    int gate[2];

    start_children(config, 1, work, arg, gate);
    close(gate[1]);
}

enum err fixture_outcome(void)
{
    int status;

    assert_true(wait(&status) > 0);
    assert_true(WIFEXITED(status));
    assert_in_range(WEXITSTATUS(status), 0, ERR_COUNT - 1);
    return (enum err)WEXITSTATUS(status);
}

int fixture_parallel(const struct config *config, int count, fixture_work *work, const void *arg,
                     enum err result, enum err other)
{
    int outcomes[ERR_COUNT] = {0};
    int gate[2];

    start_children(config, count, work, arg, gate);
    close(gate[1]);
    for (int i = 0; i < count; i++)
        outcomes[fixture_outcome()]++;
    if (result != other)
        assert_int_equal(outcomes[result] + outcomes[other], count);
    return outcomes[result];
}

int64_t fixture_errors(void *ctx, const char *class)
{
    struct buf *page = buf_new(ctx);
    const char *name = mem_printf(ctx, "\ntaskgate_db_errors_total{class=\"%s\"} ", class);

    metric_print(page);
    const char *line = strstr(page->data, name);
    return line == NULL ? 0 : strtoll(line + strlen(name), NULL, 10);
}

void fixture_sql(struct store *store, const char *sql)
{
    assert_int_equal(store->db->driver->script(store->db, sql), ERR_OK);
}
