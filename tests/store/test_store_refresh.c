#include "base/id.h"
#include "fixture.h"
#include "store/db.h"

/* A user with one session that has a refresh token, and what may succeed it one after the other. */
struct family {
    struct fixture *fixture;
    struct user *user;
    struct session *session;
    struct refresh first, second, third;
};

static struct refresh new_refresh(void *ctx, int64_t now)
{
    return (struct refresh){
        .digest = id_new(ctx), .created_at = now, .expires_at = now + 7 * CLOCK_DAY};
}

static struct family begin_family(struct fixture *fixture)
{
    struct family family = {.fixture = fixture, .user = fixture_registered(fixture)};

    family.session = fixture_session(fixture->ctx, family.user);
    family.first = new_refresh(fixture->ctx, family.session->created_at);
    family.second = new_refresh(fixture->ctx, family.session->created_at + 1);
    family.third = new_refresh(fixture->ctx, family.session->created_at + 2);
    family.session->refresh = &family.first;
    assert_int_equal(store_session_insert(fixture->store, family.session), ERR_OK);
    return family;
}

static enum err use_within(struct family *family, int64_t grace, const struct refresh *token,
                           const struct refresh *next, struct user **ret_user,
                           struct session **ret_session)
{
    const struct refresh_use use = {
        .digest = token->digest,
        .next = next,
        .session_expires_at = next->created_at + CLOCK_DAY,
        .grace = grace,
    };

    return store_refresh_use(family->fixture->store, family->fixture->ctx, &use, ret_user,
                             ret_session);
}

static enum err use(struct family *family, const struct refresh *token, const struct refresh *next,
                    struct user **ret_user, struct session **ret_session)
{
    return use_within(family, 0, token, next, ret_user, ret_session);
}

static enum err follow(struct family *family, const struct refresh *token, int64_t now,
                       struct user **ret_user, struct session **ret_session)
{
    return store_refresh_follow(family->fixture->store, family->fixture->ctx, token->digest, now,
                                ret_user, ret_session);
}

static enum err alive(struct family *family, int64_t now)
{
    return store_session_alive(family->fixture->store, family->session->id, family->user->id, now);
}

static void refresh_gives_the_user_and_extends_the_session(void **state)
{
    struct family family = begin_family(*state);
    struct refresh next = new_refresh(family.user, family.first.created_at + CLOCK_HOUR);
    struct user *user = NULL;
    struct session *session = NULL;

    assert_int_equal(use(&family, &family.first, &next, &user, &session), ERR_OK);
    assert_string_equal(user->id, family.user->id);
    assert_string_equal(user->email, family.user->email);
    assert_string_equal(session->id, family.session->id);
    assert_string_equal(session->token, family.session->token);
    assert_string_equal(session->user_id, family.user->id);
    assert_string_equal(session->ip_address, "");
    assert_string_equal(session->user_agent, "suite");
    assert_int_equal(session->created_at, family.session->created_at);
    assert_int_equal(session->updated_at, next.created_at);
    assert_int_equal(session->expires_at, next.created_at + CLOCK_DAY);
    assert_int_equal(alive(&family, next.created_at + CLOCK_DAY), ERR_OK);
}

static void successors_work_one_after_the_other(void **state)
{
    struct family family = begin_family(*state);
    struct refresh token = family.first;
    struct user *user;
    struct session *session;

    for (int i = 1; i <= 5; i++) {
        struct refresh next = new_refresh(family.user, family.first.created_at + i);

        assert_int_equal(use(&family, &token, &next, &user, &session), ERR_OK);
        token = next;
    }
}

static void used_token_ends_the_session_and_the_whole_family(void **state)
{
    struct family family = begin_family(*state);
    struct user *user = NULL;
    struct session *session = NULL;

    assert_int_equal(use(&family, &family.first, &family.second, &user, &session), ERR_OK);
    user = NULL;
    assert_int_equal(use(&family, &family.first, &family.third, &user, &session), ERR_CONFLICT);
    assert_string_equal(user->id, family.user->id);
    assert_int_equal(alive(&family, 0), ERR_ABSENT);
    assert_int_equal(use(&family, &family.second, &family.third, &user, &session), ERR_ABSENT);
    assert_int_equal(use(&family, &family.third, &family.second, &user, &session), ERR_ABSENT);
}

static void unknown_and_expired_tokens_are_absent_and_harm_nobody(void **state)
{
    struct family family = begin_family(*state);
    struct refresh unknown = new_refresh(family.user, family.first.created_at);
    struct refresh late = new_refresh(family.user, family.first.expires_at + 1);
    struct user *user = NULL;
    struct session *session = NULL;

    assert_int_equal(use(&family, &unknown, &late, &user, &session), ERR_ABSENT);
    assert_int_equal(use(&family, &family.first, &late, &user, &session), ERR_ABSENT);
    assert_null(user);
    assert_null(session);
    assert_int_equal(alive(&family, 0), ERR_OK);
}

static void expired_session_cannot_be_refreshed_and_its_token_is_not_used_up(void **state)
{
    struct family family = begin_family(*state);
    struct refresh late = new_refresh(family.user, family.session->expires_at + 1);
    struct refresh next = new_refresh(family.user, family.session->expires_at);
    struct user *user = NULL;
    struct session *session = NULL;

    assert_int_equal(use(&family, &family.first, &late, &user, &session), ERR_ABSENT);
    assert_int_equal(use(&family, &family.first, &next, &user, &session), ERR_OK);
}

static void ended_session_takes_its_refresh_tokens_with_it(void **state)
{
    struct family family = begin_family(*state);
    struct user *user = NULL;
    struct session *session = NULL;
    const char *owner = NULL;

    assert_int_equal(store_session_end_token(family.fixture->store, family.fixture->ctx,
                                             family.session->token, &owner),
                     ERR_OK);
    assert_int_equal(use(&family, &family.first, &family.second, &user, &session), ERR_ABSENT);
}

static void session_whose_refresh_token_is_taken_is_not_written(void **state)
{
    struct family family = begin_family(*state);
    struct session *second = fixture_session(family.user, family.user);

    second->refresh = &family.first;
    assert_int_equal(store_session_insert(family.fixture->store, second), ERR_CONFLICT);
    assert_int_equal(store_session_alive(family.fixture->store, second->id, family.user->id, 0),
                     ERR_ABSENT);
}

/* What makes two requests at the same moment one winner, below the look that both have passed. */
static void a_token_is_taken_once(void **state)
{
    struct family family = begin_family(*state);
    struct db *db = family.fixture->store->db;
    const struct db_value params[] = {db_time(family.first.created_at + 1),
                                      db_text(family.first.digest)};
    int64_t count = 0;

    assert_int_equal(db->driver->query(db, STMT_REFRESH_TAKE, params, NULL, NULL, &count), ERR_OK);
    assert_int_equal(count, 1);
    assert_int_equal(db->driver->query(db, STMT_REFRESH_TAKE, params, NULL, NULL, &count), ERR_OK);
    assert_int_equal(count, 0);
}

/* --- the grace --- */

#define GRACE (10 * CLOCK_SECOND)

static void used_token_is_a_lost_race_within_the_grace_and_a_reuse_after_it(void **state)
{
    static const struct {
        int64_t age;
        enum err outcome;
    } rows[] = {
        {0, ERR_RACE},
        {GRACE, ERR_RACE},
        {-GRACE, ERR_RACE}, /* another machine's clock */
        {GRACE + 1, ERR_CONFLICT},
        {-GRACE - 1, ERR_CONFLICT},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct family family = begin_family(*state);
        int64_t used_at = family.first.created_at + CLOCK_HOUR;
        struct refresh next = new_refresh(family.user, used_at);
        struct refresh another = new_refresh(family.user, used_at + rows[i].age);
        struct user *user = NULL;
        struct session *session = NULL;

        assert_int_equal(use_within(&family, GRACE, &family.first, &next, &user, &session), ERR_OK);
        assert_int_equal(use_within(&family, GRACE, &family.first, &another, &user, &session),
                         rows[i].outcome);
        assert_int_equal(alive(&family, used_at),
                         rows[i].outcome == ERR_RACE ? ERR_OK : ERR_ABSENT);
        /* No second successor. */
        assert_int_equal(follow(&family, &another, used_at, &user, &session), ERR_ABSENT);
    }
}

static void successor_is_followed_without_being_used_up(void **state)
{
    struct family family = begin_family(*state);
    struct user *user = NULL;
    struct session *session = NULL;

    assert_int_equal(use(&family, &family.first, &family.second, &user, &session), ERR_OK);
    for (int i = 0; i < 3; i++) {
        user = NULL;
        session = NULL;
        assert_int_equal(
            follow(&family, &family.second, family.second.created_at + i, &user, &session), ERR_OK);
        assert_string_equal(user->email, family.user->email);
        assert_string_equal(session->token, family.session->token);
        assert_int_equal(session->expires_at, family.second.created_at + CLOCK_DAY);
    }
    assert_int_equal(use(&family, &family.second, &family.third, &user, &session), ERR_OK);
}

static void used_successor_is_a_reuse_and_ends_the_family(void **state)
{
    struct family family = begin_family(*state);
    struct user *user = NULL;
    struct session *session = NULL;

    assert_int_equal(use(&family, &family.first, &family.second, &user, &session), ERR_OK);
    assert_int_equal(use(&family, &family.second, &family.third, &user, &session), ERR_OK);
    user = NULL;
    assert_int_equal(follow(&family, &family.second, family.third.created_at, &user, &session),
                     ERR_CONFLICT);
    assert_string_equal(user->id, family.user->id);
    assert_int_equal(alive(&family, 0), ERR_ABSENT);
    assert_int_equal(use(&family, &family.third, &family.second, &user, &session), ERR_ABSENT);
}

static void nothing_leads_to_an_ended_or_expired_session(void **state)
{
    struct family family = begin_family(*state);
    struct refresh unknown = new_refresh(family.user, family.first.created_at);
    struct user *user = NULL;
    struct session *session = NULL;

    assert_int_equal(follow(&family, &unknown, family.first.created_at, &user, &session),
                     ERR_ABSENT);
    assert_int_equal(follow(&family, &family.first, family.first.expires_at + 1, &user, &session),
                     ERR_ABSENT);
    assert_int_equal(
        follow(&family, &family.first, family.session->expires_at + 1, &user, &session),
        ERR_ABSENT);
    assert_null(user);
    assert_null(session);
}

int test_store_refresh(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(refresh_gives_the_user_and_extends_the_session),
        T(successors_work_one_after_the_other),
        T(a_token_is_taken_once),
        T(used_token_ends_the_session_and_the_whole_family),
        T(unknown_and_expired_tokens_are_absent_and_harm_nobody),
        T(expired_session_cannot_be_refreshed_and_its_token_is_not_used_up),
        T(ended_session_takes_its_refresh_tokens_with_it),
        T(session_whose_refresh_token_is_taken_is_not_written),
        T(used_token_is_a_lost_race_within_the_grace_and_a_reuse_after_it),
        T(successor_is_followed_without_being_used_up),
        T(used_successor_is_a_reuse_and_ends_the_family),
        T(nothing_leads_to_an_ended_or_expired_session),
    };

    return cmocka_run_group_tests_name("refresh", tests, NULL, NULL);
}
