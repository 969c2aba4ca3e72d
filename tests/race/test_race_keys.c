/* Signing keys: the first of them, and rotation while tokens are made and checked. */
#include "auth/signing.h"
#include "base/clock.h"
#include "base/mem.h"
#include "race.h"

static const char *new_token(struct server *server, const char *cookies)
{
    const struct reply *reply = browser_get(server, "token", cookies);

    assert_int_equal(reply->status, 200);
    return reply_text(reply, "token");
}

static int use(struct server *server, const char *token)
{
    return server_send(server, "GET", "/api/tasks", token, NULL)->status;
}

/* --- the first key --- */

static int sign_first(struct racer *racer)
{
    race_got(racer, new_token(racer->server, racer->board->given[0]));
    return use(racer->server, racer->board->got[racer->number]);
}

static void first_tokens_make_exactly_one_key(void **state)
{
    struct race *race = race_start(state, sign_first);

    while (race_next(race)) {
        race_give(race, 0, race_sign_up(race).cookies);
        race_sql(race, "DELETE FROM \"jwks\"");
        race_run(race);
        assert_int_equal(race_count(race, 200), RACE_PROCESSES);
        assert_int_equal(race_rows(race, "\"jwks\""), 1);
    }
}

/* --- rotation --- */

#define ROTATORS 2

/* Some rotate; the others check the token from before and their own of now. */
static int rotate_or_use(struct racer *racer)
{
    struct server *server = racer->server;
    const char *id;

    if (racer->number < ROTATORS)
        return signing_rotate(server->ctx, &server->config, server->app.store, clock_now(), &id) ==
                       ERR_OK
                   ? 200
                   : 500;
    race_got(racer, new_token(server, racer->board->given[0]));
    if (use(server, racer->board->given[1]) != 200)
        return 401;
    return use(server, racer->board->got[racer->number]);
}

static void rotation_refuses_no_token_and_leaves_one_key_that_signs(void **state)
{
    struct race *race = race_start(state, rotate_or_use);

    while (race_next(race)) {
        struct race_user user = race_sign_up(race);

        race_sql(race, "DELETE FROM \"jwks\"");
        race_give(race, 0, user.cookies);
        race_give(race, 1, new_token(race->server, user.cookies));
        race_run(race);
        assert_int_equal(race_count(race, 200), RACE_PROCESSES);
        assert_int_equal(race_rows(race, "\"jwks\""), 1 + ROTATORS);
        assert_int_equal(race_rows(race, "\"jwks\" WHERE \"expiresAt\" IS NULL"), 1);
        for (int i = ROTATORS; i < RACE_PROCESSES; i++)
            assert_int_equal(use(race->server, race->board->got[i]), 200);
    }
}

int test_race_keys(void)
{
#define T(test) cmocka_unit_test_teardown(test, race_teardown)
    const struct CMUnitTest tests[] = {
        T(first_tokens_make_exactly_one_key),
        T(rotation_refuses_no_token_and_leaves_one_key_that_signs),
    };

    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
