/* Races on one database.
 * usage: test_race [FILE or postgresql://URL]; without it SQLite in a new folder. */
#include "../store/fixture.h"
#include "base/log.h"
#include "base/metric.h"
#include "race.h"

int main(int argc, char **argv)
{
    int failed = 0;

    log_setup(LEVEL_ERROR, "test");
    metric_open(&(struct metric_tables){.route_count = 0});
    fixture_begin(argc > 1 ? argv[1] : NULL);
    failed += test_race_users();
    failed += test_race_sessions();
    failed += test_race_letters();
    failed += test_race_limits();
    failed += test_race_keys();
    fixture_end();
    return failed == 0 ? 0 : 1;
}
