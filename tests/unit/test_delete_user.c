/* api/delete_user: the end of an account. */
#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"
#include "mailbox.h"

static void a_fresh_session_or_the_password_deletes_the_account(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "fresh@example.com");

    server->config.mail_dir = NULL;
    const struct reply *reply = browser_post(server, "delete-user", cookies, "{}");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"success\":true,\"message\":\"User deleted\"}");
    assert_non_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age=0"));
    assert_null(server_user(server, "id", "fresh@example.com"));

    cookies = browser_new(server, "aged@example.com");
    server_sql(server, "UPDATE session SET \"createdAt\" = '2020-01-01T00:00:00.000Z'");
    assert_error(browser_post(server, "delete-user", cookies, "{}"), 400, "SESSION_EXPIRED");
    assert_error(browser_post(server, "delete-user", cookies, "{\"password\":\"wrong horse\"}"),
                 400, "INVALID_PASSWORD");
    reply = browser_post(server, "delete-user", cookies, "{\"password\":\"" BROWSER_PASSWORD "\"}");
    assert_int_equal(reply->status, 200);
    assert_null(server_user(server, "id", "aged@example.com"));
    assert_error(browser_post(server, "delete-user", cookies, "{}"), 401, "UNAUTHORIZED");
}

static void with_the_user_goes_everything_GHSA_2vg6_77g8_24mp(void **state)
{
    static const char *const tables[] = {"session", "account", "refreshToken"};
    struct server *server = *state;
    const char *cookies = browser_new(server, "all@example.com");
    const struct reply *again = browser_sign_in(server, "all@example.com", BROWSER_PASSWORD);
    const char *jwt = reply_text(again, "jwt");
    const char *id = server_user(server, "id", "all@example.com");
    const char *own = mem_printf(server->ctx, "userId = '%s'", id);

    assert_int_equal(server_ask(server, &(struct ask){.method = "POST",
                                                      .uri = "/api/tasks",
                                                      .token = jwt,
                                                      .body = "{\"title\":\"t\"}"})
                         ->status,
                     201);
    mailbox_ask_for_reset(server, "all@example.com");
    server->config.mail_dir = NULL;
    assert_int_equal(browser_post(server, "delete-user", cookies, "{}")->status, 200);
    for (size_t i = 0; i < COUNT(tables); i++) {
        assert_string_equal(server_count(server, tables[i], own), "0");
    }
    assert_string_equal(
        server_count(server, "tasks", mem_printf(server->ctx, "user_id = '%s'", id)), "0");
    assert_string_equal(
        server_count(server, "verification", mem_printf(server->ctx, "value = '%s'", id)), "0");
    assert_error(
        server_ask(server, &(struct ask){.method = "GET", .uri = "/api/tasks", .token = jwt}), 401,
        "INVALID_TOKEN");
    assert_false(browser_is_signed_in(server, reply_cookies(server, again)));
}

static const char *ask_for_deletion(struct server *server, const char *email, const char *cookies)
{
    const struct reply *reply =
        browser_post(server, "delete-user", cookies, "{\"callbackURL\":\"/bye\"}");

    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"success\":true,\"message\":\"Verification email sent\"}");
    return mailbox_link(server, mailbox_take(server, email));
}

static void a_letter_confirms_the_deletion(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "bye@example.com");
    const char *other = browser_new(server, "stay@example.com");
    const char *link = ask_for_deletion(server, "bye@example.com", cookies);

    assert_non_null(server_user(server, "id", "bye@example.com"));
    assert_non_null(server_sql(
        server, "SELECT 1 FROM verification WHERE identifier GLOB 'delete-account-*' AND "
                "length(identifier) = 47 AND lower(identifier) = identifier"));
    assert_error(browser_go(server, link, NULL), 404, "FAILED_TO_GET_USER_INFO");
    assert_error(browser_go(server, "/api/auth/delete-user/callback?token=x", cookies), 404,
                 "INVALID_TOKEN");
    /* Another user's try burns the link and deletes nobody. */
    assert_error(browser_go(server, link, other), 404, "INVALID_TOKEN");
    assert_error(browser_go(server, link, cookies), 404, "INVALID_TOKEN");
    assert_non_null(server_user(server, "id", "bye@example.com"));
    assert_non_null(server_user(server, "id", "stay@example.com"));

    const struct reply *reply =
        browser_go(server, ask_for_deletion(server, "bye@example.com", cookies), cookies);
    assert_int_equal(reply->status, 302);
    assert_string_equal(reply_header(server, reply, "Location"), "/bye");
    assert_non_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age=0"));
    assert_null(server_user(server, "id", "bye@example.com"));
}

static void the_token_of_the_letter_may_be_posted(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "posted@example.com");
    const char *link = ask_for_deletion(server, "posted@example.com", cookies);
    const char *token = mem_strndup(server->ctx, strstr(link, "token=") + 6, 32);

    assert_error(browser_post(server, "delete-user", cookies, "{\"token\":\"x\"}"), 404,
                 "INVALID_TOKEN");
    const struct reply *reply = browser_post(server, "delete-user", cookies,
                                             mem_printf(server->ctx, "{\"token\":\"%s\"}", token));
    assert_string_equal(reply->body, "{\"success\":true,\"message\":\"User deleted\"}");
    assert_null(server_user(server, "id", "posted@example.com"));
}

static void switched_off_it_is_404(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "keep@example.com");

    server->config.delete_user = false;
    const struct reply *reply = browser_post(server, "delete-user", cookies, "{}");
    assert_int_equal(reply->status, 404);
    assert_int_equal(reply->body_len, 0);
    assert_string_equal(reply_header(server, reply, "Content-Type"), "application/json");
    assert_error(browser_post(server, "delete-user", NULL, "{}"), 401, "UNAUTHORIZED");
    assert_error(browser_go(server, "/api/auth/delete-user/callback?token=x", cookies), 404,
                 "NOT_FOUND");
    assert_non_null(server_user(server, "id", "keep@example.com"));
}

static void a_deletion_that_fails_deletes_nothing(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "whole@example.com");

    server->config.mail_dir = NULL;
    for (int i = 1; i <= 5; i++) { /* the session; then four tables */
        server->fail_at = i;
        assert_int_equal(browser_post(server, "delete-user", cookies, "{}")->status, 503);
        server->fail_at = 0;
    }
    assert_true(browser_is_signed_in(server, cookies));
    assert_int_equal(browser_sign_in(server, "whole@example.com", BROWSER_PASSWORD)->status, 200);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, mailbox_reset)
    const struct CMUnitTest tests[] = {
        T(a_fresh_session_or_the_password_deletes_the_account),
        T(with_the_user_goes_everything_GHSA_2vg6_77g8_24mp),
        T(a_letter_confirms_the_deletion),
        T(the_token_of_the_letter_may_be_posted),
        T(switched_off_it_is_404),
        T(a_deletion_that_fails_deletes_nothing),
    };
    return cmocka_run_group_tests(tests, mailbox_start, mailbox_stop);
}
