/* api/session_cookies: what Better Auth's cookies are called, and how long they last. */
#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"

static void a_browser_that_is_not_remembered_gets_cookies_that_end_with_it(void **state)
{
    struct server *server = *state;

    server_sign_up(server, "forget@example.com", NULL);
    server_sql(server, "DELETE FROM session");
    const struct reply *reply = browser_sign_in_with(server, "forget@example.com", BROWSER_PASSWORD,
                                                     ",\"rememberMe\":false");
    static const char *const names[] = {"better-auth.session_token", "better-auth.dont_remember",
                                        "better-auth.refresh_token"};
    const char *before = reply->head;
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *line = reply_cookie(server, reply, names[i]);
        assert_non_null(line);
        assert_null(strstr(line, "Max-Age"));
        const char *at = strstr(reply->head, line);
        assert_true(at > before);
        before = at;
    }
    assert_string_equal(
        server_session(server, "(julianday(\"expiresAt\") - julianday(\"createdAt\")) = 1.0"), "1");
    assert_string_equal(
        server_sql(server,
                   "SELECT (julianday(\"expiresAt\") - julianday(\"createdAt\")) = 1.0 FROM "
                   "\"refreshToken\" ORDER BY \"createdAt\" DESC"),
        "1");
    /* Nor does it slide, and what sets the cookie again keeps it so. */
    const char *cookies = reply_cookies(server, reply);
    server_expire(server, CLOCK_MINUTE);
    assert_null(reply_header(server, browser_get(server, "get-session", cookies), "Set-Cookie"));
    reply = browser_post(server, "update-user", cookies, "{\"name\":\"N\"}");
    assert_int_equal(reply->status, 200);
    assert_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age"));
    assert_non_null(reply_cookie(server, reply, "better-auth.dont_remember"));
    /* A refresh extends it by a day, no more. */
    reply = browser_post(server, "refresh", cookies, NULL);
    assert_int_equal(reply->status, 200);
    assert_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age"));
    assert_string_equal(
        server_session(server, "(julianday(\"expiresAt\") - julianday('now')) < 1.01"), "1");
    /* A sign-in that is remembered takes the mark away. */
    reply = server_ask(
        server, &(struct ask){.method = "POST",
                              .uri = "/api/auth/sign-in/email",
                              .body = "{\"email\":\"forget@example.com\",\"password\":\"right "
                                      "horse\",\"rememberMe\":true}",
                              .params = {BROWSER_ORIGIN, cookies}});
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply_cookie(server, reply, "better-auth.dont_remember"),
                        "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
    assert_non_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age"));
}

/* SESSION_TTL is a promise of the administrator: a form is not to outlive it. */
static void without_remember_me_a_session_is_no_longer_than_with_it(void **state)
{
    struct server *server = *state;
    int64_t ttl = server->config.session_ttl;

    server_sign_up(server, "short@example.com", NULL);
    server_sql(server, "DELETE FROM session");
    server->config.session_ttl = CLOCK_HOUR;
    browser_sign_in_with(server, "short@example.com", BROWSER_PASSWORD, ",\"rememberMe\":false");
    server->config.session_ttl = ttl;
    assert_string_equal(
        server_session(
            server, "round((julianday(\"expiresAt\") - julianday(\"createdAt\")) * 86400) = 3600"),
        "1");
}

static void https_prefixes_every_name_and_aliases_repeat_the_value(void **state)
{
    struct server *server = *state;
    char first[] = "better-auth-token", second[] = "my.session";
    char *aliases[] = {first, second};

    server_sign_up(server, "secure@example.com", NULL);
    server->config.base_https = true;
    server->config.cookie_aliases = (struct conf_list){.items = aliases, .count = 2};
    const struct reply *reply = browser_sign_in_with(server, "secure@example.com", BROWSER_PASSWORD,
                                                     ",\"rememberMe\":false");
    const char *line = reply_cookie(server, reply, "__Secure-better-auth.session_token");
    const char *value = strchr(line, '=') + 1;
    assert_non_null(strstr(line, "; Path=/; HttpOnly; Secure; SameSite=Lax"));
    assert_non_null(reply_cookie(server, reply, "__Secure-better-auth.dont_remember"));
    assert_non_null(reply_cookie(server, reply, "__Secure-better-auth.refresh_token"));
    assert_null(reply_cookie(server, reply, "better-auth.session_token"));
    for (size_t i = 0; i < COUNT(aliases); i++) {
        line = reply_cookie(server, reply, aliases[i]);
        assert_non_null(line);
        assert_string_equal(strchr(line, '=') + 1, value);
    }
    /* An alias is no credential. */
    const char *param =
        mem_printf(server->ctx, "HTTP_COOKIE=my.session=%.*s", (int)strcspn(value, ";"), value);
    assert_no_session(browser_get(server, "get-session", param));
    const struct reply *out = browser_post(server, "sign-out", reply_cookies(server, reply), "{}");
    server->config.base_https = false;
    server->config.cookie_aliases.count = 0;
    assert_string_equal(reply_cookie(server, out, "my.session"),
                        "my.session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_browser_that_is_not_remembered_gets_cookies_that_end_with_it),
        cmocka_unit_test(without_remember_me_a_session_is_no_longer_than_with_it),
        cmocka_unit_test(https_prefixes_every_name_and_aliases_repeat_the_value),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
