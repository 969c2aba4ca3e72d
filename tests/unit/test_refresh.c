/* api/refresh with REFRESH_REUSE_GRACE: the loser of a race gets what the winner got, through
 * dispatch(). */
#include "base/clock.h"
#include "base/mem.h"
#include "server.h"
#include "unit.h"

#define NAME "better-auth.refresh_token"

static struct secret usual;

static int reset(void **state)
{
    struct server *server = *state;

    if (usual.data == NULL) {
        usual = server->config.secrets[0];
    }
    server->config.secrets = mem_array(server, struct secret, 2);
    server->config.secrets[0] = usual;
    server->config.secret_count = 1;
    server->config.refresh_reuse_grace = 10 * CLOCK_SECOND;
    server_sql(server, "DELETE FROM \"user\"");
    return 0;
}

/* From now on NEW signs and the usual secret, if it is KEPT, verifies. */
static void change_secret(struct server *server, bool kept)
{
    static const char text[] = "another secret for unit tests, long enough";

    server->config.secrets[0] = mem_secret(mem_strdup(server, text), strlen(text));
    server->config.secrets[1] = usual;
    server->config.secret_count = kept ? 2 : 1;
}

/* The value of the refresh cookie in REPLY. */
static const char *token_in(struct server *server, const struct reply *reply)
{
    const char *line = reply_cookie(server, reply, NAME);

    assert_non_null(line);
    const char *value = line + strlen(NAME "=");
    return mem_strndup(server->ctx, value, strcspn(value, ";"));
}

/* The first refresh token of a new user's only session. */
static const char *begin(struct server *server)
{
    static const char body[] = "{\"email\":\"refresh@example.com\",\"password\":\"right horse\"}";

    return token_in(server, server_ask(server, &(struct ask){.method = "POST",
                                                             .uri = "/api/auth/sign-up",
                                                             .body = body}));
}

static struct reply *post_refresh(struct server *server, const char *token)
{
    return server_ask(
        server,
        &(struct ask){.method = "POST",
                      .uri = "/api/auth/refresh",
                      .params = {"HTTP_ORIGIN=" SERVER_ORIGIN,
                                 mem_printf(server->ctx, "HTTP_COOKIE=" NAME "=%s", token)}});
}

static const char *successor(struct server *server, const char *token)
{
    const struct reply *reply = post_refresh(server, token);

    assert_int_equal(reply->status, 200);
    return token_in(server, reply);
}

static const char *count(struct server *server, const char *table)
{
    return server_sql(server, mem_printf(server->ctx, "SELECT count(*) FROM \"%s\"", table));
}

static void assert_reuse(struct server *server, const char *token)
{
    const struct reply *reply = post_refresh(server, token);

    assert_error(reply, 401, "INVALID_REFRESH_TOKEN");
    assert_non_null(strstr(reply_cookie(server, reply, NAME), "=; Max-Age=0"));
    assert_string_equal(count(server, "session"), "0");
    assert_string_equal(count(server, "refreshToken"), "0");
}

static void a_late_request_gets_the_same_successor(void **state)
{
    struct server *server = *state;
    const char *first = begin(server);
    const struct reply *winner = post_refresh(server, first);
    const char *second = token_in(server, winner);

    assert_string_not_equal(second, first);
    for (int i = 0; i < 3; i++) {
        const struct reply *loser = post_refresh(server, first);
        assert_int_equal(loser->status, 200);
        assert_string_equal(token_in(server, loser), second);
        assert_string_equal(reply_cookie(server, loser, NAME), reply_cookie(server, winner, NAME));
        assert_int_equal(json_member_count(loser->json), json_member_count(winner->json));
        assert_non_null(reply_cookie(server, loser, "better-auth.session_token"));
        /* A token for the task routes that works, of the same session. */
        const struct ask ask = {
            .method = "GET", .uri = "/api/tasks", .token = reply_text(loser, "token")};
        assert_int_equal(server_ask(server, &ask)->status, 200);
    }
    assert_string_equal(count(server, "session"), "1");
    assert_string_equal(count(server, "refreshToken"), "2");
    assert_string_not_equal(successor(server, second), second);
}

static void a_used_successor_makes_it_a_reuse(void **state)
{
    struct server *server = *state;
    const char *first = begin(server);
    const char *second = successor(server, first);
    const char *third = successor(server, second);

    assert_string_equal(successor(server, second), third);
    assert_reuse(server, first);
    assert_error(post_refresh(server, third), 401, "INVALID_REFRESH_TOKEN");
}

static void the_grace_ends(void **state)
{
    struct server *server = *state;
    const char *first = begin(server);
    char iso[CLOCK_ISO_SIZE];

    successor(server, first);
    clock_format(clock_now() - 10 * CLOCK_SECOND - 1, iso);
    server_sql(server, mem_printf(server->ctx,
                                  "UPDATE \"refreshToken\" SET \"usedAt\" = '%s' "
                                  "WHERE \"usedAt\" IS NOT NULL",
                                  iso));
    assert_reuse(server, first);
}

static void without_a_grace_a_second_use_is_a_reuse(void **state)
{
    struct server *server = *state;

    server->config.refresh_reuse_grace = 0;
    const char *first = begin(server);
    successor(server, first);
    assert_reuse(server, first);
}

/* Whoever learns a token and the secret later cannot go on from it. */
static void without_a_grace_successors_are_random(void **state)
{
    struct server *server = *state;

    server->config.refresh_reuse_grace = 0;
    const char *first = begin(server);
    const char *second = successor(server, first);
    server_sql(server, "UPDATE \"refreshToken\" SET \"usedAt\" = NULL WHERE \"usedAt\" NOTNULL");
    assert_string_not_equal(successor(server, first), second);
}

static void a_change_of_the_secret_in_between_changes_nothing(void **state)
{
    struct server *server = *state;
    const char *first = begin(server);
    const char *second = successor(server, first);

    change_secret(server, true);
    assert_string_equal(successor(server, first), second);
    const char *third = successor(server, second);
    assert_string_equal(successor(server, second), third);
    server->config.secret_count = 1;
    assert_string_equal(successor(server, second), third);
}

/* A worker that was not yet told of the new secret: it may not end the session of a good client. */
static void what_an_unknown_secret_made_is_refused_and_nothing_ends(void **state)
{
    struct server *server = *state;
    const char *first = begin(server);
    const char *second = successor(server, first);

    change_secret(server, false);
    const struct reply *reply = post_refresh(server, first);
    assert_error(reply, 401, "INVALID_REFRESH_TOKEN");
    assert_null(reply_header(server, reply, "Set-Cookie"));
    assert_int_equal(post_refresh(server, second)->status, 200);
}

/* A database that was put back to an older state, in part. */
static void a_successor_that_is_there_already_is_no_reuse(void **state)
{
    struct server *server = *state;
    const char *first = begin(server);
    const char *second = successor(server, first);

    server_sql(server, "UPDATE \"refreshToken\" SET \"usedAt\" = NULL");
    assert_string_equal(successor(server, first), second);
    assert_string_equal(count(server, "refreshToken"), "2");
}

static void only_digests_are_stored(void **state)
{
    struct server *server = *state;
    const char *first = begin(server);
    const char *second = successor(server, first);

    for (int i = 0; i < 2; i++)
        assert_null(server_sql(server, mem_printf(server->ctx,
                                                  "SELECT 1 FROM \"refreshToken\" "
                                                  "WHERE \"tokenDigest\" = '%s'",
                                                  i == 0 ? first : second)));
    assert_string_equal(count(server, "refreshToken"), "2");
}

static void a_store_that_fails_at_any_step_is_503_and_loses_no_token(void **state)
{
    struct server *server = *state;
    const char *first = begin(server);
    const char *second = successor(server, first);

    for (int step = 1;; step++) {
        server->fail_at = step;
        const struct reply *reply = post_refresh(server, first);
        bool failed = server->fail_at == 0;
        server->fail_at = 0;
        if (!failed) {
            assert_string_equal(token_in(server, reply), second);
            assert_true(step > 2);
            return;
        }
        assert_error(reply, 503, "STORE_UNAVAILABLE");
        assert_null(reply_header(server, reply, "Set-Cookie"));
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, reset)
    const struct CMUnitTest tests[] = {
        T(a_late_request_gets_the_same_successor),
        T(a_used_successor_makes_it_a_reuse),
        T(the_grace_ends),
        T(without_a_grace_a_second_use_is_a_reuse),
        T(without_a_grace_successors_are_random),
        T(a_change_of_the_secret_in_between_changes_nothing),
        T(what_an_unknown_secret_made_is_refused_and_nothing_ends),
        T(a_successor_that_is_there_already_is_no_reuse),
        T(only_digests_are_stored),
        T(a_store_that_fails_at_any_step_is_503_and_loses_no_token),
    };

    return cmocka_run_group_tests(tests, server_start, server_stop);
}
