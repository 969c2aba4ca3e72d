/* /api/proxy: the task API for the session cookie alone. */
#include "base/mem.h"
#include "server.h"
#include "unit.h"

#define ORIGIN "HTTP_ORIGIN=" SERVER_ORIGIN

struct browser {
    const char *cookies, *user_id, *jwt;
};

static struct browser new_browser(struct server *server, const char *email)
{
    const struct reply *reply = server_ask(
        server,
        &(struct ask){.method = "POST",
                      .uri = "/api/auth/sign-up",
                      .body = mem_printf(
                          server->ctx, "{\"email\":\"%s\",\"password\":\"right horse\"}", email)});
    struct browser browser = {.cookies = reply_cookies(server, reply),
                              .jwt = reply_text(reply, "token")};

    browser.user_id = server_sql(
        server, mem_printf(server->ctx, "SELECT id FROM \"user\" WHERE email = '%s'", email));
    return browser;
}

static struct reply *ask(struct server *server, const char *method, const char *user,
                         const char *rest, const char *cookies, const char *origin)
{
    bool body = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
    struct ask request = {
        .method = method,
        .uri = mem_printf(server->ctx, "/api/proxy/%s/tasks%s", user, rest),
        .body = body ? "{\"title\":\"t\"}" : NULL,
    };
    size_t count = 0;

    if (cookies != NULL)
        request.params[count++] = cookies;
    if (origin != NULL)
        request.params[count++] = origin;
    return server_ask(server, &request);
}

static void every_task_route_works_with_the_cookie(void **state)
{
    struct server *server = *state;
    struct browser who = new_browser(server, "proxy@example.com");
    struct reply *reply = ask(server, "POST", who.user_id, "", who.cookies, ORIGIN);

    assert_int_equal(reply->status, 201);
    assert_string_equal(reply_text(reply, "user_id"), who.user_id);
    const char *one = mem_printf(server->ctx, "/%lld", (long long)reply_int(reply, "id"));
    assert_string_equal(reply_header(server, reply, "Location"),
                        mem_printf(server->ctx, "/api/proxy/%s/tasks%s", who.user_id, one));
    const struct {
        const char *method, *rest;
    } rows[] = {
        {"GET", ""},
        {"GET", "/"},
        {"GET", one},
        {"PUT", one},
        {"PATCH", mem_printf(server->ctx, "%s/complete", one)},
        {"HEAD", ""},
        {"DELETE", one},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s %s\n", rows[i].method, rows[i].rest);
        assert_int_equal(
            ask(server, rows[i].method, who.user_id, rows[i].rest, who.cookies, ORIGIN)->status,
            200);
    }
    /* Reading needs no Origin: browsers send none with a GET. */
    assert_int_equal(ask(server, "GET", who.user_id, "", who.cookies, NULL)->status, 200);
}

static void without_the_cookie_it_is_401_whatever_the_header_says(void **state)
{
    struct server *server = *state;
    struct browser who = new_browser(server, "header@example.com");
    const char *const tokens[] = {NULL, who.jwt,
                                  server_sql(server, "SELECT token FROM session LIMIT 1"), "x"};
    const char *const cookies[] = {
        NULL, "HTTP_COOKIE=a=b", "HTTP_COOKIE=better-auth.session_token=x.y",
        mem_printf(server->ctx, "HTTP_COOKIE=session_token=%s", strchr(who.cookies, '=') + 1)};

    for (size_t i = 0; i < COUNT(tokens); i++) {
        for (size_t j = 0; j < COUNT(cookies); j++) {
            int queries = server->queries;
            const struct reply *reply = server_ask(
                server,
                &(struct ask){.method = "POST",
                              .uri = mem_printf(server->ctx, "/api/proxy/%s/tasks", who.user_id),
                              .token = tokens[i],
                              .body = "{\"title\":\"t\"}",
                              .params = {ORIGIN, cookies[j]}});
            assert_error(reply, 401, "UNAUTHORIZED");
            assert_string_equal(reply_text(reply, "message"), "No session token found");
            assert_string_equal(reply_text(reply, "error"), "Unauthorized");
            assert_int_equal(server->queries, queries);
        }
    }
}

static void writing_needs_a_trusted_origin(void **state)
{
    static const struct {
        const char *origin, *code;
    } origins[] = {{"HTTP_ORIGIN=https://evil.example", "INVALID_ORIGIN"},
                   {"HTTP_ORIGIN=null", "MISSING_OR_NULL_ORIGIN"},
                   {NULL, "MISSING_OR_NULL_ORIGIN"}};
    static const struct {
        const char *method, *rest;
    } rows[] = {{"POST", ""}, {"PUT", "/1"}, {"PATCH", "/1/complete"}, {"DELETE", "/1"}};
    struct server *server = *state;
    struct browser who = new_browser(server, "origin@example.com");

    server->queries = server->body_reads = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t j = 0; j < COUNT(origins); j++)
            assert_error(ask(server, rows[i].method, who.user_id, rows[i].rest, who.cookies,
                             origins[j].origin),
                         403, origins[j].code);
    }
    assert_int_equal(server->queries, 0);
    assert_int_equal(server->body_reads, 0);
}

static void another_users_path_is_403_and_an_ended_session_401(void **state)
{
    struct server *server = *state;
    struct browser who = new_browser(server, "mine@example.com");
    struct browser other = new_browser(server, "other@example.com");

    assert_error(ask(server, "GET", other.user_id, "", who.cookies, ORIGIN), 403, "USER_MISMATCH");
    assert_error(ask(server, "POST", other.user_id, "", who.cookies, ORIGIN), 403, "USER_MISMATCH");
    server_sql(server,
               mem_printf(server->ctx, "DELETE FROM session WHERE \"userId\" = '%s'", who.user_id));
    const struct reply *reply = ask(server, "GET", who.user_id, "", who.cookies, ORIGIN);
    assert_error(reply, 401, "UNAUTHORIZED");
    assert_non_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age=0"));
    assert_int_equal(ask(server, "GET", other.user_id, "", other.cookies, ORIGIN)->status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_route_works_with_the_cookie),
        cmocka_unit_test(without_the_cookie_it_is_401_whatever_the_header_says),
        cmocka_unit_test(writing_needs_a_trusted_origin),
        cmocka_unit_test(another_users_path_is_403_and_an_ended_session_401),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
