#include "base/id.h"
#include "fixture.h"

#define NOW INT64_C(1700000000123)

static struct throttle_limit new_limit(void *ctx, int64_t max, int64_t window)
{
    return (struct throttle_limit){.key = id_new(ctx), .max = max, .window = window};
}

static void hit(struct fixture *fixture, const struct throttle_limit *limit, int64_t now,
                enum err wanted)
{
    assert_int_equal(store_throttle_hit(fixture->store, limit, now), wanted);
}

static int64_t wait_of(struct fixture *fixture, const struct throttle_limit *limit, int64_t now)
{
    int64_t wait = -1;

    assert_int_equal(store_throttle_wait(fixture->store, limit, now, &wait), ERR_OK);
    return wait;
}

/* Better Auth's lengths, and one that is longer than all of its. */
static const int64_t windows[] = {10000, 60000, 900000};

static void hits_are_allowed_up_to_the_limit_and_no_more(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        struct throttle_limit limit = new_limit(fixture->ctx, 3, windows[i]);
        struct throttle_limit other = new_limit(fixture->ctx, 1, windows[i]);

        assert_int_equal(wait_of(fixture, &limit, NOW), 0);
        for (int j = 0; j < 3; j++) {
            assert_int_equal(wait_of(fixture, &limit, NOW + j), 0);
            hit(fixture, &limit, NOW + j, ERR_OK);
        }
        for (int j = 0; j < 5; j++)
            hit(fixture, &limit, NOW + 3 + j, ERR_LIMITED);
        hit(fixture, &other, NOW, ERR_OK);
        hit(fixture, &other, NOW, ERR_LIMITED);
    }
}

static void the_window_starts_with_the_last_hit_that_was_counted(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        int64_t window = windows[i];
        struct throttle_limit limit = new_limit(fixture->ctx, 2, window);

        hit(fixture, &limit, NOW, ERR_OK);
        hit(fixture, &limit, NOW + window - 1, ERR_OK);
        /* Refused ones don't move it. */
        hit(fixture, &limit, NOW + window, ERR_LIMITED);
        assert_int_equal(wait_of(fixture, &limit, NOW + window), window - 1);
        hit(fixture, &limit, NOW + 2 * window - 2, ERR_LIMITED);
        assert_int_equal(wait_of(fixture, &limit, NOW + 2 * window - 2), 1);
        assert_int_equal(wait_of(fixture, &limit, NOW + 2 * window - 1), 0);
        hit(fixture, &limit, NOW + 2 * window - 1, ERR_OK);
        hit(fixture, &limit, NOW + 2 * window, ERR_OK);
        hit(fixture, &limit, NOW + 2 * window, ERR_LIMITED);
    }
}

/* A steady trickle never starts a new window: so it is at Better Auth. */
static void hits_that_follow_each_other_within_the_window_add_up(void **state)
{
    struct fixture *fixture = *state;
    struct throttle_limit limit = new_limit(fixture->ctx, 3, 10000);

    hit(fixture, &limit, NOW, ERR_OK);
    hit(fixture, &limit, NOW + 9000, ERR_OK);
    hit(fixture, &limit, NOW + 18000, ERR_OK);
    hit(fixture, &limit, NOW + 27000, ERR_LIMITED);
    hit(fixture, &limit, NOW + 28000, ERR_OK);
}

static void a_clock_that_is_set_back_locks_nobody_out(void **state)
{
    struct fixture *fixture = *state;
    struct throttle_limit limit = new_limit(fixture->ctx, 1, 10000);

    hit(fixture, &limit, NOW + CLOCK_DAY, ERR_OK);
    hit(fixture, &limit, NOW + CLOCK_DAY - 9999, ERR_LIMITED);
    hit(fixture, &limit, NOW, ERR_OK);
    hit(fixture, &limit, NOW, ERR_LIMITED);
}

static void one_hit_or_all_can_be_uncounted(void **state)
{
    struct fixture *fixture = *state;
    struct throttle_limit limit = new_limit(fixture->ctx, 2, 10000);

    /* Without a row too. */
    assert_int_equal(store_throttle_take_back(fixture->store, &limit), ERR_OK);
    assert_int_equal(store_throttle_clear(fixture->store, &limit), ERR_OK);
    hit(fixture, &limit, NOW, ERR_OK);
    hit(fixture, &limit, NOW, ERR_OK);
    assert_int_equal(store_throttle_take_back(fixture->store, &limit), ERR_OK);
    hit(fixture, &limit, NOW, ERR_OK);
    hit(fixture, &limit, NOW, ERR_LIMITED);
    assert_int_equal(store_throttle_clear(fixture->store, &limit), ERR_OK);
    assert_int_equal(wait_of(fixture, &limit, NOW), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(store_throttle_take_back(fixture->store, &limit), ERR_OK);
    hit(fixture, &limit, NOW, ERR_OK);
    hit(fixture, &limit, NOW, ERR_OK);
    hit(fixture, &limit, NOW, ERR_LIMITED);
}

static void take_number(void *arg, const struct db_value *columns)
{
    *(int64_t *)arg = columns[1].number;
}

/* "lastRequest" as it is stored; -1 = there is no row. */
static int64_t stored(struct fixture *fixture, const struct throttle_limit *limit)
{
    struct db *db = fixture->store->db;
    const struct db_value params[] = {db_text(limit->key)};
    int64_t number = -1;

    assert_int_equal(db->driver->query(db, STMT_THROTTLE_LOOK, params, take_number, &number, NULL),
                     ERR_OK);
    return number;
}

/* Better Auth deletes what it finds older than its longest window, 60 s. */
static void better_auth_never_finds_a_row_old_whose_window_has_not_ended(void **state)
{
    struct fixture *fixture = *state;
    struct throttle_limit path = new_limit(fixture->ctx, 1, 10000);
    struct throttle_limit longest = new_limit(fixture->ctx, 1, 60000);
    struct throttle_limit longer = new_limit(fixture->ctx, 1, 900000);

    hit(fixture, &path, NOW, ERR_OK);
    hit(fixture, &longest, NOW, ERR_OK);
    hit(fixture, &longer, NOW, ERR_OK);
    assert_int_equal(stored(fixture, &path), NOW);
    assert_int_equal(stored(fixture, &longest), NOW);
    assert_int_equal(stored(fixture, &longer), NOW + 900000 - 60000);
}

static void rows_are_deleted_once_their_window_has_ended(void **state)
{
    struct fixture *fixture = *state;
    struct throttle_limit path = new_limit(fixture->ctx, 1, 10000);
    struct throttle_limit longer = new_limit(fixture->ctx, 1, 900000);
    struct throttle_limit next = new_limit(fixture->ctx, 5, 10000);
    int64_t late = NOW + 1000 * CLOCK_DAY; /* nobody else's rows are as young */

    hit(fixture, &path, late, ERR_OK);
    hit(fixture, &longer, late, ERR_OK);
    fixture->store->forgot_at = 0;
    hit(fixture, &next, late + 60000, ERR_OK);
    assert_int_equal(stored(fixture, &path), late);
    /* No second look within the minute, neither by this process nor by another one. */
    hit(fixture, &next, late + 75000, ERR_OK);
    assert_int_equal(stored(fixture, &path), late);
    fixture->store->forgot_at = 0;
    hit(fixture, &next, late + 90000, ERR_OK);
    assert_int_equal(stored(fixture, &path), late);
    fixture->store->forgot_at = 0;
    hit(fixture, &next, late + 120000, ERR_OK);
    assert_int_equal(stored(fixture, &path), -1);
    assert_true(stored(fixture, &longer) > 0);
    fixture->store->forgot_at = 0;
    hit(fixture, &next, late + 900000, ERR_OK);
    assert_true(stored(fixture, &longer) > 0);
    fixture->store->forgot_at = 0;
    hit(fixture, &next, late + 960000, ERR_OK);
    assert_int_equal(stored(fixture, &longer), -1);
}

int test_store_throttle(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(hits_are_allowed_up_to_the_limit_and_no_more),
        T(the_window_starts_with_the_last_hit_that_was_counted),
        T(hits_that_follow_each_other_within_the_window_add_up),
        T(a_clock_that_is_set_back_locks_nobody_out),
        T(one_hit_or_all_can_be_uncounted),
        T(better_auth_never_finds_a_row_old_whose_window_has_not_ended),
        T(rows_are_deleted_once_their_window_has_ended),
    };

    return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
