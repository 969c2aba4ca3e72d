/* Letters on the whole: without a sender, with one that fails, too many of them. */
#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"
#include "mailbox.h"

static void without_a_sender_the_answers_are_better_auths(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "nosender@example.com");

    server->config.mail_dir = NULL;
    assert_error(browser_post(server, "request-password-reset", NULL, "{\"email\":\"a@b.co\"}"),
                 400, "RESET_PASSWORD_DISABLED");
    assert_error(browser_post(server, "send-verification-email", NULL, "{\"email\":\"a@b.co\"}"),
                 400, "VERIFICATION_EMAIL_NOT_ENABLED");
    assert_error(browser_post(server, "change-email", cookies, "{\"newEmail\":\"a@b.co\"}"), 400,
                 "CHANGE_EMAIL_DISABLED");
    assert_error(browser_post(server, "change-email", NULL, "{\"newEmail\":\"a@b.co\"}"), 401,
                 "UNAUTHORIZED");
}

static void input_is_checked_before_all_that(void **state)
{
    static const struct {
        const char *route, *body, *text;
    } rows[] = {
        {"request-password-reset", "{}",
         "[body.email] Invalid input: expected string, received "
         "undefined"},
        {"request-password-reset", "{\"email\":\"x\"}", "[body.email] Invalid email address"},
        {"send-verification-email", "{\"email\":7}",
         "[body.email] Invalid input: expected string, received number"},
        {"reset-password", "{\"token\":\"t\"}",
         "[body.newPassword] Invalid input: expected string, received undefined"},
        {"change-email", "{\"newEmail\":\"x\"}", "[body.newEmail] Invalid email address"},
        {"delete-user", "{\"token\":7}",
         "[body.token] Invalid input: expected string, received number"},
    };
    struct server *server = *state;

    server->config.mail_dir = NULL;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = browser_post(server, rows[i].route, NULL, rows[i].body);
        assert_error(reply, 400, "VALIDATION_ERROR");
        assert_string_equal(reply_text(reply, "message"), rows[i].text);
    }
    assert_error(browser_post(server, "request-password-reset", NULL,
                              "{\"email\":\"a@b.co\",\"redirectTo\":\"https://evil.example/\"}"),
                 403, "INVALID_REDIRECT_URL");
    assert_error(browser_post(server, "send-verification-email", NULL,
                              "{\"email\":\"a@b.co\",\"callbackURL\":\"//evil.example\"}"),
                 403, "INVALID_CALLBACK_URL");
}

static void one_mailbox_gets_no_more_than_ten_letters_in_a_row(void **state)
{
    struct server *server = *state;
    int letters = 0;

    browser_sign_up(server, "flood@example.com");
    for (int i = 0; i < 12; i++) {
        letters += *mailbox_ask_for_reset(server, "flood@example.com") != '\0';
    }
    assert_int_equal(letters, 10);
}

static void a_failing_mail_system_or_database_is_not_told_to_the_client(void **state)
{
    struct server *server = *state;

    browser_sign_up(server, "fails@example.com");
    server->config.mail_dir = "/nothing/here";
    assert_int_equal(
        browser_post(server, "request-password-reset", NULL, "{\"email\":\"fails@example.com\"}")
            ->status,
        200);
    mailbox_reset(state);
    for (int i = 1; i <= 4; i++) {
        server->fail_at = i;
        assert_string_equal(mailbox_ask_for_reset(server, "fails@example.com"), "");
        server->fail_at = 0;
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, mailbox_reset)
    const struct CMUnitTest tests[] = {
        T(without_a_sender_the_answers_are_better_auths),
        T(input_is_checked_before_all_that),
        T(one_mailbox_gets_no_more_than_ten_letters_in_a_row),
        T(a_failing_mail_system_or_database_is_not_told_to_the_client),
    };
    return cmocka_run_group_tests(tests, mailbox_start, mailbox_stop);
}
