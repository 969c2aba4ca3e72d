/* api/session_cache: how long a cookie cache is believed, and how soon a change is seen in it. */
#include "api/session_cache.h"

#include "sec/mail_token.h"
#include "unit_cache.h"

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

static void a_revoked_session_is_seen_until_the_max_age_and_no_longer(void **state)
{
    struct server *server = *state;

    for (int form = COOKIE_CACHE_COMPACT; form <= COOKIE_CACHE_JWE; form++) {
        server->config.cookie_cache = (enum cookie_cache)form;
        server_sql(server, "DELETE FROM \"user\"");
        browser_alone(server, EMAIL);
        const char *members = members_of_session(server);
        const char *young =
            with_cache(server, closed(server, members, clock_now() - 290 * CLOCK_SECOND));
        const char *old =
            with_cache(server, closed(server, members, clock_now() - 301 * CLOCK_SECOND));
        server_sql(server, "DELETE FROM session");
        assert_true(says(browser_get(server, "get-session", young), "\"name\":\"Cached\""));
        const struct reply *reply = browser_get(server, "get-session", old);
        assert_true(says(reply, "null"));
        assert_cache_cleared(server, reply);
    }
}

/* Others, a Better Auth server among them, may have given it longer. */
static void a_shorter_max_age_holds_for_those_that_are_there(void **state)
{
    struct server *server = *state;

    browser_alone(server, EMAIL);
    const char *members = members_of_session(server);
    const char *cookies =
        with_cache(server, closed(server, members, clock_now() - 100 * CLOCK_SECOND));
    assert_true(says(browser_get(server, "get-session", cookies), "\"name\":\"Cached\""));
    server->config.cookie_cache_max_age = 60 * CLOCK_SECOND;
    const struct reply *reply = browser_get(server, "get-session", cookies);
    assert_false(says(reply, "\"name\":\"Cached\""));
    assert_non_null(strstr(reply_cookie(server, reply, CACHE), "; Max-Age=60;"));
}

static void disable_cookie_cache_asks_the_store_at_once(void **state)
{
    static const char *const queries[] = {"disableCookieCache=true", "disableCookieCache=false",
                                          "a=b&disableCookieCache=1"};
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);

    rename_user(server, "New Name");
    assert_false(says(browser_get(server, "get-session", cookies), "New Name"));
    for (size_t i = 0; i < COUNT(queries); i++)
        assert_true(says(
            browser_get(server, mem_printf(server->ctx, "get-session?%s", queries[i]), cookies),
            "New Name"));
    assert_false(says(browser_get(server, "get-session?disableCookieCache=", cookies), "New Name"));
    server_sql(server, "DELETE FROM session");
    assert_true(says(browser_get(server, "get-session?disableCookieCache=true", cookies), "null"));
}

static void a_change_of_the_user_is_seen_at_once_by_who_made_it(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);
    const struct reply *reply =
        browser_post(server, "update-user", cookies, "{\"name\":\"New Name\",\"image\":\"i\"}");

    const char *cache = value_in(server, reply, CACHE);
    const char *updated = server_sql(server, "SELECT \"updatedAt\" FROM \"user\"");
    server->queries = 0;
    reply = browser_get(server, "get-session", with_cache(server, cache));
    assert_int_equal(server->queries, 0);
    assert_true(says(reply, "\"name\":\"New Name\""));
    assert_true(says(reply, "\"image\":\"i\""));
    assert_true(says(reply, mem_printf(server->ctx, "\"updatedAt\":\"%s\"}", updated)));
    cache =
        value_in(server, browser_post(server, "update-user", cookies, "{\"image\":null}"), CACHE);
    reply = browser_get(server, "get-session", with_cache(server, cache));
    assert_true(says(reply, "\"image\":null"));
    assert_true(says(reply, "\"name\":\"New Name\""));
}

static void an_address_that_was_proven_or_moved_is_seen_at_once(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);
    const char *user = server_session(server, "\"userId\"");
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
        assert_false(says(browser_get(server, "get-session", cookies), rows[i].said));
        const struct reply *reply =
            browser_get(server, mem_printf(server->ctx, "verify-email?token=%s", token), cookies);
        assert_int_equal(reply->status, 200);
        const char *updated = server_sql(server, "SELECT \"updatedAt\" FROM \"user\"");
        reply =
            browser_get(server, "get-session", with_cache(server, value_in(server, reply, CACHE)));
        assert_true(says(reply, rows[i].said));
        assert_true(says(reply, "\"emailVerified\":true"));
        assert_true(says(reply, mem_printf(server->ctx, "\"updatedAt\":\"%s\"}", updated)));
    }
}

static void
an_address_that_is_proven_while_the_session_is_extended_leaves_both_cookies(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);
    const struct mail_token proof = {.email = EMAIL,
                                     .user_id = server_session(server, "\"userId\"")};
    char iso[CLOCK_ISO_SIZE];

    clock_format(clock_now() + 5 * CLOCK_DAY, iso);
    server_sql(server, mem_printf(server->ctx, "UPDATE session SET \"expiresAt\" = '%s'", iso));
    const char *token = mail_token_issue(server->ctx, &server->config, &proof, clock_now());
    const struct reply *reply =
        browser_get(server, mem_printf(server->ctx, "verify-email?token=%s", token), cookies);
    assert_non_null(strstr(reply_cookie(server, reply, TOKEN), "; Max-Age=604800;"));
    const char *extended = server_session(server, "\"expiresAt\"");
    reply = browser_get(server, "get-session", with_cache(server, value_in(server, reply, CACHE)));
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
        browser_get(server, mem_printf(server->ctx, "verify-email?token=%s", token), cookies);
    assert_int_equal(reply->status, 200);
    const char *session = strstr(cookies, TOKEN "=");
    reply = browser_get(server, "get-session",
                        mem_printf(server->ctx, "HTTP_COOKIE=%.*s; " CACHE "=%s",
                                   (int)strcspn(session, ";"), session,
                                   value_in(server, reply, CACHE)));
    assert_true(says(reply, "\"email\":\"" EMAIL "\",\"emailVerified\":false"));
}

static void an_extended_session_is_cached_as_extended(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_alone(server, EMAIL);
    char iso[CLOCK_ISO_SIZE];

    clock_format(clock_now() + 5 * CLOCK_DAY, iso);
    server_sql(server, mem_printf(server->ctx, "UPDATE session SET \"expiresAt\" = '%s'", iso));
    /* Not while it comes from the cache. */
    const struct reply *reply = browser_get(server, "get-session", cookies);
    assert_null(reply_header(server, reply, "Set-Cookie"));
    assert_string_equal(server_session(server, "\"expiresAt\""), iso);
    reply = browser_get(server, "list-accounts", cookies);
    assert_non_null(reply_cookie(server, reply, TOKEN));
    const char *extended = server_session(server, "\"expiresAt\"");
    assert_string_not_equal(extended, iso);
    reply = browser_get(server, "get-session", with_cache(server, value_in(server, reply, CACHE)));
    assert_true(says(reply, mem_printf(server->ctx, "\"expiresAt\":\"%s\"", extended)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHED(a_revoked_session_is_seen_until_the_max_age_and_no_longer),
        CACHED(a_shorter_max_age_holds_for_those_that_are_there),
        CACHED(disable_cookie_cache_asks_the_store_at_once),
        CACHED(a_change_of_the_user_is_seen_at_once_by_who_made_it),
        CACHED(an_address_that_was_proven_or_moved_is_seen_at_once),
        CACHED(an_address_that_is_proven_while_the_session_is_extended_leaves_both_cookies),
        CACHED(the_link_of_another_user_changes_nothing_in_it),
        CACHED(an_extended_session_is_cached_as_extended),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
