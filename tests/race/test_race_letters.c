/* Links of letters that are used more than once at the same moment (Better Auth PR 8067). */
#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "race.h"

/* A link for USER, as its letter would hold it. */
static const char *new_link(struct race *race, const struct race_user *user, const char *prefix)
{
    void *ctx = race->server->ctx;
    const char *token = id_lower(ctx);
    const struct verification row = {
        .id = id_new(ctx),
        .identifier = mem_printf(ctx, "%s%s", prefix, token),
        .value = user->id,
        .created_at = clock_now(),
        .expires_at = clock_now() + CLOCK_HOUR,
    };

    assert_int_equal(store_verification_insert(race->server->app.store, &row), ERR_OK);
    return token;
}

static int links_left(struct race *race, const struct race_user *user)
{
    return race_rows(race, "\"verification\" WHERE \"value\" = '%s'", user->id);
}

/* --- reset-password --- */

static int reset(struct racer *racer)
{
    struct server *server = racer->server;
    const char *password = mem_printf(server->ctx, "new horse %d", racer->number);
    const struct reply *reply =
        browser_post(server, "reset-password", NULL,
                     mem_printf(server->ctx, "{\"newPassword\":\"%s\",\"token\":\"%s\"}", password,
                                racer->board->given[0]));

    if (reply->status == 200)
        race_got(racer, password);
    return reply->status;
}

static void a_reset_link_sets_exactly_one_password(void **state)
{
    struct race *race = race_start(state, reset);

    while (race_next(race)) {
        struct race_user user = race_sign_up(race);
        const char *hash = NULL;

        race_give(race, 0, new_link(race, &user, "reset-password:"));
        race_run(race);
        assert_int_equal(race_count(race, 200), 1);
        assert_int_equal(race_count(race, 400), RACE_PROCESSES - 1);
        assert_int_equal(
            store_account_hash(race->server->app.store, race->server->ctx, user.id, &hash), ERR_OK);
        assert_string_equal(strchr(hash, '$') + 1, race_winner(race));
        assert_int_equal(links_left(race, &user), 0);
        assert_int_equal(race_sessions(race, &user), 0);
    }
}

/* --- verify-email --- */

static int verify(struct racer *racer)
{
    return browser_go(racer->server, racer->board->given[RACE_PROCESSES],
                      racer->board->given[racer->number / 2])
        ->status;
}

/* It ends all sessions but its own, so a second success would leave none. */
static void a_verification_link_used_in_many_sessions_proves_once_and_leaves_one(void **state)
{
    struct race *race = race_start(state, verify);

    while (race_next(race)) {
        struct race_user user = race_sign_up(race);

        race_give(race, 0, user.cookies);
        for (size_t i = 1; i < RACE_PROCESSES / 2; i++)
            race_give(race, i, race_sign_in(race, &user).cookies);
        race_give(race, RACE_PROCESSES, race_verify_link(race, &user));
        race_run(race);
        assert_int_equal(race_count(race, 200), RACE_PROCESSES);
        assert_int_equal(race_sessions(race, &user), 1);
    }
}

/* --- change-email --- */

static int follow_change(struct racer *racer)
{
    return browser_go(racer->server, racer->board->given[racer->number % 2], NULL)->status;
}

static void of_links_to_two_new_addresses_exactly_one_is_followed(void **state)
{
    struct race *race = race_start(state, follow_change);

    while (race_next(race)) {
        struct race_user user = race_sign_up(race);

        for (size_t i = 0; i < 2; i++)
            race_give(race, i,
                      race_mail_link(race, &(struct mail_token){
                                               .email = user.email,
                                               .update_to = mem_printf(race->server->ctx, "%zu.%s",
                                                                       i, user.email),
                                               .request_type = MAIL_TOKEN_MOVE,
                                               .user_id = user.id,
                                           }));
        race_run(race);
        assert_int_equal(race_count(race, 200), 1);
    }
}

/* --- delete-user --- */

static int follow_delete(struct racer *racer)
{
    struct server *server = racer->server;
    const char *token = racer->board->given[1 + racer->number % 2];

    if (racer->number < RACE_PROCESSES / 2)
        return browser_get(server, mem_printf(server->ctx, "delete-user/callback?token=%s", token),
                           racer->board->given[0])
            ->status;
    return browser_post(server, "delete-user", racer->board->given[0],
                        mem_printf(server->ctx, "{\"token\":\"%s\"}", token))
        ->status;
}

static void of_links_that_delete_a_user_exactly_one_does(void **state)
{
    struct race *race = race_start(state, follow_delete);

    while (race_next(race)) {
        struct race_user user = race_sign_up(race);

        race_give(race, 0, user.cookies);
        race_give(race, 1, new_link(race, &user, "delete-account-"));
        race_give(race, 2, new_link(race, &user, "delete-account-"));
        race_run(race);
        assert_int_equal(race_count(race, 200), 1);
        assert_int_equal(race_rows(race, "\"user\" WHERE \"id\" = '%s'", user.id), 0);
        assert_int_equal(links_left(race, &user), 0);
    }
}

int test_race_letters(void)
{
#define T(test) cmocka_unit_test_teardown(test, race_teardown)
    const struct CMUnitTest tests[] = {
        T(a_reset_link_sets_exactly_one_password),
        T(a_verification_link_used_in_many_sessions_proves_once_and_leaves_one),
        T(of_links_to_two_new_addresses_exactly_one_is_followed),
        T(of_links_that_delete_a_user_exactly_one_does),
    };

    return cmocka_run_group_tests_name("letters", tests, NULL, NULL);
}
