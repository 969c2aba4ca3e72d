/* Who is banned has no session, no token and no task; nothing of it comes back by accident. */
#include "base/id.h"
#include "fixture.h"

#define NOW INT64_C(1700000100000)

/* A user with a session that has a refresh token, and a task. */
struct person {
    struct fixture *fixture;
    struct user *user;
    struct session *session;
    struct refresh refresh;
    int64_t task_id;
};

static struct session *add_session(struct person *person)
{
    struct session *session = fixture_session(person->fixture->ctx, person->user);

    session->expires_at = NOW + 30 * CLOCK_DAY;
    person->refresh = (struct refresh){.digest = id_new(person->fixture->ctx),
                                       .created_at = NOW,
                                       .expires_at = NOW + 30 * CLOCK_DAY};
    session->refresh = &person->refresh;
    assert_int_equal(store_session_insert(person->fixture->store, session), ERR_OK);
    return session;
}

static struct person new_person(struct fixture *fixture)
{
    struct person person = {.fixture = fixture, .user = fixture_registered(fixture)};
    struct task task = fixture_task(person.user->id, "mine");

    person.session = add_session(&person);
    person.task_id = fixture_add(fixture, &task);
    return person;
}

static struct user *read_user(struct person *person)
{
    struct user *user = NULL;

    assert_int_equal(
        store_user_by_id(person->fixture->store, person->fixture->ctx, person->user->id, &user),
        ERR_OK);
    return user;
}

static enum err ban(struct person *person, int64_t expires_at)
{
    return store_user_ban(person->fixture->store, person->user->id, "why", expires_at, NOW);
}

/* Every way to find the session says EXPECTED. */
static void assert_session(struct person *person, int64_t now, enum err expected)
{
    struct store *store = person->fixture->store;
    void *ctx = person->fixture->ctx;
    struct session *session;
    struct user *user;
    struct refresh next = {.digest = id_new(ctx), .created_at = now, .expires_at = now + CLOCK_DAY};
    const struct refresh_use use = {.digest = person->refresh.digest,
                                    .next = &next,
                                    .session_expires_at = person->session->expires_at};

    assert_int_equal(store_session_alive(store, person->session->id, person->user->id, now),
                     expected);
    assert_int_equal(
        store_session_by_token(store, ctx, person->session->token, now, &session, &user), expected);
    assert_int_equal(store_session_by_id(store, ctx, person->session->id, person->user->id, now,
                                         &session, &user),
                     expected);
    assert_int_equal(store_session_extend(store, ctx, person->session->id,
                                          person->session->expires_at, now, &session),
                     expected);
    assert_int_equal(store_refresh_use(store, ctx, &use, &user, &session), expected);
    if (expected == ERR_OK) {
        person->refresh = next;
    }
}

static bool count_row(void *arg, const struct task *task)
{
    (void)task;
    ++*(int *)arg;
    return true;
}

/* Every way to the tasks says EXPECTED (ERR_OK or ERR_ABSENT); deletes the task last. */
static void assert_tasks(struct person *person, int64_t now, enum err expected)
{
    struct store *store = person->fixture->store;
    void *ctx = person->fixture->ctx;
    const char *id = person->user->id;
    const struct task_change change = {.title = "other"};
    struct task wanted = fixture_task(id, "new");
    struct task *task;

    wanted.created_at = wanted.updated_at = now;
    for (int sort = TASK_SORT_CREATED_DESC; sort <= TASK_SORT_TITLE_ASC; sort++) {
        const struct task_filter filter = {.now = now, .sort = (enum task_sort)sort, .limit = 9};
        int rows = 0;
        assert_int_equal(store_task_list(store, id, &filter, count_row, &rows), ERR_OK);
        assert_int_equal(rows > 0, expected == ERR_OK);
    }
    assert_int_equal(store_task_get(store, ctx, TASK_KEY(id, person->task_id, now), &task),
                     expected);
    assert_int_equal(
        store_task_update(store, ctx, TASK_KEY(id, person->task_id, now), &change, &task),
        expected);
    assert_int_equal(store_task_toggle(store, ctx, TASK_KEY(id, person->task_id, now), &task),
                     expected);
    assert_int_equal(store_task_insert(store, ctx, &wanted, NULL, &task), expected);
    assert_int_equal(store_task_delete(store, TASK_KEY(id, person->task_id, now)), expected);
}

static void a_ban_is_written_as_better_auth_writes_it(void **state)
{
    struct person person = new_person(*state);

    assert_false(read_user(&person)->banned);
    assert_int_equal(ban(&person, NOW + CLOCK_DAY), ERR_OK);
    struct user *user = read_user(&person);
    assert_true(user->banned);
    assert_string_equal(user->ban_reason, "why");
    assert_int_equal(user->ban_expires_at, NOW + CLOCK_DAY);
    assert_int_equal(user->updated_at, NOW);
    assert_int_equal(ban(&person, 0), ERR_OK);
    assert_int_equal(read_user(&person)->ban_expires_at, 0);

    assert_int_equal(store_user_pardon(person.fixture->store, user->id, NOW + 1), ERR_OK);
    user = read_user(&person);
    assert_false(user->banned);
    assert_null(user->ban_reason);
    assert_int_equal(user->ban_expires_at, 0);
}

static void a_ban_ends_sessions_tokens_and_links_at_once(void **state)
{
    struct person person = new_person(*state);
    struct person other = new_person(*state);
    const struct verification link = {.id = id_new(person.fixture->ctx),
                                      .identifier = id_new(person.fixture->ctx),
                                      .value = person.user->id,
                                      .created_at = NOW,
                                      .expires_at = NOW + CLOCK_DAY};
    const char *value;

    assert_int_equal(store_verification_insert(person.fixture->store, &link), ERR_OK);
    assert_session(&person, NOW, ERR_OK);
    assert_int_equal(ban(&person, 0), ERR_OK);
    assert_session(&person, NOW, ERR_ABSENT);
    assert_int_equal(store_verification_find(person.fixture->store, person.fixture->ctx,
                                             link.identifier, NOW, &value),
                     ERR_ABSENT);
    assert_session(&other, NOW, ERR_OK);

    /* They were ended and not only hidden. */
    assert_int_equal(store_user_pardon(person.fixture->store, person.user->id, NOW), ERR_OK);
    assert_session(&person, NOW, ERR_ABSENT);
}

static void a_session_written_during_a_ban_is_dead_and_stays_dead_after_it(void **state)
{
    struct person person = new_person(*state);

    assert_int_equal(ban(&person, 0), ERR_OK);
    person.session = add_session(&person);
    assert_session(&person, NOW, ERR_ABSENT);
    assert_int_equal(store_user_pardon(person.fixture->store, person.user->id, NOW), ERR_OK);
    assert_session(&person, NOW, ERR_ABSENT);
}

static void tasks_of_the_banned_are_out_of_reach_and_kept(void **state)
{
    struct person person = new_person(*state);
    struct person other = new_person(*state);

    assert_int_equal(ban(&person, 0), ERR_OK);
    assert_tasks(&person, NOW, ERR_ABSENT);
    assert_tasks(&other, NOW, ERR_OK);
    assert_int_equal(store_user_pardon(person.fixture->store, person.user->id, NOW), ERR_OK);
    assert_tasks(&person, NOW, ERR_OK);
}

static void a_ban_holds_up_to_and_with_its_end(void **state)
{
    struct person person = new_person(*state);
    const int64_t end = NOW + CLOCK_DAY;
    struct user *user;

    assert_int_equal(ban(&person, end), ERR_OK);
    person.session = add_session(&person); /* as another program may */
    user = read_user(&person);
    assert_true(store_user_is_banned(user, end));
    assert_false(store_user_is_banned(user, end + 1));
    assert_session(&person, end, ERR_ABSENT);
    assert_tasks(&person, end, ERR_ABSENT);
    assert_session(&person, end + 1, ERR_OK);
    assert_tasks(&person, end + 1, ERR_OK);

    assert_int_equal(store_user_unban(person.fixture->store, user->id, end + 1), ERR_OK);
    assert_false(read_user(&person)->banned);
    assert_session(&person, NOW, ERR_OK); /* a ban that is over ends nothing more */
}

static void a_row_that_says_nothing_about_bans_is_not_banned(void **state)
{
    struct person person = new_person(*state);

    fixture_sql(person.fixture->store,
                mem_printf(person.fixture->ctx,
                           "UPDATE \"user\" SET \"banned\" = NULL, \"banExpires\" = "
                           "'2999-01-01T00:00:00.000Z' WHERE \"id\" = '%s'",
                           person.user->id));
    assert_false(store_user_is_banned(read_user(&person), NOW));
    assert_session(&person, NOW, ERR_OK);
    assert_tasks(&person, NOW, ERR_OK);
}

static void nobody_is_banned_who_is_not_there(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(store_user_ban(fixture->store, "nobody", NULL, 0, NOW), ERR_ABSENT);
    assert_int_equal(store_user_pardon(fixture->store, "nobody", NOW), ERR_ABSENT);
    assert_int_equal(store_user_unban(fixture->store, "nobody", NOW), ERR_OK);
}

int test_store_bans(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(a_ban_is_written_as_better_auth_writes_it),
        T(a_ban_ends_sessions_tokens_and_links_at_once),
        T(a_session_written_during_a_ban_is_dead_and_stays_dead_after_it),
        T(tasks_of_the_banned_are_out_of_reach_and_kept),
        T(a_ban_holds_up_to_and_with_its_end),
        T(a_row_that_says_nothing_about_bans_is_not_banned),
        T(nobody_is_banned_who_is_not_there),
    };

    return cmocka_run_group_tests_name("bans", tests, NULL, NULL);
}
