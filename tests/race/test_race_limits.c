/* Limits, which have room for exactly as many as they say. */
#include "base/mem.h"
#include "race.h"

#define TRIES 13 /* of each racer: 104 altogether */

/* How often the answer was STATUS; else it must be that there were too many. */
static int tries(struct racer *racer, const char *uri, const char *body, int status)
{
    int count = 0;

    for (int i = 0; i < TRIES; i++) {
        const struct reply *reply = server_ask(
            racer->server,
            &(struct ask){
                .method = "POST", .uri = uri, .body = body, .params = {racer->board->given[0]}});
        if (reply->status == status)
            count++;
        else if (reply->status != 429)
            return reply->status; /* too much for any sum */
    }
    return count;
}

static int sum(const struct race *race)
{
    int count = 0;

    for (int i = 0; i < RACE_PROCESSES; i++)
        count += race->board->results[i];
    return count;
}

/* An address for each round. */
static void give_address(struct race *race)
{
    race_give(race, 0,
              mem_printf(race->server->ctx, "REMOTE_ADDR=10.%d.%d.7", race->round / 250,
                         race->round % 250));
}

static int try_path(struct racer *racer)
{
    racer->server->config.path_rate_limit = true;
    return tries(racer, "/api/auth/sign-in/email", "{\"email\":\"none\",\"password\":\"x\"}", 400);
}

static void of_100_parallel_requests_to_a_path_limited_to_3_exactly_3_pass(void **state)
{
    struct race *race = race_start(state, try_path);

    while (race_next(race)) {
        give_address(race);
        race_run(race);
        assert_int_equal(sum(race), 3);
    }
}

static int try_password(struct racer *racer)
{
    return tries(racer, "/api/auth/sign-in",
                 "{\"email\":\"nobody@example.com\",\"password\":\"wrong horse\"}", 401);
}

static void of_100_parallel_wrong_passwords_exactly_5_are_looked_at(void **state)
{
    struct race *race = race_start(state, try_password);

    while (race_next(race)) {
        give_address(race);
        race_run(race);
        assert_int_equal(sum(race), 5);
    }
}

int test_race_limits(void)
{
#define T(test) cmocka_unit_test_teardown(test, race_teardown)
    const struct CMUnitTest tests[] = {
        T(of_100_parallel_requests_to_a_path_limited_to_3_exactly_3_pass),
        T(of_100_parallel_wrong_passwords_exactly_5_are_looked_at),
    };

    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
