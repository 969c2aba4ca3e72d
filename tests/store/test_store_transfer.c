#include <string.h>

#include "fixture.h"
#include "store/transfer.h"

#define TIME INT64_C(1714979289123)

static struct user user_of(void *ctx)
{
    struct user *user = fixture_user(ctx);

    return *user;
}

static struct task task_of(const char *user_id, int64_t id)
{
    struct task task = fixture_task(user_id, "a task");

    task.id = id;
    task.created_at = TIME;
    task.updated_at = TIME;
    return task;
}

static void rows_that_wait_are_written_together_and_say_which_were_not(void **state)
{
    struct fixture *fixture = *state;
    struct user ann = user_of(fixture->ctx);
    struct user twin = user_of(fixture->ctx);
    struct task task = task_of(ann.id, 9001);
    struct task orphan = task_of("nobody at all", 9002);
    struct user *found = NULL;
    enum transfer_state result;
    bool written[4];

    twin.email = ann.email;
    assert_int_equal(transfer_begin(fixture->store, 9002), ERR_OK);
    transfer_queue_begin(fixture->store);
    assert_int_equal(transfer_put_user(fixture->store, &ann, true, &result), ERR_OK);
    assert_int_equal(result, TRANSFER_NEW);
    assert_int_equal(transfer_put_user(fixture->store, &twin, true, &result), ERR_OK);
    assert_int_equal(transfer_put_task(fixture->store, &task, true, &result), ERR_OK);
    assert_int_equal(transfer_put_task(fixture->store, &orphan, true, &result), ERR_OK);
    assert_int_equal(transfer_queue_count(fixture->store), 4);
    assert_int_equal(transfer_queue_run(fixture->store, written), ERR_OK);
    assert_true(written[0]);
    assert_false(written[1]);
    assert_true(written[2]);
    assert_false(written[3]);
    /* Put again, they say why. */
    assert_int_equal(transfer_put_user(fixture->store, &twin, true, &result), ERR_OK);
    assert_int_equal(result, TRANSFER_TAKEN);
    assert_int_equal(transfer_put_task(fixture->store, &orphan, true, &result), ERR_OK);
    assert_int_equal(result, TRANSFER_ORPHAN);
    assert_int_equal(transfer_end(fixture->store, ERR_OK), ERR_OK);
    assert_int_equal(store_user_by_id(fixture->store, fixture->ctx, ann.id, &found), ERR_OK);
}

static void a_row_that_is_refused_takes_all_back_and_the_store_goes_on(void **state)
{
    struct fixture *fixture = *state;
    struct user ann = user_of(fixture->ctx);
    struct user long_id = user_of(fixture->ctx);
    char *id = mem_bytes(fixture->ctx, 301);
    struct user *found = NULL;
    enum transfer_state result;
    bool written[3];

    memset(id, 'x', 300);
    id[300] = '\0';
    long_id.id = id;
    struct task task = task_of(id, 9003);
    assert_int_equal(transfer_begin(fixture->store, 9003), ERR_OK);
    transfer_queue_begin(fixture->store);
    assert_int_equal(transfer_put_user(fixture->store, &ann, true, &result), ERR_OK);
    assert_int_equal(transfer_put_user(fixture->store, &long_id, true, &result), ERR_OK);
    assert_int_equal(transfer_put_task(fixture->store, &task, true, &result), ERR_OK);
    assert_int_equal(transfer_end(fixture->store, transfer_queue_run(fixture->store, written)),
                     ERR_BAD_VALUE);
    assert_int_equal(store_user_by_id(fixture->store, fixture->ctx, ann.id, &found), ERR_ABSENT);
    assert_int_equal(store_ping(fixture->store), ERR_OK);
}

static void addresses_find_the_users_that_are_there(void **state)
{
    struct fixture *fixture = *state;
    struct user *ann = fixture_registered(fixture);
    struct transfer_name names[] = {{.ctx = fixture->ctx, .email = "nobody@example.invalid"},
                                    {.ctx = fixture->ctx, .email = ann->email}};

    assert_int_equal(transfer_begin(fixture->store, 0), ERR_OK);
    assert_int_equal(transfer_find_users(fixture->store, names, 2), ERR_OK);
    assert_int_equal(transfer_end(fixture->store, ERR_OK), ERR_OK);
    assert_null(names[0].id);
    assert_string_equal(names[1].id, ann->id);
}

int test_store_transfer(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(rows_that_wait_are_written_together_and_say_which_were_not),
        cmocka_unit_test_setup_teardown(a_row_that_is_refused_takes_all_back_and_the_store_goes_on,
                                        fixture_setup_quiet, fixture_teardown),
        T(addresses_find_the_users_that_are_there),
    };

    return cmocka_run_group_tests_name("transfer", tests, NULL, NULL);
}
