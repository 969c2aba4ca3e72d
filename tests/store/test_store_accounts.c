#include "base/id.h"
#include "fixture.h"

static const char *hash_of(struct fixture *fixture, const struct user *user)
{
    const char *hash = NULL;

    assert_int_equal(store_account_hash(fixture->store, fixture->ctx, user->id, &hash), ERR_OK);
    return hash;
}

static size_t sessions_of(struct fixture *fixture, const struct user *user)
{
    struct session **found = NULL;
    size_t count = 0;

    assert_int_equal(store_session_list(fixture->store, fixture->ctx, user->id, 0, &found, &count),
                     ERR_OK);
    return count;
}

static void name_and_image_change_each_alone(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *found = NULL;
    const char *hash = NULL;
    static const struct user_change changes[] = {
        {.name = "N\xc3\xab"}, {.image_set = true, .image = "http://i"},          {.name = ""},
        {.image_set = true},   {.name = "both", .image_set = true, .image = "i"},
    };
    static const struct {
        const char *name, *image;
    } rows[] = {{"N\xc3\xab", NULL},
                {"N\xc3\xab", "http://i"},
                {"", "http://i"},
                {"", NULL},
                {"both", "i"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t now = user->updated_at + (int64_t)i + 1;
        assert_int_equal(store_user_update(fixture->store, user->id, &changes[i], now), ERR_OK);
        assert_int_equal(
            store_user_by_email(fixture->store, fixture->ctx, user->email, &found, &hash), ERR_OK);
        assert_string_equal(found->name, rows[i].name);
        if (rows[i].image == NULL)
            assert_null(found->image);
        else
            assert_string_equal(found->image, rows[i].image);
        assert_int_equal(found->updated_at, now);
        assert_int_equal(found->created_at, user->created_at);
    }
    assert_int_equal(store_user_update(fixture->store, "none", &changes[0], 1), ERR_ABSENT);
    assert_int_equal(
        store_user_update(fixture->store, user->id, &(struct user_change){.name = "\xff"}, 1),
        ERR_BAD_VALUE);
}

static void accounts_are_listed_for_their_user(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct account **accounts = NULL;
    size_t count = 0;

    fixture_registered(fixture);
    fixture_sql(fixture->store,
                mem_printf(fixture->ctx,
                           "INSERT INTO \"account\" (\"id\", \"accountId\", \"providerId\", "
                           "\"userId\", \"scope\", \"createdAt\", \"updatedAt\") VALUES ('%s', "
                           "'7', 'github', '%s', 'a,b', '2030-01-01T00:00:00.000Z', "
                           "'2030-01-02T00:00:00.000Z')",
                           id_new(fixture->ctx), user->id));
    assert_int_equal(store_account_list(fixture->store, fixture->ctx, user->id, &accounts, &count),
                     ERR_OK);
    assert_int_equal(count, 2);
    assert_string_equal(accounts[0]->provider_id, "credential");
    assert_string_equal(accounts[0]->account_id, user->id);
    assert_string_equal(accounts[0]->user_id, user->id);
    assert_int_equal(accounts[0]->created_at, user->created_at);
    assert_null(accounts[0]->scope);
    assert_string_equal(accounts[1]->provider_id, "github");
    assert_string_equal(accounts[1]->scope, "a,b");
    assert_int_equal(accounts[1]->updated_at - accounts[1]->created_at, CLOCK_DAY);
    assert_int_equal(store_account_list(fixture->store, fixture->ctx, "none", &accounts, &count),
                     ERR_OK);
    assert_int_equal(count, 0);
}

static void a_user_without_a_credential_has_no_hash(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    const char *hash = NULL;

    assert_string_equal(hash_of(fixture, user), "hash");
    fixture_sql(fixture->store,
                mem_printf(fixture->ctx,
                           "UPDATE \"account\" SET \"password\" = NULL WHERE \"userId\" = '%s'",
                           user->id));
    assert_int_equal(store_account_hash(fixture->store, fixture->ctx, user->id, &hash), ERR_ABSENT);
    assert_int_equal(store_account_hash(fixture->store, fixture->ctx, "none", &hash), ERR_ABSENT);
}

static void a_hash_changes_only_from_what_was_verified(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);

    assert_int_equal(store_account_change(fixture->store, user->id, "other", "new", 1, NULL),
                     ERR_ABSENT);
    assert_string_equal(hash_of(fixture, user), "hash");
    assert_int_equal(store_account_change(fixture->store, user->id, "hash", "new", 1, NULL),
                     ERR_OK);
    assert_string_equal(hash_of(fixture, user), "new");
    assert_int_equal(sessions_of(fixture, user), 1);
}

static void with_a_session_all_others_end_or_nothing_happens(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct session *session = fixture_session(fixture->ctx, user);
    struct session *taken = fixture_session(fixture->ctx, fixture_registered(fixture));

    assert_int_equal(store_session_insert(fixture->store, taken), ERR_OK);
    session->token = taken->token; /* cannot be written */
    assert_int_equal(store_account_change(fixture->store, user->id, "hash", "new", 1, session),
                     ERR_CONFLICT);
    assert_string_equal(hash_of(fixture, user), "hash");
    assert_int_equal(sessions_of(fixture, user), 1);
    assert_int_equal(store_account_change(fixture->store, user->id, "other", "new", 1, session),
                     ERR_ABSENT);
    assert_int_equal(sessions_of(fixture, user), 1);

    session->token = id_new(session);
    assert_int_equal(store_account_change(fixture->store, user->id, "hash", "new", 1, session),
                     ERR_OK);
    assert_string_equal(hash_of(fixture, user), "new");
    assert_int_equal(sessions_of(fixture, user), 1);
    assert_int_equal(store_session_alive(fixture->store, session->id, user->id, 0), ERR_OK);
}

int test_store_accounts(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(name_and_image_change_each_alone),
        T(accounts_are_listed_for_their_user),
        T(a_user_without_a_credential_has_no_hash),
        T(a_hash_changes_only_from_what_was_verified),
        T(with_a_session_all_others_end_or_nothing_happens),
    };

    return cmocka_run_group_tests_name("accounts", tests, NULL, NULL);
}
