/* api/password_reset: a new password, as a browser and a mailbox see it. */
#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"
#include "mailbox.h"

static const char *token_of(struct server *server, const char *link)
{
    static const char start[] = "/api/auth/reset-password/";

    assert_int_equal(strncmp(link, start, strlen(start)), 0);
    return mem_strndup(server->ctx, link + strlen(start), strcspn(link + strlen(start), "?"));
}

static struct reply *set_password(struct server *server, const char *token, const char *password)
{
    return browser_post(
        server, "reset-password", NULL,
        mem_printf(server->ctx, "{\"newPassword\":\"%s\",\"token\":\"%s\"}", password, token));
}

static void a_letter_leads_to_a_new_password_once(void **state)
{
    struct server *server = *state;

    browser_sign_up(server, "reset@example.com");
    server_prove(server, "reset@example.com");
    const char *cookies =
        reply_cookies(server, browser_sign_in(server, "reset@example.com", BROWSER_PASSWORD));
    const char *letter = mailbox_ask_for_reset(server, "Reset@Example.com");
    assert_non_null(strstr(letter, "\nTo: <reset@example.com>\n"));
    const char *link = mailbox_link(server, letter);
    assert_non_null(strstr(link, "?callbackURL=%2Fnew%3Fa%3D1"));
    const char *token = token_of(server, link);
    assert_int_equal(strlen(token), 24);
    const struct reply *reply = browser_go(server, link, NULL);
    assert_int_equal(reply->status, 302);
    assert_string_equal(reply_header(server, reply, "Location"),
                        mem_printf(server->ctx, MAILBOX_BASE "/new?a=1&token=%s", token));
    assert_error(set_password(server, token, "short"), 400, "PASSWORD_TOO_SHORT");
    reply = set_password(server, token, "left horse");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"status\":true}");
    assert_error(set_password(server, token, "third horse"), 400, "INVALID_TOKEN");
    assert_error(browser_sign_in(server, "reset@example.com", BROWSER_PASSWORD), 401,
                 "INVALID_EMAIL_OR_PASSWORD");
    assert_int_equal(browser_sign_in(server, "reset@example.com", "left horse")->status, 200);
    /* Better Auth's default: other sessions of a proven address go on. */
    assert_true(browser_is_signed_in(server, cookies));
    assert_string_equal(reply_header(server, browser_go(server, link, NULL), "Location"),
                        MAILBOX_BASE "/new?a=1&error=INVALID_TOKEN");
}

static void an_unknown_address_gets_the_same_answer_and_no_letter(void **state)
{
    struct server *server = *state;

    server_sql(server, "DELETE FROM verification");
    assert_string_equal(mailbox_ask_for_reset(server, "nobody@example.com"), "");
    assert_string_equal(server_count(server, "verification", "true"), "0");
}

/* The statements before the answer are the same for known and unknown: so is its time. */
static void the_answer_does_not_wait_for_the_account(void **state)
{
    static const char *const routes[] = {"request-password-reset", "send-verification-email"};
    struct server *server = *state;

    browser_sign_up(server, "timing@example.com");
    server->leave_rest = true;
    for (size_t i = 0; i < COUNT(routes); i++) {
        server->queries = 0;
        assert_int_equal(
            browser_post(server, routes[i], NULL, "{\"email\":\"timing@example.com\"}")->status,
            200);
        assert_int_equal(server->queries, 0);
    }
    assert_mailbox_empty(server);
}

static void reset_identifiers_are_better_auths(void **state)
{
    struct server *server = *state;
    const char *id;

    server_sql(server, "DELETE FROM verification");
    server_sign_up(server, "rows@example.com", &id);
    const char *token =
        token_of(server, mailbox_link(server, mailbox_ask_for_reset(server, "rows@example.com")));
    assert_string_equal(server_sql(server, "SELECT identifier FROM verification"),
                        mem_printf(server->ctx, "reset-password:%s", token));
    assert_string_equal(server_sql(server, "SELECT value FROM verification"), id);
    assert_string_equal(
        server_sql(server, "SELECT round((julianday(expiresAt) - julianday(createdAt)) * 86400) "
                           "FROM verification"),
        "3600.0");
}

static void an_expired_link_is_no_link(void **state)
{
    struct server *server = *state;

    browser_sign_up(server, "late@example.com");
    const char *link = mailbox_link(server, mailbox_ask_for_reset(server, "late@example.com"));
    server_sql(server, "UPDATE verification SET \"expiresAt\" = '2020-01-01T00:00:00.000Z'");
    assert_error(set_password(server, token_of(server, link), "left horse"), 400, "INVALID_TOKEN");
    assert_string_equal(reply_header(server, browser_go(server, link, NULL), "Location"),
                        MAILBOX_BASE "/new?a=1&error=INVALID_TOKEN");
    /* The next request for one tidies up. */
    mailbox_ask_for_reset(server, "late@example.com");
    assert_string_equal(server_count(server, "verification", "\"expiresAt\" < '2021'"), "0");
}

static void a_reset_makes_the_credential_account_that_is_missing(void **state)
{
    struct server *server = *state;
    const char *id;

    server_sign_up(server, "social@example.com", &id);
    server_sql(server, mem_printf(server->ctx, "DELETE FROM account WHERE userId = '%s'", id));
    const char *link = mailbox_link(server, mailbox_ask_for_reset(server, "social@example.com"));
    assert_int_equal(set_password(server, token_of(server, link), "left horse")->status, 200);
    assert_int_equal(browser_sign_in(server, "social@example.com", "left horse")->status, 200);
    assert_string_equal(
        server_count(server, "account",
                     mem_printf(server->ctx, "userId = '%s' AND accountId = '%s'", id, id)),
        "1");
}

/* GHSA-qq9h-g4jm-xgf3: who made the account before its address was proven may be another. */
static void a_reset_is_a_first_proof_and_ends_what_was_before_GHSA_qq9h_g4jm_xgf3(void **state)
{
    struct server *server = *state;
    const char *thief = browser_new(server, "captured@example.com");
    const char *id = server_user(server, "id", "captured@example.com");

    server_sql(server,
               mem_printf(server->ctx,
                          "INSERT INTO account (id, accountId, providerId, userId, createdAt, "
                          "updatedAt) VALUES ('evil', '7', 'github', '%s', '2026', '2026')",
                          id));
    const char *link = mailbox_link(server, mailbox_ask_for_reset(server, "captured@example.com"));
    assert_int_equal(set_password(server, token_of(server, link), "left horse")->status, 200);
    assert_false(browser_is_signed_in(server, thief));
    assert_error(browser_sign_in(server, "captured@example.com", BROWSER_PASSWORD), 401,
                 "INVALID_EMAIL_OR_PASSWORD");
    assert_string_equal(server_count(server, "account", "id = 'evil'"), "0");
    assert_string_equal(
        server_count(server, "refreshToken", mem_printf(server->ctx, "userId = '%s'", id)), "0");
}

static void a_token_may_come_in_the_query_and_must_come(void **state)
{
    struct server *server = *state;

    browser_sign_up(server, "query@example.com");
    const char *token =
        token_of(server, mailbox_link(server, mailbox_ask_for_reset(server, "query@example.com")));
    assert_error(browser_post(server, "reset-password", NULL, "{\"newPassword\":\"left horse\"}"),
                 400, "INVALID_TOKEN");
    assert_error(
        browser_post(server, "reset-password?token=", NULL, "{\"newPassword\":\"left horse\"}"),
        400, "INVALID_TOKEN");
    assert_int_equal(browser_post(server, mem_printf(server->ctx, "reset-password?token=%s", token),
                                  NULL, "{\"newPassword\":\"left horse\"}")
                         ->status,
                     200);
}

static void a_reset_works_where_letters_are_switched_off_by_now(void **state)
{
    struct server *server = *state;

    browser_sign_up(server, "off@example.com");
    const char *token =
        token_of(server, mailbox_link(server, mailbox_ask_for_reset(server, "off@example.com")));
    server->config.mail_dir = NULL;
    assert_int_equal(set_password(server, token, "left horse")->status, 200);
}

static void links_go_nowhere_else(void **state)
{
    struct server *server = *state;

    assert_error(browser_go(server, "/api/auth/reset-password/x", NULL), 400, "VALIDATION_ERROR");
    assert_error(
        browser_go(server, "/api/auth/reset-password/x?callbackURL=https://evil.example/", NULL),
        403, "INVALID_CALLBACK_URL");
    assert_error(
        browser_go(server, "/api/auth/verify-email?token=x&callbackURL=//evil.example", NULL), 403,
        "INVALID_CALLBACK_URL");
    assert_error(
        browser_go(server, "/api/auth/delete-user/callback?token=x&callbackURL=%5Cx", NULL), 403,
        "INVALID_CALLBACK_URL");
    assert_error(browser_go(server, "/api/auth/verify-email", NULL), 400, "VALIDATION_ERROR");
    assert_string_equal(
        reply_header(server, browser_go(server, "/api/auth/reset-password/x?callbackURL=", NULL),
                     "Location"),
        MAILBOX_BASE "/api/auth/error?error=INVALID_TOKEN");
    assert_string_equal(reply_header(server,
                                     browser_go(server,
                                                "/api/auth/reset-password/x?callbackURL="
                                                "http:%5C%5Clocalhost:3000%5Cn%C3%A9w%20x%23top",
                                                NULL),
                                     "Location"),
                        "http://localhost:3000/n%C3%A9w%20x?error=INVALID_TOKEN#top");
}

static void a_look_at_a_link_does_not_use_it(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "head@example.com");

    assert_int_equal(
        browser_post(server, "send-verification-email", cookies, "{\"email\":\"head@example.com\"}")
            ->status,
        200);
    const char *link = mailbox_link(server, mailbox_take(server, "head@example.com"));
    const struct reply *reply = server_ask(server, &(struct ask){.method = "HEAD", .uri = link});
    assert_int_equal(reply->status, 404);
    assert_string_equal(server_user(server, "emailVerified", "head@example.com"), "0");
}

static void a_reset_that_fails_leaves_the_link_as_it_was(void **state)
{
    struct server *server = *state;

    browser_sign_up(server, "again@example.com");
    const char *token =
        token_of(server, mailbox_link(server, mailbox_ask_for_reset(server, "again@example.com")));
    for (int i = 1; i <= 7; i++) {
        server->fail_at = i;
        assert_error(set_password(server, token, "left horse"), 503, "STORE_UNAVAILABLE");
        server->fail_at = 0;
    }
    assert_int_equal(browser_sign_in(server, "again@example.com", BROWSER_PASSWORD)->status, 200);
    assert_int_equal(set_password(server, token, "left horse")->status, 200);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, mailbox_reset)
    const struct CMUnitTest tests[] = {
        T(a_letter_leads_to_a_new_password_once),
        T(an_unknown_address_gets_the_same_answer_and_no_letter),
        T(the_answer_does_not_wait_for_the_account),
        T(reset_identifiers_are_better_auths),
        T(an_expired_link_is_no_link),
        T(a_reset_makes_the_credential_account_that_is_missing),
        T(a_reset_is_a_first_proof_and_ends_what_was_before_GHSA_qq9h_g4jm_xgf3),
        T(a_token_may_come_in_the_query_and_must_come),
        T(a_reset_works_where_letters_are_switched_off_by_now),
        T(links_go_nowhere_else),
        T(a_look_at_a_link_does_not_use_it),
        T(a_reset_that_fails_leaves_the_link_as_it_was),
    };
    return cmocka_run_group_tests(tests, mailbox_start, mailbox_stop);
}
