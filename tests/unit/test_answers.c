/* api/dispatch: what every answer carries, whoever asks and whatever goes wrong. */
#include "base/mem.h"
#include "server.h"
#include "unit.h"

static const char task_body[] = "{\"title\":\"t\"}";

/* --- preflight and CORS --- */

static void a_preflight_is_answered_everywhere(void **state)
{
    static const char *const uris[] = {"/api/auth/sign-in", "/api/alice/tasks",  "/api/tasks/7",
                                       "/api/unknown",      "/api/auth/unknown", "/"};
    struct server *server = *state;

    server->queries = 0;
    atomic_store(&server->ready, false);
    for (size_t i = 0; i < COUNT(uris); i++) {
        const struct reply *reply = server_ask(
            server, &(struct ask){.method = "OPTIONS",
                                  .uri = uris[i],
                                  .params = {"HTTP_ORIGIN=" SERVER_ORIGIN,
                                             "HTTP_ACCESS_CONTROL_REQUEST_METHOD=POST",
                                             "HTTP_ACCESS_CONTROL_REQUEST_HEADERS=authorization"}});
        print_message("  %s\n", uris[i]);
        assert_int_equal(reply->status, 200);
        assert_string_equal(reply_header(server, reply, "Access-Control-Allow-Origin"),
                            SERVER_ORIGIN);
        assert_string_equal(reply_header(server, reply, "Access-Control-Allow-Credentials"),
                            "true");
        assert_string_equal(reply_header(server, reply, "Access-Control-Allow-Methods"),
                            "GET, POST, PUT, PATCH, DELETE, OPTIONS");
        assert_string_equal(reply_header(server, reply, "Access-Control-Allow-Headers"),
                            "Authorization, Content-Type");
        assert_string_equal(reply_header(server, reply, "Vary"), "Origin");
    }
    atomic_store(&server->ready, true);
    assert_int_equal(server->queries, 0);
}

static void options_without_a_preflight_says_what_is_allowed(void **state)
{
    struct server *server = *state;
    const struct reply *reply =
        server_ask(server, &(struct ask){.method = "OPTIONS", .uri = "/api/tasks"});

    assert_int_equal(reply->status, 200);
    assert_string_equal(reply_header(server, reply, "Allow"), "GET, HEAD, POST, OPTIONS");
    assert_error(server_ask(server, &(struct ask){.method = "OPTIONS", .uri = "/api/unknown"}), 401,
                 "MISSING_CREDENTIALS");
}

static void a_trusted_origin_may_read_errors_too(void **state)
{
    static const struct {
        const char *method, *uri;
        int status;
    } rows[] = {
        {"GET", "/health", 200},          {"GET", "/api/tasks", 401}, {"GET", "/unknown", 404},
        {"GET", "/api/auth/x", 404},      {"PUT", "/health", 405},    {"GET", "/api//tasks", 400},
        {"POST", "/api/auth/login", 415},
    };
    static const char *const origins[] = {SERVER_ORIGIN, "http://localhost:8080"};
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *origin = origins[i % COUNT(origins)];
        const struct ask ask = {.method = rows[i].method,
                                .uri = rows[i].uri,
                                .params = {mem_printf(server->ctx, "HTTP_ORIGIN=%s", origin)}};
        const struct reply *reply = server_ask(server, &ask);
        print_message("  %s %s\n", rows[i].method, rows[i].uri);
        assert_int_equal(reply->status, rows[i].status);
        assert_string_equal(reply_header(server, reply, "Access-Control-Allow-Origin"), origin);
        assert_string_equal(reply_header(server, reply, "Access-Control-Allow-Credentials"),
                            "true");
        assert_string_equal(reply_header(server, reply, "Access-Control-Expose-Headers"),
                            "Retry-After, set-auth-token, set-auth-jwt, Link, X-Request-Id");
    }
}

/* contract.md section 7: nothing for other origins. */
static void check_foreign_origins(struct server *server, const char *method, const char *uri)
{
    static const char *const origins[] = {"HTTP_ORIGIN=http://evil.example",
                                          "HTTP_ORIGIN=null",
                                          "HTTP_ORIGIN=*",
                                          "HTTP_ORIGIN=",
                                          "HTTP_ORIGIN=http://localhost:3000.evil.example",
                                          NULL};

    for (size_t i = 0; i < COUNT(origins); i++) {
        const struct reply *reply = server_ask(
            server,
            &(struct ask){.method = method,
                          .uri = uri,
                          .params = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT", origins[i]}});
        print_message("  %s %s %s\n", method, uri, origins[i] == NULL ? "" : origins[i]);
        assert_null(strstr(reply->head, "Access-Control-"));
        assert_string_equal(reply_header(server, reply, "Vary"), "Origin");
    }
}

static void a_foreign_origin_may_read_no_answer(void **state)
{
    check_foreign_origins(*state, "GET", "/health");
    check_foreign_origins(*state, "GET", "/api/tasks");
    check_foreign_origins(*state, "POST", "/api/auth/sign-in");
}

static void a_foreign_origins_preflight_is_granted_nothing(void **state)
{
    check_foreign_origins(*state, "OPTIONS", "/api/tasks");
}

/* --- headers of every answer --- */

static void assert_safe_headers(struct server *server, const struct reply *reply)
{
    assert_string_equal(reply_header(server, reply, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(reply_header(server, reply, "Content-Security-Policy"),
                        "default-src 'none'; frame-ancestors 'none'");
    assert_string_equal(reply_header(server, reply, "Referrer-Policy"), "no-referrer");
    assert_null(strstr(reply->head, "\r\nX-Accel"));
    assert_null(strstr(reply->head, "\r\nX-Sendfile"));
}

static void every_answer_has_the_security_headers(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "headers");
    const struct {
        struct ask ask;
        int status;
    } rows[] = {
        {{.method = "GET", .uri = "/"}, 200},
        {{.method = "GET", .uri = "/health"}, 200},
        {{.method = "GET", .uri = "/api/tasks", .token = token}, 200},
        {{.method = "POST", .uri = "/api/tasks", .token = token, .body = task_body}, 201},
        {{.method = "GET", .uri = "/a//b"}, 400},
        {{.method = "GET", .uri = "/api/tasks"}, 401},
        {{.method = "GET", .uri = "/api/bob/tasks", .token = token}, 403},
        {{.method = "GET", .uri = "/api/auth/none"}, 404},
        {{.method = "GET", .uri = "/none"}, 404},
        {{.method = "POST", .uri = "/health"}, 405},
        {{.method = "POST",
          .uri = "/api/tasks",
          .token = token,
          .body = task_body,
          .params = {"CONTENT_LENGTH=99999999"}},
         413},
        {{.method = "POST", .uri = "/api/tasks", .token = token}, 415},
        {{.method = "POST", .uri = "/api/tasks", .token = token, .body = "{}"}, 422},
        {{.method = "GET", .uri = "/", .params = {"REQUEST_URI=/"}}, 400},
        {{.method = "OPTIONS",
          .uri = "/api/tasks",
          .params = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT"}},
         200},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = server_ask(server, &rows[i].ask);
        print_message("  %s %s %d\n", rows[i].ask.method, rows[i].ask.uri, rows[i].status);
        assert_int_equal(reply->status, rows[i].status);
        assert_safe_headers(server, reply);
        const char *cache = reply_header(server, reply, "Cache-Control");
        if (reply->status >= 400 || rows[i].ask.token != NULL) {
            assert_string_equal(cache, "no-store");
        }
        assert_null(reply_header(server, reply, "Strict-Transport-Security"));
    }
}

/* Whoever reports a failure can say which one it was. */
static void every_answer_has_the_name_that_the_log_has(void **state)
{
    static const struct {
        const char *method, *uri, *line;
    } rows[] = {
        {"GET", "/api/auth/ok",
         " info: request id=from.nginx method=GET route=/api/auth/ok status=200"},
        {"GET", "/api/tasks",
         " info: request id=from.nginx method=GET route=/api/tasks status=401 code="},
        {"GET", "/api/nothing", " info: request id=from.nginx method=GET status=401 code="},
        {"GET", "/a//b", " info: request id=from.nginx method=GET status=400 code="},
        {"TRACE", "/", " info: request id=from.nginx method=other status=405 code="},
    };
    struct server *server = *state;
    struct reply *reply;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct ask ask = {
            .method = rows[i].method, .uri = rows[i].uri, .params = {"REQUEST_ID=from.nginx"}};
        const char *log = server_log(server, &ask, &reply);
        print_message("  %s %s\n", rows[i].method, rows[i].uri);
        assert_non_null(strstr(log, rows[i].line));
        assert_non_null(strstr(log, " client=192.0.2.7"));
        assert_string_equal(reply_header(server, reply, "X-Request-Id"), "from.nginx");
    }
    const char *log = server_log(
        server, &(struct ask){.method = "GET", .uri = "/health", .params = {"REQUEST_ID="}},
        &reply);
    const char *id = reply_header(server, reply, "X-Request-Id");
    assert_int_equal(strlen(id), 16);
    assert_non_null(strstr(log, mem_printf(server->ctx, " id=%s ", id)));
}

static void the_line_of_a_request_says_how_long_it_took_and_how_much_it_was(void **state)
{
    struct server *server = *state;
    struct reply *reply;
    const char *log = server_log(server, &(struct ask){.method = "GET", .uri = "/"}, &reply);
    int whole = 0, thousandths = 0, bytes = 0, end = 0;
    const char *at = strstr(log, " ms=");

    assert_non_null(at);
    assert_int_equal(sscanf(at, " ms=%d.%3d bytes=%d%n", &whole, &thousandths, &bytes, &end), 3);
    assert_int_equal(bytes, reply->body_len);
    assert_int_equal(at[strcspn(at, "b") - 5], '.');
    log = server_log(server, &(struct ask){.method = "HEAD", .uri = "/"}, &reply);
    assert_non_null(strstr(log, " bytes=0 "));
}

static void what_went_wrong_on_our_side_is_a_warning(void **state)
{
    struct server *server = *state;
    struct reply *reply;

    server->fail_at = 1;
    const char *log = server_log(
        server,
        &(struct ask){.method = "GET", .uri = "/api/tasks", .token = server_token(server, "u")},
        &reply);
    assert_int_equal(reply->status, 503);
    assert_non_null(strstr(log, " warn: request id="));
}

static void over_https_the_browser_is_told_to_stay_there(void **state)
{
    struct server *server = *state;
    const struct ask asks[] = {
        {.method = "GET", .uri = "/", .params = {"HTTPS=on"}},
        {.method = "GET", .uri = "/api/tasks", .params = {"REQUEST_SCHEME=https"}},
    };

    for (size_t i = 0; i < COUNT(asks); i++) {
        const char *value =
            reply_header(server, server_ask(server, &asks[i]), "Strict-Transport-Security");
        assert_non_null(value);
        assert_int_equal(strncmp(value, "max-age=", 8), 0);
    }
}

static void head_is_get_without_the_body(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "header");
    const struct {
        const char *uri, *token;
        int status;
    } rows[] = {{"/", NULL, 200},
                {"/health", NULL, 200},
                {"/api/tasks", token, 200},
                {"/api/tasks", NULL, 401},
                {"/api/bob/tasks", token, 403},
                {"/api/tasks/1", token, 404},
                {"/unknown", NULL, 404},
                {"/a//b", NULL, 400},
                {"/api/tasks?limit=x", token, 422}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *full = server_get(server, rows[i].uri, rows[i].token);
        const struct reply *head = server_ask(
            server, &(struct ask){.method = "HEAD", .uri = rows[i].uri, .token = rows[i].token});
        print_message("  %s\n", rows[i].uri);
        assert_int_equal(full->status, rows[i].status);
        assert_string_equal(head->head, full->head);
        assert_true(full->body_len > 0);
        assert_null(head->body);
    }
}

static void length_is_that_of_the_body(void **state)
{
    struct server *server = *state;
    const struct reply *reply = server_get(server, "/health", NULL);

    assert_string_equal(reply_header(server, reply, "Content-Length"),
                        mem_printf(server->ctx, "%zu", reply->body_len));
    assert_string_equal(reply_header(server, reply, "Content-Type"), "application/json");
}

/* --- our side's failures --- */

static void until_the_schema_is_right_only_what_needs_no_table_is_answered(void **state)
{
    static const char *const uris[] = {"/api/tasks", "/api/alice/tasks", "/api/auth/sign-up",
                                       "/api/auth/login", "/api/auth/sign-out"};
    struct server *server = *state;

    atomic_store(&server->ready, false);
    server->queries = server->body_reads = 0;
    for (size_t i = 0; i < COUNT(uris); i++) {
        const struct reply *reply =
            server_send(server, "POST", uris[i], server_token(server, "alice"), task_body);
        assert_error(reply, 503, "STORE_UNAVAILABLE");
        assert_string_equal(reply_header(server, reply, "Retry-After"), "1");
        assert_int_equal(reply_int(reply, "retryAfter"), 1);
        assert_safe_headers(server, reply);
    }
    assert_int_equal(server_get(server, "/", NULL)->status, 200);
    const struct reply *health = server_get(server, "/health", NULL);
    assert_int_equal(health->status, 503);
    assert_string_equal(reply_text(health, "status"), "unhealthy");
    assert_non_null(reply_header(server, health, "Retry-After"));
    assert_int_equal(server->queries, 0);
    assert_int_equal(server->body_reads, 0);
    atomic_store(&server->ready, true);
    assert_int_equal(server_get(server, "/health", NULL)->status, 200);
}

/* Every statement of every kind of request fails once: 503, told to come back, nothing half done.
 */
static void a_database_that_does_not_answer_is_503(void **state)
{
    struct server *server = *state;
    const char *token = server_sign_up(server, "unlucky@example.com", NULL);
    const struct ask asks[] = {
        {.method = "GET", .uri = "/api/tasks", .token = token},
        {.method = "GET", .uri = "/api/tasks/1", .token = token},
        {.method = "POST", .uri = "/api/tasks", .token = token, .body = task_body},
        {.method = "PATCH", .uri = "/api/tasks/1", .token = token, .body = task_body},
        {.method = "PATCH", .uri = "/api/tasks/1/complete", .token = token},
        {.method = "DELETE", .uri = "/api/tasks/1", .token = token},
        {.method = "POST",
         .uri = "/api/auth/sign-up",
         .body = "{\"email\":\"new@example.com\",\"password\":\"right horse\"}"},
        {.method = "POST",
         .uri = "/api/auth/sign-in",
         .body = "{\"email\":\"unlucky@example.com\",\"password\":\"right horse\"}"},
        {.method = "POST", .uri = "/api/auth/sign-out", .token = token},
    };

    for (size_t i = 0; i < COUNT(asks); i++) {
        for (int n = 1;; n++) {
            server->fail_at = n;
            const struct reply *reply = server_ask(server, &asks[i]);
            if (server->fail_at > 0) { /* it needs fewer than n statements */
                assert_true(n > 1);
                break;
            }
            print_message("  %s %s, statement %d\n", asks[i].method, asks[i].uri, n);
            assert_error(reply, 503, "STORE_UNAVAILABLE");
            assert_string_equal(reply_header(server, reply, "Retry-After"), "1");
            assert_null(reply_header(server, reply, "Set-Cookie"));
            assert_null(strstr(reply->head, "Location"));
        }
        server->fail_at = 0;
        /* What was done in the end, was done once. */
        assert_string_equal(
            server_sql(server, "SELECT count(*) FROM \"user\" WHERE email = 'new@example.com'"),
            i < 6 ? "0" : "1");
    }
    server->fail_at = 1;
    const struct reply *health = server_get(server, "/health", NULL);
    assert_int_equal(health->status, 503);
    assert_string_equal(reply_text(health, "database"), "down");
}

static void a_bug_of_ours_tells_nothing(void **state)
{
    static const enum err failures[] = {ERR_INTERNAL, ERR_BAD_VALUE, ERR_CONFLICT, ERR_CONFIG};
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(failures); i++) {
        server->failure = failures[i];
        server->fail_at = 1;
        const struct reply *reply = server_get(server, "/api/tasks", server_token(server, "alice"));
        assert_error(reply, 500, "INTERNAL_SERVER_ERROR");
        assert_string_equal(reply_text(reply, "detail"), "Internal Server Error");
        assert_string_equal(reply_text(reply, "message"), "Internal Server Error");
    }
    server->failure = ERR_STORE_DOWN;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preflight_is_answered_everywhere),
        cmocka_unit_test(options_without_a_preflight_says_what_is_allowed),
        cmocka_unit_test(a_trusted_origin_may_read_errors_too),
        cmocka_unit_test(a_foreign_origin_may_read_no_answer),
        cmocka_unit_test(a_foreign_origins_preflight_is_granted_nothing),
        cmocka_unit_test(every_answer_has_the_security_headers),
        cmocka_unit_test(every_answer_has_the_name_that_the_log_has),
        cmocka_unit_test(the_line_of_a_request_says_how_long_it_took_and_how_much_it_was),
        cmocka_unit_test(what_went_wrong_on_our_side_is_a_warning),
        cmocka_unit_test(over_https_the_browser_is_told_to_stay_there),
        cmocka_unit_test(head_is_get_without_the_body),
        cmocka_unit_test(length_is_that_of_the_body),
        cmocka_unit_test(until_the_schema_is_right_only_what_needs_no_table_is_answered),
        cmocka_unit_test(a_database_that_does_not_answer_is_503),
        cmocka_unit_test(a_bug_of_ours_tells_nothing),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
