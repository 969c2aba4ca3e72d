/* api/session_cache and session_cookies: the cookie cache as a browser meets it through dispatch().
 */
#include "api/session_cache.h"

#include "base/clock.h"
#include "base/mem.h"
#include "sec/cookie_cache.h"
#include "sec/cookie_sig.h"
#include "sec/mail_token.h"
#include "server.h"
#include "unit.h"
#include "vectors_cache.h"

#define ORIGIN "HTTP_ORIGIN=" SERVER_ORIGIN
#define CACHE  "better-auth.session_data"
#define TOKEN  "better-auth.session_token"
#define FORGET "better-auth.dont_remember"
#define EMAIL  "cache@example.com"

static int reset(void **state)
{
    struct server *server = *state;

    server->config.cookie_cache = COOKIE_CACHE_COMPACT;
    server->config.cookie_cache_max_age = 300 * CLOCK_SECOND;
    server->config.token_alg = TOKEN_ALG_HS256; /* signs without a query */
    server->config.base_https = false;
    server->config.require_verification = false;
    server_sql(server, "DELETE FROM \"user\"");
    return 0;
}

static struct reply *ask(struct server *server, const char *method, const char *route,
                         const char *cookies, const char *body)
{
    return server_ask(server, &(struct ask){.method = method,
                                            .uri = mem_printf(server->ctx, "/api/auth/%s", route),
                                            .body = body,
                                            .params = {ORIGIN, cookies}});
}

static struct reply *get(struct server *server, const char *route, const char *cookies)
{
    return ask(server, "GET", route, cookies, NULL);
}

static struct reply *post(struct server *server, const char *route, const char *cookies,
                          const char *body)
{
    return ask(server, "POST", route, cookies, body);
}

static struct reply *enter(struct server *server, const char *extra)
{
    return post(
        server, "sign-in/email", NULL,
        mem_printf(server->ctx, "{\"email\":\"" EMAIL "\",\"password\":\"right horse\"%s}", extra));
}

/* The cookies of a new user's only session. */
static const char *new_browser(struct server *server)
{
    server_sign_up(server, EMAIL, NULL);
    server_sql(server, "DELETE FROM session");
    return reply_cookies(server, enter(server, ""));
}

/* The value of a cookie that REPLY sets. */
static const char *value_in(struct server *server, const struct reply *reply, const char *name)
{
    const char *line = reply_cookie(server, reply, name);

    assert_non_null(line);
    const char *value = line + strlen(name) + 1;
    return mem_strndup(server->ctx, value, strcspn(value, ";"));
}

static const char *only_session(struct server *server, const char *column)
{
    return server_sql(server, mem_printf(server->ctx, "SELECT %s FROM session", column));
}

/* HTTP_COOKIE with the session cookie of the only session, and CACHE_VALUE as its cache. */
static const char *with_cache(struct server *server, const char *cache_value)
{
    return mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s; " CACHE "=%s",
                      cookie_sign(server->ctx, &server->config, only_session(server, "token")),
                      cache_value);
}

static const char *closed(struct server *server, const char *members, int64_t made_at)
{
    char *value = NULL;

    assert_int_equal(cookie_cache_close(server->ctx, &server->config, members, made_at,
                                        server->config.cookie_cache_max_age, &value),
                     ERR_OK);
    return value;
}

/* What the cache says of the only session, in Better Auth's order of members. */
static const char *members_of_session(struct server *server)
{
    return server_sql(
        server,
        "SELECT '\"session\":{\"expiresAt\":\"' || s.\"expiresAt\" || '\",\"token\":\"' || s.token "
        "|| "
        "'\",\"createdAt\":\"' || s.\"createdAt\" || '\",\"updatedAt\":\"' || s.\"updatedAt\" || "
        "'\",\"ipAddress\":\"\",\"userAgent\":\"node\",\"userId\":\"' || u.id || '\",\"id\":\"' || "
        "s.id || "
        "'\"},\"user\":{\"name\":\"Cached\",\"email\":\"' || u.email || "
        "'\",\"emailVerified\":false,\"image\":null,\"createdAt\":\"' || u.\"createdAt\" || "
        "'\",\"updatedAt\":\"' || u.\"updatedAt\" || '\",\"id\":\"' || u.id || '\"}' "
        "FROM session AS s JOIN \"user\" AS u ON u.id = s.\"userId\"");
}

static void rename_user(struct server *server, const char *name)
{
    server_sql(server, mem_printf(server->ctx, "UPDATE \"user\" SET name = '%s'", name));
}

static bool says(const struct reply *reply, const char *text)
{
    assert_int_equal(reply->status, 200);
    return reply->body != NULL && strstr(reply->body, text) != NULL;
}

static void assert_cleared(struct server *server, const struct reply *reply)
{
    assert_string_equal(reply_cookie(server, reply, CACHE),
                        CACHE "=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
}

static void assert_untouched(struct server *server, const struct reply *reply)
{
    assert_null(reply_cookie(server, reply, CACHE));
}

/* --- when it is set --- */

static void off_it_is_never_set_and_never_believed(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server);

    assert_non_null(strstr(cookies, CACHE));
    server->config.cookie_cache = COOKIE_CACHE_OFF;
    assert_untouched(server, enter(server, ""));
    server_sql(server, "DELETE FROM session");
    const struct reply *reply = get(server, "get-session", cookies);
    assert_true(says(reply, "null"));
    assert_cleared(server, reply);
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
            const struct reply *reply = post(server, rows[i].route, cookies, rows[i].body);
            print_message("  %s\n", rows[i].route);
            assert_int_equal(reply->status, 200);
            assert_non_null(reply_cookie(server, reply, TOKEN));
            if (i != 5) /* which sets no refresh cookie */
                cookies = reply_cookies(server, reply);
            server->queries = 0;
            reply = get(server, "get-session",
                        mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s; " CACHE "=%s",
                                   value_in(server, reply, TOKEN), value_in(server, reply, CACHE)));
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

    new_browser(server);
    for (size_t i = 0; i < COUNT(routes); i++) {
        const char *session =
            cookie_sign(server->ctx, &server->config, only_session(server, "token"));
        print_message("  %s\n", routes[i]);
        const struct reply *reply =
            get(server, routes[i], mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s", session));
        assert_int_equal(reply->status, 200);
        assert_non_null(strstr(reply_cookie(server, reply, CACHE), "; Max-Age=300; "));
        assert_null(reply_cookie(server, reply, TOKEN));
        server->queries = 0;
        reply = get(server, "get-session", with_cache(server, value_in(server, reply, CACHE)));
        assert_true(says(reply, EMAIL));
        assert_int_equal(server->queries, 0);
        assert_untouched(server, reply);
    }
}

/* As at Better Auth: "no refresh" is no refresh of the cache either. */
static void it_is_not_set_again_with_disable_refresh(void **state)
{
    struct server *server = *state;

    new_browser(server);
    const char *session = cookie_sign(server->ctx, &server->config, only_session(server, "token"));
    assert_untouched(server, get(server, "get-session?disableRefresh=true",
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
        cookie_cache_open(server->ctx, &server->config, value, now + 58 * CLOCK_SECOND, &payload),
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
    reply = get(server, "get-session",
                mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s; " FORGET "=%s",
                           value_in(server, reply, TOKEN), value_in(server, reply, FORGET)));
    assert_true(says(reply, EMAIL));
    assert_untouched(server, reply);
}

/* --- what it is good for --- */

static void get_session_answers_from_it_what_the_store_would(void **state)
{
    struct server *server = *state;

    for (int form = COOKIE_CACHE_COMPACT; form <= COOKIE_CACHE_JWE; form++) {
        server->config.cookie_cache = (enum cookie_cache)form;
        server_sql(server, "DELETE FROM \"user\"");
        const char *cookies = new_browser(server);
        const struct reply *stored = get(server, "get-session?disableCookieCache=1", cookies);
        server->queries = 0;
        const struct reply *cached = get(server, "get-session", cookies);
        assert_int_equal(server->queries, 0);
        assert_string_equal(cached->body, stored->body);
        assert_non_null(reply_header(server, cached, "set-auth-jwt"));
        assert_string_equal(reply_header(server, cached, "Cache-Control"), "no-store");
        assert_string_equal(get(server, "session", cookies)->body, stored->body);
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
        new_browser(server);
        rename_user(server, name);
        const char *cookies = reply_cookies(server, enter(server, ""));
        const struct reply *stored = get(server, "get-session?disableCookieCache=1", cookies);
        assert_string_equal(get(server, "get-session", cookies)->body, stored->body);
    }
}

static void only_get_session_believes_it(void **state)
{
    static const char *const routes[] = {"list-sessions", "list-accounts", "token"};
    struct server *server = *state;
    const char *cookies = new_browser(server);
    const char *user = only_session(server, "\"userId\"");

    server_sql(server, "DELETE FROM session");
    for (size_t i = 0; i < COUNT(routes); i++) {
        const struct reply *reply = get(server, routes[i], cookies);
        assert_error(reply, 401, "UNAUTHORIZED");
        assert_cleared(server, reply);
    }
    assert_error(post(server, "update-user", cookies, "{\"name\":\"M\"}"), 401, "UNAUTHORIZED");
    assert_error(post(server, "revoke-sessions", cookies, NULL), 401, "UNAUTHORIZED");
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
            get(server, mem_printf(server->ctx, "verify-email?token=%s", value), NULL);
        assert_int_equal(reply->status, 401);
    }
}

/* --- how long it is believed --- */

static void a_revoked_session_is_seen_until_the_max_age_and_no_longer(void **state)
{
    struct server *server = *state;

    for (int form = COOKIE_CACHE_COMPACT; form <= COOKIE_CACHE_JWE; form++) {
        server->config.cookie_cache = (enum cookie_cache)form;
        server_sql(server, "DELETE FROM \"user\"");
        new_browser(server);
        const char *members = members_of_session(server);
        const char *young =
            with_cache(server, closed(server, members, clock_now() - 290 * CLOCK_SECOND));
        const char *old =
            with_cache(server, closed(server, members, clock_now() - 301 * CLOCK_SECOND));
        server_sql(server, "DELETE FROM session");
        assert_true(says(get(server, "get-session", young), "\"name\":\"Cached\""));
        const struct reply *reply = get(server, "get-session", old);
        assert_true(says(reply, "null"));
        assert_cleared(server, reply);
    }
}

/* Others, a Better Auth server among them, may have given it longer. */
static void a_shorter_max_age_holds_for_those_that_are_there(void **state)
{
    struct server *server = *state;

    new_browser(server);
    const char *members = members_of_session(server);
    const char *cookies =
        with_cache(server, closed(server, members, clock_now() - 100 * CLOCK_SECOND));
    assert_true(says(get(server, "get-session", cookies), "\"name\":\"Cached\""));
    server->config.cookie_cache_max_age = 60 * CLOCK_SECOND;
    const struct reply *reply = get(server, "get-session", cookies);
    assert_false(says(reply, "\"name\":\"Cached\""));
    assert_non_null(strstr(reply_cookie(server, reply, CACHE), "; Max-Age=60;"));
}

static void disable_cookie_cache_asks_the_store_at_once(void **state)
{
    static const char *const queries[] = {"disableCookieCache=true", "disableCookieCache=false",
                                          "a=b&disableCookieCache=1"};
    struct server *server = *state;
    const char *cookies = new_browser(server);

    rename_user(server, "New Name");
    assert_false(says(get(server, "get-session", cookies), "New Name"));
    for (size_t i = 0; i < COUNT(queries); i++)
        assert_true(
            says(get(server, mem_printf(server->ctx, "get-session?%s", queries[i]), cookies),
                 "New Name"));
    assert_false(says(get(server, "get-session?disableCookieCache=", cookies), "New Name"));
    server_sql(server, "DELETE FROM session");
    assert_true(says(get(server, "get-session?disableCookieCache=true", cookies), "null"));
}

static void a_change_of_the_user_is_seen_at_once_by_who_made_it(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server);
    const struct reply *reply =
        post(server, "update-user", cookies, "{\"name\":\"New Name\",\"image\":\"i\"}");

    const char *cache = value_in(server, reply, CACHE);
    const char *updated = server_sql(server, "SELECT \"updatedAt\" FROM \"user\"");
    server->queries = 0;
    reply = get(server, "get-session", with_cache(server, cache));
    assert_int_equal(server->queries, 0);
    assert_true(says(reply, "\"name\":\"New Name\""));
    assert_true(says(reply, "\"image\":\"i\""));
    assert_true(says(reply, mem_printf(server->ctx, "\"updatedAt\":\"%s\"}", updated)));
    cache = value_in(server, post(server, "update-user", cookies, "{\"image\":null}"), CACHE);
    reply = get(server, "get-session", with_cache(server, cache));
    assert_true(says(reply, "\"image\":null"));
    assert_true(says(reply, "\"name\":\"New Name\""));
}

static void an_address_that_was_proven_or_moved_is_seen_at_once(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server);
    const char *user = only_session(server, "\"userId\"");
    const struct mail_token proof = {.email = EMAIL, .user_id = user};
    const struct mail_token move = {.email = EMAIL,
                                    .update_to = "moved@example.com",
                                    .request_type = MAIL_TOKEN_MOVE,
                                    .user_id = user};
    const struct {
        const struct mail_token *token;
        const char *said;
    } rows[] = {{&proof, "\"emailVerified\":true"}, {&move, "\"email\":\"moved@example.com\""}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *token =
            mail_token_issue(server->ctx, &server->config, rows[i].token, clock_now());
        assert_false(says(get(server, "get-session", cookies), rows[i].said));
        const struct reply *reply =
            get(server, mem_printf(server->ctx, "verify-email?token=%s", token), cookies);
        assert_int_equal(reply->status, 200);
        const char *updated = server_sql(server, "SELECT \"updatedAt\" FROM \"user\"");
        reply = get(server, "get-session", with_cache(server, value_in(server, reply, CACHE)));
        assert_true(says(reply, rows[i].said));
        assert_true(says(reply, "\"emailVerified\":true"));
        assert_true(says(reply, mem_printf(server->ctx, "\"updatedAt\":\"%s\"}", updated)));
    }
}

static void
an_address_that_is_proven_while_the_session_is_extended_leaves_both_cookies(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server);
    const struct mail_token proof = {.email = EMAIL, .user_id = only_session(server, "\"userId\"")};
    char iso[CLOCK_ISO_SIZE];

    clock_format(clock_now() + 5 * CLOCK_DAY, iso);
    server_sql(server, mem_printf(server->ctx, "UPDATE session SET \"expiresAt\" = '%s'", iso));
    const char *token = mail_token_issue(server->ctx, &server->config, &proof, clock_now());
    const struct reply *reply =
        get(server, mem_printf(server->ctx, "verify-email?token=%s", token), cookies);
    assert_non_null(strstr(reply_cookie(server, reply, TOKEN), "; Max-Age=604800;"));
    const char *extended = only_session(server, "\"expiresAt\"");
    reply = get(server, "get-session", with_cache(server, value_in(server, reply, CACHE)));
    assert_true(says(reply, "\"emailVerified\":true"));
    assert_true(says(reply, mem_printf(server->ctx, "\"expiresAt\":\"%s\"", extended)));
}

/* Somebody else's link says nothing about this browser's user. */
static void the_link_of_another_user_changes_nothing_in_it(void **state)
{
    struct server *server = *state;
    const char *other;

    server_sign_up(server, "other@example.com", &other);
    server_sign_up(server, EMAIL, NULL);
    const char *cookies = reply_cookies(server, enter(server, ""));
    const struct mail_token proof = {.email = "other@example.com", .user_id = other};
    const char *token = mail_token_issue(server->ctx, &server->config, &proof, clock_now());
    const struct reply *reply =
        get(server, mem_printf(server->ctx, "verify-email?token=%s", token), cookies);
    assert_int_equal(reply->status, 200);
    const char *session = strstr(cookies, TOKEN "=");
    reply = get(server, "get-session",
                mem_printf(server->ctx, "HTTP_COOKIE=%.*s; " CACHE "=%s",
                           (int)strcspn(session, ";"), session, value_in(server, reply, CACHE)));
    assert_true(says(reply, "\"email\":\"" EMAIL "\",\"emailVerified\":false"));
}

static void an_extended_session_is_cached_as_extended(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server);
    char iso[CLOCK_ISO_SIZE];

    clock_format(clock_now() + 5 * CLOCK_DAY, iso);
    server_sql(server, mem_printf(server->ctx, "UPDATE session SET \"expiresAt\" = '%s'", iso));
    /* Not while it comes from the cache. */
    const struct reply *reply = get(server, "get-session", cookies);
    assert_null(reply_header(server, reply, "Set-Cookie"));
    assert_string_equal(only_session(server, "\"expiresAt\""), iso);
    reply = get(server, "list-accounts", cookies);
    assert_non_null(reply_cookie(server, reply, TOKEN));
    const char *extended = only_session(server, "\"expiresAt\"");
    assert_string_not_equal(extended, iso);
    reply = get(server, "get-session", with_cache(server, value_in(server, reply, CACHE)));
    assert_true(says(reply, mem_printf(server->ctx, "\"expiresAt\":\"%s\"", extended)));
}

/* --- where it ends --- */

static void ghsa_xg6x_h9c9_2m83_sign_out_ends_it_at_once(void **state)
{
    static const char *const routes[] = {"sign-out", "logout", "revoke-sessions"};
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(routes); i++) {
        server_sql(server, "DELETE FROM \"user\"");
        const struct reply *reply = post(server, routes[i], new_browser(server), NULL);
        assert_int_equal(reply->status, 200);
        assert_cleared(server, reply);
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
    reply = post(server, "sign-up/email", NULL,
                 "{\"email\":\"new@example.com\",\"password\":\"right horse\",\"name\":\"N\"}");
    assert_int_equal(reply->status, 200);
    assert_null(reply_header(server, reply, "Set-Cookie"));
    server->config.require_verification = false;
    reply = post(server, "sign-in/email", NULL,
                 "{\"email\":\"" EMAIL "\",\"password\":\"wrong horse\"}");
    assert_error(reply, 401, "INVALID_EMAIL_OR_PASSWORD");
    assert_null(reply_header(server, reply, "Set-Cookie"));
}

static void ghsa_xg6x_h9c9_2m83_it_is_nothing_without_its_own_session_cookie(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server);
    const char *cache = strstr(cookies, CACHE "=");
    const char *only = mem_printf(server->ctx, "HTTP_COOKIE=%.*s", (int)strcspn(cache, ";"), cache);
    const struct reply *reply = get(server, "get-session", only);

    assert_true(says(reply, "null"));
    assert_null(reply_header(server, reply, "Set-Cookie"));
    /* With a session cookie that is badly signed, ... */
    reply = get(server, "get-session", mem_printf(server->ctx, "%s; " TOKEN "=x.y", only));
    assert_true(says(reply, "null"));
    /* ... or with another session's, which has the store's word then. */
    server_sql(server, "DELETE FROM session");
    const char *other = value_in(server, enter(server, ""), TOKEN);
    rename_user(server, "Of The Store");
    reply = get(server, "get-session", mem_printf(server->ctx, "%s; " TOKEN "=%s", only, other));
    assert_true(says(reply, "Of The Store"));
    assert_string_not_equal(value_in(server, reply, CACHE), "");
}

static void an_error_sets_none(void **state)
{
    struct server *server = *state;

    new_browser(server);
    const char *cookies =
        mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s",
                   cookie_sign(server->ctx, &server->config, only_session(server, "token")));
    const struct reply *reply = post(server, "update-user", cookies, "{}");
    assert_int_equal(reply->status, 400);
    assert_untouched(server, reply);
    reply = post(server, "verify-password", cookies, "{\"password\":\"wrong horse\"}");
    assert_int_equal(reply->status, 400);
    assert_untouched(server, reply);
}

static void a_user_who_was_deleted_meanwhile_is_forgotten(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server);

    server->failure = ERR_ABSENT;
    server->fail_at = 2; /* the first is the look for the session */
    const struct reply *reply = post(server, "update-user", cookies, "{\"name\":\"M\"}");
    assert_int_equal(server->fail_at, 0);
    server->failure = ERR_STORE_DOWN;
    assert_error(reply, 401, "UNAUTHORIZED");
    assert_cleared(server, reply);
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

    new_browser(server);
    const char *token = only_session(server, "token");
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
        get(server, "get-session", with_cache(server, closed(server, good, clock_now())));
    assert_true(says(reply, "\"email\":\"e\""));
    for (size_t i = 0; i < COUNT(members); i++) {
        print_message("  %s\n", members[i]);
        reply =
            get(server, "get-session", with_cache(server, closed(server, members[i], clock_now())));
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
        reply = get(server, "get-session", with_cache(server, values[i]));
        assert_true(says(reply, EMAIL));
        assert_non_null(strstr(reply_cookie(server, reply, CACHE), "; Max-Age=300;"));
        reply = get(server, "get-session?disableRefresh=1", with_cache(server, values[i]));
        assert_true(says(reply, EMAIL));
        assert_cleared(server, reply);
    }
}

/* A JWT of ours in the header names its session before any cookie does. */
static void a_jwt_is_asked_about_in_the_store(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server);
    const char *jwt = reply_text(enter(server, ""), "jwt");

    rename_user(server, "Of The Store");
    const struct reply *reply = server_ask(server, &(struct ask){.method = "GET",
                                                                 .uri = "/api/auth/get-session",
                                                                 .token = jwt,
                                                                 .params = {cookies}});
    assert_true(says(reply, "Of The Store"));
}

/* --- its size --- */

static void what_better_auth_split_is_put_together(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server);
    const char *value = strstr(cookies, CACHE "=") + strlen(CACHE "=");
    size_t len = strcspn(value, ";");
    const char *session = cookie_sign(server->ctx, &server->config, only_session(server, "token"));
    const char *split =
        mem_printf(server->ctx, "HTTP_COOKIE=" TOKEN "=%s; " CACHE ".1=%.*s; " CACHE ".0=%.100s",
                   session, (int)(len - 100), value + 100, value);

    server->queries = 0;
    assert_true(says(get(server, "get-session", split), EMAIL));
    assert_int_equal(server->queries, 0);
    /* A whole one takes their place; sign-out clears all. */
    const struct reply *reply = get(server, "list-accounts", split);
    assert_non_null(strstr(reply_cookie(server, reply, CACHE), "; Max-Age=300;"));
    for (int i = 0; i < 2; i++) {
        assert_string_equal(reply_cookie(server, reply, CACHE ".0"),
                            CACHE ".0=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        assert_string_equal(reply_cookie(server, reply, CACHE ".1"),
                            CACHE ".1=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        assert_null(reply_cookie(server, reply, CACHE ".2"));
        reply = post(server, "sign-out", split, NULL);
        assert_cleared(server, reply);
    }
}

static void one_that_web_servers_would_not_take_is_not_set(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server);
    char *name = mem_bytes(server->ctx, 2001);

    memset(name, 'n', 2000);
    name[2000] = '\0';
    rename_user(server, name);
    const struct reply *reply = get(server, "get-session?disableCookieCache=1", cookies);
    assert_true(says(reply, name));
    assert_cleared(server, reply);
    reply = enter(server, "");
    assert_int_equal(reply->status, 200);
    assert_untouched(server, reply);
    /* However many parts somebody sends. */
    struct buf *many = buf_new(server->ctx);
    buf_puts(many, cookies);
    for (int i = 0; i < 16; i++)
        buf_printf(many, "; " CACHE ".%d=x", i);
    assert_int_equal(post(server, "sign-out", many->data, NULL)->status, 200);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, reset)
    const struct CMUnitTest tests[] = {
        T(off_it_is_never_set_and_never_believed),
        T(every_answer_that_sets_the_session_cookie_sets_it),
        T(its_attributes_are_better_auths),
        T(it_is_set_again_whenever_the_store_was_asked),
        T(it_is_not_set_again_with_disable_refresh),
        T(without_remember_me_it_lives_a_minute_and_is_not_set_again),
        T(get_session_answers_from_it_what_the_store_would),
        T(every_character_of_a_name_comes_back),
        T(only_get_session_believes_it),
        T(it_is_no_token),
        T(a_revoked_session_is_seen_until_the_max_age_and_no_longer),
        T(a_shorter_max_age_holds_for_those_that_are_there),
        T(disable_cookie_cache_asks_the_store_at_once),
        T(a_change_of_the_user_is_seen_at_once_by_who_made_it),
        T(an_address_that_was_proven_or_moved_is_seen_at_once),
        T(an_address_that_is_proven_while_the_session_is_extended_leaves_both_cookies),
        T(the_link_of_another_user_changes_nothing_in_it),
        T(an_extended_session_is_cached_as_extended),
        T(ghsa_xg6x_h9c9_2m83_sign_out_ends_it_at_once),
        T(ghsa_xg6x_h9c9_2m83_a_sign_in_that_is_not_finished_is_not_cached),
        T(ghsa_xg6x_h9c9_2m83_it_is_nothing_without_its_own_session_cookie),
        T(an_error_sets_none),
        T(a_user_who_was_deleted_meanwhile_is_forgotten),
        T(a_bad_one_is_replaced_by_a_good_one),
        T(a_jwt_is_asked_about_in_the_store),
        T(what_better_auth_split_is_put_together),
        T(one_that_web_servers_would_not_take_is_not_set),
    };

    return cmocka_run_group_tests(tests, server_start, server_stop);
}
