/* api/session_cache: who believes a cookie cache, what ends it, and what is none. */
#include "api/session_cache.h"

#include "unit_cache.h"

/* --- what it is good for --- */

static void get_session_answers_from_it_what_the_store_would(void **state)
{
    struct server *server = *state;

    for (int form = COOKIE_CACHE_COMPACT; form <= COOKIE_CACHE_JWE; form++) {
        server->config.cookie_cache = (enum cookie_cache)form;
        server_sql(server, "DELETE FROM \"user\"");
        const char *cookies = browser_alone(server, EMAIL);
        const struct reply *stored =
            browser_get(server, "get-session?disableCookieCache=1", cookies);
        server->queries = 0;
        const struct reply *cached = browser_get(server, "get-session", cookies);
        assert_int_equal(server->queries, 0);
        assert_string_equal(cached->body, stored->body);
        assert_non_null(reply_header(server, cached, "set-auth-jwt"));
        assert_string_equal(reply_header(server, cached, "Cache-Control"), "no-store");
        assert_string_equal(browser_get(server, "session", cookies)->body, stored->body);
        assert_int_equal(server->queries, 0);
    }
}

static void every_character_of_a_name_comes_back(void **state)
{
    static const char name[] = "\x01\x1f\"\\/\x7f\xc3\xa9\xe2\x80\xa8\xf0\x9f\x94\x91 <>?~&\t";
    struct server *server = *state;

    for (int form = COOKIE_CACHE_COMPACT; form <= COOKIE_CACHE_JWE; form++) {
        server->config.cookie_cache = (enum cookie_cache)form;
        server_sql(server, "DELETE FROM \"user\"");
        browser_alone(server, EMAIL);
        rename_user(server, name);
        const char *cookies = reply_cookies(server, enter(server, ""));
        const struct reply *stored =
            browser_get(server, "get-session?disableCookieCache=1", cookies);
        assert_string_equal(browser_get(server, "get-session", cookies)->body, stored->body);
    }
}

static void only_get_session_believes_it(void **state)
{
    static const char *const routes[] = {"list-sessions", "list-accounts", "token"};
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);
    const char *user = server_session(server, "\"userId\"");

    server_sql(server, "DELETE FROM session");
    for (size_t i = 0; i < COUNT(routes); i++) {
        const struct reply *reply = browser_get(server, routes[i], cookies);
        assert_error(reply, 401, "UNAUTHORIZED");
        assert_cache_cleared(server, reply);
    }
    assert_error(browser_post(server, "update-user", cookies, "{\"name\":\"M\"}"), 401,
                 "UNAUTHORIZED");
    assert_error(browser_post(server, "revoke-sessions", cookies, NULL), 401, "UNAUTHORIZED");
    const struct ask proxy = {.method = "GET",
                              .uri = mem_printf(server->ctx, "/api/proxy/%s/tasks", user),
                              .params = {cookies}};
    assert_int_equal(server_ask(server, &proxy)->status, 401);
}

static void it_is_no_token(void **state)
{
    struct server *server = *state;

    for (int form = COOKIE_CACHE_COMPACT; form <= COOKIE_CACHE_JWE; form++) {
        server->config.cookie_cache = (enum cookie_cache)form;
        server_sql(server, "DELETE FROM \"user\"");
        server_sign_up(server, EMAIL, NULL);
        const char *value = value_in(server, enter(server, ""), CACHE);
        const struct ask tasks = {.method = "GET", .uri = "/api/tasks", .token = value};
        assert_int_equal(server_ask(server, &tasks)->status, 401);
        const struct ask session = {.method = "GET", .uri = "/api/auth/token", .token = value};
        assert_int_equal(server_ask(server, &session)->status, 401);
        const struct reply *reply =
            browser_get(server, mem_printf(server->ctx, "verify-email?token=%s", value), NULL);
        assert_int_equal(reply->status, 401);
    }
}

/* --- where it ends --- */

static void ghsa_xg6x_h9c9_2m83_sign_out_ends_it_at_once(void **state)
{
    static const char *const routes[] = {"sign-out", "logout", "revoke-sessions"};
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(routes); i++) {
        server_sql(server, "DELETE FROM \"user\"");
        const struct reply *reply =
            browser_post(server, routes[i], browser_alone(server, EMAIL), NULL);
        assert_int_equal(reply->status, 200);
        assert_cache_cleared(server, reply);
        assert_non_null(strstr(reply_cookie(server, reply, TOKEN), "=; Max-Age=0"));
    }
}

static void ghsa_xg6x_h9c9_2m83_a_sign_in_that_is_not_finished_is_not_cached(void **state)
{
    struct server *server = *state;

    server_sign_up(server, EMAIL, NULL);
    server->config.require_verification = true;
    const struct reply *reply = enter(server, "");
    assert_error(reply, 403, "EMAIL_NOT_VERIFIED");
    assert_null(reply_header(server, reply, "Set-Cookie"));
    reply =
        browser_post(server, "sign-up/email", NULL,
                     "{\"email\":\"new@example.com\",\"password\":\"right horse\",\"name\":\"N\"}");
    assert_int_equal(reply->status, 200);
    assert_null(reply_header(server, reply, "Set-Cookie"));
    server->config.require_verification = false;
    reply = browser_post(server, "sign-in/email", NULL,
                         "{\"email\":\"" EMAIL "\",\"password\":\"wrong horse\"}");
    assert_error(reply, 401, "INVALID_EMAIL_OR_PASSWORD");
    assert_null(reply_header(server, reply, "Set-Cookie"));
}

static void ghsa_xg6x_h9c9_2m83_it_is_nothing_without_its_own_session_cookie(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);
    const char *cache = strstr(cookies, CACHE "=");
    const char *only = mem_printf(server->ctx, "HTTP_COOKIE=%.*s", (int)strcspn(cache, ";"), cache);
    const struct reply *reply = browser_get(server, "get-session", only);

    assert_true(says(reply, "null"));
    assert_null(reply_header(server, reply, "Set-Cookie"));
    /* With a session cookie that is badly signed, ... */
    reply = browser_get(server, "get-session", mem_printf(server->ctx, "%s; " TOKEN "=x.y", only));
    assert_true(says(reply, "null"));
    /* ... or with another session's, which has the store's word then. */
    server_sql(server, "DELETE FROM session");
    const char *other = value_in(server, enter(server, ""), TOKEN);
    rename_user(server, "Of The Store");
    reply = browser_get(server, "get-session",
                        mem_printf(server->ctx, "%s; " TOKEN "=%s", only, other));
    assert_true(says(reply, "Of The Store"));
    assert_string_not_equal(value_in(server, reply, CACHE), "");
}

static void an_error_sets_none(void **state)
{
    struct server *server = *state;

    browser_alone(server, EMAIL);
    const char *cookies =
        mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s",
                   cookie_sign(server->ctx, &server->config, server_session(server, "token")));
    const struct reply *reply = browser_post(server, "update-user", cookies, "{}");
    assert_int_equal(reply->status, 400);
    assert_cache_untouched(server, reply);
    reply = browser_post(server, "verify-password", cookies, "{\"password\":\"wrong horse\"}");
    assert_int_equal(reply->status, 400);
    assert_cache_untouched(server, reply);
}

static void a_user_who_was_deleted_meanwhile_is_forgotten(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);

    server->failure = ERR_ABSENT;
    server->fail_at = 2; /* the first is the look for the session */
    const struct reply *reply = browser_post(server, "update-user", cookies, "{\"name\":\"M\"}");
    assert_int_equal(server->fail_at, 0);
    server->failure = ERR_STORE_DOWN;
    assert_error(reply, 401, "UNAUTHORIZED");
    assert_cache_cleared(server, reply);
    assert_non_null(strstr(reply_cookie(server, reply, TOKEN), "=; Max-Age=0"));
}

/* --- what is no good --- */

static void a_bad_one_is_replaced_by_a_good_one(void **state)
{
    static const char session[] = "\"session\":{\"id\":\"i\",\"token\":\"%s\",\"userId\":\"%s\","
                                  "\"expiresAt\":\"%s\",\"createdAt\":\"%s\",\"updatedAt\":\"%s\","
                                  "\"ipAddress\":%s,\"userAgent\":null}";
    static const char user[] = ",\"user\":{\"id\":\"u\",\"name\":%s,\"email\":\"e\","
                               "\"emailVerified\":%s,\"image\":%s,"
                               "\"createdAt\":\"2026-01-01T00:00:00.000Z\","
                               "\"updatedAt\":\"2026-01-01T00:00:00.000Z\"}";
    static const char future[] = "2090-01-01T00:00:00.000Z";
    struct server *server = *state;

    browser_alone(server, EMAIL);
    const char *token = server_session(server, "token");
    void *ctx = server->ctx;
    const char *good_user = mem_printf(ctx, user, "\"n\"", "true", "null");
#define SESSION(token, id, time, address)                                                          \
    mem_printf(ctx, session, token, id, time, future, future, address)
    const char *good_session = SESSION(token, "u", future, "null");
    const char *const members[] = {
        mem_printf(ctx, "%s%s", SESSION("another", "u", future, "null"), good_user),
        mem_printf(ctx, "%s%s", SESSION(token, "another", future, "null"), good_user),
        mem_printf(ctx, "%s%s", SESSION(token, "u", "2020-01-01T00:00:00.000Z", "null"), good_user),
        mem_printf(ctx, "%s%s", SESSION(token, "u", "soon", "null"), good_user),
        mem_printf(ctx, "%s%s", SESSION(token, "u", future, "7"), good_user),
        mem_printf(ctx, "%s%s", good_session, mem_printf(ctx, user, "null", "true", "null")),
        mem_printf(ctx, "%s%s", good_session, mem_printf(ctx, user, "\"n\"", "1", "null")),
        mem_printf(ctx, "%s%s", good_session, mem_printf(ctx, user, "\"n\"", "true", "{}")),
        good_session,
        good_user + 1,
        "\"session\":[],\"user\":7",
        "\"session\":{},\"user\":{}",
    };
    const char *good = mem_printf(ctx, "%s%s", good_session, good_user);
    const struct reply *reply =
        browser_get(server, "get-session", with_cache(server, closed(server, good, clock_now())));
    assert_true(says(reply, "\"email\":\"e\""));
    for (size_t i = 0; i < COUNT(members); i++) {
        print_message("  %s\n", members[i]);
        reply = browser_get(server, "get-session",
                            with_cache(server, closed(server, members[i], clock_now())));
        assert_true(says(reply, EMAIL));
        assert_non_null(strstr(reply_cookie(server, reply, CACHE), "; Max-Age=300;"));
    }
    const char *const values[] = {"",
                                  "x",
                                  "x.y.z",
                                  "!!!",
                                  "%00",
                                  "e30",
                                  closed(server, good, clock_now() - 301 * CLOCK_SECOND)};
    for (size_t i = 0; i < COUNT(values); i++) {
        reply = browser_get(server, "get-session", with_cache(server, values[i]));
        assert_true(says(reply, EMAIL));
        assert_non_null(strstr(reply_cookie(server, reply, CACHE), "; Max-Age=300;"));
        reply = browser_get(server, "get-session?disableRefresh=1", with_cache(server, values[i]));
        assert_true(says(reply, EMAIL));
        assert_cache_cleared(server, reply);
    }
}

/* A JWT of ours in the header names its session before any cookie does. */
static void a_jwt_is_asked_about_in_the_store(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);
    const char *jwt = reply_text(enter(server, ""), "jwt");

    rename_user(server, "Of The Store");
    const struct reply *reply = server_ask(server, &(struct ask){.method = "GET",
                                                                 .uri = "/api/auth/get-session",
                                                                 .token = jwt,
                                                                 .params = {cookies}});
    assert_true(says(reply, "Of The Store"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHED(get_session_answers_from_it_what_the_store_would),
        CACHED(every_character_of_a_name_comes_back),
        CACHED(only_get_session_believes_it),
        CACHED(it_is_no_token),
        CACHED(ghsa_xg6x_h9c9_2m83_sign_out_ends_it_at_once),
        CACHED(ghsa_xg6x_h9c9_2m83_a_sign_in_that_is_not_finished_is_not_cached),
        CACHED(ghsa_xg6x_h9c9_2m83_it_is_nothing_without_its_own_session_cookie),
        CACHED(an_error_sets_none),
        CACHED(a_user_who_was_deleted_meanwhile_is_forgotten),
        CACHED(a_bad_one_is_replaced_by_a_good_one),
        CACHED(a_jwt_is_asked_about_in_the_store),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
