/* The beginnings and the end of users. */
#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "race.h"

/* --- sign-up --- */

/* Better Auth's path and the short one by turns, the address in two spellings. */
static int try_sign_up(struct racer *racer)
{
    const char *body = racer->board->given[racer->number % 4 / 2];

    return browser_post(racer->server, racer->number % 2 == 0 ? "sign-up" : "sign-up/email", NULL,
                        body)
        ->status;
}

static const char *sign_up_body(struct race *race, const char *email)
{
    return mem_printf(race->server->ctx,
                      "{\"name\":\"N\",\"email\":\"%s\",\"password\":\"" BROWSER_PASSWORD "\"}",
                      email);
}

static void of_sign_ups_with_one_address_exactly_one_makes_a_user(void **state)
{
    struct race *race = race_start(state, try_sign_up);

    while (race_next(race)) {
        const char *name = id_lower(race->server->ctx);

        race_give(race, 0,
                  sign_up_body(race, mem_printf(race->server->ctx, "%s@example.com", name)));
        race_give(race, 1,
                  sign_up_body(race, mem_printf(race->server->ctx, "%s@EXAMPLE.com", name)));
        race_run(race);
        /* 201 and 400 on the short path, 200 and 422 on Better Auth's. */
        assert_int_equal(race_count(race, 201) + race_count(race, 200), 1);
        assert_int_equal(race_count(race, 400) + race_count(race, 422), RACE_PROCESSES - 1);
        assert_int_equal(race_rows(race, "\"user\" WHERE \"email\" = '%s@example.com'", name), 1);
        assert_int_equal(race_rows(race,
                                   "\"account\" WHERE \"userId\" IN"
                                   " (SELECT \"id\" FROM \"user\" WHERE \"email\" LIKE '%s@%%')",
                                   name),
                         1);
    }
}

/* --- sign-in --- */

static int sign_in_often(struct racer *racer)
{
    racer->server->config.rate_limit_max = 1000;
    return browser_post(racer->server, "sign-in", NULL, racer->board->given[0])->status;
}

/* Each of them finds the hash that it verified replaced by another's. */
static void sign_ins_that_replace_an_old_hash_all_succeed(void **state)
{
    struct race *race = race_start(state, sign_in_often);

    while (race_next(race)) {
        struct race_user user = race_sign_up(race);

        race_sql(race, mem_printf(race->server->ctx,
                                  "UPDATE \"account\" SET \"password\" = '" BROWSER_PASSWORD
                                  "' WHERE \"userId\" = '%s'",
                                  user.id));
        race_give(race, 0, sign_up_body(race, user.email));
        race_run(race);
        assert_int_equal(race_count(race, 200), RACE_PROCESSES);
        assert_int_equal(race_sessions(race, &user), 1 + RACE_PROCESSES);
    }
}

/* --- users who live elsewhere --- */

static int write_task(struct racer *racer)
{
    return server_send(racer->server, "POST", "/api/tasks", racer->board->given[racer->number],
                       "{\"title\":\"t\"}")
        ->status;
}

static void first_writes_of_foreign_users_make_one_row_for_each_of_them(void **state)
{
    struct race *race = race_start(state, write_task);

    while (race_next(race)) {
        void *ctx = race->server->ctx;
        const char *name = id_lower(ctx);

        /* Two users, who say that they have the same address. */
        for (size_t i = 0; i < RACE_PROCESSES; i++)
            race_give(
                race, i,
                server_token_with(race->server,
                                  mem_printf(ctx, "\"sub\":\"%s-%zu\",\"email\":\"%s@example.com\"",
                                             name, i % 2, name)));
        race_run(race);
        assert_int_equal(race_count(race, 201), RACE_PROCESSES);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(race_rows(race, "\"user\" WHERE \"id\" = '%s-%d'", name, i), 1);
            assert_int_equal(race_rows(race, "tasks WHERE user_id = '%s-%d'", name, i),
                             RACE_PROCESSES / 2);
        }
        assert_int_equal(race_rows(race, "\"user\" WHERE \"email\" = '%s@example.com'", name), 1);
    }
}

/* --- the end of a user --- */

/* What a user's browsers do meanwhile. */
static int live(struct racer *racer)
{
    struct server *server = racer->server;
    const struct race_board *board = racer->board;
    const char *cookies = board->given[0];

    switch (racer->number) {
    case 2:
        return server_send(server, "POST", "/api/tasks", board->given[1], "{\"title\":\"t\"}")
            ->status;
    case 3:
        return server_ask(server,
                          &(struct ask){.method = "POST",
                                        .uri = mem_printf(server->ctx, "/api/proxy/%s/tasks",
                                                          board->given[5]),
                                        .body = "{\"title\":\"t\"}",
                                        .params = {cookies, BROWSER_ORIGIN}})
            ->status;
    case 4:
        return browser_post(server, "refresh", cookies, NULL)->status;
    case 5:
        return browser_post(server, "change-password", cookies, board->given[2])->status;
    case 6:
        return browser_post(server, "sign-in", NULL, board->given[3])->status;
    default:
        return browser_go(server, board->given[4], NULL)->status;
    }
}

/* A user with a life, and an expired session, which the next sign-in clears away. */
static struct race_user begin_life(struct race *race)
{
    struct race_user user = race_sign_up(race);

    race_sql(race, mem_printf(race->server->ctx,
                              "UPDATE \"session\" SET \"expiresAt\" = '2001-01-01T00:00:00.000Z'"
                              " WHERE \"userId\" = '%s'",
                              user.id));
    user = race_sign_in(race, &user);
    race_give(race, 0, user.cookies);
    race_give(race, 1, user.token);
    race_give(race, 2,
              "{\"currentPassword\":\"" BROWSER_PASSWORD
              "\",\"newPassword\":\"new horse\",\"revokeOtherSessions\":true}");
    race_give(race, 3, sign_up_body(race, user.email));
    race_give(race, 4, race_verify_link(race, &user));
    race_give(race, 5, user.id);
    return user;
}

static int delete_or_live(struct racer *racer)
{
    if (racer->number > 1)
        return live(racer);
    return browser_post(racer->server, "delete-user", racer->board->given[0], "{}")->status;
}

/* A new password or a proven address may end the session before it has said what it wanted. */
static void a_user_that_is_deleted_while_it_lives_leaves_nothing(void **state)
{
    struct race *race = race_start(state, delete_or_live);
    int deleted = 0;

    while (race_next(race)) {
        struct race_user user = begin_life(race);

        race_run(race);
        if (race->board->results[0] != 200 && race->board->results[1] != 200)
            continue;
        deleted++;
        assert_int_equal(race_rows(race, "\"user\" WHERE \"id\" = '%s'", user.id), 0);
        assert_int_equal(race_rows(race, "\"account\" WHERE \"userId\" = '%s'", user.id), 0);
        assert_int_equal(race_sessions(race, &user), 0);
        assert_int_equal(race_refresh_tokens(race, &user), 0);
        assert_int_equal(race_rows(race, "tasks WHERE user_id = '%s'", user.id), 0);
    }
    assert_true(deleted > 0);
}

/* What "taskgate user ban" does. */
static int ban_or_live(struct racer *racer)
{
    struct server *server = racer->server;

    if (racer->number > 1)
        return live(racer);
    return store_user_ban(server->app.store, racer->board->given[5], NULL, 0, clock_now()) == ERR_OK
               ? 200
               : 500;
}

static void a_user_that_is_banned_while_it_lives_is_out(void **state)
{
    struct race *race = race_start(state, ban_or_live);

    while (race_next(race)) {
        struct race_user user = begin_life(race);

        race_run(race);
        assert_string_equal(browser_get(race->server, "get-session", user.cookies)->body, "null");
        assert_int_equal(browser_post(race->server, "refresh", user.cookies, NULL)->status, 401);
        assert_int_equal(server_send(race->server, "GET", "/api/tasks", user.token, NULL)->status,
                         401);
        assert_in_range(browser_post(race->server, "sign-in", NULL, race->board->given[3])->status,
                        401, 403);
    }
}

int test_race_users(void)
{
#define T(test) cmocka_unit_test_teardown(test, race_teardown)
    const struct CMUnitTest tests[] = {
        T(of_sign_ups_with_one_address_exactly_one_makes_a_user),
        T(sign_ins_that_replace_an_old_hash_all_succeed),
        T(first_writes_of_foreign_users_make_one_row_for_each_of_them),
        T(a_user_that_is_deleted_while_it_lives_leaves_nothing),
        T(a_user_that_is_banned_while_it_lives_is_out),
    };

    return cmocka_run_group_tests_name("users", tests, NULL, NULL);
}
