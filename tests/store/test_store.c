/* The store, on one database: the same promises for SQLite and PostgreSQL.
 * usage: test_store [FILE or postgresql://URL]; without it SQLite in a new folder. */
#include "fixture.h"

#include "base/log.h"

int main(int argc, char **argv)
{
    int failed = 0;

    /* Provoked failures would fill the output with what the driver says about them. */
    log_setup(LEVEL_ERROR, "test");
    fixture_begin(argc > 1 ? argv[1] : NULL);
    failed += test_store_users();
    failed += test_store_accounts();
    failed += test_store_bans();
    failed += test_store_sessions();
    failed += test_store_refresh();
    failed += test_store_keys();
    failed += test_store_letters();
    failed += test_store_tasks();
    failed += test_store_lists();
    failed += test_store_schema();
    failed += test_store_throttle();
    failed += test_store_transfer();
    failed += test_store_groups();
    failed += test_store_races();
    failed += fixture_is_postgresql() ? test_store_postgresql() : test_store_sqlite();
    fixture_end();
    return failed == 0 ? 0 : 1;
}
