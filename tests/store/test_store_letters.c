#include "base/id.h"
#include "fixture.h"

#define PROCESSES 8
#define NOW       INT64_C(1700000100000)

/* A link for USER that ends at EXPIRES_AT, written; its identifier. */
static const char *write_link(struct fixture *fixture, const char *user_id, int64_t expires_at)
{
    const char *identifier = mem_printf(fixture->ctx, "link:%s", id_new(fixture->ctx));
    const struct verification row = {
        .id = id_new(fixture->ctx),
        .identifier = identifier,
        .value = user_id,
        .created_at = NOW,
        .expires_at = expires_at,
    };

    assert_int_equal(store_verification_insert(fixture->store, &row), ERR_OK);
    return identifier;
}

static enum err find(struct fixture *fixture, const char *identifier, int64_t now,
                     const char **ret_value)
{
    return store_verification_find(fixture->store, fixture->ctx, identifier, now, ret_value);
}

static struct account_reset reset_of(struct fixture *fixture, const char *identifier,
                                     const char *user_id)
{
    return (struct account_reset){
        .identifier = identifier,
        .user_id = user_id,
        .account_id = id_new(fixture->ctx),
        .hash = "new hash",
        .now = NOW,
    };
}

static struct user *read_user(struct fixture *fixture, const char *id)
{
    struct user *user = NULL;

    assert_int_equal(store_user_by_id(fixture->store, fixture->ctx, id, &user), ERR_OK);
    return user;
}

static size_t sessions_of(struct fixture *fixture, const char *user_id)
{
    struct session **found = NULL;
    size_t count = 0;

    assert_int_equal(store_session_list(fixture->store, fixture->ctx, user_id, 0, &found, &count),
                     ERR_OK);
    return count;
}

static size_t accounts_of(struct fixture *fixture, const char *user_id)
{
    struct account **found = NULL;
    size_t count = 0;

    assert_int_equal(store_account_list(fixture->store, fixture->ctx, user_id, &found, &count),
                     ERR_OK);
    return count;
}

static void add_account(struct fixture *fixture, const char *user_id)
{
    fixture_sql(fixture->store,
                mem_printf(fixture->ctx,
                           "INSERT INTO \"account\" (\"id\", \"accountId\", \"providerId\", "
                           "\"userId\", \"createdAt\", \"updatedAt\") VALUES ('%s', '7', "
                           "'github', '%s', '2026-01-01T00:00:00.000Z', "
                           "'2026-01-01T00:00:00.000Z')",
                           id_new(fixture->ctx), user_id));
}

static void a_link_is_found_until_it_expires(void **state)
{
    struct fixture *fixture = *state;
    const char *value = NULL;
    const char *identifier = write_link(fixture, "u1", NOW + 1000);

    assert_int_equal(find(fixture, identifier, NOW + 1000, &value), ERR_OK);
    assert_string_equal(value, "u1");
    value = NULL;
    assert_int_equal(find(fixture, identifier, NOW + 1001, &value), ERR_ABSENT);
    assert_int_equal(find(fixture, "link:none", NOW, &value), ERR_ABSENT);
    assert_int_equal(find(fixture, "link:\xff", NOW, &value), ERR_BAD_VALUE);
    assert_null(value);
}

static void the_newest_row_of_a_name_counts(void **state)
{
    struct fixture *fixture = *state;
    const char *value = NULL;
    struct verification row = {.id = "older",
                               .identifier = "same",
                               .value = "a",
                               .created_at = NOW,
                               .expires_at = NOW + 9};

    assert_int_equal(store_verification_insert(fixture->store, &row), ERR_OK);
    row = (struct verification){.id = "newer",
                                .identifier = "same",
                                .value = "b",
                                .created_at = NOW + 1,
                                .expires_at = NOW + 9};
    assert_int_equal(store_verification_insert(fixture->store, &row), ERR_OK);
    assert_int_equal(find(fixture, "same", NOW, &value), ERR_OK);
    assert_string_equal(value, "b");
    /* Together they are one link: what is consumed is gone, and so is the older. */
    assert_int_equal(store_user_delete(fixture->store, "a", "same", NOW), ERR_ABSENT);
    assert_int_equal(find(fixture, "same", NOW, &value), ERR_ABSENT);
}

static void a_new_link_takes_expired_ones_away(void **state)
{
    struct fixture *fixture = *state;
    const char *value = NULL;
    const char *old = write_link(fixture, "u1", NOW + 5);
    struct verification row = {.id = id_new(fixture->ctx),
                               .identifier = "later",
                               .value = "u1",
                               .created_at = NOW + 6,
                               .expires_at = NOW + 9};

    assert_int_equal(store_verification_insert(fixture->store, &row), ERR_OK);
    assert_int_equal(find(fixture, old, 0, &value), ERR_ABSENT);
}

static void a_reset_needs_its_own_link(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    const char *hash = NULL;
    struct account_reset reset =
        reset_of(fixture, write_link(fixture, "another", NOW + 9), user->id);

    assert_int_equal(store_account_reset(fixture->store, &reset), ERR_ABSENT);
    reset = reset_of(fixture, write_link(fixture, user->id, NOW - 1), user->id);
    assert_int_equal(store_account_reset(fixture->store, &reset), ERR_ABSENT);
    reset = reset_of(fixture, "link:none", user->id);
    assert_int_equal(store_account_reset(fixture->store, &reset), ERR_ABSENT);
    assert_int_equal(store_account_hash(fixture->store, fixture->ctx, user->id, &hash), ERR_OK);
    assert_string_equal(hash, "hash");
    assert_int_equal(sessions_of(fixture, user->id), 1);
}

static void a_reset_of_a_user_who_is_gone_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    const char *value;
    struct account_reset reset = reset_of(fixture, write_link(fixture, "gone", NOW + 9), "gone");

    assert_int_equal(store_account_reset(fixture->store, &reset), ERR_MISSING_PARENT);
    assert_int_equal(find(fixture, reset.identifier, NOW, &value), ERR_OK);
}

static void a_reset_ends_sessions_and_accounts_of_an_unproven_address_only(void **state)
{
    struct fixture *fixture = *state;

    for (int proven = 0; proven <= 1; proven++) {
        struct user *user = fixture_user(fixture->ctx);
        const char *hash = NULL;
        user->email_verified = proven != 0;
        assert_int_equal(
            store_user_register(fixture->store, user, "hash", fixture_session(fixture->ctx, user)),
            ERR_OK);
        add_account(fixture, user->id);
        struct account_reset reset =
            reset_of(fixture, write_link(fixture, user->id, NOW + 9), user->id);
        assert_int_equal(store_account_reset(fixture->store, &reset), ERR_OK);
        assert_int_equal(store_account_hash(fixture->store, fixture->ctx, user->id, &hash), ERR_OK);
        assert_string_equal(hash, "new hash");
        assert_int_equal(sessions_of(fixture, user->id), proven);
        assert_int_equal(accounts_of(fixture, user->id), 1 + proven);
        assert_int_equal(read_user(fixture, user->id)->email_verified, proven);
        assert_int_equal(store_account_reset(fixture->store, &reset), ERR_ABSENT);
    }
}

static void a_missing_credential_account_is_made(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    const char *hash = NULL;

    fixture_sql(
        fixture->store,
        mem_printf(fixture->ctx, "DELETE FROM \"account\" WHERE \"userId\" = '%s'", user->id));
    struct account_reset reset =
        reset_of(fixture, write_link(fixture, user->id, NOW + 9), user->id);
    assert_int_equal(store_account_reset(fixture->store, &reset), ERR_OK);
    assert_int_equal(store_account_hash(fixture->store, fixture->ctx, user->id, &hash), ERR_OK);
    assert_string_equal(hash, "new hash");
}

static void a_user_may_be_registered_without_a_session(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_user(fixture->ctx);

    assert_int_equal(store_user_register(fixture->store, user, "hash", NULL), ERR_OK);
    assert_string_equal(read_user(fixture, user->id)->email, user->email);
    assert_int_equal(sessions_of(fixture, user->id), 0);
    assert_int_equal(accounts_of(fixture, user->id), 1);
}

static void a_proof_counts_once_and_keeps_one_session(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct session *kept = fixture_session(fixture->ctx, user);

    add_account(fixture, user->id);
    assert_int_equal(store_session_insert(fixture->store, kept), ERR_OK);
    assert_int_equal(
        store_user_verify(fixture->store, user->id, "another@example.com", kept->id, NOW),
        ERR_ABSENT);
    assert_int_equal(sessions_of(fixture, user->id), 2);
    assert_int_equal(store_user_verify(fixture->store, user->id, user->email, kept->id, NOW),
                     ERR_OK);
    assert_true(read_user(fixture, user->id)->email_verified);
    assert_int_equal(read_user(fixture, user->id)->updated_at, NOW);
    assert_int_equal(sessions_of(fixture, user->id), 1);
    assert_int_equal(accounts_of(fixture, user->id), 1);
    assert_int_equal(store_session_alive(fixture->store, kept->id, user->id, user->created_at),
                     ERR_OK);
    /* What was made after the proof is no less than it. */
    assert_int_equal(store_user_verify(fixture->store, user->id, user->email, NULL, NOW),
                     ERR_ABSENT);
    assert_int_equal(sessions_of(fixture, user->id), 1);
}

static void an_address_moves_once_and_not_to_a_taken_one(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *other = fixture_registered(fixture);
    const char *new_email = fixture_user(fixture->ctx)->email;
    const char *link = write_link(fixture, user->id, NOW + 9);
    const char *others = write_link(fixture, other->id, NOW + 9);
    const char *value = NULL;

    assert_int_equal(store_user_move(fixture->store, user->id, user->email, other->email, NOW),
                     ERR_CONFLICT);
    assert_int_equal(find(fixture, link, NOW, &value), ERR_OK);
    assert_int_equal(store_user_move(fixture->store, user->id, user->email, new_email, NOW),
                     ERR_OK);
    /* Whoever reads the letters to the old address is not to get in by one of them. */
    assert_int_equal(find(fixture, link, NOW, &value), ERR_ABSENT);
    assert_int_equal(find(fixture, others, NOW, &value), ERR_OK);
    assert_string_equal(read_user(fixture, user->id)->email, new_email);
    assert_false(read_user(fixture, user->id)->email_verified);
    assert_int_equal(store_user_move(fixture->store, user->id, user->email, "x@example.com", NOW),
                     ERR_ABSENT);
}

/* GHSA-2vg6-77g8-24mp */
static void with_a_user_goes_all_that_is_theirs(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *other = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");
    struct session *session = fixture_session(fixture->ctx, user);
    const struct refresh refresh = {
        .digest = id_new(fixture->ctx), .created_at = 1, .expires_at = CLOCK_DAY};
    const char *link = write_link(fixture, user->id, NOW + 9);
    const char *value;
    struct user *gone;
    int64_t count = -1;

    session->refresh = &refresh;
    assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
    fixture_add(fixture, &task);
    assert_int_equal(store_user_delete(fixture->store, user->id, NULL, NOW), ERR_OK);
    assert_int_equal(store_user_by_id(fixture->store, fixture->ctx, user->id, &gone), ERR_ABSENT);
    assert_int_equal(sessions_of(fixture, user->id), 0);
    assert_int_equal(accounts_of(fixture, user->id), 0);
    assert_int_equal(find(fixture, link, NOW, &value), ERR_ABSENT);
    const struct task_filter all = {.sort = TASK_SORT_CREATED_DESC, .limit = 9};
    assert_int_equal(store_task_count(fixture->store, user->id, &all, &count), ERR_OK);
    assert_int_equal(count, 0);
    const struct refresh next = {.digest = "n", .created_at = 2, .expires_at = CLOCK_DAY};
    const struct refresh_use use = {
        .digest = refresh.digest, .next = &next, .session_expires_at = CLOCK_DAY};
    assert_int_equal(store_refresh_use(fixture->store, fixture->ctx, &use, &gone, &session),
                     ERR_ABSENT);
    assert_int_equal(sessions_of(fixture, other->id), 1);
}

static void a_deletion_by_link_needs_the_users_own(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    const char *link = write_link(fixture, "another", NOW + 9);

    assert_int_equal(store_user_delete(fixture->store, user->id, "link:none", NOW), ERR_ABSENT);
    assert_int_equal(store_user_delete(fixture->store, user->id, link, NOW), ERR_ABSENT);
    link = write_link(fixture, user->id, NOW - 1);
    assert_int_equal(store_user_delete(fixture->store, user->id, link, NOW), ERR_ABSENT);
    assert_int_equal(sessions_of(fixture, user->id), 1);
    link = write_link(fixture, user->id, NOW + 9);
    assert_int_equal(store_user_delete(fixture->store, user->id, link, NOW), ERR_OK);
    assert_int_equal(sessions_of(fixture, user->id), 0);
}

/* --- races --- */

static enum err use_reset(struct store *store, void *ctx, const void *arg)
{
    struct account_reset reset = *(const struct account_reset *)arg;

    reset.account_id = id_new(ctx);
    return store_account_reset(store, &reset);
}

static void of_processes_that_use_one_link_exactly_one_wins(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);

    for (int round = 0; round < 20; round++) {
        struct account_reset reset =
            reset_of(fixture, write_link(fixture, user->id, NOW + 9), user->id);
        assert_int_equal(
            fixture_parallel(fixture_config(), PROCESSES, use_reset, &reset, ERR_OK, ERR_ABSENT),
            1);
    }
    assert_int_equal(accounts_of(fixture, user->id), 1);
}

struct deletion {
    const char *user_id;
    const char *link;
};

static enum err use_deletion(struct store *store, void *ctx, const void *arg)
{
    const struct deletion *deletion = arg;

    (void)ctx;
    return store_user_delete(store, deletion->user_id, deletion->link, NOW);
}

static void of_processes_that_delete_by_one_link_exactly_one_wins(void **state)
{
    struct fixture *fixture = *state;

    for (int round = 0; round < 10; round++) {
        struct user *user = fixture_registered(fixture);
        const struct deletion deletion = {user->id, write_link(fixture, user->id, NOW + 9)};
        assert_int_equal(fixture_parallel(fixture_config(), PROCESSES, use_deletion, &deletion,
                                          ERR_OK, ERR_ABSENT),
                         1);
    }
}

static enum err prove(struct store *store, void *ctx, const void *arg)
{
    const struct user *user = arg;

    (void)ctx;
    return store_user_verify(store, user->id, user->email, NULL, NOW);
}

static void of_processes_that_prove_one_address_exactly_one_does(void **state)
{
    struct fixture *fixture = *state;

    for (int round = 0; round < 10; round++) {
        assert_int_equal(fixture_parallel(fixture_config(), PROCESSES, prove,
                                          fixture_registered(fixture), ERR_OK, ERR_ABSENT),
                         1);
    }
}

static enum err add_task(struct store *store, void *ctx, const void *arg)
{
    const struct task task = fixture_task(arg, "t");
    struct task *written;

    return store_task_insert(store, ctx, &task, NULL, &written);
}

/* Whichever comes first, no task is left without its user. */
static void a_task_written_while_its_user_goes_goes_too(void **state)
{
    struct fixture *fixture = *state;

    for (int round = 0; round < 20; round++) {
        struct user *user = fixture_registered(fixture);
        const struct task_filter all = {.sort = TASK_SORT_CREATED_DESC, .limit = 9};
        int64_t count = -1;

        fixture_start(fixture_config(), add_task, user->id);
        assert_int_equal(store_user_delete(fixture->store, user->id, NULL, NOW), ERR_OK);
        enum err error = fixture_outcome();
        assert_true(error == ERR_OK || error == ERR_MISSING_PARENT);
        assert_int_equal(store_task_count(fixture->store, user->id, &all, &count), ERR_OK);
        assert_int_equal(count, 0);
    }
}

int test_store_letters(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(a_link_is_found_until_it_expires),
        T(the_newest_row_of_a_name_counts),
        T(a_new_link_takes_expired_ones_away),
        T(a_reset_needs_its_own_link),
        T(a_reset_of_a_user_who_is_gone_changes_nothing),
        T(a_reset_ends_sessions_and_accounts_of_an_unproven_address_only),
        T(a_missing_credential_account_is_made),
        T(a_user_may_be_registered_without_a_session),
        T(a_proof_counts_once_and_keeps_one_session),
        T(an_address_moves_once_and_not_to_a_taken_one),
        T(with_a_user_goes_all_that_is_theirs),
        T(a_deletion_by_link_needs_the_users_own),
        T(of_processes_that_use_one_link_exactly_one_wins),
        T(of_processes_that_delete_by_one_link_exactly_one_wins),
        T(of_processes_that_prove_one_address_exactly_one_does),
        T(a_task_written_while_its_user_goes_goes_too),
    };

    return cmocka_run_group_tests_name("letters", tests, NULL, NULL);
}
