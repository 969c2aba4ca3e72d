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
    assert_int_equal(
        store_task_get(fixture->store, fixture->ctx, TASK_KEY(user->id, id, clock_now()), &found),
        ERR_ABSENT);
}

static void written(struct fixture *fixture, const struct session *session)
{
    assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
}

static void a_living_session_is_found_by_its_token_with_its_user(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct session *session = fixture_session(fixture->ctx, user);
    struct session *found = NULL;
    struct user *owner = NULL;

    session->ip_address = "2001:db8::1";
    session->updated_at = session->created_at + 1;
    written(fixture, session);
    for (int64_t now = session->expires_at - 1; now <= session->expires_at; now++) {
        assert_int_equal(store_session_by_token(fixture->store, fixture->ctx, session->token, now,
                                                &found, &owner),
                         ERR_OK);
        assert_string_equal(found->id, session->id);
        assert_string_equal(found->token, session->token);
        assert_string_equal(found->user_id, user->id);
        assert_string_equal(found->ip_address, "2001:db8::1");
        assert_string_equal(found->user_agent, "suite");
        assert_int_equal(found->created_at, session->created_at);
        assert_int_equal(found->updated_at, session->updated_at);
        assert_int_equal(found->expires_at, session->expires_at);
        assert_string_equal(owner->id, user->id);
        assert_string_equal(owner->email, user->email);
        assert_string_equal(owner->name, user->name);
        assert_int_equal(owner->updated_at, user->updated_at);
    }
    assert_int_equal(
        store_session_by_token(fixture->store, fixture->ctx, "none", 0, &found, &owner),
        ERR_ABSENT);
    assert_int_equal(
        store_session_by_token(fixture->store, fixture->ctx, "\xff", 0, &found, &owner),
        ERR_BAD_VALUE);
}

static void an_expired_session_is_deleted_on_sight(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct session *session = fixture_session(fixture->ctx, user);
    struct session *found;
    struct user *owner;

    written(fixture, session);
    assert_int_equal(store_session_by_token(fixture->store, fixture->ctx, session->token,
                                            session->expires_at + 1, &found, &owner),
                     ERR_ABSENT);
    /* As if the clock went back: the row is gone all the same. */
    assert_int_equal(store_session_by_token(fixture->store, fixture->ctx, session->token,
                                            session->created_at, &found, &owner),
                     ERR_ABSENT);
}

static void a_session_is_found_by_its_id_for_its_user_only(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *other = fixture_registered(fixture);
    struct session *session = fixture_session(fixture->ctx, user);
    struct session *found = NULL;
    struct user *owner = NULL;

    written(fixture, session);
    assert_int_equal(store_session_by_id(fixture->store, fixture->ctx, session->id, user->id,
                                         session->created_at, &found, &owner),
                     ERR_OK);
    assert_string_equal(found->token, session->token);
    assert_string_equal(owner->id, user->id);
    assert_int_equal(store_session_by_id(fixture->store, fixture->ctx, session->id, other->id,
                                         session->created_at, &found, &owner),
                     ERR_ABSENT);
}

static void a_living_session_can_be_extended_a_dead_one_cannot(void **state)
{
    struct fixture *fixture = *state;
    struct session *session = fixture_session(fixture->ctx, fixture_registered(fixture));
    struct session *extended = NULL;
    int64_t now = session->expires_at;

    written(fixture, session);
    assert_int_equal(store_session_extend(fixture->store, fixture->ctx, session->id,
                                          now + CLOCK_DAY, now, &extended),
                     ERR_OK);
    assert_string_equal(extended->token, session->token);
    assert_int_equal(extended->expires_at, now + CLOCK_DAY);
    assert_int_equal(extended->updated_at, now);
    assert_int_equal(extended->created_at, session->created_at);
    now += CLOCK_DAY + 1;
    assert_int_equal(store_session_extend(fixture->store, fixture->ctx, session->id,
                                          now + CLOCK_DAY, now, &extended),
                     ERR_ABSENT);
}

static void the_list_has_the_living_sessions_newest_first(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_user(fixture->ctx);
    struct session *sessions[3], **found = NULL;
    size_t count = 0;

    sessions[0] = fixture_session(fixture->ctx, user);
    assert_int_equal(store_user_register(fixture->store, user, "hash", sessions[0]), ERR_OK);
    for (int i = 1; i < 3; i++) {
        sessions[i] = fixture_session(fixture->ctx, user);
        sessions[i]->created_at += i;
        sessions[i]->expires_at += i;
        written(fixture, sessions[i]);
    }
    fixture_registered(fixture); /* somebody else's */
    assert_int_equal(store_session_list(fixture->store, fixture->ctx, user->id,
                                        sessions[0]->expires_at + 1, &found, &count),
                     ERR_OK);
    assert_int_equal(count, 2);
    assert_string_equal(found[0]->id, sessions[2]->id);
    assert_string_equal(found[1]->id, sessions[1]->id);
    for (int i = 0; i < STORE_SESSION_LIST_MAX; i++)
        written(fixture, fixture_session(fixture->ctx, user));
    assert_int_equal(store_session_list(fixture->store, fixture->ctx, user->id,
                                        sessions[0]->created_at, &found, &count),
                     ERR_OK);
    assert_int_equal(count, STORE_SESSION_LIST_MAX);
}

static size_t living(struct fixture *fixture, const struct user *user)
{
    struct session **found = NULL;
    size_t count = 0;

    assert_int_equal(store_session_list(fixture->store, fixture->ctx, user->id, 0, &found, &count),
                     ERR_OK);
    return count;
}

static void a_user_ends_their_own_sessions_only(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *other = fixture_registered(fixture);
    struct session *mine = fixture_session(fixture->ctx, user);
    struct session *theirs = fixture_session(fixture->ctx, other);

    written(fixture, mine);
    written(fixture, theirs);
    assert_int_equal(store_session_end_own(fixture->store, theirs->token, user->id), ERR_OK);
    assert_int_equal(store_session_end_own(fixture->store, "none", user->id), ERR_OK);
    assert_int_equal(living(fixture, user) + living(fixture, other), 4);
    assert_int_equal(store_session_end_own(fixture->store, mine->token, user->id), ERR_OK);
    assert_int_equal(living(fixture, user), 1);

    assert_int_equal(store_session_end_others(fixture->store, other->id, theirs->id), ERR_OK);
    assert_int_equal(living(fixture, other), 1);
    assert_int_equal(store_session_alive(fixture->store, theirs->id, other->id, 0), ERR_OK);
    assert_int_equal(living(fixture, user), 1);
    assert_int_equal(store_session_end_all(fixture->store, other->id), ERR_OK);
    assert_int_equal(living(fixture, other), 0);
    assert_int_equal(living(fixture, user), 1);
}

/* Whatever ends a session ends its refresh tokens. */
static void with_a_session_goes_its_refresh_family(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);

    for (int i = 0; i < 4; i++) {
        struct session *session = fixture_session(fixture->ctx, user);
        struct session *found;
        struct user *owner;
        const struct refresh refresh = {.digest = id_new(fixture->ctx),
                                        .created_at = session->created_at,
                                        .expires_at = session->expires_at + CLOCK_DAY};
        const struct refresh next = {.digest = id_new(fixture->ctx),
                                     .created_at = session->created_at,
                                     .expires_at = session->expires_at};
        const struct refresh_use use = {
            .digest = refresh.digest, .next = &next, .session_expires_at = session->expires_at};
        session->refresh = &refresh;
        written(fixture, session);
        enum err error = ERR_OK;
        switch (i) {
        case 0:
            error = store_session_end_own(fixture->store, session->token, user->id);
            break;
        case 1:
            error = store_session_end_all(fixture->store, user->id);
            break;
        case 2:
            error = store_session_end_others(fixture->store, user->id, "none");
            break;
        default: /* seen when it had expired */
            error = store_session_by_token(fixture->store, fixture->ctx, session->token,
                                           session->expires_at + 1, &found, &owner);
            assert_int_equal(error, ERR_ABSENT);
            error = ERR_OK;
        }
        assert_int_equal(error, ERR_OK);
        assert_int_equal(store_refresh_use(fixture->store, fixture->ctx, &use, &owner, &found),
                         ERR_ABSENT);
    }
}

/* Nobody else deletes them: of a browser that never comes back the row would stay for ever. */
static void a_new_session_clears_away_the_users_expired_ones(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_user(fixture->ctx);
    struct session *expired = fixture_session(fixture->ctx, user);
    struct session *living = fixture_session(fixture->ctx, user);
    struct session *of_another = fixture_session(fixture->ctx, fixture_registered(fixture));
    struct session *new = fixture_session(fixture->ctx, user);

    assert_int_equal(store_user_register(fixture->store, user, "hash", expired), ERR_OK);
    living->expires_at = expired->expires_at + 1;
    assert_int_equal(store_session_insert(fixture->store, living), ERR_OK);
    assert_int_equal(store_session_insert(fixture->store, of_another), ERR_OK);
    assert_int_equal(store_session_alive(fixture->store, expired->id, user->id, 0), ERR_OK);

    new->created_at = living->expires_at;
    new->expires_at = new->created_at + CLOCK_DAY;
    assert_int_equal(store_session_insert(fixture->store, new), ERR_OK);
    assert_int_equal(store_session_alive(fixture->store, expired->id, user->id, 0), ERR_ABSENT);
    assert_int_equal(store_session_alive(fixture->store, living->id, user->id, 0), ERR_OK);
    assert_int_equal(store_session_alive(fixture->store, new->id, user->id, 0), ERR_OK);
    assert_int_equal(store_session_alive(fixture->store, of_another->id, of_another->user_id, 0),
                     ERR_OK);
}

static void a_session_begins_with_the_password_that_is_the_users_only(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *without = fixture_user(fixture->ctx);
    struct session *session = fixture_session(fixture->ctx, user);

    session->hash = "another";
    assert_int_equal(store_session_insert(fixture->store, session), ERR_RACE);
    assert_int_equal(store_session_alive(fixture->store, session->id, user->id, 0), ERR_ABSENT);
    session->hash = "hash";
    assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
    assert_int_equal(store_session_alive(fixture->store, session->id, user->id, 0), ERR_OK);

    assert_int_equal(store_user_provision(fixture->store, without), ERR_OK);
    session = fixture_session(fixture->ctx, without);
    session->hash = "hash";
    assert_int_equal(store_session_insert(fixture->store, session), ERR_RACE);
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
        T(a_living_session_is_found_by_its_token_with_its_user),
        T(an_expired_session_is_deleted_on_sight),
        T(a_session_is_found_by_its_id_for_its_user_only),
        T(a_living_session_can_be_extended_a_dead_one_cannot),
        T(the_list_has_the_living_sessions_newest_first),
        T(a_user_ends_their_own_sessions_only),
        T(with_a_session_goes_its_refresh_family),
        T(a_session_begins_with_the_password_that_is_the_users_only),
        T(a_new_session_clears_away_the_users_expired_ones),
    };

    return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
