/* What is counted of requests, tokens, events and statements, as dispatch() and token_verify() see
 * them. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/route.h"
#include "auth/audit.h"
#include "base/metric.h"
#include "sec/mail_token.h"
#include "sec/token.h"
#include "server.h"
#include "unit_token.h"

static struct metric_tables tables;

/* Each test counts from 0. */
static int reset(void **state)
{
    struct server *server = *state;

    metric_open(&tables);
    server->config.path_rate_limit = false;
    server->config.rate_limit_max = 5;
    server->fail_at = 0;
    server_sql(server, "DELETE FROM \"rateLimit\"");
    return 0;
}

static int start(void **state)
{
    tables.routes = route_metrics(&tables.route_count);
    tables.events = audit_metrics(&tables.event_count);
    metric_open(&tables);
    return server_start(state);
}

/* How often METHOD ROUTE was answered with STATUS. */
static int64_t answered(const char *method, const char *route, int status)
{
    for (size_t i = 0; i < tables.route_count; i++) {
        if (strcmp(tables.routes[i].first, method) == 0 &&
            strcmp(tables.routes[i].second, route) == 0) {
            return metric_get(METRIC_HTTP_REQUESTS, i, metric_status(status));
        }
    }
    fail_msg("no route %s %s", method, route);
    return 0;
}

static int64_t all_of(enum metric metric, size_t rows, size_t columns)
{
    int64_t sum = 0;

    for (size_t a = 0; a < rows; a++) {
        for (size_t b = 0; b < columns; b++) {
            sum += metric_get(metric, a, b);
        }
    }
    return sum;
}

static void each_request_counts_once_under_its_route_method_and_status(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "u1");
    static const struct {
        const char *method, *uri, *body;
        bool known;
        int status;
        const char *counted_as, *route;
    } requests[] = {
        {"GET", "/api/tasks", NULL, true, 200, "GET", "/api/tasks"},
        {"HEAD", "/api/tasks?limit=1", NULL, true, 200, "GET", "/api/tasks"},
        {"GET", "/api/tasks/", NULL, false, 401, "GET", "/api/tasks"},
        {"POST", "/api/tasks", "{\"title\":\"t\"}", true, 201, "POST", "/api/tasks"},
        {"POST", "/api/tasks", "{", true, 400, "POST", "/api/tasks"},
        {"GET", "/api/u1/tasks/999", NULL, true, 404, "GET", "/api/:user/tasks/:id"},
        {"GET", "/api/u2/tasks/999", NULL, true, 403, "GET", "/api/:user/tasks/:id"},
        {"GET", "/api/nothing/here", NULL, true, 404, "GET", "none"},
        {"DELETE", "/api/auth/nothing", NULL, false, 404, "DELETE", "none"},
        {"PUT", "/health", NULL, false, 405, "PUT", "none"},
        {"TRACE", "/health", NULL, false, 405, "other", "none"},
        {"GET", "//x", NULL, false, 400, "GET", "none"},
        {"GET", "/api/auth/ok", NULL, false, 200, "GET", "/api/auth/ok"},
    };

    for (size_t i = 0; i < COUNT(requests); i++) {
        const struct reply *reply = server_send(server, requests[i].method, requests[i].uri,
                                                requests[i].known ? token : NULL, requests[i].body);
        assert_int_equal(reply->status, requests[i].status);
        int64_t expected = 0;
        for (size_t j = 0; j <= i; j++) {
            expected += requests[j].status == requests[i].status &&
                                strcmp(requests[j].counted_as, requests[i].counted_as) == 0 &&
                                strcmp(requests[j].route, requests[i].route) == 0
                            ? 1
                            : 0;
        }
        assert_int_equal(answered(requests[i].counted_as, requests[i].route, requests[i].status),
                         expected);
        assert_int_equal(all_of(METRIC_HTTP_REQUESTS, tables.route_count, metric_status(0) + 1),
                         i + 1);
        assert_int_equal(all_of(METRIC_HTTP_DURATION, tables.route_count, 1), i + 1);
    }
}

static void every_route_has_a_place_of_its_own(void **state)
{
    struct request request = {.method = METHOD_GET};

    (void)state;
    for (size_t i = 0; i < tables.route_count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_false(strcmp(tables.routes[i].first, tables.routes[j].first) == 0 &&
                         strcmp(tables.routes[i].second, tables.routes[j].second) == 0);
        }
    }
    /* Without a method nothing could be read. */
    assert_string_equal(tables.routes[route_metric(NULL, &request)].first, "other");
}

static void errors_are_counted_by_what_they_are(void **state)
{
    struct server *server = *state;

    server_send(server, "GET", "/api/tasks", NULL, NULL);
    server_send(server, "GET", "/api/tasks", "a.b.c", NULL);
    server_send(server, "GET", "/api/auth/nothing", NULL, NULL);
    server->fail_at = 1;
    server->failure = ERR_STORE_DOWN;
    server_send(server, "GET", "/api/tasks", server_token(server, "u1"), NULL);
    assert_int_equal(metric_get(METRIC_HTTP_ERRORS, ERR_NO_CREDENTIAL, 0), 1);
    assert_int_equal(metric_get(METRIC_HTTP_ERRORS, ERR_TOKEN_INVALID, 0), 1);
    assert_int_equal(metric_get(METRIC_HTTP_ERRORS, ERR_NOT_FOUND, 0), 1);
    assert_int_equal(metric_get(METRIC_HTTP_ERRORS, ERR_STORE_DOWN, 0), 1);
    server_send(server, "GET", "/api/tasks", server_token(server, "u1"), NULL);
    assert_int_equal(all_of(METRIC_HTTP_ERRORS, ERR_COUNT, 1), 4);
}

/* --- tokens --- */

#define HEADER UNIT_HEADER

static enum err no_key(void *arg, void *ctx, const char *kid, bool needed,
                       const struct jwk **ret_key)
{
    (void)arg, (void)ctx, (void)needed, (void)ret_key;
    return strcmp(kid, "slow") == 0 ? ERR_BUSY : ERR_ABSENT;
}

static void a_token_counts_by_what_was_found_first(void **state)
{
    static const struct token_keys keys = {.find = no_key};
    static const struct {
        const char *header, *payload;
        enum metric_token found;
    } tokens[] = {
        {HEADER, "{\"sub\":\"u\",\"exp\":1795218181}", METRIC_TOKEN_VALID},
        {HEADER, "{\"sub\":\"u\",\"exp\":1795218180}", METRIC_TOKEN_EXPIRED},
        {HEADER, "{\"sub\":\"u\"}", METRIC_TOKEN_MALFORMED},
        {HEADER, "[]", METRIC_TOKEN_MALFORMED},
        {"{\"alg\":\"none\"}", "{\"sub\":\"u\",\"exp\":1795218181}", METRIC_TOKEN_MALFORMED},
        {"{\"alg\":\"RS256\",\"kid\":\"x\"}", "{\"sub\":\"u\",\"exp\":1795218181}",
         METRIC_TOKEN_KEY},
        {"{\"alg\":\"RS256\",\"kid\":\"slow\"}", "{\"sub\":\"u\",\"exp\":1795218181}",
         METRIC_TOKEN_UNAVAILABLE},
        {HEADER, "{\"sub\":\"u\",\"exp\":1795218181,\"iss\":\"x\"}", METRIC_TOKEN_CLAIMS},
        {HEADER, "{\"sub\":\"u\",\"exp\":1795218181,\"nbf\":1795999999}", METRIC_TOKEN_CLAIMS},
        {HEADER, "{\"exp\":1795218181}", METRIC_TOKEN_NO_USER},
    };
    void *ctx = mem_context(NULL);
    const struct config *config = unit_config(ctx, UNIT_SECRET, NULL);
    const struct config *other = unit_config(ctx, "another secret of more than 32 bytes", NULL);
    struct token_claims *claims;

    (void)state;
    for (size_t i = 0; i < COUNT(tokens); i++) {
        int64_t before = metric_get(METRIC_TOKENS, tokens[i].found, 0);
        const char *token = unit_token(ctx, tokens[i].header, strlen(tokens[i].header),
                                       tokens[i].payload, strlen(tokens[i].payload));
        enum err error = token_verify(ctx, config, &keys, token, strlen(token), UNIT_NOW, &claims);
        assert_int_equal(error == ERR_OK, tokens[i].found == METRIC_TOKEN_VALID);
        assert_int_equal(metric_get(METRIC_TOKENS, tokens[i].found, 0), before + 1);
    }
    const char *good = unit_token(ctx, HEADER, strlen(HEADER), UNIT_PAYLOAD, strlen(UNIT_PAYLOAD));
    assert_int_equal(token_verify(ctx, other, NULL, good, strlen(good), UNIT_NOW, &claims),
                     ERR_TOKEN_INVALID);
    assert_int_equal(metric_get(METRIC_TOKENS, METRIC_TOKEN_SIGNATURE, 0), 1);
    const struct mail_token link = {.email = "a@example.com", .user_id = "u"};
    const char *letter = mail_token_issue(ctx, config, &link, UNIT_NOW);
    assert_int_equal(token_verify(ctx, config, NULL, letter, strlen(letter), UNIT_NOW, &claims),
                     ERR_TOKEN_INVALID);
    assert_int_equal(metric_get(METRIC_TOKENS, METRIC_TOKEN_PURPOSE, 0), 1);
    assert_int_equal(all_of(METRIC_TOKENS, METRIC_TOKEN_UNAVAILABLE + 1, 1), COUNT(tokens) + 2);
    talloc_free(ctx);
}

/* --- events, the gate, statements --- */

static int64_t events(enum audit event)
{
    return metric_get(METRIC_AUTH_EVENTS, event, 0);
}

static void events_of_the_audit_log_are_counted_as_often_as_they_are_written(void **state)
{
    struct server *server = *state;
    static const char right[] = "{\"email\":\"e@example.com\",\"password\":\"right horse\"}";
    static const char wrong[] = "{\"email\":\"e@example.com\",\"password\":\"wrong horse\"}";

    const char *token = server_sign_up(server, "e@example.com", NULL);
    server_send(server, "POST", "/api/auth/sign-up", NULL, right);
    server_send(server, "POST", "/api/auth/sign-in", NULL, right);
    server_send(server, "POST", "/api/auth/sign-in", NULL, wrong);
    server_send(server, "POST", "/api/auth/sign-in", NULL, wrong);
    assert_int_equal(events(AUDIT_SIGN_UP), 1);
    assert_int_equal(events(AUDIT_SIGN_UP_TAKEN), 1);
    assert_int_equal(events(AUDIT_SIGN_IN), 1);
    assert_int_equal(events(AUDIT_SIGN_IN_PASSWORD), 2);
    assert_int_equal(events(AUDIT_TOKEN_ENDED), 0);
    server_sql(server, "DELETE FROM session");
    server_send(server, "GET", "/api/tasks", token, NULL);
    assert_int_equal(events(AUDIT_TOKEN_ENDED), 1);
    assert_int_equal(all_of(METRIC_AUTH_EVENTS, AUDIT_COUNT, 1), 6);
}

static void every_event_has_a_series_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(tables.event_count, AUDIT_COUNT);
    for (size_t i = 0; i < AUDIT_COUNT; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_false(strcmp(tables.events[i].first, tables.events[j].first) == 0 &&
                         strcmp(tables.events[i].second, tables.events[j].second) == 0);
        }
    }
}

static void a_sign_in_that_is_limited_is_counted_as_such(void **state)
{
    struct server *server = *state;
    static const char wrong[] = "{\"email\":\"limit@example.com\",\"password\":\"wrong one\"}";

    server->config.rate_limit_max = 1;
    assert_int_equal(server_send(server, "POST", "/api/auth/sign-in", NULL, wrong)->status, 401);
    assert_int_equal(server_send(server, "POST", "/api/auth/sign-in", NULL, wrong)->status, 429);
    assert_int_equal(events(AUDIT_SIGN_IN_LIMITED), 1);
}

static void statements_are_timed_by_what_they_do(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "timed");

    server_send(server, "GET", "/api/tasks", token, NULL);
    assert_true(metric_get(METRIC_DB_STATEMENTS, METRIC_STATEMENT_READ, 0) > 0);
    assert_int_equal(metric_get(METRIC_DB_STATEMENTS, METRIC_STATEMENT_WRITE, 0), 0);
    server_send(server, "POST", "/api/tasks", token, "{\"title\":\"t\"}");
    assert_true(metric_get(METRIC_DB_STATEMENTS, METRIC_STATEMENT_WRITE, 0) > 0);
    assert_int_equal(metric_get(METRIC_DB_STATEMENTS, METRIC_STATEMENT_BEGIN, 0), 0);
    server_sign_up(server, "timed@example.com", NULL);
    assert_int_equal(metric_get(METRIC_DB_STATEMENTS, METRIC_STATEMENT_BEGIN, 0), 1);
    assert_int_equal(metric_get(METRIC_DB_STATEMENTS, METRIC_STATEMENT_COMMIT, 0), 1);
    int before = server->queries;
    int64_t timed = all_of(METRIC_DB_STATEMENTS, METRIC_STATEMENT_COMMIT + 1, 1);
    server_send(server, "GET", "/api/tasks", token, NULL);
    assert_int_equal(all_of(METRIC_DB_STATEMENTS, METRIC_STATEMENT_COMMIT + 1, 1) - timed,
                     server->queries - before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_request_counts_once_under_its_route_method_and_status, reset),
        cmocka_unit_test(every_route_has_a_place_of_its_own),
        cmocka_unit_test_setup(errors_are_counted_by_what_they_are, reset),
        cmocka_unit_test_setup(a_token_counts_by_what_was_found_first, reset),
        cmocka_unit_test_setup(events_of_the_audit_log_are_counted_as_often_as_they_are_written,
                               reset),
        cmocka_unit_test(every_event_has_a_series_of_its_own),
        cmocka_unit_test_setup(a_sign_in_that_is_limited_is_counted_as_such, reset),
        cmocka_unit_test_setup(statements_are_timed_by_what_they_do, reset),
    };
    return cmocka_run_group_tests(tests, start, server_stop);
}
