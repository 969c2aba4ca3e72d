#include "fixture.h"

static struct store *fresh(struct fixture *fixture)
{
    return fixture_open(fixture->ctx, fixture_database(fixture->ctx));
}

static void open_database_answers(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(store_ping(fixture->store), ERR_OK);
    assert_int_equal(store_ping(fresh(fixture)), ERR_OK);
}

static void empty_database_is_refused_until_it_is_migrated(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fresh(fixture);

    assert_int_equal(store_check_schema(store), ERR_CONFIG);
    assert_int_equal(store_migrate(store), ERR_OK);
    assert_int_equal(store_check_schema(store), ERR_OK);
}

static void migrating_twice_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct user *user = fixture_registered(fixture);
    struct user *found = NULL;
    const char *hash;

    assert_int_equal(store_migrate(fixture->store), ERR_OK);
    assert_int_equal(store_migrate(fixture->store), ERR_OK);
    assert_int_equal(store_check_schema(fixture->store), ERR_OK);
    assert_int_equal(store_user_by_email(fixture->store, fixture->ctx, user->email, &found, &hash),
                     ERR_OK);
}

static void newer_schema_is_refused_and_left_alone(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fresh(fixture);

    assert_int_equal(store_migrate(store), ERR_OK);
    fixture_sql(store, "INSERT INTO taskgate_schema (version, name, applied_at) VALUES "
                       "(9999, 'from the future', '2099-01-01T00:00:00.000Z')");
    assert_int_equal(store_check_schema(store), ERR_CONFIG);
    assert_int_equal(store_migrate(store), ERR_CONFIG);
    fixture_sql(store, "DELETE FROM taskgate_schema WHERE version = 9999");
    assert_int_equal(store_check_schema(store), ERR_OK);
}

static void tables_that_better_auth_made_before_are_taken_over(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fresh(fixture);
    struct user *found = NULL;
    const char *hash;

    fixture_sql(store,
                fixture_is_postgresql()
                    ? "CREATE TABLE \"user\" (\"id\" text PRIMARY KEY, \"name\" text NOT NULL,"
                      " \"email\" text NOT NULL UNIQUE, \"emailVerified\" boolean NOT NULL,"
                      " \"image\" text,"
                      " \"createdAt\" timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,"
                      " \"updatedAt\" timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP)"
                    : "create table \"user\" (\"id\" text not null primary key, \"name\" text"
                      " not null, \"email\" text not null unique, \"emailVerified\" integer"
                      " not null, \"image\" text, \"createdAt\" date not null, \"updatedAt\""
                      " date not null)");
    fixture_sql(store, "INSERT INTO \"user\" VALUES ('u1', 'Ann', 'ann@example.com', '1', NULL,"
                       " '2024-05-06T07:08:09.123Z', '2024-05-06T07:08:09.123Z')");
    assert_int_equal(store_migrate(store), ERR_OK);
    assert_int_equal(store_user_by_email(store, fixture->ctx, "ann@example.com", &found, &hash),
                     ERR_OK);
    assert_string_equal(found->id, "u1");
    assert_true(found->email_verified);
    assert_int_equal(found->created_at, INT64_C(1714979289123));
}

static void columns_of_the_admin_plugin_are_taken_over_with_what_is_in_them(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fresh(fixture);
    struct migration before[] = {store->steps[0], {.version = 0}};
    struct user *found = NULL;
    const bool pg = fixture_is_postgresql();

    assert_int_equal(migrate_run(store->db, before), ERR_OK);
    fixture_sql(store, pg ? "ALTER TABLE \"user\" ADD COLUMN \"role\" text, ADD COLUMN"
                            " \"banned\" boolean DEFAULT false, ADD COLUMN \"banReason\" text,"
                            " ADD COLUMN \"banExpires\" timestamptz"
                          : "alter table \"user\" add column \"role\" text; alter table \"user\""
                            " add column \"banned\" integer default 0; alter table \"user\" add"
                            " column \"banReason\" text; alter table \"user\" add column"
                            " \"banExpires\" date");
    fixture_sql(store, "INSERT INTO \"user\" (\"id\", \"name\", \"email\", \"emailVerified\","
                       " \"createdAt\", \"updatedAt\", \"banned\", \"banReason\", \"banExpires\")"
                       " VALUES ('u1', 'Ann', 'ann@example.com', '1', '2024-05-06T07:08:09.123Z',"
                       " '2024-05-06T07:08:09.123Z', '1', 'spam', '2999-05-06T07:08:09.123Z')");
    assert_int_equal(store_migrate(store), ERR_OK);
    assert_int_equal(store_check_schema(store), ERR_OK);
    assert_int_equal(store_user_by_id(store, fixture->ctx, "u1", &found), ERR_OK);
    assert_true(found->banned);
    assert_string_equal(found->ban_reason, "spam");
    assert_int_equal(found->ban_expires_at, INT64_C(32482969689123));
}

static void required_issuer_column_stops_the_start_until_it_is_relaxed(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fresh(fixture);

    assert_int_equal(store_migrate(store), ERR_OK);
    fixture_sql(store, "ALTER TABLE \"account\" ADD COLUMN \"issuer\" text NOT NULL DEFAULT ''");
    assert_int_equal(store_check_schema(store), ERR_OK);
    if (fixture_is_postgresql()) {
        fixture_sql(store, "ALTER TABLE \"account\" ALTER COLUMN \"issuer\" DROP DEFAULT");
    } else {
        fixture_sql(store, "DROP TABLE \"account\"; CREATE TABLE \"account\" (\"id\" text NOT NULL"
                           " PRIMARY KEY, \"issuer\" text NOT NULL)");
    }
    assert_int_equal(store_check_schema(store), ERR_CONFIG);
    assert_int_equal(store_migrate(store), ERR_CONFIG);
}

static void step_that_fails_leaves_no_trace(void **state)
{
    static const struct migration broken[] = {
        {.version = 1,
         .name = "0001_broken",
         .sql = "CREATE TABLE half (id text); CREATE TABLE taskgate_schema (version bigint, name"
                " text, applied_at text); this is not SQL"},
        {.version = 0},
    };
    struct fixture *fixture = *state;
    struct store *store = fresh(fixture);
    enum db_column column;

    assert_int_equal(migrate_run(store->db, broken), ERR_INTERNAL);
    assert_int_equal(store->db->driver->column(store->db, "half", "id", &column), ERR_OK);
    assert_int_equal(column, DB_COLUMN_ABSENT);
    assert_int_equal(store_migrate(store), ERR_OK);
}

static void steps_are_applied_in_order_from_where_the_database_is(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = fresh(fixture);
    struct migration steps[32] = {0}; /* all that there are, and two more */
    int count = 0;
    enum db_column column;

    for (; store->steps[count].version != 0; count++)
        steps[count] = store->steps[count];
    steps[count] =
        (struct migration){.version = count + 1, .name = "a", .sql = "CREATE TABLE a (x text)"};
    steps[count + 1] = (struct migration){
        .version = count + 2, .name = "b", .sql = "ALTER TABLE a ADD COLUMN y text"};

    assert_int_equal(migrate_run(store->db, store->steps), ERR_OK);
    assert_int_equal(migrate_check(store->db, steps), ERR_CONFIG);
    assert_int_equal(migrate_run(store->db, steps), ERR_OK);
    assert_int_equal(migrate_check(store->db, steps), ERR_OK);
    assert_int_equal(store->db->driver->column(store->db, "a", "y", &column), ERR_OK);
    assert_int_equal(column, DB_COLUMN_OPTIONAL);
    assert_int_equal(store_check_schema(store), ERR_CONFIG);
}

static void every_index_on_tasks_leads_with_the_user(void **state)
{
    struct fixture *fixture = *state;

    if (!fixture_is_postgresql()) {
        /* There the primary key is the row's number; the index must still lead with the user. */
        fixture_sql(fixture->store, "SELECT 1 FROM tasks INDEXED BY tasks_user_created_idx "
                                    "WHERE user_id = 'x' ORDER BY created_at DESC, id DESC");
        return;
    }
    /* A division by zero if one does not. */
    fixture_sql(fixture->store,
                "SELECT 1 / (count(*) FILTER (WHERE a.attname <> 'user_id') = 0)::int"
                " FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid"
                " AND a.attnum = i.indkey[0] WHERE i.indrelid = 'tasks'::regclass");
}

int test_store_schema(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_setup_quiet, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(open_database_answers),
        T(empty_database_is_refused_until_it_is_migrated),
        T(migrating_twice_changes_nothing),
        T(newer_schema_is_refused_and_left_alone),
        T(tables_that_better_auth_made_before_are_taken_over),
        T(columns_of_the_admin_plugin_are_taken_over_with_what_is_in_them),
        T(required_issuer_column_stops_the_start_until_it_is_relaxed),
        T(step_that_fails_leaves_no_trace),
        T(steps_are_applied_in_order_from_where_the_database_is),
        T(every_index_on_tasks_leads_with_the_user),
    };

    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
