/* Refresh tokens, and the ends of sessions against all that keeps sessions alive. */
#include "base/clock.h"
#include "base/mem.h"
#include "race.h"

#define REFRESH     "refresh"
#define GET_SESSION "get-session"

/* Refreshes with COOKIES and writes down what came back. */
static int refresh_with(struct racer *racer, const char *cookies)
{
    const struct reply *reply = browser_post(racer->server, REFRESH, cookies, NULL);

    if (reply->status == 200)
        race_got(racer, reply_cookies(racer->server, reply));
    return reply->status;
}

static int status_of_refresh(struct race *race, const char *cookies)
{
    return browser_post(race->server, REFRESH, cookies, NULL)->status;
}

/* --- one refresh token in many tabs --- */

static int refresh_first(struct racer *racer)
{
    return refresh_with(racer, racer->board->given[0]);
}

/* Who looks when the winner has finished has brought a used token: that ends the family. */
static void a_refresh_token_in_many_tabs_becomes_exactly_one_new_pair(void **state)
{
    struct race *race = race_start(state, refresh_first);

    while (race_next(race)) {
        struct race_user user = race_sign_up(race);

        race_give(race, 0, user.cookies);
        race_run(race);
        assert_int_equal(race_count(race, 200), 1);
        assert_int_equal(race_count(race, 401), RACE_PROCESSES - 1);
        int alive = race_sessions(race, &user);
        assert_in_range(alive, 0, 1);
        assert_int_equal(race_refresh_tokens(race, &user), alive);
        assert_int_equal(status_of_refresh(race, race_winner(race)), alive == 1 ? 200 : 401);
        assert_int_equal(status_of_refresh(race, user.cookies), 401);
        assert_int_equal(race_sessions(race, &user), 0);
    }
}

static int refresh_with_grace(struct racer *racer)
{
    racer->server->config.refresh_reuse_grace = 10 * CLOCK_SECOND;
    return refresh_first(racer);
}

/* The value of NAME among cookies that were sent back. */
static const char *cookie(struct race *race, const char *cookies, const char *name)
{
    const char *start = strstr(cookies, name);

    assert_non_null(start);
    return mem_strndup(race->server->ctx, start, strcspn(start, ";"));
}

static void within_the_grace_all_tabs_get_the_same_successor(void **state)
{
    struct race *race = race_start(state, refresh_with_grace);

    while (race_next(race)) {
        struct race_user user = race_sign_up(race);

        race_give(race, 0, user.cookies);
        race_run(race);
        assert_int_equal(race_count(race, 200), RACE_PROCESSES);
        for (int i = 0; i < RACE_PROCESSES; i++)
            assert_string_equal(cookie(race, race->board->got[i], "better-auth.refresh_token="),
                                cookie(race, race->board->got[0], "better-auth.refresh_token="));
        assert_int_equal(race_refresh_tokens(race, &user), 1);
        assert_int_equal(status_of_refresh(race, race->board->got[0]), 200);
        /* Without a grace of its own the judge sees a reuse. */
        assert_int_equal(status_of_refresh(race, user.cookies), 401);
        assert_int_equal(race_sessions(race, &user), 0);
    }
}

/* --- the end of a session --- */

static const char *const ends[] = {"sign-out", "logout", "revoke-sessions", "revoke-session"};

/* One ends the session; the others refresh it, all with success, or use it, which extends it. */
static int end_or_use(struct racer *racer)
{
    const struct race_board *board = racer->board;

    if (racer->number == 0)
        return browser_post(racer->server, board->given[1], board->given[0], board->given[2])
            ->status;
    if (racer->number % 2 == 0)
        return refresh_with_grace(racer);
    racer->server->config.session_update_age = 0;
    return browser_get(racer->server, GET_SESSION, board->given[0])->status;
}

static void a_session_that_ends_while_it_is_refreshed_and_used_is_over(void **state)
{
    static const char name[] = "better-auth.session_token=";
    struct race *race = race_start(state, end_or_use);

    while (race_next(race)) {
        struct race_user user = race_sign_up(race);
        const char *token = cookie(race, user.cookies, name) + strlen(name);

        race_give(race, 0, user.cookies);
        race_give(race, 1, ends[(size_t)race->round % COUNT(ends)]);
        race_give(
            race, 2,
            mem_printf(race->server->ctx, "{\"token\":\"%.*s\"}", (int)strcspn(token, "."), token));
        race_run(race);
        assert_int_equal(race->board->results[0], 200);
        assert_int_equal(race_sessions(race, &user), 0);
        assert_int_equal(race_rows(race, "\"refreshToken\" WHERE \"userId\" = '%s'", user.id), 0);
        assert_string_equal(browser_get(race->server, GET_SESSION, user.cookies)->body, "null");
        assert_int_equal(server_send(race->server, "GET", "/api/tasks", user.token, NULL)->status,
                         401);
        for (int i = 0; i < RACE_PROCESSES; i++) {
            if (race->board->got[i][0] != '\0')
                assert_int_equal(status_of_refresh(race, race->board->got[i]), 401);
        }
    }
}

/* --- a new password that ends all other sessions --- */

#define CHANGERS 2

/* Some change the password in one session; the others refresh others, two the same. */
static int change_or_refresh(struct racer *racer)
{
    struct server *server = racer->server;
    const char *cookies = racer->board->given[racer->number / 2];
    const struct reply *reply;

    if (racer->number >= CHANGERS)
        return browser_post(server, REFRESH, cookies, NULL)->status;
    reply =
        browser_post(server, "change-password", cookies,
                     mem_printf(server->ctx,
                                "{\"currentPassword\":\"" BROWSER_PASSWORD
                                "\",\"newPassword\":\"new horse %d\",\"revokeOtherSessions\":true}",
                                racer->number));
    if (reply->status == 200)
        race_got(racer, reply_cookies(server, reply));
    return reply->status;
}

static void a_new_password_leaves_no_session_but_its_own_whatever_is_refreshed(void **state)
{
    struct race *race = race_start(state, change_or_refresh);

    while (race_next(race)) {
        struct race_user user = race_sign_up(race);

        race_give(race, 0, user.cookies);
        for (size_t i = 1; i < RACE_PROCESSES / 2; i++)
            race_give(race, i, race_sign_in(race, &user).cookies);
        race_run(race);
        assert_non_null(race_winner(race));
        assert_int_equal(race_sessions(race, &user), 1);
        assert_int_equal(race_refresh_tokens(race, &user), 1);
        assert_int_equal(status_of_refresh(race, race_winner(race)), 200);
    }
}

/* One changes the password, the others sign in with the old one. */
static int change_or_sign_in(struct racer *racer)
{
    racer->server->config.rate_limit_max = 1000;
    if (racer->number == 0)
        return change_or_refresh(racer);
    return browser_post(racer->server, "sign-in", NULL, racer->board->given[1])->status;
}

static void a_new_password_leaves_no_session_of_the_old_one(void **state)
{
    struct race *race = race_start(state, change_or_sign_in);

    while (race_next(race)) {
        struct race_user user = race_sign_up(race);

        race_give(race, 0, user.cookies);
        race_give(race, 1,
                  mem_printf(race->server->ctx,
                             "{\"email\":\"%s\",\"password\":\"" BROWSER_PASSWORD "\"}",
                             user.email));
        race_run(race);
        assert_int_equal(race->board->results[0], 200);
        assert_int_equal(race_sessions(race, &user), 1);
        assert_int_equal(status_of_refresh(race, race_winner(race)), 200);
    }
}

int test_race_sessions(void)
{
#define T(test) cmocka_unit_test_teardown(test, race_teardown)
    const struct CMUnitTest tests[] = {
        T(a_refresh_token_in_many_tabs_becomes_exactly_one_new_pair),
        T(within_the_grace_all_tabs_get_the_same_successor),
        T(a_session_that_ends_while_it_is_refreshed_and_used_is_over),
        T(a_new_password_leaves_no_session_but_its_own_whatever_is_refreshed),
        T(a_new_password_leaves_no_session_of_the_old_one),
    };

    return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
