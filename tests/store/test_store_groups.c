/* What several requests write together: all of it or nothing. */
#include "fixture.h"

#include <stdio.h>

static int64_t count(struct store *store, const struct user *user)
{
    const struct task_filter all = {.limit = 1};
    int64_t found = -1;

    assert_int_equal(store_task_count(store, user->id, &all, &found), ERR_OK);
    return found;
}

static enum err insert(struct fixture *fixture, const struct user *user)
{
    struct task task = fixture_task(user->id, "in a group");
    struct task *written = NULL;

    return store_task_insert(fixture->store, fixture->ctx, &task, NULL, &written);
}

static void what_a_group_writes_counts_for_others_from_its_end_on(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct store *other = fixture_open(fixture->ctx, fixture_config());

    assert_true(store_groups(fixture->store));
    store_group_begin(fixture->store);
    assert_int_equal(insert(fixture, user), ERR_OK);
    assert_int_equal(insert(fixture, user), ERR_OK);
    assert_int_equal(count(fixture->store, user), 2);
    assert_int_equal(count(other, user), 0);
    assert_int_equal(store_group_end(fixture->store), ERR_OK);
    assert_int_equal(count(other, user), 2);
    assert_int_equal(insert(fixture, user), ERR_OK);
    assert_int_equal(count(other, user), 3);
}

static void group_that_writes_nothing_keeps_nobody_from_writing(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct store *other = fixture_open(fixture->ctx, fixture_config());

    store_group_begin(fixture->store);
    assert_int_equal(count(fixture->store, user), 0);
    assert_int_equal(store_user_provision(other, fixture_user(fixture->ctx)), ERR_OK);
    assert_int_equal(store_group_end(fixture->store), ERR_OK);
}

static void refused_statement_takes_nothing_else_of_its_group_with_it(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *nobody = fixture_user(fixture->ctx);

    store_group_begin(fixture->store);
    assert_int_equal(insert(fixture, user), ERR_OK);
    assert_int_not_equal(insert(fixture, nobody), ERR_OK);
    assert_int_equal(insert(fixture, user), ERR_OK);
    assert_int_equal(store_group_end(fixture->store), ERR_OK);
    assert_int_equal(count(fixture->store, user), 2);
}

/* store_user_register is a transaction: the user, the account, the session. */
static void transaction_in_a_group_is_all_or_nothing_for_itself(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *fresh = fixture_user(fixture->ctx);
    struct user *again = fixture_user(fixture->ctx);
    struct session *session = fixture_session(fixture->ctx, fresh);
    struct session *same = fixture_session(fixture->ctx, again);
    struct user *found = NULL;
    const char *hash = NULL;

    same->id = session->id; /* the last of its statements fails */
    store_group_begin(fixture->store);
    assert_int_equal(insert(fixture, user), ERR_OK);
    assert_int_equal(store_user_register(fixture->store, fresh, "hash", session), ERR_OK);
    assert_int_equal(store_user_register(fixture->store, again, "hash", same), ERR_CONFLICT);
    assert_int_equal(insert(fixture, user), ERR_OK);
    assert_int_equal(store_group_end(fixture->store), ERR_OK);
    assert_int_equal(count(fixture->store, user), 2);
    assert_int_equal(store_user_by_email(fixture->store, fixture->ctx, fresh->email, &found, &hash),
                     ERR_OK);
    assert_int_equal(store_user_by_email(fixture->store, fixture->ctx, again->email, &found, &hash),
                     ERR_ABSENT);
}

/* A commit that the database refuses, as it does when the disk is full: a foreign key that is
 * looked at no earlier. */
static void group_that_cannot_be_committed_has_written_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *nobody = fixture_user(fixture->ctx);
    struct store *other = fixture_open(fixture->ctx, fixture_config());

    store_group_begin(fixture->store);
    assert_int_equal(insert(fixture, user), ERR_OK);
    fixture_sql(fixture->store, "PRAGMA defer_foreign_keys = ON");
    assert_int_equal(insert(fixture, nobody), ERR_OK);
    assert_int_not_equal(store_group_end(fixture->store), ERR_OK);
    assert_int_equal(count(fixture->store, user), 0);
    assert_int_equal(insert(fixture, user), ERR_OK); /* alone, as before */
    assert_int_equal(count(other, user), 1);
}

/* SQLite ends a transaction itself when there is no way on; what would be written behind that must
 * not be kept without what was written before it. */
static void group_that_sqlite_has_taken_back_writes_nothing_more(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);

    store_group_begin(fixture->store);
    assert_int_equal(insert(fixture, user), ERR_OK);
    fixture_sql(fixture->store, "ROLLBACK");
    assert_int_equal(count(fixture->store, user), 0);
    assert_int_equal(insert(fixture, user), ERR_STORE_DOWN);
    assert_int_equal(store_user_register(fixture->store, fixture_user(fixture->ctx), "hash", NULL),
                     ERR_STORE_DOWN);
    assert_int_equal(store_group_end(fixture->store), ERR_STORE_DOWN);
    assert_int_equal(count(fixture->store, user), 0);
    store_group_begin(fixture->store);
    assert_int_equal(insert(fixture, user), ERR_OK);
    assert_int_equal(store_group_end(fixture->store), ERR_OK);
    assert_int_equal(count(fixture->store, user), 1);
}

static void postgresql_groups_commits_itself(void **state)
{
    struct fixture *fixture = *state;

    assert_false(store_groups(fixture->store));
}

static void who_has_waited_in_vain_has_waited_for_all_of_the_group(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct store *holder = fixture_open(fixture->ctx, fixture_config());

    assert_int_equal(holder->db->driver->begin(holder->db), ERR_OK);
    store_group_begin(fixture->store);
    assert_int_equal(insert(fixture, user), ERR_STORE_DOWN);
    holder->db->driver->rollback(holder->db);
    assert_int_equal(insert(fixture, user), ERR_STORE_DOWN);
    assert_int_equal(store_group_end(fixture->store), ERR_OK); /* all were told so */
    assert_int_equal(insert(fixture, user), ERR_OK);
    assert_int_equal(count(fixture->store, user), 1);
}

int test_store_groups(void)
{
#define T(test)     cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
#define QUIET(test) cmocka_unit_test_setup_teardown(test, fixture_setup_quiet, fixture_teardown)
    const struct CMUnitTest sqlite[] = {
        T(what_a_group_writes_counts_for_others_from_its_end_on),
        T(group_that_writes_nothing_keeps_nobody_from_writing),
        T(refused_statement_takes_nothing_else_of_its_group_with_it),
        T(transaction_in_a_group_is_all_or_nothing_for_itself),
        QUIET(group_that_cannot_be_committed_has_written_nothing),
        T(group_that_sqlite_has_taken_back_writes_nothing_more),
        T(who_has_waited_in_vain_has_waited_for_all_of_the_group),
    };
    const struct CMUnitTest postgresql[] = {T(postgresql_groups_commits_itself)};

    if (fixture_is_postgresql()) {
        return cmocka_run_group_tests_name("groups", postgresql, NULL, NULL);
    }
    return cmocka_run_group_tests_name("groups", sqlite, NULL, NULL);
}
