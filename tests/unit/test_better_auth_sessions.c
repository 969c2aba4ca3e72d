/* api/session: the session as Better Auth's client sees it through dispatch(). */
#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"

static void get_session_answers_session_user_and_end(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, "get@example.com");
    const char *token = server_session(server, "token");

    for (int i = 0; i < 4; i++) {
        const char *route = i % 2 == 0 ? "get-session" : "session";
        const struct reply *reply =
            browser_offer(server, route, i < 2 ? cookies : NULL, i < 2 ? NULL : token);
        assert_int_equal(reply->status, 200);
        assert_int_equal(json_member_count(reply->json), 3);
        assert_non_null(strstr(reply->body, mem_printf(server->ctx, "\"token\":\"%s\"", token)));
        assert_non_null(strstr(reply->body, "\"email\":\"get@example.com\""));
        assert_null(strstr(reply->body, "jwt"));
        assert_in_range(reply_int(reply, "expiresAt"), clock_now() + 6 * CLOCK_DAY,
                        clock_now() + 7 * CLOCK_DAY);
        assert_null(reply_header(server, reply, "Set-Cookie"));
        assert_string_equal(reply_header(server, reply, "Cache-Control"), "no-store");
        assert_string_equal(reply_header(server, reply, "Pragma"), "no-cache");
    }
}

static void get_session_brings_a_jwt_where_it_fits(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, "header@example.com");
    const struct reply *reply = browser_get(server, "get-session", cookies);
    const char *jwt = reply_header(server, reply, "set-auth-jwt");

    assert_non_null(jwt);
    assert_int_equal(
        server_ask(server, &(struct ask){.method = "GET", .uri = "/api/tasks", .token = jwt})
            ->status,
        200);
    char *name = mem_bytes(server->ctx, 2001);
    memset(name, 'n', 2000);
    name[2000] = '\0';
    server_sql(server, mem_printf(server->ctx,
                                  "UPDATE \"user\" SET name = '%s' WHERE email = "
                                  "'header@example.com'",
                                  name));
    reply = browser_get(server, "get-session", cookies);
    assert_int_equal(reply->status, 200);
    assert_null(reply_header(server, reply, "set-auth-jwt"));
    assert_non_null(strstr(reply->body, name));
    server_sql(server, "UPDATE \"user\" SET name = 'n' WHERE email = 'header@example.com'");
    server_sql(server, "DELETE FROM session");
    assert_null(reply_header(server, browser_get(server, "get-session", cookies), "set-auth-jwt"));
}

static void get_session_without_one_is_null_and_never_401(void **state)
{
    struct server *server = *state;
    const char *const tokens[] = {NULL, "a.b", "a.b.c", "two words",
                                  server_token(server, "elsewhere")};

    for (size_t i = 0; i < COUNT(tokens); i++) {
        const struct reply *reply = browser_offer(server, "get-session", NULL, tokens[i]);
        assert_no_session(reply);
        if (i < 4)
            assert_null(reply_header(server, reply, "Set-Cookie"));
    }
    /* A wrong signature is no session; it clears nothing. */
    const struct reply *reply =
        browser_get(server, "get-session", "HTTP_COOKIE=better-auth.session_token=x.y");
    assert_no_session(reply);
    assert_null(reply_header(server, reply, "Set-Cookie"));
}

static void a_session_that_is_gone_clears_its_cookies(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, "gone@example.com");

    server_sql(server, "DELETE FROM session");
    const struct reply *reply = browser_get(server, "get-session", cookies);
    assert_no_session(reply);
    assert_cleared(server, reply);
    reply = browser_get(server, "list-accounts", cookies);
    assert_error(reply, 401, "UNAUTHORIZED");
    assert_cleared(server, reply);
    /* Also when a bearer token that is nobody's took the cookie's place. */
    cookies = browser_alone(server, "gone2@example.com");
    reply = browser_offer(server, "get-session", cookies, "nobodys");
    assert_no_session(reply);
    assert_cleared(server, reply);
    assert_int_equal(server_sessions(server), 1);
}

static void an_expired_session_is_none_and_its_row_goes(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, "expired@example.com");
    const char *token = server_session(server, "token");

    server_expire(server, -1);
    const struct reply *reply = browser_offer(server, "get-session", NULL, token);
    assert_no_session(reply);
    assert_cleared(server, reply);
    assert_int_equal(server_sessions(server), 0);
    assert_int_equal(atoi(server_sql(server, "SELECT count(*) FROM \"refreshToken\"")), 0);
    assert_no_session(browser_get(server, "get-session", cookies));
}

static void get_session_takes_a_jwt_of_ours_for_its_session(void **state)
{
    struct server *server = *state;
    const char *jwt = server_sign_up(server, "jwt@example.com", NULL);
    const struct reply *reply = browser_offer(server, "get-session", NULL, jwt);

    assert_int_equal(reply->status, 200);
    assert_non_null(strstr(reply->body, "\"email\":\"jwt@example.com\""));
    /* Elsewhere under /api/auth a JWT is no session, as at Better Auth. */
    assert_error(browser_offer(server, "list-sessions", NULL, jwt), 401, "UNAUTHORIZED");
    server_sql(server, "DELETE FROM session");
    assert_no_session(browser_offer(server, "get-session", NULL, jwt));
}

/* Front ends keep a JWT beside the cookie and send both: what names no living session of ours must
 * not sign the browser out. */
static void a_jwt_without_a_living_session_leaves_the_cookie_in_its_place(void **state)
{
    struct server *server = *state;
    const char *ended = server_sign_up(server, "ended@example.com", NULL);
    const char *cookies = browser_alone(server, "beside@example.com");
    const char *const tokens[] = {ended, server_token(server, "elsewhere"), "a.b.c"};

    for (size_t i = 0; i < COUNT(tokens); i++) {
        const struct reply *reply = browser_offer(server, "get-session", cookies, tokens[i]);
        assert_int_equal(reply->status, 200);
        assert_non_null(strstr(reply->body, "\"email\":\"beside@example.com\""));
        assert_null(strstr(reply->head, "Set-Cookie"));
        assert_int_equal(browser_offer(server, "token", cookies, tokens[i])->status, 200);
    }
    /* Without a cookie there is nothing but what the token names. */
    assert_no_session(browser_offer(server, "get-session", NULL, ended));
    assert_no_session(browser_offer(server, "get-session", NULL, tokens[1]));
    /* One that is alive counts before the cookie. */
    const char *alive = server_sign_up(server, "alive@example.com", NULL);
    const struct reply *reply = browser_offer(server, "get-session", cookies, alive);
    assert_non_null(strstr(reply->body, "\"email\":\"alive@example.com\""));
}

static void get_session_by_post_is_405(void **state)
{
    assert_error(browser_post(*state, "get-session", NULL, "{}"), 405,
                 "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED");
}

static void a_stray_cookie_cache_is_cleared(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, "cache@example.com");
    const struct reply *reply =
        browser_offer(server, "get-session",
                      mem_printf(server->ctx, "%s; better-auth.session_data=x", cookies), NULL);

    assert_int_equal(reply->status, 200);
    assert_non_null(reply->json);
    assert_string_equal(reply_header(server, reply, "Set-Cookie"),
                        "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
    assert_no_session(browser_get(server, "get-session", "HTTP_COOKIE=better-auth.session_data=x"));
}

static void a_session_is_extended_when_it_is_a_day_old(void **state)
{
    static const struct {
        int64_t expires_in;
        const char *route;
        bool extended;
    } rows[] = {
        {6 * CLOCK_DAY + CLOCK_MINUTE, "get-session", false},
        {6 * CLOCK_DAY, "get-session", true},
        {CLOCK_MINUTE, "get-session", true},
        {CLOCK_MINUTE, "list-accounts", true},
        {CLOCK_MINUTE, "get-session?disableRefresh=false", false},
        {CLOCK_MINUTE, "get-session?disableRefresh=", true},
    };
    struct server *server = *state;
    const char *cookies = browser_alone(server, "slide@example.com");
    const char *token = server_session(server, "token");

    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s\n", rows[i].route);
        server_expire(server, rows[i].expires_in);
        const struct reply *reply = browser_get(server, rows[i].route, cookies);
        assert_int_equal(reply->status, 200);
        const char *line = reply_cookie(server, reply, "better-auth.session_token");
        const char *header = reply_header(server, reply, "set-auth-token");
        assert_int_equal(line != NULL, rows[i].extended);
        assert_int_equal(header != NULL, rows[i].extended);
        assert_string_equal(server_session(server, "token"), token);
        if (rows[i].extended) {
            assert_non_null(strstr(line, "; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"));
            assert_true(strncmp(header, token, strlen(token)) == 0 && strchr(header, '%') == NULL);
            assert_string_equal(
                server_session(server, "(julianday(\"expiresAt\") - julianday('now')) > 6.99"),
                "1");
        }
    }
    /* The answer has the new end; a bearer token extends too. */
    server_expire(server, CLOCK_MINUTE);
    const struct reply *reply = browser_offer(server, "get-session", NULL, token);
    assert_true(reply_int(reply, "expiresAt") > clock_now() + 6 * CLOCK_DAY);
    assert_non_null(reply_header(server, reply, "set-auth-token"));
}

static void a_database_that_cannot_write_leaves_the_session_as_it_is(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, "readonly@example.com");

    server_expire(server, CLOCK_MINUTE);
    server->fail_at = 2; /* the update behind the look-up */
    const struct reply *reply = browser_get(server, "get-session", cookies);
    assert_int_equal(reply->status, 200);
    assert_non_null(reply->json);
    assert_null(reply_header(server, reply, "Set-Cookie"));
}

static void a_session_token_opens_task_routes_of_its_user_only(void **state)
{
    struct server *server = *state;
    const char *user_id = NULL;

    server_sign_up(server, "opaque@example.com", &user_id);
    const char *token = server_sql(
        server,
        mem_printf(server->ctx, "SELECT token FROM session WHERE \"userId\" = '%s'", user_id));
    const struct ask all = {.method = "GET", .uri = "/api/tasks", .token = token};
    struct ask own = {.method = "POST",
                      .uri = mem_printf(server->ctx, "/api/%s/tasks", user_id),
                      .token = token,
                      .body = "{\"title\":\"t\"}"};
    struct reply *reply = server_ask(server, &own);
    assert_int_equal(reply->status, 201);
    assert_string_equal(reply_text(reply, "user_id"), user_id);
    assert_int_equal(server_ask(server, &all)->status, 200);
    own.uri = "/api/bob/tasks";
    int body_reads = server->body_reads;
    assert_error(server_ask(server, &own), 403, "USER_MISMATCH");
    server_sql(server, "DELETE FROM session");
    reply = server_ask(server, &all);
    assert_error(reply, 401, "INVALID_TOKEN");
    assert_null(reply_header(server, reply, "Set-Cookie"));
    assert_error(server_ask(server, &own), 401, "INVALID_TOKEN");
    assert_int_equal(server->body_reads, body_reads);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(get_session_answers_session_user_and_end),
        cmocka_unit_test(get_session_brings_a_jwt_where_it_fits),
        cmocka_unit_test(get_session_without_one_is_null_and_never_401),
        cmocka_unit_test(a_session_that_is_gone_clears_its_cookies),
        cmocka_unit_test(an_expired_session_is_none_and_its_row_goes),
        cmocka_unit_test(get_session_takes_a_jwt_of_ours_for_its_session),
        cmocka_unit_test(a_jwt_without_a_living_session_leaves_the_cookie_in_its_place),
        cmocka_unit_test(get_session_by_post_is_405),
        cmocka_unit_test(a_stray_cookie_cache_is_cleared),
        cmocka_unit_test(a_session_is_extended_when_it_is_a_day_old),
        cmocka_unit_test(a_database_that_cannot_write_leaves_the_session_as_it_is),
        cmocka_unit_test(a_session_token_opens_task_routes_of_its_user_only),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
