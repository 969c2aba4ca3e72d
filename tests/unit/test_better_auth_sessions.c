/* api/session, session_cookies: sessions as Better Auth's client sees them through dispatch(). */
#include "base/clock.h"
#include "base/mem.h"
#include "server.h"
#include "unit.h"

#define ORIGIN "HTTP_ORIGIN=" SERVER_ORIGIN

static struct reply *do_sign_in(struct server *server, const char *email, const char *extra)
{
    return server_ask(
        server, &(struct ask){.method = "POST",
                              .uri = "/api/auth/sign-in/email",
                              .body = mem_printf(
                                  server->ctx, "{\"email\":\"%s\",\"password\":\"right horse\"%s}",
                                  email, extra)});
}

/* A new user; the cookies of their first session by sign-in/email. */
static const char *new_browser(struct server *server, const char *email, const char *extra)
{
    server_sign_up(server, email, NULL);
    server_sql(server, "DELETE FROM session");
    return reply_cookies(server, do_sign_in(server, email, extra));
}

static struct reply *get(struct server *server, const char *route, const char *cookies,
                         const char *token)
{
    return server_ask(server, &(struct ask){.method = "GET",
                                            .uri = mem_printf(server->ctx, "/api/auth/%s", route),
                                            .token = token,
                                            .params = {cookies}});
}

static struct reply *post(struct server *server, const char *route, const char *cookies,
                          const char *body)
{
    return server_ask(server, &(struct ask){.method = "POST",
                                            .uri = mem_printf(server->ctx, "/api/auth/%s", route),
                                            .body = body,
                                            .params = {ORIGIN, cookies}});
}

static const char *only_session(struct server *server, const char *column)
{
    return server_sql(server, mem_printf(server->ctx, "SELECT %s FROM session", column));
}

static int sessions(struct server *server)
{
    return atoi(server_sql(server, "SELECT count(*) FROM session"));
}

/* The only session's expiry and last update are moved to so long before (or after) now. */
static void set_times(struct server *server, int64_t expires_in)
{
    char iso[CLOCK_ISO_SIZE];

    clock_format(clock_now() + expires_in, iso);
    server_sql(server, mem_printf(server->ctx, "UPDATE session SET \"expiresAt\" = '%s'", iso));
}

static void assert_cleared(struct server *server, const struct reply *reply)
{
    static const char *const names[] = {"better-auth.session_token", "better-auth.session_data",
                                        "better-auth.dont_remember", "better-auth.refresh_token"};
    const char *before = reply->head;

    for (size_t i = 0; i < COUNT(names); i++) {
        const char *line = reply_cookie(server, reply, names[i]);
        assert_non_null(line);
        assert_string_equal(
            line, mem_printf(server->ctx, "%s=; Max-Age=0; Path=%s; HttpOnly; SameSite=%s",
                             names[i], i == 3 ? "/api/auth" : "/", i == 3 ? "Strict" : "Lax"));
        const char *at = strstr(reply->head, line);
        assert_true(at > before);
        before = at;
    }
    assert_null(reply_header(server, reply, "set-auth-token"));
}

static void assert_null_body(const struct reply *reply)
{
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "null");
}

/* --- get-session --- */

static void get_session_answers_session_user_and_end(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server, "get@example.com", "");
    const char *token = only_session(server, "token");

    for (int i = 0; i < 4; i++) {
        const char *route = i % 2 == 0 ? "get-session" : "session";
        const struct reply *reply =
            get(server, route, i < 2 ? cookies : NULL, i < 2 ? NULL : token);
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
    const char *cookies = new_browser(server, "header@example.com", "");
    const struct reply *reply = get(server, "get-session", cookies, NULL);
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
    reply = get(server, "get-session", cookies, NULL);
    assert_int_equal(reply->status, 200);
    assert_null(reply_header(server, reply, "set-auth-jwt"));
    assert_non_null(strstr(reply->body, name));
    server_sql(server, "UPDATE \"user\" SET name = 'n' WHERE email = 'header@example.com'");
    server_sql(server, "DELETE FROM session");
    assert_null(reply_header(server, get(server, "get-session", cookies, NULL), "set-auth-jwt"));
}

static void get_session_without_one_is_null_and_never_401(void **state)
{
    struct server *server = *state;
    const char *const tokens[] = {NULL, "a.b", "a.b.c", "two words",
                                  server_token(server, "elsewhere")};

    for (size_t i = 0; i < COUNT(tokens); i++) {
        const struct reply *reply = get(server, "get-session", NULL, tokens[i]);
        assert_null_body(reply);
        if (i < 4)
            assert_null(reply_header(server, reply, "Set-Cookie"));
    }
    /* A wrong signature is no session; it clears nothing. */
    const struct reply *reply =
        get(server, "get-session", "HTTP_COOKIE=better-auth.session_token=x.y", NULL);
    assert_null_body(reply);
    assert_null(reply_header(server, reply, "Set-Cookie"));
}

static void a_session_that_is_gone_clears_its_cookies(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server, "gone@example.com", "");

    server_sql(server, "DELETE FROM session");
    const struct reply *reply = get(server, "get-session", cookies, NULL);
    assert_null_body(reply);
    assert_cleared(server, reply);
    reply = get(server, "list-accounts", cookies, NULL);
    assert_error(reply, 401, "UNAUTHORIZED");
    assert_cleared(server, reply);
    /* Also when a bearer token that is nobody's took the cookie's place. */
    cookies = new_browser(server, "gone2@example.com", "");
    reply = get(server, "get-session", cookies, "nobodys");
    assert_null_body(reply);
    assert_cleared(server, reply);
    assert_int_equal(sessions(server), 1);
}

static void an_expired_session_is_none_and_its_row_goes(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server, "expired@example.com", "");
    const char *token = only_session(server, "token");

    set_times(server, -1);
    const struct reply *reply = get(server, "get-session", NULL, token);
    assert_null_body(reply);
    assert_cleared(server, reply);
    assert_int_equal(sessions(server), 0);
    assert_int_equal(atoi(server_sql(server, "SELECT count(*) FROM \"refreshToken\"")), 0);
    assert_null_body(get(server, "get-session", cookies, NULL));
}

static void get_session_takes_a_jwt_of_ours_for_its_session(void **state)
{
    struct server *server = *state;
    const char *jwt = server_sign_up(server, "jwt@example.com", NULL);
    const struct reply *reply = get(server, "get-session", NULL, jwt);

    assert_int_equal(reply->status, 200);
    assert_non_null(strstr(reply->body, "\"email\":\"jwt@example.com\""));
    /* Elsewhere under /api/auth a JWT is no session, as at Better Auth. */
    assert_error(get(server, "list-sessions", NULL, jwt), 401, "UNAUTHORIZED");
    server_sql(server, "DELETE FROM session");
    assert_null_body(get(server, "get-session", NULL, jwt));
}

/* Front ends keep a JWT beside the cookie and send both: what names no living session of ours must
 * not sign the browser out. */
static void a_jwt_without_a_living_session_leaves_the_cookie_in_its_place(void **state)
{
    struct server *server = *state;
    const char *ended = server_sign_up(server, "ended@example.com", NULL);
    const char *cookies = new_browser(server, "beside@example.com", "");
    const char *const tokens[] = {ended, server_token(server, "elsewhere"), "a.b.c"};

    for (size_t i = 0; i < COUNT(tokens); i++) {
        const struct reply *reply = get(server, "get-session", cookies, tokens[i]);
        assert_int_equal(reply->status, 200);
        assert_non_null(strstr(reply->body, "\"email\":\"beside@example.com\""));
        assert_null(strstr(reply->head, "Set-Cookie"));
        assert_int_equal(get(server, "token", cookies, tokens[i])->status, 200);
    }
    /* Without a cookie there is nothing but what the token names. */
    assert_null_body(get(server, "get-session", NULL, ended));
    assert_null_body(get(server, "get-session", NULL, tokens[1]));
    /* One that is alive counts before the cookie. */
    const char *alive = server_sign_up(server, "alive@example.com", NULL);
    const struct reply *reply = get(server, "get-session", cookies, alive);
    assert_non_null(strstr(reply->body, "\"email\":\"alive@example.com\""));
}

static void get_session_by_post_is_405(void **state)
{
    assert_error(post(*state, "get-session", NULL, "{}"), 405,
                 "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED");
}

static void a_stray_cookie_cache_is_cleared(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server, "cache@example.com", "");
    const struct reply *reply =
        get(server, "get-session",
            mem_printf(server->ctx, "%s; better-auth.session_data=x", cookies), NULL);

    assert_int_equal(reply->status, 200);
    assert_non_null(reply->json);
    assert_string_equal(reply_header(server, reply, "Set-Cookie"),
                        "better-auth.session_data=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
    assert_null_body(get(server, "get-session", "HTTP_COOKIE=better-auth.session_data=x", NULL));
}

/* --- sliding expiry --- */

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
    const char *cookies = new_browser(server, "slide@example.com", "");
    const char *token = only_session(server, "token");

    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s\n", rows[i].route);
        set_times(server, rows[i].expires_in);
        const struct reply *reply = get(server, rows[i].route, cookies, NULL);
        assert_int_equal(reply->status, 200);
        const char *line = reply_cookie(server, reply, "better-auth.session_token");
        const char *header = reply_header(server, reply, "set-auth-token");
        assert_int_equal(line != NULL, rows[i].extended);
        assert_int_equal(header != NULL, rows[i].extended);
        assert_string_equal(only_session(server, "token"), token);
        if (rows[i].extended) {
            assert_non_null(strstr(line, "; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"));
            assert_true(strncmp(header, token, strlen(token)) == 0 && strchr(header, '%') == NULL);
            assert_string_equal(
                only_session(server, "(julianday(\"expiresAt\") - julianday('now')) > 6.99"), "1");
        }
    }
    /* The answer has the new end; a bearer token extends too. */
    set_times(server, CLOCK_MINUTE);
    const struct reply *reply = get(server, "get-session", NULL, token);
    assert_true(reply_int(reply, "expiresAt") > clock_now() + 6 * CLOCK_DAY);
    assert_non_null(reply_header(server, reply, "set-auth-token"));
}

static void a_database_that_cannot_write_leaves_the_session_as_it_is(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server, "readonly@example.com", "");

    set_times(server, CLOCK_MINUTE);
    server->fail_at = 2; /* the update behind the look-up */
    const struct reply *reply = get(server, "get-session", cookies, NULL);
    assert_int_equal(reply->status, 200);
    assert_non_null(reply->json);
    assert_null(reply_header(server, reply, "Set-Cookie"));
}

/* --- rememberMe --- */

static void a_browser_that_is_not_remembered_gets_cookies_that_end_with_it(void **state)
{
    struct server *server = *state;

    server_sign_up(server, "forget@example.com", NULL);
    server_sql(server, "DELETE FROM session");
    const struct reply *reply = do_sign_in(server, "forget@example.com", ",\"rememberMe\":false");
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
        only_session(server, "(julianday(\"expiresAt\") - julianday(\"createdAt\")) = 1.0"), "1");
    assert_string_equal(
        server_sql(server,
                   "SELECT (julianday(\"expiresAt\") - julianday(\"createdAt\")) = 1.0 FROM "
                   "\"refreshToken\" ORDER BY \"createdAt\" DESC"),
        "1");
    /* Nor does it slide, and what sets the cookie again keeps it so. */
    const char *cookies = reply_cookies(server, reply);
    set_times(server, CLOCK_MINUTE);
    assert_null(reply_header(server, get(server, "get-session", cookies, NULL), "Set-Cookie"));
    reply = post(server, "update-user", cookies, "{\"name\":\"N\"}");
    assert_int_equal(reply->status, 200);
    assert_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age"));
    assert_non_null(reply_cookie(server, reply, "better-auth.dont_remember"));
    /* A refresh extends it by a day, no more. */
    reply = post(server, "refresh", cookies, NULL);
    assert_int_equal(reply->status, 200);
    assert_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age"));
    assert_string_equal(
        only_session(server, "(julianday(\"expiresAt\") - julianday('now')) < 1.01"), "1");
    /* A sign-in that is remembered takes the mark away. */
    reply = server_ask(
        server, &(struct ask){.method = "POST",
                              .uri = "/api/auth/sign-in/email",
                              .body = "{\"email\":\"forget@example.com\",\"password\":\"right "
                                      "horse\",\"rememberMe\":true}",
                              .params = {ORIGIN, cookies}});
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply_cookie(server, reply, "better-auth.dont_remember"),
                        "better-auth.dont_remember=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
    assert_non_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age"));
}

/* --- cookie names --- */

static void https_prefixes_every_name_and_aliases_repeat_the_value(void **state)
{
    struct server *server = *state;
    char first[] = "better-auth-token", second[] = "my.session";
    char *aliases[] = {first, second};

    server_sign_up(server, "secure@example.com", NULL);
    server->config.base_https = true;
    server->config.cookie_aliases = (struct conf_list){.items = aliases, .count = 2};
    const struct reply *reply = do_sign_in(server, "secure@example.com", ",\"rememberMe\":false");
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
    assert_null_body(get(server, "get-session", param, NULL));
    const struct reply *out = post(server, "sign-out", reply_cookies(server, reply), "{}");
    server->config.base_https = false;
    server->config.cookie_aliases.count = 0;
    assert_string_equal(reply_cookie(server, out, "my.session"),
                        "my.session=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax");
}

/* --- lists and revocation --- */

static void list_sessions_has_the_users_living_ones_newest_first(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server, "list@example.com", "");

    server_sql(server, "INSERT INTO session SELECT 'old', '2001-01-01T00:00:00.000Z', 'old', "
                       "\"createdAt\", \"updatedAt\", NULL, NULL, \"userId\" FROM session");
    server_sql(server,
               "INSERT INTO session SELECT 'first', '2090-01-01T00:00:00.000Z', 'first', "
               "'2020-01-01T00:00:00.000Z', \"updatedAt\", NULL, NULL, \"userId\" FROM session "
               "LIMIT 1");
    const struct reply *reply = get(server, "list-sessions", cookies, NULL);
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
    const char *cookies = new_browser(server, "fresh@example.com", "");
    char iso[CLOCK_ISO_SIZE];

    clock_format(clock_now() - CLOCK_DAY, iso);
    server_sql(server, mem_printf(server->ctx, "UPDATE session SET \"createdAt\" = '%s'", iso));
    assert_error(get(server, "list-sessions", cookies, NULL), 403, "SESSION_NOT_FRESH");
    assert_int_equal(get(server, "list-accounts", cookies, NULL)->status, 200);
}

static void revoke_session_ends_ones_own_only_and_says_nothing(void **state)
{
    struct server *server = *state;
    server_sign_up(server, "victim@example.com", NULL);
    server_sign_up(server, "revoke@example.com", NULL);
    server_sql(server, "DELETE FROM session");
    const char *victim = reply_text(do_sign_in(server, "victim@example.com", ""), "token");
    const struct reply *mine = do_sign_in(server, "revoke@example.com", "");
    const char *other = reply_text(do_sign_in(server, "revoke@example.com", ""), "token");
    const char *cookies = reply_cookies(server, mine);
    const char *const tokens[] = {victim, "unknown", "", other};

    for (size_t i = 0; i < COUNT(tokens); i++) {
        const struct reply *reply = post(server, "revoke-session", cookies,
                                         mem_printf(server->ctx, "{\"token\":\"%s\"}", tokens[i]));
        assert_int_equal(reply->status, 200);
        assert_string_equal(reply->body, "{\"status\":true}");
        assert_null(reply_header(server, reply, "Set-Cookie"));
        assert_int_equal(sessions(server), i < 3 ? 3 : 2);
    }
    const struct reply *reply =
        post(server, "revoke-session", cookies,
             mem_printf(server->ctx, "{\"token\":\"%s\"}", reply_text(mine, "token")));
    assert_string_equal(reply->body, "{\"status\":true}");
    assert_cleared(server, reply);
    assert_int_equal(sessions(server), 1);
    assert_error(post(server, "revoke-session", cookies, "{\"token\":\"x\"}"), 401, "UNAUTHORIZED");
}

static void revoke_sessions_and_others_end_what_they_say(void **state)
{
    struct server *server = *state;
    const char *cookies = new_browser(server, "all@example.com", "");

    do_sign_in(server, "all@example.com", "");
    do_sign_in(server, "all@example.com", "");
    const struct reply *reply = post(server, "revoke-other-sessions", cookies, NULL);
    assert_string_equal(reply->body, "{\"status\":true}");
    assert_null(reply_header(server, reply, "Set-Cookie"));
    assert_int_equal(sessions(server), 1);
    assert_non_null(get(server, "get-session", cookies, NULL)->json);

    do_sign_in(server, "all@example.com", "");
    reply = post(server, "revoke-sessions", cookies, "{}");
    assert_string_equal(reply->body, "{\"status\":true}");
    assert_cleared(server, reply);
    assert_int_equal(sessions(server), 0);
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
        assert_error(post(server, routes[i], NULL, body), 401, "UNAUTHORIZED");
}

/* --- sign-out --- */

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
            new_browser(server, mem_printf(server->ctx, "out%zu@example.com", i), "");
        const struct reply *reply =
            server_ask(server, &(struct ask){
                                   .method = "POST",
                                   .uri = "/api/auth/sign-out",
                                   .body = rows[i].body,
                                   .params = {ORIGIN, cookies, rows[i].type},
                               });
        print_message("  %s\n", rows[i].body == NULL ? "(none)" : rows[i].body);
        assert_int_equal(reply->status, rows[i].status);
        if (rows[i].code == NULL) {
            assert_string_equal(reply->body, "{\"success\":true}");
            assert_cleared(server, reply);
        } else {
            assert_error(reply, rows[i].status, rows[i].code);
        }
        assert_int_equal(sessions(server), rows[i].code == NULL ? 0 : 1);
    }
}

static void sign_out_by_bearer_session_token_ends_that_session(void **state)
{
    struct server *server = *state;

    new_browser(server, "bearer@example.com", "");
    const char *token = only_session(server, "token");
    const struct reply *reply = server_ask(
        server, &(struct ask){.method = "POST", .uri = "/api/auth/sign-out", .token = token});
    assert_string_equal(reply->body, "{\"success\":true}");
    assert_int_equal(sessions(server), 0);
}

/* --- the rest --- */

static void ok_is_ok_and_the_error_page_escapes_what_it_shows(void **state)
{
    struct server *server = *state;

    assert_string_equal(get(server, "ok", NULL, NULL)->body, "{\"ok\":true}");
    const struct reply *reply =
        get(server, "error?error=a_b-C'1&error_description=%3Cscript%3E%26%22x%22", NULL, NULL);
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply_header(server, reply, "Content-Type"), "text/html; charset=utf-8");
    assert_non_null(strstr(reply->body, "<code>a_b-C&#39;1</code>"));
    assert_non_null(strstr(reply->body, "&lt;script&gt;&amp;&quot;x&quot;"));
    assert_null(strstr(reply->body, "<script"));
    static const char *const unknown[] = {"error", "error?error=", "error?error=a%20b",
                                          "error?error=%3Cb%3E", "error?error=x&error=y"};
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_non_null(strstr(get(server, unknown[i], NULL, NULL)->body, "<code>UNKNOWN</code>"));
}

static void a_pure_verifier_has_no_auth_routes_but_two(void **state)
{
    struct server *server = *state;
    const char *token = server_sign_up(server, "verifier@example.com", NULL);

    server->config.auth_routes = false;
    static const char *const routes[] = {"get-session", "session", "list-sessions", "error",
                                         "refresh"};
    for (size_t i = 0; i < COUNT(routes); i++) {
        const struct reply *reply = get(server, routes[i], NULL, token);
        assert_int_equal(reply->status, 404);
        assert_int_equal(reply->body_len, 0);
    }
    int sign_in_status = post(server, "sign-in", NULL, "{}")->status;
    int email_status = post(server, "sign-in/email", NULL, "{}")->status;
    int ok_status = get(server, "ok", NULL, NULL)->status;
    int tasks_status =
        server_ask(server, &(struct ask){.method = "GET", .uri = "/api/tasks", .token = token})
            ->status;
    server->config.auth_routes = true;
    assert_int_equal(sign_in_status, 404);
    assert_int_equal(email_status, 404);
    assert_int_equal(ok_status, 200);
    assert_int_equal(tasks_status, 200);
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
        cmocka_unit_test(a_browser_that_is_not_remembered_gets_cookies_that_end_with_it),
        cmocka_unit_test(https_prefixes_every_name_and_aliases_repeat_the_value),
        cmocka_unit_test(list_sessions_has_the_users_living_ones_newest_first),
        cmocka_unit_test(list_sessions_wants_a_fresh_session),
        cmocka_unit_test(revoke_session_ends_ones_own_only_and_says_nothing),
        cmocka_unit_test(revoke_sessions_and_others_end_what_they_say),
        cmocka_unit_test(ghsa_99h5_a_body_is_no_authority),
        cmocka_unit_test(sign_out_takes_no_body_an_empty_object_and_no_more),
        cmocka_unit_test(sign_out_by_bearer_session_token_ends_that_session),
        cmocka_unit_test(ok_is_ok_and_the_error_page_escapes_what_it_shows),
        cmocka_unit_test(a_pure_verifier_has_no_auth_routes_but_two),
        cmocka_unit_test(a_session_token_opens_task_routes_of_its_user_only),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
