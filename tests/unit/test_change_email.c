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

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, mailbox_reset)
    const struct CMUnitTest tests[] = {
        T(a_proven_address_is_asked_first),
        T(an_unproven_address_moves_and_stays_unproven),
        T(a_change_to_a_taken_address_is_not_told),
    };
    return cmocka_run_group_tests(tests, mailbox_start, mailbox_stop);
}
