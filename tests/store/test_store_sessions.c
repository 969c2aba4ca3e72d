#include "base/id.h"
#include "fixture.h"

static void session_is_alive_up_to_and_with_its_expiry(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct session *session = fixture_session(fixture->ctx, user);

    assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
    assert_int_equal(
        store_session_alive(fixture->store, session->id, user->id, session->expires_at - 1),
        ERR_OK);
    assert_int_equal(
        store_session_alive(fixture->store, session->id, user->id, session->expires_at), ERR_OK);
    assert_int_equal(
        store_session_alive(fixture->store, session->id, user->id, session->expires_at + 1),
        ERR_ABSENT);
}

static void session_of_one_user_is_not_alive_for_another(void **state)
{
    struct fixture *fixture = *state;
    struct session *session = fixture_session(fixture->ctx, fixture_registered(fixture));
    struct user *other = fixture_registered(fixture);

    assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
    assert_int_equal(store_session_alive(fixture->store, session->id, other->id, 0), ERR_ABSENT);
}

static void session_of_a_user_that_is_gone_has_no_parent(void **state)
{
    struct fixture *fixture = *state;
    struct session *session = fixture_session(fixture->ctx, fixture_user(fixture->ctx));

    assert_int_equal(store_session_insert(fixture->store, session), ERR_MISSING_PARENT);
}

static void second_session_with_one_token_conflicts(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct session *session = fixture_session(fixture->ctx, user);

    assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
    session->id = id_new(session);
    assert_int_equal(store_session_insert(fixture->store, session), ERR_CONFLICT);
}

static void session_ended_by_its_token_is_dead_and_names_its_owner(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct session *session = fixture_session(fixture->ctx, user);
    const char *owner = NULL;

    assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
    assert_int_equal(store_session_end_token(fixture->store, fixture->ctx, session->token, &owner),
                     ERR_OK);
    assert_string_equal(owner, user->id);
    assert_int_equal(store_session_alive(fixture->store, session->id, user->id, 0), ERR_ABSENT);
}

static void session_ended_by_its_id_is_dead_and_the_others_live(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct session *session = fixture_session(fixture->ctx, user);
    struct session *other = fixture_session(fixture->ctx, user);
    const char *owner = NULL;

    assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
    assert_int_equal(store_session_insert(fixture->store, other), ERR_OK);
    assert_int_equal(
        store_session_end_id(fixture->store, fixture->ctx, session->id, user->id, &owner), ERR_OK);
    assert_string_equal(owner, user->id);
    assert_int_equal(store_session_alive(fixture->store, session->id, user->id, 0), ERR_ABSENT);
    assert_int_equal(store_session_alive(fixture->store, other->id, user->id, 0), ERR_OK);
}

static void session_of_one_user_cannot_be_ended_by_its_id_for_another(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *other = fixture_registered(fixture);
    struct session *session = fixture_session(fixture->ctx, user);
    const char *owner = "unset";

    assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
    assert_int_equal(
        store_session_end_id(fixture->store, fixture->ctx, session->id, other->id, &owner), ERR_OK);
    assert_null(owner);
    assert_int_equal(store_session_alive(fixture->store, session->id, user->id, 0), ERR_OK);
}

static void ending_an_unknown_session_is_fine_and_names_nobody(void **state)
{
    struct fixture *fixture = *state;
    const char *owner = "unset";

    assert_int_equal(store_session_end_token(fixture->store, fixture->ctx, "none", &owner), ERR_OK);
    assert_null(owner);
    owner = "unset";
    assert_int_equal(store_session_end_id(fixture->store, fixture->ctx, "none", "none", &owner),
                     ERR_OK);
    assert_null(owner);
}

static void deleting_a_user_ends_sessions_and_deletes_tasks(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct session *session = fixture_session(fixture->ctx, user);
    struct task task = fixture_task(user->id, "t");
    struct task *found;
    int64_t id = fixture_add(fixture, &task);

    assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
    fixture_sql(fixture->store,
                mem_printf(fixture->ctx, "DELETE FROM \"user\" WHERE \"id\" = '%s'", user->id));
    assert_int_equal(store_session_alive(fixture->store, session->id, user->id, 0), ERR_ABSENT);
    assert_int_equal(store_task_get(fixture->store, fixture->ctx, user->id, id, &found),
                     ERR_ABSENT);
}

int test_store_sessions(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(session_is_alive_up_to_and_with_its_expiry),
        T(session_of_one_user_is_not_alive_for_another),
        T(session_of_a_user_that_is_gone_has_no_parent),
        T(second_session_with_one_token_conflicts),
        T(session_ended_by_its_token_is_dead_and_names_its_owner),
        T(session_ended_by_its_id_is_dead_and_the_others_live),
        T(session_of_one_user_cannot_be_ended_by_its_id_for_another),
        T(ending_an_unknown_session_is_fine_and_names_nobody),
        T(deleting_a_user_ends_sessions_and_deletes_tasks),
    };

    return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
