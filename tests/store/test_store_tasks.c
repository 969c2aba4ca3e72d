#include <string.h>

#include "fixture.h"

static struct task *get(struct fixture *fixture, const char *user_id, int64_t id)
{
    struct task *task = NULL;

    assert_int_equal(
        store_task_get(fixture->store, fixture->ctx, TASK_KEY(user_id, id, clock_now()), &task),
        ERR_OK);
    return task;
}

static void inserted_task_comes_back_as_it_was_given(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "Buy «süße» 🍎 𝒜");
    struct task *written = NULL;
    struct task *read;

    task.description = "line\nline\ttab \"quoted\" \\ ' %";
    task.description_len = strlen(task.description);
    task.completed = true;
    task.created_at = INT64_C(1234567890123);
    task.updated_at = INT64_C(1234567890999);
    assert_int_equal(store_task_insert(fixture->store, fixture->ctx, &task, NULL, &written),
                     ERR_OK);
    read = get(fixture, user->id, written->id);
    assert_true(written->id > 0);
    assert_int_equal(read->id, written->id);
    assert_string_equal(written->title, task.title);
    assert_string_equal(read->title, task.title);
    assert_int_equal(read->title_len, task.title_len);
    assert_string_equal(read->description, task.description);
    assert_int_equal(read->description_len, task.description_len);
    assert_string_equal(read->user_id, user->id);
    assert_true(read->completed);
    assert_int_equal(read->created_at, task.created_at);
    assert_int_equal(read->updated_at, task.updated_at);
}

static void task_without_description_has_none(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");
    struct task *read = get(fixture, user->id, fixture_add(fixture, &task));

    assert_null(read->description);
    assert_false(read->completed);
}

static void empty_description_is_not_no_description(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");

    task.description = "";
    assert_non_null(get(fixture, user->id, fixture_add(fixture, &task))->description);
}

static void longest_title_and_description_fit(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    char *description = mem_bytes(fixture->ctx, 4 * TASK_DESCRIPTION_MAX + 1);
    struct task task = fixture_task(user->id, "t");
    struct task *read;

    for (size_t i = 0; i < TASK_DESCRIPTION_MAX; i++)
        memcpy(description + 4 * i, "🍎", 4);
    description[4 * TASK_DESCRIPTION_MAX] = '\0';
    task.title = description;
    task.title_len = (size_t)4 * TASK_TITLE_MAX;
    task.description = description;
    task.description_len = (size_t)4 * TASK_DESCRIPTION_MAX;
    read = get(fixture, user->id, fixture_add(fixture, &task));
    assert_int_equal(read->title_len, task.title_len);
    assert_int_equal(read->description_len, task.description_len);
    assert_memory_equal(read->description, description, task.description_len);
}

static void first_and_last_times_come_back(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");
    struct task *read;

    task.created_at = 0;
    task.updated_at = CLOCK_MAX;
    read = get(fixture, user->id, fixture_add(fixture, &task));
    assert_int_equal(read->created_at, 0);
    assert_int_equal(read->updated_at, CLOCK_MAX);
    /* Beyond that they are clamped, not refused and not wrapped. */
    task.created_at = INT64_MIN;
    task.updated_at = INT64_MAX;
    read = get(fixture, user->id, fixture_add(fixture, &task));
    assert_int_equal(read->created_at, 0);
    assert_int_equal(read->updated_at, CLOCK_MAX);
}

static void task_of_a_user_without_a_row_has_no_parent(void **state)
{
    struct fixture *fixture = *state;
    struct task task = fixture_task("nobody-has-this-id", "t");
    struct task *written = NULL;

    assert_int_equal(store_task_insert(fixture->store, fixture->ctx, &task, NULL, &written),
                     ERR_MISSING_PARENT);
    assert_null(written);
}

static void foreign_task_is_absent_for_every_verb_and_stays_as_it_is(void **state)
{
    const bool yes = true;
    const struct task_change change = {.title = "mine now", .completed = &yes};
    struct fixture *fixture = *state;
    struct user *owner = fixture_registered(fixture);
    struct user *thief = fixture_registered(fixture);
    struct task task = fixture_task(owner->id, "private");
    int64_t id = fixture_add(fixture, &task);
    struct task *found = NULL;
    struct task *read;

    assert_int_equal(
        store_task_get(fixture->store, fixture->ctx, TASK_KEY(thief->id, id, clock_now()), &found),
        ERR_ABSENT);
    assert_int_equal(store_task_update(fixture->store, fixture->ctx, TASK_KEY(thief->id, id, 5),
                                       &change, &found),
                     ERR_ABSENT);
    assert_int_equal(
        store_task_toggle(fixture->store, fixture->ctx, TASK_KEY(thief->id, id, 5), &found),
        ERR_ABSENT);
    assert_int_equal(store_task_delete(fixture->store, TASK_KEY(thief->id, id, clock_now())),
                     ERR_ABSENT);
    assert_null(found);
    read = get(fixture, owner->id, id);
    assert_string_equal(read->title, "private");
    assert_false(read->completed);
    assert_int_equal(read->updated_at, task.updated_at);
}

static void update_changes_only_what_it_names(void **state)
{
    const bool yes = true;
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "old");
    struct task_change change = {.title = "new"};
    struct task *read = NULL;
    int64_t id;

    task.description = "kept";
    task.description_len = 4;
    id = fixture_add(fixture, &task);
    assert_int_equal(store_task_update(fixture->store, fixture->ctx,
                                       TASK_KEY(user->id, id, INT64_C(1800000000001)), &change,
                                       &read),
                     ERR_OK);
    assert_string_equal(read->title, "new");
    assert_string_equal(read->description, "kept");
    assert_false(read->completed);
    assert_int_equal(read->created_at, task.created_at);
    assert_int_equal(read->updated_at, INT64_C(1800000000001));
    change = (struct task_change){.completed = &yes};
    assert_int_equal(
        store_task_update(fixture->store, fixture->ctx, TASK_KEY(user->id, id, 7), &change, &read),
        ERR_OK);
    read = get(fixture, user->id, id);
    assert_string_equal(read->title, "new");
    assert_string_equal(read->description, "kept");
    assert_true(read->completed);
}

static void update_sets_and_clears_a_description(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");
    struct task_change change = {.description_set = true, .description = "é"};
    struct task *read = NULL;
    int64_t id = fixture_add(fixture, &task);

    assert_int_equal(
        store_task_update(fixture->store, fixture->ctx, TASK_KEY(user->id, id, 7), &change, &read),
        ERR_OK);
    assert_string_equal(read->description, "é");
    change.description = NULL;
    assert_int_equal(
        store_task_update(fixture->store, fixture->ctx, TASK_KEY(user->id, id, 8), &change, &read),
        ERR_OK);
    assert_null(read->description);
    assert_null(get(fixture, user->id, id)->description);
}

static void toggle_goes_there_and_back(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");
    struct task *read = NULL;
    int64_t id = fixture_add(fixture, &task);

    assert_int_equal(
        store_task_toggle(fixture->store, fixture->ctx, TASK_KEY(user->id, id, 11), &read), ERR_OK);
    assert_true(read->completed);
    assert_int_equal(read->updated_at, 11);
    assert_int_equal(
        store_task_toggle(fixture->store, fixture->ctx, TASK_KEY(user->id, id, 12), &read), ERR_OK);
    assert_false(read->completed);
    assert_false(get(fixture, user->id, id)->completed);
}

static void deleted_task_is_absent_and_its_number_is_not_given_again(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");
    int64_t id = fixture_add(fixture, &task);
    struct task *read;

    assert_int_equal(store_task_delete(fixture->store, TASK_KEY(user->id, id, clock_now())),
                     ERR_OK);
    assert_int_equal(
        store_task_get(fixture->store, fixture->ctx, TASK_KEY(user->id, id, clock_now()), &read),
        ERR_ABSENT);
    assert_int_equal(store_task_delete(fixture->store, TASK_KEY(user->id, id, clock_now())),
                     ERR_ABSENT);
    assert_true(fixture_add(fixture, &task) > id);
}

static void bytes_that_are_not_text_are_refused_and_nothing_is_written(void **state)
{
    static const struct {
        const char *data;
        size_t len;
    } bad[] = {{"a\0b", 3}, {"\0", 1}, {"\xff\xfe", 2}, {"\xc0\x80", 2}, {"\xed\xbf\xbf", 3}};
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task_filter filter = {.limit = 10};
    struct task *written = NULL;
    int64_t count = -1;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct task task = fixture_task(user->id, "t");

        task.title = bad[i].data;
        task.title_len = bad[i].len;
        assert_int_equal(store_task_insert(fixture->store, fixture->ctx, &task, NULL, &written),
                         ERR_BAD_VALUE);
        task = fixture_task(user->id, "t");
        task.description = bad[i].data;
        task.description_len = bad[i].len;
        assert_int_equal(store_task_insert(fixture->store, fixture->ctx, &task, NULL, &written),
                         ERR_BAD_VALUE);
    }
    assert_null(written);
    assert_int_equal(store_task_count(fixture->store, user->id, &filter, &count), ERR_OK);
    assert_int_equal(count, 0);
}

static void user_id_longer_than_255_characters_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_user(fixture->ctx);
    char *id = mem_bytes(fixture->ctx, 257);
    struct task *written = NULL;
    struct task task;

    memset(id, 'u', 256);
    id[256] = '\0';
    user->id = id;
    assert_int_equal(store_user_provision(fixture->store, user), ERR_OK);
    task = fixture_task(id, "t");
    assert_int_equal(store_task_insert(fixture->store, fixture->ctx, &task, NULL, &written),
                     ERR_BAD_VALUE);
    id[255] = '\0';
    user->email = "short-enough@example.com";
    assert_int_equal(store_user_provision(fixture->store, user), ERR_OK);
    assert_int_equal(store_task_insert(fixture->store, fixture->ctx, &task, NULL, &written),
                     ERR_OK);
}

static bool count_row(void *arg, const struct task *task)
{
    (void)task;
    ++*(int *)arg;
    return true;
}

/* Every way to the tasks says EXPECTED (ERR_OK or ERR_ABSENT) to who asks with that session. */
static void assert_tasks_for(struct fixture *fixture, const char *user_id, const char *session_id,
                             int64_t now, enum err expected)
{
    struct store *store = fixture->store;
    const struct task_change change = {.title = "changed"};
    struct task wanted = fixture_task(user_id, "new");
    int64_t id = fixture_add(fixture, &wanted);
    const struct task_key key = {
        .user_id = user_id, .id = id, .session_id = session_id, .now = now};
    struct task *task;

    for (int sort = TASK_SORT_CREATED_DESC; sort <= TASK_SORT_TITLE_ASC; sort++) {
        const struct task_filter filter = {
            .session_id = session_id, .now = now, .sort = (enum task_sort)sort, .limit = 9};
        int rows = 0;
        assert_int_equal(store_task_list(store, user_id, &filter, count_row, &rows), ERR_OK);
        assert_int_equal(rows > 0, expected == ERR_OK);
    }
    assert_int_equal(store_task_get(store, fixture->ctx, &key, &task), expected);
    assert_int_equal(store_task_update(store, fixture->ctx, &key, &change, &task), expected);
    assert_int_equal(store_task_toggle(store, fixture->ctx, &key, &task), expected);
    wanted.created_at = wanted.updated_at = now;
    assert_int_equal(store_task_insert(store, fixture->ctx, &wanted, session_id, &task), expected);
    assert_int_equal(store_task_delete(store, &key), expected);
}

static void tasks_are_there_for_a_living_session_of_their_user_only(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *other = fixture_registered(fixture);
    struct session *session = fixture_session(fixture->ctx, user);
    const char *owner;

    assert_int_equal(store_session_insert(fixture->store, session), ERR_OK);
    assert_tasks_for(fixture, user->id, NULL, session->expires_at, ERR_OK);
    assert_tasks_for(fixture, user->id, session->id, session->expires_at, ERR_OK);
    assert_tasks_for(fixture, user->id, session->id, session->expires_at + 1, ERR_ABSENT);
    assert_tasks_for(fixture, user->id, "none", session->expires_at, ERR_ABSENT);
    assert_tasks_for(fixture, other->id, session->id, session->expires_at, ERR_ABSENT);
    assert_int_equal(
        store_session_end_id(fixture->store, fixture->ctx, session->id, user->id, &owner), ERR_OK);
    assert_tasks_for(fixture, user->id, session->id, session->expires_at, ERR_ABSENT);
}

int test_store_tasks(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(inserted_task_comes_back_as_it_was_given),
        T(task_without_description_has_none),
        T(empty_description_is_not_no_description),
        T(longest_title_and_description_fit),
        T(first_and_last_times_come_back),
        T(task_of_a_user_without_a_row_has_no_parent),
        T(foreign_task_is_absent_for_every_verb_and_stays_as_it_is),
        T(update_changes_only_what_it_names),
        T(update_sets_and_clears_a_description),
        T(toggle_goes_there_and_back),
        T(deleted_task_is_absent_and_its_number_is_not_given_again),
        T(bytes_that_are_not_text_are_refused_and_nothing_is_written),
        T(user_id_longer_than_255_characters_is_refused),
        T(tasks_are_there_for_a_living_session_of_their_user_only),
    };

    return cmocka_run_group_tests_name("tasks", tests, NULL, NULL);
}
