#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

static void files_are_for_their_owner_only(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct fixture *fixture = *state;

    fixture_registered(fixture);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        const char *file =
            mem_printf(fixture->ctx, "%s%s", fixture_config()->database, suffixes[i]);
        struct stat status;

        assert_int_equal(stat(file, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0600);
    }
}

static void store_works_where_no_shared_memory_can_be_had(void **state)
{
    struct fixture *fixture = *state;
    struct config *config = fixture_database(fixture->ctx);
    char *shm = mem_printf(fixture->ctx, "%s-shm", config->database);

    /* Nobody can map a folder. */
    assert_int_equal(mkdir(shm, 0700), 0);
    for (int i = 0; i < 2; i++) {
        struct store *store = fixture_open(fixture->ctx, config);

        assert_int_equal(store_migrate(store), ERR_OK);
        assert_int_equal(store_user_provision(store, fixture_user(fixture->ctx)), ERR_OK);
        talloc_free(store);
    }
    assert_int_equal(rmdir(shm), 0);
}

static void database_in_wal_mode_can_be_taken_where_no_shared_memory_can_be_had(void **state)
{
    struct fixture *fixture = *state;
    struct config *config = fixture_database(fixture->ctx);
    char *shm = mem_printf(fixture->ctx, "%s-shm", config->database);
    struct user *user = fixture_user(fixture->ctx);
    struct store *store = fixture_open(fixture->ctx, config);
    struct user *found = NULL;
    const char *hash;

    assert_int_equal(store_migrate(store), ERR_OK);
    assert_int_equal(store_user_provision(store, user), ERR_OK);
    talloc_free(store);
    assert_int_equal(mkdir(shm, 0700), 0);
    store = fixture_open(fixture->ctx, config);
    assert_int_equal(store_user_by_email(store, fixture->ctx, user->email, &found, &hash), ERR_OK);
    assert_int_equal(store_user_provision(store, fixture_user(fixture->ctx)), ERR_OK);
    assert_int_equal(rmdir(shm), 0);
}

static void file_that_is_no_database_is_refused_and_left_alone(void **state)
{
    struct fixture *fixture = *state;
    struct config *config = fixture_database(fixture->ctx);
    struct store *store = NULL;
    struct stat status;
    FILE *file = fopen(config->database, "w");

    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("this is a letter, not a database\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(store_open(fixture->ctx, config, &store), ERR_STORE_DOWN);
    assert_null(store);
    assert_int_equal(stat(config->database, &status), 0);
    assert_int_equal(status.st_size, 33000);
}

static void missing_folder_is_an_error_at_opening(void **state)
{
    struct fixture *fixture = *state;
    struct config config = {.store = STORE_SQLITE, .database = "/nonexistent/folder/x.db"};
    struct store *store = NULL;

    assert_int_equal(store_open(fixture->ctx, &config, &store), ERR_STORE_DOWN);
    assert_null(store);
}

/* A server whose file was deleted must not go on with a new empty one. */
static void missing_file_is_not_made_by_who_only_serves(void **state)
{
    struct fixture *fixture = *state;
    struct config *config = fixture_database(fixture->ctx);
    struct store *store = NULL;

    (void)unlink(config->database);
    assert_int_equal(store_open_existing(fixture->ctx, config, &store), ERR_STORE_DOWN);
    assert_null(store);
    assert_int_equal(access(config->database, F_OK), -1);
}

static void full_disk_is_down_writes_nothing_half_and_passes(void **state)
{
    struct fixture *fixture = *state;
    struct config *config = fixture_database(fixture->ctx);
    struct store *store = fixture_open(fixture->ctx, config);
    struct user *user = NULL;
    struct user *found = NULL;
    const char *hash;
    enum err error = ERR_OK;

    assert_int_equal(store_migrate(store), ERR_OK);
    /* Lets the file grow no more. */
    fixture_sql(store, "PRAGMA max_page_count = 1");
    for (int i = 0; i < 1000 && error == ERR_OK; i++) {
        user = fixture_user(fixture->ctx);
        error = store_user_register(store, user, "hash", fixture_session(fixture->ctx, user));
    }
    assert_int_equal(error, ERR_STORE_DOWN);
    assert_int_equal(store_user_by_email(store, fixture->ctx, user->email, &found, &hash),
                     ERR_ABSENT);
    assert_int_equal(store_check_schema(store), ERR_OK);
    fixture_sql(store, "PRAGMA max_page_count = 100000");
    assert_int_equal(store_user_register(store, user, "hash", fixture_session(fixture->ctx, user)),
                     ERR_OK);
}

static void errors_are_counted_by_their_result_code(void **state)
{
    struct fixture *fixture = *state;
    struct config *config = fixture_database(fixture->ctx);
    struct store *store = fixture_open(fixture->ctx, config);
    struct user *user = fixture_user(fixture->ctx);
    struct store *none = NULL;

    assert_int_equal(store_migrate(store), ERR_OK);
    metric_open(&(struct metric_tables){.route_count = 0});
    assert_int_equal(store_user_register(store, user, "hash", NULL), ERR_OK);
    assert_int_equal(store_user_register(store, user, "hash", NULL), ERR_CONFLICT);
    assert_int_equal(fixture_errors(fixture->ctx, "CONSTRAINT"), 1);
    assert_int_equal(metric_noted(METRIC_NOTE_DB_FAILED), 0); /* the database is well */

    fixture_sql(store, "PRAGMA max_page_count = 1");
    int64_t before = clock_monotonic();
    enum err error = ERR_OK;
    for (int i = 0; i < 1000 && error == ERR_OK; i++) {
        error = store_user_register(store, fixture_user(fixture->ctx), "hash", NULL);
    }
    assert_int_equal(error, ERR_STORE_DOWN);
    assert_int_equal(fixture_errors(fixture->ctx, "FULL"), 1);
    assert_in_range(metric_noted(METRIC_NOTE_DB_FAILED), before, clock_monotonic());
    fixture_sql(store, "PRAGMA max_page_count = 100000");
    assert_int_equal(store_user_register(store, fixture_user(fixture->ctx), "hash", NULL), ERR_OK);
    assert_int_equal(metric_noted(METRIC_NOTE_DB_FAILED), 0);

    config->database = "/nonexistent/folder/x.db";
    assert_int_equal(metric_get(METRIC_DB_CONNECTS, METRIC_FAILURE, 0), 0);
    assert_int_equal(store_open(fixture->ctx, config, &none), ERR_STORE_DOWN);
    assert_int_equal(metric_get(METRIC_DB_CONNECTS, METRIC_FAILURE, 0), 1);
    assert_int_equal(fixture_errors(fixture->ctx, "CANTOPEN"), 1);
}

static void writer_that_waits_too_long_is_down_and_readers_go_on(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct store *holder = fixture_open(fixture->ctx, fixture_config());
    struct user *found = NULL;
    const char *hash;
    int64_t begin;

    assert_int_equal(holder->db->driver->begin(holder->db), ERR_OK);
    assert_int_equal(store_user_by_email(fixture->store, fixture->ctx, user->email, &found, &hash),
                     ERR_OK);
    begin = clock_monotonic();
    assert_int_equal(store_user_provision(fixture->store, fixture_user(fixture->ctx)),
                     ERR_STORE_DOWN);
    assert_in_range(clock_monotonic() - begin, 3000, CLOCK_MINUTE);
    holder->db->driver->rollback(holder->db);
    assert_int_equal(store_user_provision(fixture->store, fixture_user(fixture->ctx)), ERR_OK);
}

static void time_that_is_none_is_an_error_and_no_answer(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *found = NULL;
    const char *hash = NULL;

    fixture_sql(fixture->store, mem_printf(fixture->ctx,
                                           "UPDATE \"user\" SET \"createdAt\" = 'yesterday' "
                                           "WHERE \"id\" = '%s'",
                                           user->id));
    assert_int_equal(store_user_by_email(fixture->store, fixture->ctx, user->email, &found, &hash),
                     ERR_INTERNAL);
    assert_null(found);
}

int test_store_sqlite(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup_quiet, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(files_are_for_their_owner_only),
        T(store_works_where_no_shared_memory_can_be_had),
        T(database_in_wal_mode_can_be_taken_where_no_shared_memory_can_be_had),
        T(file_that_is_no_database_is_refused_and_left_alone),
        T(missing_folder_is_an_error_at_opening),
        T(missing_file_is_not_made_by_who_only_serves),
        T(full_disk_is_down_writes_nothing_half_and_passes),
        T(errors_are_counted_by_their_result_code),
        T(writer_that_waits_too_long_is_down_and_readers_go_on),
        T(time_that_is_none_is_an_error_and_no_answer),
    };

    return cmocka_run_group_tests_name("SQLite", tests, NULL, NULL);
}
