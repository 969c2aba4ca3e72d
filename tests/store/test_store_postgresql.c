#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"

/* The suite's database, for connections that others can find by NAME. */
static struct config *named(struct fixture *fixture, const char *name)
{
    struct config *config = mem_new(fixture->ctx, struct config);

    *config = *fixture_config();
    config->database =
        mem_printf(config, "%s&application_name=%s_%ld", config->database, name, (long)getpid());
    return config;
}

/* A store whose connection another one can end by NAME. */
static struct store *victim(struct fixture *fixture, const char *name)
{
    return fixture_open(fixture->ctx, named(fixture, name));
}

/* Ends the connection of a victim and waits until the server has forgotten it. */
static void end_connection(struct fixture *fixture, const char *name)
{
    fixture_sql(fixture->store,
                mem_printf(fixture->ctx,
                           "DO $$ BEGIN PERFORM pg_terminate_backend(pid, 5000) FROM"
                           " pg_stat_activity WHERE application_name = '%s_%ld'; IF NOT FOUND THEN"
                           " RAISE 'no such connection'; END IF; END $$",
                           name, (long)getpid()));
}

static void server_that_is_not_there_is_down_and_no_error_at_opening(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {.store = STORE_POSTGRESQL,
                            .database = "postgresql:///x?host=/nonexistent/folder"};
    struct store *store = fixture_open(fixture->ctx, &config);

    assert_int_equal(store_ping(store), ERR_STORE_DOWN);
    assert_int_equal(store_ping(store), ERR_STORE_DOWN);
}

static void url_that_is_none_is_an_error_at_opening(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {.store = STORE_POSTGRESQL,
                            .database = "postgresql:///x?nonsense=secret"};
    struct store *store = NULL;

    assert_int_equal(store_open(fixture->ctx, &config, &store), ERR_CONFIG);
    assert_null(store);
}

static void reads_and_writes_survive_a_connection_that_ended_while_idle(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct store *store = victim(fixture, "idle");
    struct user *found = NULL;
    const char *hash;

    /* Each the second time on its connection, when nothing is left to prepare. */
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 2; j++) {
            assert_int_equal(store_user_by_email(store, fixture->ctx, user->email, &found, &hash),
                             ERR_OK);
            if (j == 0)
                end_connection(fixture, "idle");
        }
        for (int j = 0; j < 2; j++) {
            assert_int_equal(store_user_provision(store, fixture_user(fixture->ctx)), ERR_OK);
            if (j == 0)
                end_connection(fixture, "idle");
        }
        end_connection(fixture, "idle");
        user = fixture_user(fixture->ctx);
        assert_int_equal(
            store_user_register(store, user, "hash", fixture_session(fixture->ctx, user)), ERR_OK);
    }
}

/* Waits until the connection NAME waits for a lock, and ends it then. */
static void end_waiting(struct fixture *fixture, const char *name)
{
    fixture_sql(fixture->store,
                mem_printf(fixture->ctx,
                           "DO $$ BEGIN LOOP PERFORM pg_stat_clear_snapshot();"
                           " PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE"
                           " application_name = '%s_%ld' AND wait_event_type = 'Lock';"
                           " EXIT WHEN FOUND; PERFORM pg_sleep(0.01); END LOOP; END $$",
                           name, (long)getpid()));
}

static enum err insert_task(struct store *store, void *ctx, const void *arg)
{
    struct task *written;

    return store_task_insert(store, ctx, arg, NULL, &written);
}

static enum err count_tasks(struct store *store, void *ctx, const void *arg)
{
    const struct task_filter filter = {.limit = 1};
    int64_t count;

    (void)ctx;
    return store_task_count(store, arg, &filter, &count);
}

static void write_that_may_have_been_carried_out_is_not_sent_again(void **state)
{
    struct fixture *fixture = *state;
    struct db *holder = fixture->store->db;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");
    const struct task_filter filter = {.limit = 1};
    struct config *config = named(fixture, "writing");
    int64_t count = -1;

    /* With a name the lock would already stop its preparation, which may be sent again. */
    config->prepare = false;
    assert_int_equal(holder->driver->begin(holder), ERR_OK);
    fixture_sql(fixture->store, "LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE");
    fixture_start(config, insert_task, &task);
    end_waiting(fixture, "writing");
    holder->driver->rollback(holder);
    assert_int_equal(fixture_outcome(), ERR_STORE_DOWN);
    assert_int_equal(store_task_count(fixture->store, user->id, &filter, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void read_whose_connection_ended_is_sent_again(void **state)
{
    struct fixture *fixture = *state;
    struct db *holder = fixture->store->db;
    struct user *user = fixture_registered(fixture);

    assert_int_equal(holder->driver->begin(holder), ERR_OK);
    fixture_sql(fixture->store, "LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE");
    fixture_start(named(fixture, "reading"), count_tasks, user->id);
    end_waiting(fixture, "reading");
    holder->driver->rollback(holder);
    assert_int_equal(fixture_outcome(), ERR_OK);
}

static void transaction_whose_connection_ended_fails_until_rollback_and_writes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = victim(fixture, "transaction");
    struct db *db = store->db;
    struct user *user = fixture_user(fixture->ctx);
    struct user *found;
    const char *hash;

    assert_int_equal(db->driver->begin(db), ERR_OK);
    assert_int_equal(store_user_provision(store, user), ERR_OK);
    end_connection(fixture, "transaction");
    assert_int_equal(store_ping(store), ERR_STORE_DOWN);
    assert_int_equal(store_user_provision(store, fixture_user(fixture->ctx)), ERR_STORE_DOWN);
    assert_int_equal(db->driver->commit(db), ERR_STORE_DOWN);
    db->driver->rollback(db);
    assert_int_equal(store_ping(store), ERR_OK);
    assert_int_equal(store_user_by_email(store, fixture->ctx, user->email, &found, &hash),
                     ERR_ABSENT);
}

static void transaction_in_which_a_statement_failed_cannot_be_committed(void **state)
{
    struct fixture *fixture = *state;
    struct db *db = fixture->store->db;
    struct user *first = fixture_user(fixture->ctx);
    struct user *second = fixture_user(fixture->ctx);
    struct user *found;
    const char *hash;

    second->email = first->email;
    assert_int_equal(db->driver->begin(db), ERR_OK);
    assert_int_equal(store_user_provision(fixture->store, first), ERR_OK);
    assert_int_equal(store_user_provision(fixture->store, second), ERR_STORE_DOWN);
    assert_int_equal(db->driver->commit(db), ERR_STORE_DOWN);
    db->driver->rollback(db);
    assert_int_equal(store_user_by_email(fixture->store, fixture->ctx, first->email, &found, &hash),
                     ERR_ABSENT);
}

static void statements_that_the_server_forgot_are_sent_whole(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");
    int64_t id = fixture_add(fixture, &task);
    struct task *read = NULL;

    assert_int_equal(
        store_task_get(fixture->store, fixture->ctx, TASK_KEY(user->id, id, clock_now()), &read),
        ERR_OK);
    fixture_sql(fixture->store, "DEALLOCATE ALL");
    assert_int_equal(
        store_task_get(fixture->store, fixture->ctx, TASK_KEY(user->id, id, clock_now()), &read),
        ERR_OK);
    fixture_sql(fixture->store, "DEALLOCATE ALL");
    assert_true(fixture_add(fixture, &task) > id);
}

static void statement_that_another_client_of_a_pooler_prepared_is_used(void **state)
{
    struct fixture *fixture = *state;
    const struct stmt_info *info = &stmt_table[STMT_PING];

    fixture_sql(fixture->store,
                mem_printf(fixture->ctx, "PREPARE %s AS %s", info->pg_name, info->text));
    assert_int_equal(store_ping(fixture->store), ERR_OK);
}

static void every_statement_works_without_names(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct config *config = named(fixture, "unnamed");
    struct store *store;
    struct task task = fixture_task(user->id, "t");
    struct task *written = NULL;

    config->prepare = false;
    store = fixture_open(fixture->ctx, config);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(store_task_insert(store, fixture->ctx, &task, NULL, &written), ERR_OK);
        assert_int_equal(store_task_get(store, fixture->ctx,
                                        TASK_KEY(user->id, written->id, clock_now()), &written),
                         ERR_OK);
    }
    /* A division by zero if a name was made. */
    fixture_sql(store, "SELECT 1 / (count(*) = 0)::int FROM pg_prepared_statements");
}

static void errors_and_reconnects_are_counted(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_user(fixture->ctx);
    struct config absent = {.store = STORE_POSTGRESQL,
                            .database = "postgresql:///x?host=/nonexistent/folder"};

    metric_open(&(struct metric_tables){.route_count = 0});
    struct store *store = victim(fixture, "counted");
    assert_int_equal(store_user_register(store, user, "hash", NULL), ERR_OK);
    assert_int_equal(metric_get(METRIC_DB_CONNECTS, METRIC_SUCCESS, 0), 1);
    assert_int_equal(store_user_register(store, user, "hash", NULL), ERR_CONFLICT);
    assert_int_equal(fixture_errors(fixture->ctx, "23"), 1);
    assert_int_equal(metric_get(METRIC_DB_RECONNECTS, 0, 0), 0);
    assert_int_equal(metric_noted(METRIC_NOTE_DB_FAILED), 0); /* the database is well */

    end_connection(fixture, "counted");
    assert_int_equal(store_ping(store), ERR_OK);
    assert_int_equal(metric_get(METRIC_DB_RECONNECTS, 0, 0), 1);

    assert_int_equal(store_ping(fixture_open(fixture->ctx, &absent)), ERR_STORE_DOWN);
    assert_int_equal(metric_get(METRIC_DB_CONNECTS, METRIC_FAILURE, 0), 1);
    assert_int_equal(fixture_errors(fixture->ctx, "connect"), 1);

    /* A write that the server refuses because it may not write is the database's trouble. */
    int64_t before = clock_monotonic();
    fixture_sql(store, "SET default_transaction_read_only = on");
    assert_int_equal(store_user_register(store, fixture_user(fixture->ctx), "hash", NULL),
                     ERR_STORE_DOWN);
    assert_int_equal(fixture_errors(fixture->ctx, "25"), 1);
    assert_in_range(metric_noted(METRIC_NOTE_DB_FAILED), before, clock_monotonic());
    assert_int_equal(store_user_register(store, fixture_user(fixture->ctx), "hash", NULL), ERR_OK);
    assert_int_equal(metric_noted(METRIC_NOTE_DB_FAILED), 0);
}

static void server_that_does_not_answer_in_time_is_down_and_then_works_again(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct store *store = victim(fixture, "waiting");
    struct db *holder = fixture->store->db;
    struct task task = fixture_task(user->id, "t");
    struct task *written = NULL;
    int64_t begin;
    int64_t took;
    enum err error;

    assert_int_equal(holder->driver->begin(holder), ERR_OK);
    fixture_sql(fixture->store, "LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE");
    metric_open(&(struct metric_tables){.route_count = 0});
    begin = clock_monotonic();
    error = store_task_insert(store, fixture->ctx, &task, NULL, &written);
    took = clock_monotonic() - begin;
    int64_t timeouts = fixture_errors(fixture->ctx, "timeout");
    holder->driver->rollback(holder);
    assert_int_equal(error, ERR_STORE_DOWN);
    assert_in_range(took, 4000, 9000);
    assert_int_equal(timeouts, 1);
    /* After the back-off, of 50 ms at most. */
    for (begin = clock_monotonic(); error != ERR_OK && clock_monotonic() - begin < 4000;)
        error = store_task_insert(store, fixture->ctx, &task, NULL, &written);
    assert_int_equal(error, ERR_OK);
}

/* A port on which connections are made and never answered. */
static int silent_port(int *ret_fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *ret_fd = fd;
    return ntohs(address.sin_port);
}

static void servers_that_are_silent_are_passed_over_within_one_call(void **state)
{
    struct fixture *fixture = *state;
    struct config *config = named(fixture, "behind");
    const char *folder = strstr(config->database, "host=") + strlen("host=");
    int fds[2];
    int first = silent_port(&fds[0]);
    int second = silent_port(&fds[1]);

    config->database =
        mem_printf(config, "%.*s127.0.0.1,127.0.0.1,%s&port=%d,%d,5432",
                   (int)(folder - config->database), config->database, folder, first, second);
    assert_int_equal(store_ping(fixture_open(fixture->ctx, config)), ERR_OK);
    close(fds[0]);
    close(fds[1]);
}

static void settings_of_the_server_do_not_change_what_is_read(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");
    struct task *read = NULL;
    int64_t id;

    fixture_sql(fixture->store, "SET timezone = 'Asia/Kathmandu'; SET datestyle = 'SQL, DMY';"
                                " SET bytea_output = 'escape'; SET extra_float_digits = -5;"
                                " SET standard_conforming_strings = off");
    id = fixture_add(fixture, &task);
    assert_int_equal(
        store_task_get(fixture->store, fixture->ctx, TASK_KEY(user->id, id, clock_now()), &read),
        ERR_OK);
    assert_int_equal(read->created_at, task.created_at);
}

static void column_value_too_long_for_its_index_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_user(fixture->ctx);
    char *email = mem_bytes(fixture->ctx, 20001);
    uint32_t random = 1;

    /* Random letters, so that compression does not make it fit. */
    for (int i = 0; i < 20000; i++) {
        random = random * 1664525U + 1013904223U;
        email[i] = (char)('!' + (random >> 16) % 90);
    }
    email[20000] = '\0';
    user->email = email;
    assert_int_equal(store_user_provision(fixture->store, user), ERR_BAD_VALUE);
}

int test_store_postgresql(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup_quiet, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(server_that_is_not_there_is_down_and_no_error_at_opening),
        T(url_that_is_none_is_an_error_at_opening),
        T(reads_and_writes_survive_a_connection_that_ended_while_idle),
        T(write_that_may_have_been_carried_out_is_not_sent_again),
        T(read_whose_connection_ended_is_sent_again),
        T(transaction_whose_connection_ended_fails_until_rollback_and_writes_nothing),
        T(transaction_in_which_a_statement_failed_cannot_be_committed),
        T(statements_that_the_server_forgot_are_sent_whole),
        T(statement_that_another_client_of_a_pooler_prepared_is_used),
        T(every_statement_works_without_names),
        T(errors_and_reconnects_are_counted),
        T(server_that_does_not_answer_in_time_is_down_and_then_works_again),
        T(servers_that_are_silent_are_passed_over_within_one_call),
        T(settings_of_the_server_do_not_change_what_is_read),
        T(column_value_too_long_for_its_index_is_refused),
    };

    return cmocka_run_group_tests_name("PostgreSQL", tests, NULL, NULL);
}
