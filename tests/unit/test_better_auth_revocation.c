/* api/session, sign_out: lists of sessions, and their ends. */
#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"

static void list_sessions_has_the_users_living_ones_newest_first(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, "list@example.com");

    server_sql(server, "INSERT INTO session SELECT 'old', '2001-01-01T00:00:00.000Z', 'old', "
                       "\"createdAt\", \"updatedAt\", NULL, NULL, \"userId\" FROM session");
    server_sql(server,
               "INSERT INTO session SELECT 'first', '2090-01-01T00:00:00.000Z', 'first', "
               "'2020-01-01T00:00:00.000Z', \"updatedAt\", NULL, NULL, \"userId\" FROM session "
               "LIMIT 1");
    const struct reply *reply = browser_get(server, "list-sessions", cookies);
    assert_int_equal(reply->status, 200);
    assert_true(reply->body[0] == '[');
    assert_null(strstr(reply->body, "\"id\":\"old\""));
    const char *first = strstr(reply->body, "},{\"id\":\"first\"");
    assert_non_null(first);
    assert_non_null(strstr(first, "\"ipAddress\":\"\",\"userAgent\":\"\"}]"));
}

static void list_sessions_wants_a_fresh_session(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, "fresh@example.com");
    char iso[CLOCK_ISO_SIZE];

    clock_format(clock_now() - CLOCK_DAY, iso);
    server_sql(server, mem_printf(server->ctx, "UPDATE session SET \"createdAt\" = '%s'", iso));
    assert_error(browser_get(server, "list-sessions", cookies), 403, "SESSION_NOT_FRESH");
    assert_int_equal(browser_get(server, "list-accounts", cookies)->status, 200);
}

static void revoke_session_ends_ones_own_only_and_says_nothing(void **state)
{
    struct server *server = *state;
    server_sign_up(server, "victim@example.com", NULL);
    server_sign_up(server, "revoke@example.com", NULL);
    server_sql(server, "DELETE FROM session");
    const char *victim = reply_text(
        browser_sign_in_with(server, "victim@example.com", BROWSER_PASSWORD, ""), "token");
    const struct reply *mine =
        browser_sign_in_with(server, "revoke@example.com", BROWSER_PASSWORD, "");
    const char *other = reply_text(
        browser_sign_in_with(server, "revoke@example.com", BROWSER_PASSWORD, ""), "token");
    const char *cookies = reply_cookies(server, mine);
    const char *const tokens[] = {victim, "unknown", "", other};

    for (size_t i = 0; i < COUNT(tokens); i++) {
        const struct reply *reply =
            browser_post(server, "revoke-session", cookies,
                         mem_printf(server->ctx, "{\"token\":\"%s\"}", tokens[i]));
        assert_int_equal(reply->status, 200);
        assert_string_equal(reply->body, "{\"status\":true}");
        assert_null(reply_header(server, reply, "Set-Cookie"));
        assert_int_equal(server_sessions(server), i < 3 ? 3 : 2);
    }
    const struct reply *reply =
        browser_post(server, "revoke-session", cookies,
                     mem_printf(server->ctx, "{\"token\":\"%s\"}", reply_text(mine, "token")));
    assert_string_equal(reply->body, "{\"status\":true}");
    assert_cleared(server, reply);
    assert_int_equal(server_sessions(server), 1);
    assert_error(browser_post(server, "revoke-session", cookies, "{\"token\":\"x\"}"), 401,
                 "UNAUTHORIZED");
}

static void revoke_sessions_and_others_end_what_they_say(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, "all@example.com");

    browser_sign_in_with(server, "all@example.com", BROWSER_PASSWORD, "");
    browser_sign_in_with(server, "all@example.com", BROWSER_PASSWORD, "");
    const struct reply *reply = browser_post(server, "revoke-other-sessions", cookies, NULL);
    assert_string_equal(reply->body, "{\"status\":true}");
    assert_null(reply_header(server, reply, "Set-Cookie"));
    assert_int_equal(server_sessions(server), 1);
    assert_non_null(browser_get(server, "get-session", cookies)->json);

    browser_sign_in_with(server, "all@example.com", BROWSER_PASSWORD, "");
    reply = browser_post(server, "revoke-sessions", cookies, "{}");
    assert_string_equal(reply->body, "{\"status\":true}");
    assert_cleared(server, reply);
    assert_int_equal(server_sessions(server), 0);
    assert_int_equal(atoi(server_sql(server, "SELECT count(*) FROM \"refreshToken\"")), 0);
}

/* GHSA-99h5-pjcv-gr6v: nothing in a body makes a caller somebody. */
static void ghsa_99h5_a_body_is_no_authority(void **state)
{
    struct server *server = *state;
    const char *user_id = NULL;

    server_sign_up(server, "authority@example.com", &user_id);
    const char *body = mem_printf(server->ctx,
                                  "{\"token\":\"x\",\"userId\":\"%s\",\"name\":\"evil\","
                                  "\"password\":\"right horse\",\"currentPassword\":\"right "
                                  "horse\",\"newPassword\":\"left horse\"}",
                                  user_id);
    static const char *const routes[] = {
        "revoke-session",  "revoke-sessions", "update-user",   "revoke-other-sessions",
        "change-password", "verify-password", "update-session"};
    for (size_t i = 0; i < COUNT(routes); i++)
        assert_error(browser_post(server, routes[i], NULL, body), 401, "UNAUTHORIZED");
}

static void sign_out_takes_no_body_an_empty_object_and_no_more(void **state)
{
    static const struct {
        const char *body, *type;
        int status;
        const char *code;
    } rows[] = {
        {NULL, NULL, 200, NULL},
        {"", NULL, 200, NULL},
        {"{}", NULL, 200, NULL},
        {"{\"x\":1}", NULL, 200, NULL},
        {"{}", "CONTENT_TYPE=", 200, NULL},
        {"nonsense", "CONTENT_TYPE=", 200, NULL},
        {"nonsense", NULL, 400, "BAD_REQUEST"},
        {"[]", NULL, 400, "VALIDATION_ERROR"},
        {"null", NULL, 400, "VALIDATION_ERROR"},
        {"a=b", "CONTENT_TYPE=application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"},
        {"{}", "CONTENT_TYPE=text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"},
    };
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *cookies =
            browser_alone(server, mem_printf(server->ctx, "out%zu@example.com", i));
        const struct reply *reply =
            server_ask(server, &(struct ask){
                                   .method = "POST",
                                   .uri = "/api/auth/sign-out",
                                   .body = rows[i].body,
                                   .params = {BROWSER_ORIGIN, cookies, rows[i].type},
                               });
        print_message("  %s\n", rows[i].body == NULL ? "(none)" : rows[i].body);
        assert_int_equal(reply->status, rows[i].status);
        if (rows[i].code == NULL) {
            assert_string_equal(reply->body, "{\"success\":true}");
            assert_cleared(server, reply);
        } else {
            assert_error(reply, rows[i].status, rows[i].code);
        }
        assert_int_equal(server_sessions(server), rows[i].code == NULL ? 0 : 1);
    }
}

static void sign_out_by_bearer_session_token_ends_that_session(void **state)
{
    struct server *server = *state;

    browser_alone(server, "bearer@example.com");
    const char *token = server_session(server, "token");
    const struct reply *reply = server_ask(
        server, &(struct ask){.method = "POST", .uri = "/api/auth/sign-out", .token = token});
    assert_string_equal(reply->body, "{\"success\":true}");
    assert_int_equal(server_sessions(server), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_sessions_has_the_users_living_ones_newest_first),
        cmocka_unit_test(list_sessions_wants_a_fresh_session),
        cmocka_unit_test(revoke_session_ends_ones_own_only_and_says_nothing),
        cmocka_unit_test(revoke_sessions_and_others_end_what_they_say),
        cmocka_unit_test(ghsa_99h5_a_body_is_no_authority),
        cmocka_unit_test(sign_out_takes_no_body_an_empty_object_and_no_more),
        cmocka_unit_test(sign_out_by_bearer_session_token_ends_that_session),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
