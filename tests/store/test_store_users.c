#include "base/id.h"
#include "fixture.h"

static void find(struct fixture *fixture, const char *email, struct user **ret_user,
                 const char **ret_hash)
{
    assert_int_equal(store_user_by_email(fixture->store, fixture->ctx, email, ret_user, ret_hash),
                     ERR_OK);
}

static void registered_user_is_found_by_email_with_all_members_and_the_hash(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_user(fixture->ctx);
    struct user *found = NULL;
    const char *hash = NULL;

    user->email_verified = true;
    user->image = "https://example.com/a.png";
    assert_int_equal(store_user_register(fixture->store, user, "$argon2id$x",
                                         fixture_session(fixture->ctx, user)),
                     ERR_OK);
    find(fixture, user->email, &found, &hash);
    assert_string_equal(found->id, user->id);
    assert_string_equal(found->name, user->name);
    assert_string_equal(found->email, user->email);
    assert_string_equal(found->image, user->image);
    assert_true(found->email_verified);
    assert_int_equal(found->created_at, user->created_at);
    assert_int_equal(found->updated_at, user->updated_at);
    assert_string_equal(hash, "$argon2id$x");
}

static void user_without_image_has_none(void **state)
{
    struct fixture *fixture = *state;
    struct user *found = NULL;
    const char *hash = NULL;

    find(fixture, fixture_registered(fixture)->email, &found, &hash);
    assert_null(found->image);
    assert_false(found->email_verified);
}

static void unknown_email_is_absent_and_nothing_is_returned(void **state)
{
    struct fixture *fixture = *state;
    struct user *found = NULL;
    const char *hash = NULL;

    assert_int_equal(
        store_user_by_email(fixture->store, fixture->ctx, "nobody@example.com", &found, &hash),
        ERR_ABSENT);
    assert_null(found);
    assert_null(hash);
}

static void register_with_a_taken_email_conflicts_and_writes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct user *first = fixture_registered(fixture);
    struct user *second = fixture_user(fixture->ctx);
    struct session *session = fixture_session(fixture->ctx, second);

    second->email = first->email;
    assert_int_equal(store_user_register(fixture->store, second, "other", session), ERR_CONFLICT);
    assert_int_equal(store_session_alive(fixture->store, session->id, second->id, 0), ERR_ABSENT);
    /* The id was not taken: with an e-mail of its own it can be written now. */
    second->email = mem_printf(second, "x%s", first->email);
    assert_int_equal(store_user_register(fixture->store, second, "other", session), ERR_OK);
}

static void register_that_fails_at_its_last_row_leaves_no_user(void **state)
{
    struct fixture *fixture = *state;
    struct user *first = fixture_user(fixture->ctx);
    struct user *second = fixture_user(fixture->ctx);
    struct session *session = fixture_session(fixture->ctx, first);
    struct session *same_token = fixture_session(fixture->ctx, second);
    struct user *found;
    const char *hash;

    assert_int_equal(store_user_register(fixture->store, first, "hash", session), ERR_OK);
    same_token->token = session->token;
    assert_int_equal(store_user_register(fixture->store, second, "hash", same_token), ERR_CONFLICT);
    assert_int_equal(
        store_user_by_email(fixture->store, fixture->ctx, second->email, &found, &hash),
        ERR_ABSENT);
    /* And the connection is fit for the next one. */
    same_token->token = same_token->id;
    assert_int_equal(store_user_register(fixture->store, second, "hash", same_token), ERR_OK);
}

static void provisioned_user_is_written_once_and_has_no_hash(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_user(fixture->ctx);
    struct user *found = NULL;
    const char *hash = "unset";

    assert_int_equal(store_user_provision(fixture->store, user), ERR_OK);
    find(fixture, user->email, &found, &hash);
    assert_string_equal(found->name, user->name);
    assert_null(hash);
    user->name = "another name";
    assert_int_equal(store_user_provision(fixture->store, user), ERR_OK);
    find(fixture, user->email, &found, &hash);
    assert_string_not_equal(found->name, user->name);
}

static void provision_of_a_known_id_is_fine_with_any_email(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *other = fixture_registered(fixture);

    user->email = "elsewhere@example.com";
    assert_int_equal(store_user_provision(fixture->store, user), ERR_OK);
    user->email = other->email;
    assert_int_equal(store_user_provision(fixture->store, user), ERR_OK);
}

static void provision_with_an_email_of_another_id_conflicts(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);

    user->id = id_new(user);
    assert_int_equal(store_user_provision(fixture->store, user), ERR_CONFLICT);
}

static void rehash_replaces_only_the_hash_it_has_seen(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *found = NULL;
    const char *hash = NULL;

    assert_int_equal(store_account_rehash(fixture->store, user->id, "stale", "bad", 1), ERR_OK);
    find(fixture, user->email, &found, &hash);
    assert_string_equal(hash, "hash");
    assert_int_equal(store_account_rehash(fixture->store, user->id, "hash", "better", 1), ERR_OK);
    find(fixture, user->email, &found, &hash);
    assert_string_equal(hash, "better");
}

static void rehash_touches_no_other_user(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *other = fixture_registered(fixture);
    struct user *found = NULL;
    const char *hash = NULL;

    assert_int_equal(store_account_rehash(fixture->store, user->id, "hash", "better", 1), ERR_OK);
    find(fixture, other->email, &found, &hash);
    assert_string_equal(hash, "hash");
}

static void account_of_another_provider_gives_no_hash(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_user(fixture->ctx);
    struct user *found = NULL;
    const char *hash = "unset";

    assert_int_equal(store_user_provision(fixture->store, user), ERR_OK);
    fixture_sql(fixture->store,
                mem_printf(fixture->ctx,
                           "INSERT INTO \"account\" (\"id\", \"accountId\", \"providerId\", "
                           "\"userId\", \"password\", \"createdAt\", \"updatedAt\") VALUES "
                           "('%s', '%s', 'github', '%s', 'secret', '2024-01-01T00:00:00.000Z', "
                           "'2024-01-01T00:00:00.000Z')",
                           id_new(fixture->ctx), user->id, user->id));
    find(fixture, user->email, &found, &hash);
    assert_null(hash);
}

static void texts_that_are_not_utf8_are_refused_before_they_are_written(void **state)
{
    static const char *const bad[] = {"\xff", "a\xc0\xafz", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                      "\xe2\x82"};
    struct fixture *fixture = *state;
    struct user *found;
    const char *hash;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct user *user = fixture_user(fixture->ctx);

        user->name = bad[i];
        assert_int_equal(store_user_provision(fixture->store, user), ERR_BAD_VALUE);
        assert_int_equal(
            store_user_register(fixture->store, user, "hash", fixture_session(fixture->ctx, user)),
            ERR_BAD_VALUE);
        assert_int_equal(
            store_user_by_email(fixture->store, fixture->ctx, user->email, &found, &hash),
            ERR_ABSENT);
    }
}

int test_store_users(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(registered_user_is_found_by_email_with_all_members_and_the_hash),
        T(user_without_image_has_none),
        T(unknown_email_is_absent_and_nothing_is_returned),
        T(register_with_a_taken_email_conflicts_and_writes_nothing),
        T(register_that_fails_at_its_last_row_leaves_no_user),
        T(provisioned_user_is_written_once_and_has_no_hash),
        T(provision_of_a_known_id_is_fine_with_any_email),
        T(provision_with_an_email_of_another_id_conflicts),
        T(rehash_replaces_only_the_hash_it_has_seen),
        T(rehash_touches_no_other_user),
        T(account_of_another_provider_gives_no_hash),
        T(texts_that_are_not_utf8_are_refused_before_they_are_written),
    };

    return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}
