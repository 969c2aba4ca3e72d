/* A banned user: signs in nowhere, and what they hold is good for nothing, at once. */
#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"

#define MESSAGE                                                                                    \
    "You have been banned from this application. Please contact support if you believe this is "   \
    "an error."

/* As another program writes it: nothing else changes. */
static void ban(struct server *server, const char *id, const char *expires)
{
    server_sql(server, mem_printf(server->ctx,
                                  "UPDATE \"user\" SET \"banned\" = 1, \"banReason\" = 'spam', "
                                  "\"banExpires\" = %s WHERE \"id\" = '%s'",
                                  expires, id));
}

static const char *sign_in_body(struct server *server, const char *email, const char *password)
{
    return mem_printf(server->ctx, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
}

static void sign_in_says_so_after_the_right_password_only(void **state)
{
    static const char *const paths[] = {"/api/auth/sign-in/email", "/api/auth/sign-in",
                                        "/api/auth/login"};
    struct server *server = *state;
    const char *id = NULL;

    server_sign_up(server, "banned@example.com", &id);
    ban(server, id, "NULL");
    for (size_t i = 0; i < COUNT(paths); i++) {
        const struct reply *reply =
            server_send(server, "POST", paths[i], NULL,
                        sign_in_body(server, "banned@example.com", "right horse"));
        assert_error(reply, 403, "BANNED_USER");
        assert_string_equal(reply_text(reply, "message"), MESSAGE);
        assert_null(reply_cookie(server, reply, "better-auth.session_token"));
        assert_error(server_send(server, "POST", paths[i], NULL,
                                 sign_in_body(server, "banned@example.com", "wrong horse")),
                     401, "INVALID_EMAIL_OR_PASSWORD");
    }
}

static void a_ban_that_is_over_is_taken_off_at_the_next_sign_in(void **state)
{
    struct server *server = *state;
    const char *id = NULL;

    server_sign_up(server, "lapsed@example.com", &id);
    ban(server, id, "'2020-01-01T00:00:00.000Z'");
    assert_int_equal(server_send(server, "POST", "/api/auth/sign-in", NULL,
                                 sign_in_body(server, "lapsed@example.com", "right horse"))
                         ->status,
                     200);
    assert_string_equal(server_sql(server, mem_printf(server->ctx,
                                                      "SELECT \"banned\" || ifnull(\"banReason\", "
                                                      "'-') || ifnull(\"banExpires\", '-') FROM "
                                                      "\"user\" WHERE \"id\" = '%s'",
                                                      id)),
                        "0--");
}

static void tokens_and_sessions_of_ours_end_with_the_ban(void **state)
{
    struct server *server = *state;
    const char *id = NULL;
    const char *token = server_sign_up(server, "ours@example.com", &id);
    const struct reply *in = server_send(server, "POST", "/api/auth/sign-in", NULL,
                                         sign_in_body(server, "ours@example.com", "right horse"));
    const char *cookies = reply_cookies(server, in);
    const char *session = server_sql(
        server,
        mem_printf(server->ctx, "SELECT \"token\" FROM \"session\" WHERE \"userId\" = '%s'", id));

    assert_int_equal(server_send(server, "GET", "/api/tasks", token, NULL)->status, 200);
    assert_int_equal(server_send(server, "GET", "/api/tasks", session, NULL)->status, 200);
    ban(server, id, "NULL");
    assert_error(server_send(server, "GET", "/api/tasks", token, NULL), 401, "INVALID_TOKEN");
    assert_error(server_send(server, "POST", "/api/tasks", token, "{\"title\":\"t\"}"), 401,
                 "INVALID_TOKEN");
    assert_int_equal(server_send(server, "GET", "/api/tasks", session, NULL)->status, 401);
    const struct reply *reply = server_ask(
        server,
        &(struct ask){.method = "GET", .uri = "/api/auth/get-session", .params = {cookies}});
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "null");
    reply = server_ask(
        server, &(struct ask){.method = "GET", .uri = "/api/auth/refresh", .params = {cookies}});
    assert_error(reply, 401, "INVALID_REFRESH_TOKEN");

    /* Also when nobody asks for sessions. */
    server->config.session_check = false;
    assert_error(server_send(server, "GET", "/api/tasks", token, NULL), 403, "BANNED_USER");
    server->config.session_check = true;
}

static void a_token_of_another_issuer_reaches_no_task(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "elsewhere");
    const struct reply *reply =
        server_send(server, "POST", "/api/tasks", token, "{\"title\":\"t\"}");
    const char *uri = mem_printf(server->ctx, "/api/tasks/%lld", (long long)reply_int(reply, "id"));
    const struct {
        const char *method, *uri, *body;
    } rows[] = {
        {"GET", "/api/tasks", NULL},
        {"GET", "/api/elsewhere/tasks?completed=true&sort=title", NULL},
        {"GET", "/api/tasks?limit=1&cursor=MCAxIDEg", NULL},
        {"POST", "/api/tasks", "{\"title\":\"t\"}"},
        {"GET", uri, NULL},
        {"PUT", uri, "{\"title\":\"u\"}"},
        {"PATCH", mem_printf(server->ctx, "%s/complete", uri), NULL},
        {"DELETE", uri, NULL},
    };

    ban(server, "elsewhere", "NULL");
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s %s\n", rows[i].method, rows[i].uri);
        assert_error(server_send(server, rows[i].method, rows[i].uri, token, rows[i].body), 403,
                     "BANNED_USER");
    }
    server_sql(server, "UPDATE \"user\" SET \"banned\" = NULL WHERE \"id\" = 'elsewhere'");
    assert_string_equal(reply_text(server_send(server, "GET", uri, token, NULL), "title"), "t");
}

/* The ban comes when the session was found and the tasks are still to be asked for: no list that
 * looks empty, no task that seems to be gone. */
static void a_session_that_ends_under_way_is_told_so(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "under.way@example.com");
    const char *id = server_user(server, "id", "under.way@example.com");
    const char *token = server_sql(
        server, mem_printf(server->ctx, "SELECT token FROM session WHERE \"userId\" = '%s'", id));
    const struct reply *made =
        server_send(server, "POST", "/api/tasks", token, "{\"title\":\"t\"}");
    const char *one = mem_printf(server->ctx, "/tasks/%lld", (long long)reply_int(made, "id"));
    const struct {
        const char *method, *rest, *body;
    } rows[] = {
        {"GET", "/tasks", NULL},
        {"GET", one, NULL},
        {"POST", "/tasks", "{\"title\":\"t\"}"},
        {"PATCH", one, "{\"title\":\"u\"}"},
        {"DELETE", one, NULL},
    };

    for (size_t i = 0; i < 2 * COUNT(rows); i++) {
        bool by_cookie = i >= COUNT(rows);
        const char *method = rows[i % COUNT(rows)].method;
        const char *rest = rows[i % COUNT(rows)].rest;
        print_message("  %s %s, by %s\n", method, rest, by_cookie ? "cookie" : "token");
        server->between =
            mem_printf(server->ctx, "UPDATE \"user\" SET \"banned\" = 1 WHERE \"id\" = '%s'", id);
        const struct reply *reply = server_ask(
            server,
            &(struct ask){.method = method,
                          .uri = mem_printf(server->ctx,
                                            by_cookie ? "/api/proxy/%s%s" : "/api/%s%s", id, rest),
                          .token = by_cookie ? NULL : token,
                          .body = rows[i % COUNT(rows)].body,
                          .params = {BROWSER_ORIGIN, by_cookie ? cookies : NULL}});
        assert_null(server->between);
        assert_error(reply, 401, by_cookie ? "UNAUTHORIZED" : "INVALID_TOKEN");
        server_sql(
            server,
            mem_printf(server->ctx, "UPDATE \"user\" SET \"banned\" = 0 WHERE \"id\" = '%s'", id));
    }
    assert_string_equal(
        server_count(server, "tasks", mem_printf(server->ctx, "user_id = '%s'", id)), "1");
}

static void a_ban_costs_the_others_no_query(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "free");
    const struct reply *reply =
        server_send(server, "POST", "/api/tasks", token, "{\"title\":\"a\"}");
    const char *uri = mem_printf(server->ctx, "/api/tasks/%lld", (long long)reply_int(reply, "id"));
    const struct {
        const char *method, *uri, *body;
    } rows[] = {
        {"GET", "/api/tasks", NULL},
        {"POST", "/api/tasks", "{\"title\":\"b\"}"},
        {"PUT", uri, "{\"title\":\"c\"}"},
        {"GET", uri, NULL},
        {"DELETE", uri, NULL},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        int before = server->queries;
        reply = server_send(server, rows[i].method, rows[i].uri, token, rows[i].body);
        assert_in_range(reply->status, 200, 201);
        assert_int_equal(server->queries - before, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_in_says_so_after_the_right_password_only),
        cmocka_unit_test(a_ban_that_is_over_is_taken_off_at_the_next_sign_in),
        cmocka_unit_test(tokens_and_sessions_of_ours_end_with_the_ban),
        cmocka_unit_test(a_token_of_another_issuer_reaches_no_task),
        cmocka_unit_test(a_session_that_ends_under_way_is_told_so),
        cmocka_unit_test(a_ban_costs_the_others_no_query),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
