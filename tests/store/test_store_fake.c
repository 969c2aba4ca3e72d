/* What the store does when the database fails at any of its calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "db_fake.h"
#include "store/migrate.h"
#include "store/store.h"

static const struct user user = {.id = "u", .name = "n", .email = "e@example.com"};
static const struct session session = {
    .id = "s", .token = "t", .user_id = "u", .ip_address = "", .user_agent = ""};

static const struct migration steps[] = {
    {.version = 1, .name = "0001_one", .sql = "script"},
    {.version = 0},
};

static const enum err errors[] = {ERR_STORE_DOWN, ERR_CONFLICT, ERR_MISSING_PARENT, ERR_BAD_VALUE,
                                  ERR_INTERNAL};

#define EACH_ERROR(i) (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)

static int setup(void **state)
{
    *state = mem_context(NULL);
    return 0;
}

static int teardown(void **state)
{
    talloc_free(*state);
    return 0;
}

/* The log of a run that failed at call NUMBER of CALLS must be the calls up to there, and behind a
 * begin that worked one rollback and nothing more. */
static void assert_rolled_back(const struct db_fake *fake, const char *const *calls, int number)
{
    struct buf *expected = buf_new(fake->log);
    bool begun = false;

    for (int i = 0; i < number; i++) {
        buf_puts(expected, calls[i]);
        buf_putc(expected, ' ');
        begun = begun || (strcmp(calls[i], "begin") == 0 && i < number - 1);
    }
    if (begun)
        buf_puts(expected, "rollback ");
    assert_string_equal(fake->log->data, expected->data);
}

static void register_that_fails_anywhere_rolls_back_once_and_tells_the_error(void **state)
{
    static const char *const calls[] = {"begin", "user_insert", "account_insert_credential",
                                        "session_insert", "commit"};

    for
        EACH_ERROR(i)
        {
            for (int number = 1; number <= 5; number++) {
                struct db_fake *fake = db_fake_new(*state, number, errors[i]);
                struct store store = {.db = &fake->db};

                assert_int_equal(store_user_register(&store, &user, "hash", &session), errors[i]);
                assert_rolled_back(fake, calls, number);
            }
        }
}

static void session_that_fails_anywhere_rolls_back_once_and_tells_the_error(void **state)
{
    static const char *const calls[] = {
        "begin",          "user_lock",      "session_forget_expired",
        "session_insert", "refresh_insert", "commit"};
    const struct refresh refresh = {.digest = "d"};
    struct session with_refresh = session;

    with_refresh.refresh = &refresh;
    for
        EACH_ERROR(i)
        {
            for (int number = 1; number <= 6; number++) {
                struct db_fake *fake = db_fake_new(*state, number, errors[i]);
                struct store store = {.db = &fake->db};

                fake->count = 1;

                assert_int_equal(store_session_insert(&store, &with_refresh), errors[i]);
                assert_rolled_back(fake, calls, number);
            }
        }
}

static void register_that_works_commits_last_and_rolls_nothing_back(void **state)
{
    struct db_fake *fake = db_fake_new(*state, 0, ERR_OK);
    struct store store = {.db = &fake->db};

    assert_int_equal(store_user_register(&store, &user, "hash", &session), ERR_OK);
    assert_string_equal(fake->log->data,
                        "begin user_insert account_insert_credential session_insert commit ");
}

static void migration_that_fails_anywhere_rolls_back_once_and_tells_the_error(void **state)
{
    static const char *const calls[] = {"begin",  "lock",          "account", "taskgate_schema",
                                        "script", "schema_record", "commit"};

    for
        EACH_ERROR(i)
        {
            for (int number = 1; number <= 7; number++) {
                struct db_fake *fake = db_fake_new(*state, number, errors[i]);

                assert_int_equal(migrate_run(&fake->db, steps), errors[i]);
                assert_rolled_back(fake, calls, number);
            }
        }
}

static void provision_asks_for_the_id_only_after_a_conflict(void **state)
{
    struct db_fake *fake = db_fake_new(*state, 0, ERR_OK);
    struct store store = {.db = &fake->db};

    assert_int_equal(store_user_provision(&store, &user), ERR_OK);
    assert_string_equal(fake->log->data, "user_provision ");
    fake = db_fake_new(*state, 1, ERR_CONFLICT);
    store.db = &fake->db;
    assert_int_equal(store_user_provision(&store, &user), ERR_CONFLICT);
    assert_string_equal(fake->log->data, "user_provision user_by_id ");
    fake = db_fake_new(*state, 1, ERR_CONFLICT);
    fake->count = 1;
    store.db = &fake->db;
    assert_int_equal(store_user_provision(&store, &user), ERR_OK);
    fake = db_fake_new(*state, 1, ERR_STORE_DOWN);
    store.db = &fake->db;
    assert_int_equal(store_user_provision(&store, &user), ERR_STORE_DOWN);
    assert_string_equal(fake->log->data, "user_provision ");
}

static bool want_all(void *arg, const struct user *row)
{
    (void)arg;
    (void)row;
    return true;
}

static void lookup_that_fails_tells_the_error_and_writes_nothing_back(void **state)
{
    struct user *found_user = NULL;
    struct task *found_task = NULL;
    const char *hash = NULL;
    const char *owner = NULL;
    struct user_counts counts = {.tasks = -1};
    int64_t count = -1;

    for
        EACH_ERROR(i)
        {
            const struct task_filter filter = {.limit = 1};
            const struct task_key key = {.user_id = "u", .id = 1, .now = 1};
            struct db_fake *fake = db_fake_new(*state, 0, errors[i]);
            struct store store = {.db = &fake->db};

#define FAILS(call) (fake->fail_at = fake->calls + 1, assert_int_equal((call), errors[i]))
            FAILS(store_ping(&store));
            FAILS(store_user_by_email(&store, fake, "e", &found_user, &hash));
            FAILS(store_user_list(&store, NULL, want_all, NULL));
            FAILS(store_user_count(&store, "u", 1, &counts));
            FAILS(store_session_alive(&store, "s", "u", 1));
            FAILS(store_session_end_token(&store, fake, "t", &owner));
            FAILS(store_session_end_id(&store, fake, "s", "u", &owner));
            FAILS(store_task_count(&store, "u", &filter, &count));
            FAILS(store_task_get(&store, fake, &key, &found_task));
            FAILS(store_task_toggle(&store, fake, &key, &found_task));
            FAILS(store_task_delete(&store, &key));
        }
    assert_null(found_user);
    assert_null(found_task);
    assert_null(hash);
    assert_null(owner);
    assert_int_equal(count, -1);
    assert_int_equal(counts.tasks, -1);
}

static void key_that_fails_anywhere_rolls_back_once_and_tells_the_error(void **state)
{
    static const char *const rotate[] = {"begin", "key_lock", "key_retire", "key_insert", "commit"};
    static const char *const first[] = {"begin",      "key_lock",    "key_signing",
                                        "key_insert", "key_signing", "commit"};
    const struct key key = {.id = "k", .public_jwk = "p", .private_key = "q", .alg = "EdDSA"};

    for
        EACH_ERROR(i)
        {
            for (int number = 1; number <= 5; number++) {
                struct db_fake *fake = db_fake_new(*state, number, errors[i]);
                struct store store = {.db = &fake->db};
                struct key *found = NULL;

                assert_int_equal(store_key_rotate(&store, &key), errors[i]);
                assert_rolled_back(fake, rotate, number);
                fake = db_fake_new(*state, number, errors[i]);
                store.db = &fake->db;
                assert_int_equal(store_key_first(&store, fake, &key, &found), errors[i]);
                assert_rolled_back(fake, first, number);
                assert_null(found);
            }
        }
}

static void end_of_a_user_that_fails_anywhere_rolls_back_once_and_tells_the_error(void **state)
{
    static const char *const ban[] = {"begin", "verification_forget_user", "user_set_ban",
                                      "session_end_all", "commit"};
    static const char *const password[] = {"begin",       "verification_forget_user",
                                           "user_lock",   "session_end_all",
                                           "account_set", "commit"};
    static const char *const move[] = {"begin", "verification_forget_user", "user_move", "commit"};

    for
        EACH_ERROR(i)
        {
            for (int number = 1; number <= 5; number++) {
                struct db_fake *fake = db_fake_new(*state, number, errors[i]);
                struct store store = {.db = &fake->db};

                fake->count = 1;
                assert_int_equal(store_user_ban(&store, "u", "why", 0, 1), errors[i]);
                assert_rolled_back(fake, ban, number);
            }
            for (int number = 1; number <= 6; number++) {
                struct db_fake *fake = db_fake_new(*state, number, errors[i]);
                struct store store = {.db = &fake->db};

                fake->count = 1;
                assert_int_equal(store_user_set_password(&store, "u", "a", "hash", 1), errors[i]);
                assert_rolled_back(fake, password, number);
            }
            for (int number = 1; number <= 4; number++) {
                struct db_fake *fake = db_fake_new(*state, number, errors[i]);
                struct store store = {.db = &fake->db};

                fake->count = 1;
                assert_int_equal(store_user_move(&store, "u", "a@x.de", "b@x.de", 1), errors[i]);
                assert_rolled_back(fake, move, number);
            }
        }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(register_that_fails_anywhere_rolls_back_once_and_tells_the_error),
        T(key_that_fails_anywhere_rolls_back_once_and_tells_the_error),
        T(session_that_fails_anywhere_rolls_back_once_and_tells_the_error),
        T(end_of_a_user_that_fails_anywhere_rolls_back_once_and_tells_the_error),
        T(register_that_works_commits_last_and_rolls_nothing_back),
        T(migration_that_fails_anywhere_rolls_back_once_and_tells_the_error),
        T(provision_asks_for_the_id_only_after_a_conflict),
        T(lookup_that_fails_tells_the_error_and_writes_nothing_back),
    };

    log_setup(LEVEL_ERROR, "expected");
    return cmocka_run_group_tests_name("failures", tests, NULL, NULL);
}
