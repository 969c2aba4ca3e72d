/* api/dispatch: the steps of a request in their order; a refused caller costs nothing. */
#include "base/mem.h"
#include "server.h"
#include "unit.h"

static const char task_body[] = "{\"title\":\"t\"}";

/* --- the order of the steps --- */

/* Whatever else is wrong with the request. */
static void a_refused_caller_costs_no_body_and_no_query(void **state)
{
    struct server *server = *state;
    const struct {
        const char *uri, *token;
        int status;
        const char *code;
    } rows[] = {
        {"/api/tasks", NULL, 401, "MISSING_CREDENTIALS"},
        {"/api/alice/tasks", NULL, 401, "MISSING_CREDENTIALS"},
        {"/api/tasks", "a.b.c", 401, "INVALID_TOKEN"},
        {"/api/tasks", "two words", 401, "INVALID_AUTHORIZATION_HEADER"},
        {"/api/bob/tasks", server_token(server, "alice"), 403, "USER_MISMATCH"},
    };
    const char *const lengths[] = {"CONTENT_LENGTH=13", "CONTENT_LENGTH=999999999999"};
    const char *const types[] = {"CONTENT_TYPE=application/json", "CONTENT_TYPE=text/html"};

    server->queries = server->body_reads = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t j = 0; j < COUNT(lengths); j++) {
            const struct reply *reply = server_ask(server, &(struct ask){
                                                               .method = "POST",
                                                               .uri = rows[i].uri,
                                                               .token = rows[i].token,
                                                               .body = "not even json",
                                                               .params = {lengths[j], types[j]},
                                                           });
            assert_error(reply, rows[i].status, rows[i].code);
        }
    }
    assert_int_equal(server->body_reads, 0);
    assert_int_equal(server->queries, 0);
}

/* Whatever else is wrong with the request. */
static void who_has_an_ended_session_is_told_that_and_nothing_else(void **state)
{
    struct server *server = *state;
    const char *token = server_sign_up(server, "ended@example.com", NULL);
    const char *task = mem_printf(
        server->ctx, "/api/tasks/%lld",
        (long long)reply_int(server_send(server, "POST", "/api/tasks", token, task_body), "id"));
    const char *const uris[][2] = {
        {"POST", "/api/tasks"}, {"PUT", task}, {"PATCH", "/api/tasks/9"}};
    const char *const bodies[] = {task_body, "{}", "{\"title\":1}", "not even json"};
    const char *const types[] = {"CONTENT_TYPE=application/json", "CONTENT_TYPE=text/html"};

    server_sql(server, "DELETE FROM session");
    for (size_t i = 0; i < COUNT(uris) * COUNT(bodies) * COUNT(types); i++) {
        const char *const *uri = uris[i % COUNT(uris)];
        const struct reply *reply =
            server_ask(server, &(struct ask){
                                   .method = uri[0],
                                   .uri = uri[1],
                                   .token = token,
                                   .body = bodies[i / COUNT(uris) % COUNT(bodies)],
                                   .params = {types[i / COUNT(uris) / COUNT(bodies)]},
                               });
        assert_error(reply, 401, "INVALID_TOKEN");
        assert_null(strstr(reply->body, "errors"));
    }
    assert_error(server_get(server, "/api/tasks?limit=-1", token), 401, "INVALID_TOKEN");
    assert_string_equal(server_count(server, "tasks", "true"), "1");
    assert_string_equal(server_count(server, "tasks", "title = 't'"), "1");
}

/* The session and the row in one. */
static void a_task_request_with_a_token_of_ours_is_one_statement(void **state)
{
    struct server *server = *state;
    const char *token = server_sign_up(server, "one@example.com", NULL);
    struct reply *made = server_send(server, "POST", "/api/tasks", token, task_body);
    const char *task = mem_printf(server->ctx, "/api/tasks/%lld", (long long)reply_int(made, "id"));
    const char *toggle = mem_printf(server->ctx, "%s/complete", task);
    const struct {
        const char *method, *uri, *body;
        int status;
    } rows[] = {
        {"POST", "/api/tasks", task_body, 201}, {"GET", task, NULL, 200},
        {"GET", "/api/tasks", NULL, 200},       {"PUT", task, task_body, 200},
        {"PATCH", task, task_body, 200},        {"PATCH", toggle, NULL, 200},
        {"PATCH", toggle, "{}", 200},           {"DELETE", task, NULL, 200},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        server->queries = 0;
        const struct reply *reply =
            server_send(server, rows[i].method, rows[i].uri, token, rows[i].body);
        assert_int_equal(reply->status, rows[i].status);
        assert_int_equal(server->queries, 1);
    }
}

static void a_body_over_the_limit_is_never_read(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "alice");
    char *body = mem_bytes(server->ctx, server->config.max_body + 2);

    memset(body, ' ', server->config.max_body + 1);
    body[server->config.max_body + 1] = '\0';
    server->body_reads = server->queries = 0;
    assert_error(server_send(server, "POST", "/api/tasks", token, body), 413, "PAYLOAD_TOO_LARGE");
    assert_int_equal(server->body_reads, 0);
    assert_int_equal(server->queries, 0);
    /* Exactly the limit is read: it is only not JSON. */
    body[server->config.max_body] = '\0';
    assert_error(server_send(server, "POST", "/api/tasks", token, body), 400, "INVALID_JSON");
    assert_int_equal(server->body_reads, 1);
}

/* As every request to Better Auth's paths does. */
static void a_body_over_the_limit_of_a_slow_route_counts_against_its_path(void **state)
{
    struct server *server = *state;
    const struct ask ask = {.method = "POST",
                            .uri = "/api/auth/sign-in/email",
                            .body = "{}",
                            .params = {"CONTENT_LENGTH=65537"}};

    server->is_fast = server->config.path_rate_limit = true;
    for (int i = 0; i < 3; i++) {
        assert_error(server_ask(server, &ask), 413, "PAYLOAD_TOO_LARGE");
    }
    assert_int_equal(server_ask(server, &ask)->status, 429);
    server->is_fast = server->config.path_rate_limit = false;
    server_sql(server, "DELETE FROM \"rateLimit\"");
}

static void a_body_that_does_not_come_whole_is_a_400(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "alice");
    const struct reply *reply = server_ask(server, &(struct ask){.method = "POST",
                                                                 .uri = "/api/tasks",
                                                                 .token = token,
                                                                 .body = task_body,
                                                                 .broken_body = true});

    assert_error(reply, 400, "BAD_REQUEST");
    reply = server_ask(server, &(struct ask){.method = "POST",
                                             .uri = "/api/tasks",
                                             .token = token,
                                             .body = task_body,
                                             .params = {"CONTENT_LENGTH=14"}});
    assert_error(reply, 400, "BAD_REQUEST");
    assert_string_equal(server_sql(server, "SELECT count(*) FROM tasks WHERE user_id = 'alice'"),
                        "0");
}

static void only_json_is_a_body(void **state)
{
    static const struct {
        const char *type;
        int status;
    } rows[] = {
        {"CONTENT_TYPE=application/json", 201},
        {"CONTENT_TYPE=application/json; charset=utf-8", 201},
        {"CONTENT_TYPE=application/json;charset=utf-8", 201},
        {"CONTENT_TYPE=Application/JSON", 201},
        {"CONTENT_TYPE=", 415},
        {"CONTENT_TYPE=text/plain", 415},
        {"CONTENT_TYPE=text/plain; application/json", 415},
        {"CONTENT_TYPE=application/jsonp", 415},
        {"CONTENT_TYPE=application/json, text/plain", 415},
        {"CONTENT_TYPE=application/x-www-form-urlencoded", 415},
        {"CONTENT_TYPE=multipart/form-data; boundary=x", 415},
    };
    struct server *server = *state;
    const char *token = server_token(server, "typist");

    for (size_t i = 0; i < COUNT(rows); i++) {
        int reads = server->body_reads;
        const struct reply *reply = server_ask(server, &(struct ask){.method = "POST",
                                                                     .uri = "/api/tasks",
                                                                     .token = token,
                                                                     .body = task_body,
                                                                     .params = {rows[i].type}});
        print_message("  %s\n", rows[i].type);
        assert_int_equal(reply->status, rows[i].status);
        if (rows[i].status == 415) {
            assert_error(reply, 415, "UNSUPPORTED_MEDIA_TYPE");
            assert_int_equal(server->body_reads, reads);
        }
    }
    /* None at all, and an empty one. */
    assert_error(server_send(server, "POST", "/api/tasks", token, NULL), 415,
                 "UNSUPPORTED_MEDIA_TYPE");
    assert_error(server_send(server, "POST", "/api/tasks", token, ""), 400, "INVALID_JSON");
}

static void a_body_that_no_route_wants_is_not_read(void **state)
{
    struct server *server = *state;

    server->body_reads = 0;
    assert_int_equal(server_send(server, "POST", "/api/auth/logout", NULL, "{}")->status, 200);
    assert_int_equal(server_ask(server, &(struct ask){.method = "GET",
                                                      .uri = "/api/tasks",
                                                      .token = server_token(server, "alice"),
                                                      .body = "<html>",
                                                      .params = {"CONTENT_TYPE=text/html"}})
                         ->status,
                     200);
    assert_int_equal(server->body_reads, 0);
}

/* --- what is not there --- */

static void under_api_a_caller_must_be_known_to_learn_what_is_there(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "alice");
    static const char *const targets[] = {"/api",
                                          "/api/",
                                          "/api/unknown",
                                          "/api/alice",
                                          "/api/proxy/alice",
                                          "/api/health/",
                                          "/api/alice/tasks/1/2"};

    for (size_t i = 0; i < COUNT(targets); i++) {
        print_message("  %s\n", targets[i]);
        assert_error(server_get(server, targets[i], NULL), 401, "MISSING_CREDENTIALS");
        assert_error(server_get(server, targets[i], "a.b.c"), 401, "INVALID_TOKEN");
        assert_error(server_get(server, targets[i], "no-such-session"), 401, "INVALID_TOKEN");
        assert_error(server_get(server, targets[i], token), 404, "NOT_FOUND");
    }
    assert_error(server_get(server, "/unknown", NULL), 404, "NOT_FOUND");
    assert_error(server_get(server, "/health/", NULL), 404, "NOT_FOUND");
}

static void under_auth_the_unknown_is_404_without_a_body(void **state)
{
    static const struct {
        const char *method, *uri;
    } rows[] = {
        {"GET", "/api/auth/unknown"},   {"POST", "/api/auth/unknown"},
        {"GET", "/api/auth"},           {"GET", "/api/auth/"},
        {"GET", "/api/auth/sign-in"},   {"PUT", "/api/auth/sign-up"},
        {"POST", "/api/auth/sign-in/"}, {"OPTIONS", "/api/auth/sign-in"},
        {"TRACE", "/api/auth/sign-in"}, {"GET", "/api/auth/tasks"},
        {"HEAD", "/api/auth/x"},        {"HEAD", "/api/auth/ok"},
        {"HEAD", "/api/auth/jwks"},     {"HEAD", "/api/auth/get-session"},
    };
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = server_ask(
            server, &(struct ask){.method = rows[i].method,
                                  .uri = rows[i].uri,
                                  .token = i % 2 == 0 ? NULL : server_token(server, "alice")});
        print_message("  %s %s\n", rows[i].method, rows[i].uri);
        assert_int_equal(reply->status, 404);
        assert_int_equal(reply->body_len, 0);
        assert_null(reply_header(server, reply, "Content-Type"));
        assert_null(reply_header(server, reply, "Allow"));
        assert_string_equal(reply_header(server, reply, "Content-Length"), "0");
    }
}

static void another_method_is_405_with_the_right_ones(void **state)
{
    static const struct {
        const char *method, *uri, *allow;
    } rows[] = {
        {"POST", "/", "GET, HEAD, OPTIONS"},
        {"DELETE", "/health", "GET, HEAD, OPTIONS"},
        {"TRACE", "/health", "GET, HEAD, OPTIONS"},
        {"get", "/health", "GET, HEAD, OPTIONS"},
        {"PUT", "/api/tasks", "GET, HEAD, POST, OPTIONS"},
        {"POST", "/api/alice/tasks/7", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
        {"GET", "/api/tasks/7/complete", "PATCH, OPTIONS"},
        {"HEAD", "/api/tasks/7/complete", "PATCH, OPTIONS"},
    };
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply =
            server_ask(server, &(struct ask){.method = rows[i].method,
                                             .uri = rows[i].uri,
                                             .token = server_token(server, "alice")});
        print_message("  %s %s\n", rows[i].method, rows[i].uri);
        assert_int_equal(reply->status, 405);
        assert_string_equal(reply_header(server, reply, "Allow"), rows[i].allow);
        if (strcmp(rows[i].method, "HEAD") != 0) {
            assert_error(reply, 405, "METHOD_NOT_ALLOWED");
        }
    }
}

static void a_request_that_cannot_be_read_is_refused(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "alice");
    const struct ask twice = {
        .method = "GET", .uri = "/", .params = {"HTTP_ORIGIN=http://a", "HTTP_ORIGIN=http://b"}};

    server->queries = 0;
    assert_error(server_get(server, "/api//tasks", token), 400, "INVALID_PATH");
    assert_error(server_get(server, "/api/alice%2ftasks", token), 400, "INVALID_PATH");
    assert_error(server_get(server, "/api/bob/../alice/tasks", token), 400, "INVALID_PATH");
    assert_error(server_get(server, "/api/%2e%2e/tasks", token), 400, "INVALID_PATH");
    assert_error(server_ask(server, &twice), 400, "BAD_REQUEST");
    assert_error(
        server_ask(server,
                   &(struct ask){.method = "GET", .uri = "/", .params = {"CONTENT_LENGTH=-1"}}),
        400, "BAD_REQUEST");
    assert_int_equal(server->queries, 0);
}

/* --- the path guard --- */

static void the_user_in_the_path_is_decoded_once_and_compared_exactly(void **state)
{
    static const struct {
        const char *user, *uri;
        int status;
    } rows[] = {
        {"alice", "/api/alice/tasks", 200},
        {"alice", "/api/%61%6c%69%63%65/tasks", 200},
        {"alice", "/api/%61lice/tasks/", 200},
        {"alice", "/api/%2561lice/tasks", 403},
        {"alice", "/api/ALICE/tasks", 403},
        {"alice", "/api/alic/tasks", 403},
        {"alice", "/api/alice2/tasks", 403},
        {"alice", "/api/alice%20/tasks", 403},
        {"alice", "/api/alice./tasks", 403},
        {"alice", "/api/alice%00/tasks", 400},
        {"alice", "/api/alice;x/tasks", 400},
        {"alice", "/api/me/tasks", 403},
        {"a b", "/api/a%20b/tasks", 200},
        {"a b", "/api/a+b/tasks", 403},
        {"a+b", "/api/a+b/tasks", 200},
        {"a+b", "/api/a%2Bb/tasks", 200},
        {"a%20b", "/api/a%20b/tasks", 403},
        {"a%20b", "/api/a%2520b/tasks", 200},
        {"%61lice", "/api/alice/tasks", 403},
        {"a/b", "/api/a%2Fb/tasks", 400},
        {"a/b", "/api/a/b/tasks", 404},
        {"a/b", "/api/tasks", 200},
        {"..", "/api/%2e%2e/tasks", 400},
        {"..", "/api/tasks", 200},
        {"auth|0123", "/api/auth%7C0123/tasks", 200},
        {"u@example.com", "/api/u@example.com/tasks", 200},
        {"\xc3\xa9", "/api/%C3%A9/tasks", 200},
        {"\xc3\xa9", "/api/e%CC%81/tasks", 403},
        {"tasks", "/api/tasks/tasks", 404},
        {"tasks", "/api/tasks", 200},
        {"auth", "/api/auth/tasks", 404},
        {"proxy", "/api/proxy/tasks", 404},
    };
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s for %s\n", rows[i].uri, rows[i].user);
        assert_int_equal(
            server_get(server, rows[i].uri, server_token(server, rows[i].user))->status,
            rows[i].status);
    }
}

static void a_cookie_alone_opens_no_task_route(void **state)
{
    struct server *server = *state;
    const struct reply *signed_up =
        server_send(server, "POST", "/api/auth/sign-up", NULL,
                    "{\"email\":\"cookie@example.com\",\"password\":\"right horse\"}");
    const char *cookie = strstr(signed_up->head, "better-auth.session_token=");

    assert_non_null(cookie);
    const char *param =
        mem_printf(server->ctx, "HTTP_COOKIE=%.*s", (int)strcspn(cookie, ";"), cookie);
    assert_error(server_ask(server, &(struct ask){.method = "GET",
                                                  .uri = "/api/tasks",
                                                  .params = {param, "HTTP_ORIGIN=" SERVER_ORIGIN}}),
                 401, "MISSING_CREDENTIALS");
    /* A token in the header needs no origin, whatever cookies come along. */
    assert_int_equal(
        server_ask(server, &(struct ask){.method = "POST",
                                         .uri = "/api/tasks",
                                         .token = reply_text(signed_up, "token"),
                                         .body = task_body,
                                         .params = {param, "HTTP_ORIGIN=http://evil.example"}})
            ->status,
        201);
}

static void cookies_from_a_foreign_page_are_refused_before_anything_happens(void **state)
{
    static const struct {
        const char *origin, *code;
    } rows[] = {{"HTTP_ORIGIN=http://evil.example", "INVALID_ORIGIN"},
                {"HTTP_ORIGIN=null", "MISSING_OR_NULL_ORIGIN"},
                {NULL, "MISSING_OR_NULL_ORIGIN"}};
    static const char *const uris[] = {"/api/auth/sign-up", "/api/auth/signup",
                                       "/api/auth/sign-in", "/api/auth/login",
                                       "/api/auth/logout",  "/api/auth/refresh"};
    struct server *server = *state;

    server->queries = server->body_reads = 0;
    for (size_t i = 0; i < COUNT(uris); i++) {
        for (size_t j = 0; j < COUNT(rows); j++) {
            const struct reply *reply =
                server_ask(server, &(struct ask){.method = "POST",
                                                 .uri = uris[i],
                                                 .body = "{}",
                                                 .params = {"HTTP_COOKIE=a=b", rows[j].origin}});
            assert_error(reply, 403, rows[j].code);
        }
    }
    const struct ask other = {.method = "GET",
                              .uri = "/api/auth/refresh",
                              .params = {"HTTP_COOKIE=a=b", "HTTP_ORIGIN=http://evil.example"}};
    assert_error(server_ask(server, &other), 403, "INVALID_ORIGIN");
    assert_int_equal(server->queries, 0);
    assert_int_equal(server->body_reads, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_caller_costs_no_body_and_no_query),
        cmocka_unit_test(who_has_an_ended_session_is_told_that_and_nothing_else),
        cmocka_unit_test(a_task_request_with_a_token_of_ours_is_one_statement),
        cmocka_unit_test(a_body_over_the_limit_is_never_read),
        cmocka_unit_test(a_body_over_the_limit_of_a_slow_route_counts_against_its_path),
        cmocka_unit_test(a_body_that_does_not_come_whole_is_a_400),
        cmocka_unit_test(only_json_is_a_body),
        cmocka_unit_test(a_body_that_no_route_wants_is_not_read),
        cmocka_unit_test(under_api_a_caller_must_be_known_to_learn_what_is_there),
        cmocka_unit_test(under_auth_the_unknown_is_404_without_a_body),
        cmocka_unit_test(another_method_is_405_with_the_right_ones),
        cmocka_unit_test(a_request_that_cannot_be_read_is_refused),
        cmocka_unit_test(the_user_in_the_path_is_decoded_once_and_compared_exactly),
        cmocka_unit_test(a_cookie_alone_opens_no_task_route),
        cmocka_unit_test(cookies_from_a_foreign_page_are_refused_before_anything_happens),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
