/* api/session_cache and session_cookies: when a browser gets the cookie cache, through dispatch().
 */
#include "api/session_cache.h"

#include "unit_cache.h"
#include "vectors_cache.h"

#define FORGET "better-auth.dont_remember"

/* --- when it is set --- */

static void off_it_is_never_set_and_never_believed(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);

    assert_non_null(strstr(cookies, CACHE));
    server->config.cookie_cache = COOKIE_CACHE_OFF;
    assert_cache_untouched(server, enter(server, ""));
    server_sql(server, "DELETE FROM session");
    const struct reply *reply = browser_get(server, "get-session", cookies);
    assert_true(says(reply, "null"));
    assert_cache_cleared(server, reply);
}

static void every_answer_that_sets_the_session_cookie_sets_it(void **state)
{
    static const struct {
        const char *route, *body;
    } rows[] = {
        {"sign-up/email", "{\"email\":\"" EMAIL "\",\"password\":\"right horse\",\"name\":\"N\"}"},
        {"sign-in/email", "{\"email\":\"" EMAIL "\",\"password\":\"right horse\"}"},
        {"sign-in", "{\"email\":\"" EMAIL "\",\"password\":\"right horse\"}"},
        {"login", "{\"email\":\"" EMAIL "\",\"password\":\"right horse\"}"},
        {"refresh", NULL},
        {"update-user", "{\"name\":\"M\"}"},
        {"change-password", "{\"currentPassword\":\"right horse\",\"newPassword\":\"right horse\","
                            "\"revokeOtherSessions\":true}"},
    };
    static const enum cookie_cache forms[] = {COOKIE_CACHE_COMPACT, COOKIE_CACHE_JWT,
                                              COOKIE_CACHE_JWE};
    struct server *server = *state;

    for (size_t form = 0; form < COUNT(forms); form++) {
        const char *cookies = NULL;
        server_sql(server, "DELETE FROM \"user\"");
        server->config.cookie_cache = forms[form];
        for (size_t i = 0; i < COUNT(rows); i++) {
            const struct reply *reply = browser_post(server, rows[i].route, cookies, rows[i].body);
            print_message("  %s\n", rows[i].route);
            assert_int_equal(reply->status, 200);
            assert_non_null(reply_cookie(server, reply, TOKEN));
            if (i != 5) /* which sets no refresh cookie */
                cookies = reply_cookies(server, reply);
            server->queries = 0;
            reply = browser_get(server, "get-session",
                                mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s; " CACHE "=%s",
                                           value_in(server, reply, TOKEN),
                                           value_in(server, reply, CACHE)));
            assert_true(says(reply, EMAIL));
            assert_int_equal(server->queries, 0);
        }
    }
}

static void its_attributes_are_better_auths(void **state)
{
    struct server *server = *state;

    server_sign_up(server, EMAIL, NULL);
    for (int form = COOKIE_CACHE_COMPACT; form <= COOKIE_CACHE_JWE; form++) {
        server->config.cookie_cache = (enum cookie_cache)form;
        const char *line = reply_cookie(server, enter(server, ""), CACHE);
        assert_string_equal(strchr(line, ';'), VECTOR_CACHE_ATTRIBUTES);
        assert_memory_equal(line, VECTOR_CACHE_NAME, strlen(VECTOR_CACHE_NAME));
    }
    server->config.cookie_cache_max_age = 20 * CLOCK_SECOND;
    server->config.base_https = true;
    const char *line = reply_cookie(server, enter(server, ""), "__Secure-" CACHE);
    assert_string_equal(strchr(line, ';'), "; Max-Age=20; Path=/; HttpOnly; Secure; SameSite=Lax");
}

static void it_is_set_again_whenever_the_store_was_asked(void **state)
{
    static const char *const routes[] = {"get-session",   "session",
                                         "list-sessions", "list-accounts",
                                         "token",         "get-session?disableCookieCache=true"};
    struct server *server = *state;

    browser_alone(server, EMAIL);
    for (size_t i = 0; i < COUNT(routes); i++) {
        const char *session =
            cookie_sign(server->ctx, &server->config, server_session(server, "token"));
        print_message("  %s\n", routes[i]);
        const struct reply *reply = browser_get(
            server, routes[i], mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s", session));
        assert_int_equal(reply->status, 200);
        assert_non_null(strstr(reply_cookie(server, reply, CACHE), "; Max-Age=300; "));
        assert_null(reply_cookie(server, reply, TOKEN));
        server->queries = 0;
        reply =
            browser_get(server, "get-session", with_cache(server, value_in(server, reply, CACHE)));
        assert_true(says(reply, EMAIL));
        assert_int_equal(server->queries, 0);
        assert_cache_untouched(server, reply);
    }
}

/* As at Better Auth: "no refresh" is no refresh of the cache either. */
static void it_is_not_set_again_with_disable_refresh(void **state)
{
    struct server *server = *state;

    browser_alone(server, EMAIL);
    const char *session =
        cookie_sign(server->ctx, &server->config, server_session(server, "token"));
    assert_cache_untouched(
        server, browser_get(server, "get-session?disableRefresh=true",
                            mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s", session)));
}

static void without_remember_me_it_lives_a_minute_and_is_not_set_again(void **state)
{
    struct server *server = *state;

    server_sign_up(server, EMAIL, NULL);
    server_sql(server, "DELETE FROM session");
    const struct reply *reply = enter(server, ",\"rememberMe\":false");
    const char *line = reply_cookie(server, reply, CACHE);
    assert_string_equal(strchr(line, ';'), "; Path=/; HttpOnly; SameSite=Lax");
    const char *value = value_in(server, reply, CACHE);
    struct json *payload = NULL;
    int64_t now = clock_now();
    assert_int_equal(
        cookie_cache_open(server->ctx, &server->config, value, now + 30 * CLOCK_SECOND, &payload),
        ERR_OK);
    assert_int_equal(
        cookie_cache_open(server->ctx, &server->config, value, now + 61 * CLOCK_SECOND, &payload),
        ERR_BAD_VALUE);
    /* Never longer than COOKIE_CACHE_MAX_AGE, whoever reads it. */
    server->config.cookie_cache_max_age = 20 * CLOCK_SECOND;
    const char *short_value = value_in(server, enter(server, ",\"rememberMe\":false"), CACHE);
    server->config.cookie_cache_max_age = 300 * CLOCK_SECOND;
    assert_int_equal(cookie_cache_open(server->ctx, &server->config, short_value,
                                       clock_now() + 21 * CLOCK_SECOND, &payload),
                     ERR_BAD_VALUE);
    reply =
        browser_get(server, "get-session",
                    mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s; " FORGET "=%s",
                               value_in(server, reply, TOKEN), value_in(server, reply, FORGET)));
    assert_true(says(reply, EMAIL));
    assert_cache_untouched(server, reply);
}

/* --- its size --- */

static void what_better_auth_split_is_put_together(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);
    const char *value = strstr(cookies, CACHE "=") + strlen(CACHE "=");
    size_t len = strcspn(value, ";");
    const char *session =
        cookie_sign(server->ctx, &server->config, server_session(server, "token"));
    const char *split =
        mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s; " CACHE ".1=%.*s; " CACHE ".0=%.100s",
                   session, (int)(len - 100), value + 100, value);

    server->queries = 0;
    assert_true(says(browser_get(server, "get-session", split), EMAIL));
    assert_int_equal(server->queries, 0);
    /* A whole one takes their place; sign-out clears all. */
    const struct reply *reply = browser_get(server, "list-accounts", split);
    assert_non_null(strstr(reply_cookie(server, reply, CACHE), "; Max-Age=300;"));
    for (int i = 0; i < 2; i++) {
        assert_string_equal(reply_cookie(server, reply, CACHE ".0"),
                            CACHE ".0=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        assert_string_equal(reply_cookie(server, reply, CACHE ".1"),
                            CACHE ".1=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        assert_null(reply_cookie(server, reply, CACHE ".2"));
        reply = browser_post(server, "sign-out", split, NULL);
        assert_cache_cleared(server, reply);
    }
}

static void one_that_web_servers_would_not_take_is_not_set(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);
    char *name = mem_bytes(server->ctx, 2001);

    memset(name, 'n', 2000);
    name[2000] = '\0';
    rename_user(server, name);
    const struct reply *reply = browser_get(server, "get-session?disableCookieCache=1", cookies);
    assert_true(says(reply, name));
    assert_cache_cleared(server, reply);
    reply = enter(server, "");
    assert_int_equal(reply->status, 200);
    assert_cache_untouched(server, reply);
    /* However many parts somebody sends. */
    struct buf *many = buf_new(server->ctx);
    buf_puts(many, cookies);
    for (int i = 0; i < 16; i++)
        buf_printf(many, "; " CACHE ".%d=x", i);
    assert_int_equal(browser_post(server, "sign-out", many->data, NULL)->status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHED(off_it_is_never_set_and_never_believed),
        CACHED(every_answer_that_sets_the_session_cookie_sets_it),
        CACHED(its_attributes_are_better_auths),
        CACHED(it_is_set_again_whenever_the_store_was_asked),
        CACHED(it_is_not_set_again_with_disable_refresh),
        CACHED(without_remember_me_it_lives_a_minute_and_is_not_set_again),
        CACHED(what_better_auth_split_is_put_together),
        CACHED(one_that_web_servers_would_not_take_is_not_set),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
