/* Races that only the store sees; tests/race/ has those of requests. */
#include "base/id.h"
#include "fixture.h"

#define PROCESSES 6
#define TOGGLES   50

static enum err migrate(struct store *store, void *ctx, const void *arg)
{
    enum err error = store_migrate(store);

    (void)ctx;
    (void)arg;
    return error == ERR_OK ? store_check_schema(store) : error;
}

static void processes_that_migrate_at_once_all_succeed(void **state)
{
    struct fixture *fixture = *state;

    for (int round = 0; round < 5; round++) {
        const struct config *config = fixture_database(fixture->ctx);

        assert_int_equal(fixture_parallel(config, PROCESSES, migrate, NULL, ERR_OK, ERR_OK),
                         PROCESSES);
    }
}

struct toggled {
    const char *user_id;
    int64_t id;
};

static enum err toggle(struct store *store, void *ctx, const void *arg)
{
    const struct toggled *toggled = arg;

    for (int i = 0; i < TOGGLES; i++) {
        struct task *task;
        enum err error = store_task_toggle(
            store, ctx, TASK_KEY(toggled->user_id, toggled->id, clock_now()), &task);

        if (error != ERR_OK)
            return error;
    }
    return ERR_OK;
}

static void toggles_of_many_processes_are_all_counted(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");
    struct toggled toggled = {.user_id = user->id, .id = fixture_add(fixture, &task)};
    struct task *read = NULL;

    assert_int_equal(
        fixture_parallel(fixture_config(), PROCESSES, toggle, &toggled, ERR_OK, ERR_OK), PROCESSES);
    assert_int_equal(store_task_get(fixture->store, fixture->ctx,
                                    TASK_KEY(user->id, toggled.id, clock_now()), &read),
                     ERR_OK);
    /* An even number of times. */
    assert_false(read->completed);
    assert_int_equal(fixture_parallel(fixture_config(), 1, toggle, &toggled, ERR_OK, ERR_OK), 1);
    assert_int_equal(
        store_task_toggle(fixture->store, fixture->ctx, TASK_KEY(user->id, toggled.id, 1), &read),
        ERR_OK);
    assert_true(read->completed);
}

static enum err provision(struct store *store, void *ctx, const void *arg)
{
    (void)ctx;
    return store_user_provision(store, arg);
}

static void processes_that_provision_one_user_all_succeed(void **state)
{
    struct fixture *fixture = *state;

    for (int round = 0; round < 20; round++)
        assert_int_equal(fixture_parallel(fixture_config(), PROCESSES, provision,
                                          fixture_user(fixture->ctx), ERR_OK, ERR_OK),
                         PROCESSES);
}

static enum err end_session(struct store *store, void *ctx, const void *arg)
{
    const char *owner;
    enum err error = store_session_end_token(store, ctx, arg, &owner);

    if (error != ERR_OK)
        return error;
    return owner == NULL ? ERR_ABSENT : ERR_OK;
}

static void of_processes_that_end_one_session_exactly_one_did_it(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);

    for (int round = 0; round < 20; round++) {
        struct session *session = fixture_session(fixture->ctx, user);

        assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
        assert_int_equal(fixture_parallel(fixture_config(), PROCESSES, end_session, session->token,
                                          ERR_OK, ERR_ABSENT),
                         1);
    }
}

int test_store_races(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(processes_that_migrate_at_once_all_succeed),
        T(toggles_of_many_processes_are_all_counted),
        T(processes_that_provision_one_user_all_succeed),
        T(of_processes_that_end_one_session_exactly_one_did_it),
    };

    return cmocka_run_group_tests_name("races", tests, NULL, NULL);
}
