#include <string.h>

#include "fixture.h"

#define MAX_ROWS 64

/* The rows of one list, in order, and what a next page begins behind. */
struct rows {
    void *ctx;
    int64_t ids[MAX_ROWS];
    size_t count;
    int64_t created_at;
    int64_t updated_at;
    char *title;
};

static bool take(void *arg, const struct task *task)
{
    struct rows *rows = arg;

    assert_true(rows->count < MAX_ROWS);
    rows->ids[rows->count++] = task->id;
    rows->created_at = task->created_at;
    rows->updated_at = task->updated_at;
    rows->title = mem_strndup(rows->ctx, task->title, task->title_len);
    return true;
}

static struct rows list(struct fixture *fixture, const char *user_id, struct task_filter filter)
{
    struct rows rows = {.ctx = fixture->ctx};

    if (filter.limit == 0)
        filter.limit = MAX_ROWS;
    assert_int_equal(store_task_list(fixture->store, user_id, &filter, take, &rows), ERR_OK);
    return rows;
}

static void set_after(struct task_filter *filter, const struct rows *rows)
{
    filter->after = true;
    filter->after_id = rows->ids[rows->count - 1];
    filter->after_title = rows->title;
    filter->after_time =
        filter->sort == TASK_SORT_UPDATED_ASC || filter->sort == TASK_SORT_UPDATED_DESC
            ? rows->updated_at
            : rows->created_at;
}

/* Goes through the list in pages of LIMIT and gives back all rows. */
static struct rows page_through(struct fixture *fixture, const char *user_id, enum task_sort sort,
                                int64_t limit)
{
    struct task_filter filter = {.sort = sort, .limit = limit};
    struct rows all = {.ctx = fixture->ctx};

    for (;;) {
        struct rows page = list(fixture, user_id, filter);

        for (size_t i = 0; i < page.count; i++)
            all.ids[all.count++] = page.ids[i];
        if (page.count < (size_t)limit)
            return all;
        set_after(&filter, &page);
    }
}

/* Twelve tasks with ties in every key; ids[] in order of writing. */
static void add_ties(struct fixture *fixture, const char *user_id, int64_t ids[12])
{
    static const char *const titles[] = {"b", "A", "a", "Ä", "ä", "z",
                                         "B", "a", "É", "e", "Z", "🦊"};

    for (int i = 0; i < 12; i++) {
        struct task task = fixture_task(user_id, titles[i]);

        task.created_at += i / 4;
        task.updated_at += (11 - i) / 3;
        task.completed = i % 3 == 0;
        ids[i] = fixture_add(fixture, &task);
    }
}

static void assert_order(const struct rows *rows, const int64_t ids[12], const int order[12])
{
    assert_int_equal(rows->count, 12);
    for (int i = 0; i < 12; i++)
        assert_int_equal(rows->ids[i], ids[order[i]]);
}

static void each_sort_gives_its_order_whatever_the_page_size(void **state)
{
    /* Within a tie the number decides, in the direction of the sort. */
    static const struct {
        enum task_sort ascending;
        enum task_sort descending;
        int order[12]; /* ascending */
    } sorts[] = {
        {TASK_SORT_CREATED_ASC, TASK_SORT_CREATED_DESC, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
        {TASK_SORT_UPDATED_ASC, TASK_SORT_UPDATED_DESC, {9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2}},
        {TASK_SORT_TITLE_ASC, TASK_SORT_TITLE_DESC, {1, 2, 7, 0, 6, 9, 5, 10, 3, 4, 8, 11}},
    };
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    int64_t ids[12];

    add_ties(fixture, user->id, ids);
    for (size_t s = 0; s < sizeof sorts / sizeof sorts[0]; s++) {
        int reversed[12];

        for (int i = 0; i < 12; i++)
            reversed[i] = sorts[s].order[11 - i];
        for (int64_t limit = 1; limit <= 13; limit++) {
            struct rows rows = page_through(fixture, user->id, sorts[s].ascending, limit);

            assert_order(&rows, ids, sorts[s].order);
            rows = page_through(fixture, user->id, sorts[s].descending, limit);
            assert_order(&rows, ids, reversed);
        }
    }
}

static void rows_at_the_ends_of_time_are_on_the_first_page(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "t");

    task.created_at = task.updated_at = 0;
    fixture_add(fixture, &task);
    task.created_at = task.updated_at = CLOCK_MAX;
    fixture_add(fixture, &task);
    for (enum task_sort sort = TASK_SORT_CREATED_DESC; sort <= TASK_SORT_TITLE_ASC; sort++)
        assert_int_equal(list(fixture, user->id, (struct task_filter){.sort = sort}).count, 2);
}

static void page_goes_on_behind_a_row_that_was_deleted(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task_filter filter = {.sort = TASK_SORT_CREATED_ASC, .limit = 5};
    struct rows page;
    int64_t ids[12];

    add_ties(fixture, user->id, ids);
    page = list(fixture, user->id, filter);
    assert_int_equal(store_task_delete(fixture->store, TASK_KEY(user->id, ids[4], clock_now())),
                     ERR_OK);
    set_after(&filter, &page);
    page = list(fixture, user->id, filter);
    assert_int_equal(page.count, 5);
    assert_int_equal(page.ids[0], ids[5]);
}

static void list_holds_only_the_users_own_tasks(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *other = fixture_registered(fixture);
    struct user *nobody = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "mine");
    int64_t mine = fixture_add(fixture, &task);
    struct rows rows;

    task = fixture_task(other->id, "theirs");
    fixture_add(fixture, &task);
    for (enum task_sort sort = TASK_SORT_CREATED_DESC; sort <= TASK_SORT_TITLE_ASC; sort++) {
        rows = list(fixture, user->id, (struct task_filter){.sort = sort});
        assert_int_equal(rows.count, 1);
        assert_int_equal(rows.ids[0], mine);
        assert_int_equal(list(fixture, nobody->id, (struct task_filter){.sort = sort}).count, 0);
    }
}

static size_t found(struct fixture *fixture, const char *user_id, const char *search)
{
    struct task_filter filter = {.search = search, .limit = MAX_ROWS};
    size_t count = list(fixture, user_id, filter).count;
    int64_t total = -1;

    for (enum task_sort sort = TASK_SORT_CREATED_ASC; sort <= TASK_SORT_TITLE_ASC; sort++) {
        filter.sort = sort;
        assert_int_equal(list(fixture, user_id, filter).count, count);
    }
    assert_int_equal(store_task_count(fixture->store, user_id, &filter, &total), ERR_OK);
    assert_int_equal(total, count);
    return count;
}

static void search_finds_parts_of_title_and_description_in_any_case(void **state)
{
    static const struct {
        const char *title;
        const char *description;
    } tasks[] = {
        {"Buy ÄPFEL", NULL},  {"bread", "with äpfel inside"}, {"ΟΔΥΣΣΕΙΑ", "ЖУРНАЛ"},
        {"100% sure", "a_b"}, {"back\\slash", "exclaim!"},    {"axb 1000", ""},
    };
    static const struct {
        const char *search;
        size_t count;
    } searches[] = {
        {"äpfel", 2}, {"ÄPFEL", 2}, {"Äpf", 2}, {"BREAD", 1}, {"οδυσσεια", 1}, {"журнал", 1},
        {"100%", 1},  {"%", 1},     {"_", 1},   {"a_b", 1},   {"\\", 1},       {"\\s", 1},
        {"!", 1},     {"axb", 1},   {"100", 2}, {"", 6},      {"'", 0},        {"nothing", 0},
        {"🍎", 0},     {"%%", 0},    {"l!", 0},  {"e!", 0},    {"apfel", 0},
    };
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);

    for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++) {
        struct task task = fixture_task(user->id, tasks[i].title);

        task.description = tasks[i].description;
        task.description_len = task.description == NULL ? 0 : strlen(task.description);
        fixture_add(fixture, &task);
    }
    for (size_t i = 0; i < sizeof searches / sizeof searches[0]; i++) {
        if (found(fixture, user->id, searches[i].search) != searches[i].count)
            fail_msg("search for \"%s\"", searches[i].search);
    }
}

static void search_for_more_than_fits_finds_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "a");
    char *search = mem_bytes(fixture->ctx, 200001);

    fixture_add(fixture, &task);
    memset(search, 'a', 200000);
    search[200000] = '\0';
    assert_int_equal(found(fixture, user->id, search), 0);
}

static void search_that_is_not_text_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    const struct task_filter filter = {.search = "\xff", .limit = 1};
    struct rows rows = {.ctx = fixture->ctx};
    int64_t count;

    assert_int_equal(store_task_list(fixture->store, user->id, &filter, take, &rows),
                     ERR_BAD_VALUE);
    assert_int_equal(store_task_count(fixture->store, user->id, &filter, &count), ERR_BAD_VALUE);
}

static void completed_filter_splits_the_list(void **state)
{
    const bool yes = true;
    const bool no = false;
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    int64_t ids[12];
    int64_t count;

    add_ties(fixture, user->id, ids);
    for (enum task_sort sort = TASK_SORT_CREATED_DESC; sort <= TASK_SORT_TITLE_ASC; sort++) {
        struct task_filter filter = {.sort = sort, .completed = &yes};

        assert_int_equal(list(fixture, user->id, filter).count, 4);
        filter.completed = &no;
        assert_int_equal(list(fixture, user->id, filter).count, 8);
    }
    assert_int_equal(store_task_count(fixture->store, user->id,
                                      &(struct task_filter){.completed = &yes}, &count),
                     ERR_OK);
    assert_int_equal(count, 4);
}

static void count_is_of_all_rows_whatever_the_page(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task_filter filter = {.limit = 2, .after = true, .after_time = 0, .after_id = 1};
    int64_t ids[12];
    int64_t count;

    add_ties(fixture, user->id, ids);
    assert_int_equal(list(fixture, user->id, filter).count, 0);
    filter.after = false;
    assert_int_equal(list(fixture, user->id, filter).count, 2);
    assert_int_equal(store_task_count(fixture->store, user->id, &filter, &count), ERR_OK);
    assert_int_equal(count, 12);
}

/* Counts rows and checks their order; wants no more at its limit. */
struct counted {
    int64_t count;
    int64_t limit;
    int64_t last_id;
};

static bool count_row(void *arg, const struct task *task)
{
    struct counted *counted = arg;

    if (counted->count > 0) {
        assert_true(task->id < counted->last_id);
    }
    counted->last_id = task->id;
    counted->count++;
    return counted->count < counted->limit;
}

static void long_list_comes_whole_and_ends_when_no_more_is_wanted(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct task task = fixture_task(user->id, "one of many");
    const int64_t total = 2 * STORE_TASK_CHUNK + 1;
    const enum task_sort sorts[] = {TASK_SORT_CREATED_DESC, TASK_SORT_UPDATED_DESC,
                                    TASK_SORT_TITLE_DESC};

    for (int64_t i = 0; i < total; i++) {
        fixture_add(fixture, &task);
    }
    for (size_t i = 0; i < 3; i++) {
        struct task_filter filter = {.sort = sorts[i], .limit = 10000};
        struct counted all = {.limit = INT64_MAX};
        struct counted some = {.limit = STORE_TASK_CHUNK + 7};
        assert_int_equal(store_task_list(fixture->store, user->id, &filter, count_row, &all),
                         ERR_OK);
        assert_int_equal(all.count, total);
        assert_int_equal(store_task_list(fixture->store, user->id, &filter, count_row, &some),
                         ERR_OK);
        assert_int_equal(some.count, STORE_TASK_CHUNK + 7);
        filter.limit = STORE_TASK_CHUNK + 3;
        all.count = 0;
        assert_int_equal(store_task_list(fixture->store, user->id, &filter, count_row, &all),
                         ERR_OK);
        assert_int_equal(all.count, STORE_TASK_CHUNK + 3);
    }
}

int test_store_lists(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(each_sort_gives_its_order_whatever_the_page_size),
        T(rows_at_the_ends_of_time_are_on_the_first_page),
        T(page_goes_on_behind_a_row_that_was_deleted),
        T(list_holds_only_the_users_own_tasks),
        T(search_finds_parts_of_title_and_description_in_any_case),
        T(search_for_more_than_fits_finds_nothing),
        T(search_that_is_not_text_is_refused),
        T(completed_filter_splits_the_list),
        T(count_is_of_all_rows_whatever_the_page),
        T(long_list_comes_whole_and_ends_when_no_more_is_wanted),
    };

    return cmocka_run_group_tests_name("lists", tests, NULL, NULL);
}
