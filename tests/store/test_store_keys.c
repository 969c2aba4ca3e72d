#include <string.h>

#include "base/id.h"
#include "fixture.h"

/* No other part of the suite writes keys; each test begins with none. */
static int setup(void **state)
{
    int result = fixture_setup(state);
    struct fixture *fixture = *state;

    fixture_sql(fixture->store, "DELETE FROM \"jwks\"");
    return result;
}

static struct key *new_key(void *ctx, int64_t created_at)
{
    struct key *key = mem_new(ctx, struct key);

    key->id = id_new(key);
    key->public_jwk = "{\"kty\":\"OKP\"}";
    key->private_key = "\"00ff\"";
    key->created_at = created_at;
    key->alg = "EdDSA";
    return key;
}

static const char *first(struct fixture *fixture, const struct key *key)
{
    struct key *found = NULL;

    assert_int_equal(store_key_first(fixture->store, fixture->ctx, key, &found), ERR_OK);
    return found->id;
}

static const char *signing(struct fixture *fixture, int64_t now)
{
    struct key *found = NULL;
    enum err error = store_key_signing(fixture->store, fixture->ctx, now, &found);

    assert_true(error == ERR_OK || error == ERR_ABSENT);
    return error == ERR_OK ? found->id : "none";
}

#define NOW INT64_C(1800000000123)

static void the_first_key_is_written_once_and_read_as_it_was(void **state)
{
    struct fixture *fixture = *state;
    const struct key *key = new_key(fixture->ctx, NOW);
    struct key *found = NULL;

    assert_int_equal(store_key_signing(fixture->store, fixture->ctx, NOW, &found), ERR_ABSENT);
    assert_string_equal(first(fixture, key), key->id);
    assert_string_equal(first(fixture, new_key(fixture->ctx, NOW + 1)), key->id);
    assert_int_equal(store_key_signing(fixture->store, fixture->ctx, NOW + 1, &found), ERR_OK);
    assert_string_equal(found->id, key->id);
    assert_string_equal(found->public_jwk, key->public_jwk);
    assert_string_equal(found->private_key, key->private_key);
    assert_string_equal(found->alg, "EdDSA");
    assert_int_equal(found->created_at, NOW);
    assert_int_equal(found->expires_at, 0);
}

static void count_key(void *arg, const struct key *key)
{
    assert_non_null(key->id);
    ++*(int *)arg;
}

static int count(struct fixture *fixture, bool all, int64_t now)
{
    int keys = 0;

    assert_int_equal(store_key_list(fixture->store, all, now, count_key, &keys), ERR_OK);
    return keys;
}

static void a_rotated_key_stays_published_for_thirty_days(void **state)
{
    struct fixture *fixture = *state;
    const struct key *old = new_key(fixture->ctx, NOW);
    const struct key *new = new_key(fixture->ctx, NOW + CLOCK_HOUR);
    int64_t rotated = NOW + CLOCK_HOUR;
    struct key *found = NULL;

    first(fixture, old);
    assert_int_equal(store_key_rotate(fixture->store, new), ERR_OK);
    assert_string_equal(signing(fixture, rotated), new->id);
    assert_int_equal(
        store_key_find(fixture->store, fixture->ctx, old->id, rotated + KEY_GRACE - 1, &found),
        ERR_OK);
    assert_int_equal(found->expires_at, rotated);
    assert_int_equal(count(fixture, false, rotated + KEY_GRACE - 1), 2);
    found = NULL;
    assert_int_equal(
        store_key_find(fixture->store, fixture->ctx, old->id, rotated + KEY_GRACE, &found),
        ERR_ABSENT);
    assert_null(found);
    assert_int_equal(count(fixture, false, rotated + KEY_GRACE), 1);
    assert_int_equal(count(fixture, true, rotated + KEY_GRACE), 2);
    assert_int_equal(
        store_key_find(fixture->store, fixture->ctx, new->id, rotated + KEY_GRACE, &found), ERR_OK);
}

static void a_second_rotation_does_not_lengthen_the_first(void **state)
{
    struct fixture *fixture = *state;
    const struct key *keys[] = {new_key(fixture->ctx, NOW), new_key(fixture->ctx, NOW + 10),
                                new_key(fixture->ctx, NOW + 20)};
    struct key *found = NULL;

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(store_key_rotate(fixture->store, keys[i]), ERR_OK);
    }
    assert_int_equal(store_key_find(fixture->store, fixture->ctx, keys[0]->id, NOW + 20, &found),
                     ERR_OK);
    assert_int_equal(found->expires_at, NOW + 10);
    assert_string_equal(signing(fixture, NOW + 20), keys[2]->id);
}

/* Better Auth's rules: the newest, of EdDSA or of a time when there was nothing else, not expired.
 */
static void which_key_signs_is_better_auths_rule(void **state)
{
    struct fixture *fixture = *state;

    fixture_sql(fixture->store,
                "INSERT INTO \"jwks\" (\"id\", \"publicKey\", \"privateKey\", \"createdAt\","
                " \"expiresAt\", \"alg\") VALUES"
                " ('old', 'p', 'q', '2026-01-01T00:00:00.000Z', NULL, NULL),"
                " ('expired', 'p', 'q', '2026-03-01T00:00:00.000Z', '2026-04-01T00:00:00.000Z',"
                " 'EdDSA'),"
                " ('rsa', 'p', 'q', '2026-05-01T00:00:00.000Z', NULL, 'RS256')");
    assert_string_equal(signing(fixture, NOW), "old");
    assert_string_equal(signing(fixture, INT64_C(1775001600000) - 1), "expired");
    assert_string_equal(signing(fixture, INT64_C(1775001600000)), "old");
    assert_string_equal(first(fixture, new_key(fixture->ctx, NOW)), "old");
    assert_int_equal(store_key_rotate(fixture->store, new_key(fixture->ctx, NOW)), ERR_OK);
    /* Keys of other algorithms are not ours to retire. */
    struct key *found = NULL;
    assert_int_equal(store_key_find(fixture->store, fixture->ctx, "rsa", NOW, &found), ERR_OK);
    assert_int_equal(found->expires_at, 0);
    assert_string_equal(found->alg, "RS256");
    assert_int_equal(store_key_find(fixture->store, fixture->ctx, "old", NOW, &found), ERR_OK);
    assert_null(found->alg);
}

static enum err make_first(struct store *store, void *ctx, const void *arg)
{
    struct key *found = NULL;
    const struct key *key = new_key(ctx, *(const int64_t *)arg);
    enum err error = store_key_first(store, ctx, key, &found);

    if (error != ERR_OK) {
        return error;
    }
    return strcmp(found->id, key->id) == 0 ? ERR_OK : ERR_ABSENT;
}

static void of_processes_that_make_the_first_key_exactly_one_does(void **state)
{
    struct fixture *fixture = *state;

    for (int round = 0; round < 20; round++) {
        int64_t now = NOW + round;

        fixture_sql(fixture->store, "DELETE FROM \"jwks\"");
        assert_int_equal(
            fixture_parallel(fixture_config(), 6, make_first, &now, ERR_OK, ERR_ABSENT), 1);
        assert_int_equal(count(fixture, true, now), 1);
    }
}

static enum err rotate(struct store *store, void *ctx, const void *arg)
{
    return store_key_rotate(store, new_key(ctx, *(const int64_t *)arg));
}

static void processes_that_rotate_at_once_all_do_and_one_key_signs(void **state)
{
    struct fixture *fixture = *state;
    int64_t now = NOW;

    assert_int_equal(fixture_parallel(fixture_config(), 6, rotate, &now, ERR_OK, ERR_OK), 6);
    assert_int_equal(count(fixture, true, now), 6);
    assert_string_not_equal(signing(fixture, now), "none");
}

static void a_name_that_no_database_takes_is_no_key(void **state)
{
    struct fixture *fixture = *state;
    struct key *found = NULL;

    assert_int_equal(store_key_find(fixture->store, fixture->ctx, "\xff", NOW, &found),
                     ERR_BAD_VALUE);
    assert_int_equal(store_key_find(fixture->store, fixture->ctx, "' OR ''='", NOW, &found),
                     ERR_ABSENT);
    assert_int_equal(store_key_find(fixture->store, fixture->ctx, "", NOW, &found), ERR_ABSENT);
}

int test_store_keys(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(the_first_key_is_written_once_and_read_as_it_was),
        T(a_rotated_key_stays_published_for_thirty_days),
        T(a_second_rotation_does_not_lengthen_the_first),
        T(which_key_signs_is_better_auths_rule),
        T(of_processes_that_make_the_first_key_exactly_one_does),
        T(processes_that_rotate_at_once_all_do_and_one_key_signs),
        T(a_name_that_no_database_takes_is_no_key),
    };

    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
