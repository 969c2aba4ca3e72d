/* api/change_email: another address. */
#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"
#include "mailbox.h"

static struct reply *ask_for_change(struct server *server, const char *cookies, const char *to)
{
    return browser_post(
        server, "change-email", cookies,
        mem_printf(server->ctx, "{\"newEmail\":\"%s\",\"callbackURL\":\"/me\"}", to));
}

static void a_proven_address_is_asked_first(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "old@example.com");

    server_prove(server, "old@example.com");
    assert_error(ask_for_change(server, cookies, "OLD@example.com"), 400, "BAD_REQUEST");
    const struct reply *reply = ask_for_change(server, cookies, "New@example.com");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"status\":true}");
    const char *letter = mailbox_take(server, "old@example.com");
    assert_non_null(strstr(letter, "to new@example.com."));
    reply = browser_go(server, mailbox_link(server, letter), NULL);
    assert_string_equal(reply_header(server, reply, "Location"), "/me");
    assert_non_null(server_user(server, "id", "old@example.com"));
    const char *link = mailbox_link(server, mailbox_take(server, "new@example.com"));
    reply = browser_go(server, link, cookies);
    assert_string_equal(reply_header(server, reply, "Location"), "/me");
    assert_non_null(reply_cookie(server, reply, "better-auth.session_token"));
    assert_string_equal(server_user(server, "emailVerified", "new@example.com"), "1");
    assert_null(server_user(server, "id", "old@example.com"));
    assert_true(browser_is_signed_in(server, cookies));
    /* Once: the address to be replaced is another by now. */
    assert_string_equal(reply_header(server, browser_go(server, link, NULL), "Location"),
                        "/me?error=INVALID_TOKEN");
}

static void an_unproven_address_moves_and_stays_unproven(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "first@example.com");

    assert_int_equal(ask_for_change(server, cookies, "second@example.com")->status, 200);
    const char *link = mailbox_link(server, mailbox_take(server, "second@example.com"));
    *strstr((char *)(uintptr_t)link, "&callbackURL") = '\0';
    const struct reply *reply = browser_go(server, link, NULL);
    assert_int_equal(reply->status, 200);
    assert_non_null(strstr(reply->body, "{\"status\":true,\"user\":{\"id\":"));
    assert_non_null(
        strstr(reply->body, "\"email\":\"second@example.com\",\"emailVerified\":false"));
    assert_null(strstr(reply->head, "Set-Cookie"));
    assert_string_equal(server_user(server, "emailVerified", "second@example.com"), "0");
}

static void a_change_to_a_taken_address_is_not_told(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "mover@example.com");

    browser_sign_up(server, "taken@example.com");
    const struct reply *reply = ask_for_change(server, cookies, "taken@example.com");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"status\":true}");
    assert_mailbox_empty(server);
}

/* The link for EMAIL to become TO, as if it had been asked for ten seconds ago. */
static const char *old_link(struct server *server, const char *email, const char *to,
                            const char *type)
{
    const struct mail_token token = {
        .email = email,
        .update_to = to,
        .request_type = type,
        .user_id = server_user(server, "id", email),
    };

    return mem_printf(
        server->ctx, "/api/auth/verify-email?token=%s",
        mail_token_issue(server->ctx, &server->config, &token, clock_now() - 10 * CLOCK_SECOND));
}

/* Who had got in, and asked for another address, must not have the account back by the link. */
static void another_password_ends_the_links_that_were_made_before(void **state)
{
    static const char *const types[] = {MAIL_TOKEN_CONFIRM, MAIL_TOKEN_MOVE};
    struct server *server = *state;
    const char *cookies = browser_new(server, "owner@example.com");
    const char *links[COUNT(types)];

    server_sql(server, "UPDATE account SET \"updatedAt\" = '2020-01-01T00:00:00.000Z'");
    for (size_t i = 0; i < COUNT(types); i++) {
        links[i] = old_link(server, "owner@example.com", "thief@example.com", types[i]);
    }
    assert_int_equal(browser_go(server, links[0], NULL)->status, 200);
    assert_int_equal(strlen(mailbox_take(server, "thief@example.com")) > 0, 1);
    assert_int_equal(
        browser_post(server, "change-password", cookies,
                     "{\"currentPassword\":\"" BROWSER_PASSWORD
                     "\",\"newPassword\":\"better horse\",\"revokeOtherSessions\":true}")
            ->status,
        200);
    for (size_t i = 0; i < COUNT(types); i++) {
        assert_error(browser_go(server, links[i], NULL), 401, "INVALID_TOKEN");
    }
    assert_mailbox_empty(server);
    assert_non_null(server_user(server, "id", "owner@example.com"));
}

static void a_ban_ends_the_links_too(void **state)
{
    struct server *server = *state;

    browser_sign_up(server, "banned@example.com");
    server_sql(server, "UPDATE account SET \"updatedAt\" = '2020-01-01T00:00:00.000Z'");
    const char *link = old_link(server, "banned@example.com", "free@example.com", MAIL_TOKEN_MOVE);
    server_sql(server, "UPDATE \"user\" SET banned = 1 WHERE email = 'banned@example.com'");
    assert_error(browser_go(server, link, NULL), 401, "INVALID_TOKEN");
    server_sql(server, "UPDATE \"user\" SET banned = 0 WHERE email = 'banned@example.com'");
    assert_int_equal(browser_go(server, link, NULL)->status, 200);
    assert_non_null(server_user(server, "id", "free@example.com"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, mailbox_reset)
    const struct CMUnitTest tests[] = {
        T(a_proven_address_is_asked_first),
        T(an_unproven_address_moves_and_stays_unproven),
        T(a_change_to_a_taken_address_is_not_told),
        T(another_password_ends_the_links_that_were_made_before),
        T(a_ban_ends_the_links_too),
    };
    return cmocka_run_group_tests(tests, mailbox_start, mailbox_stop);
}
