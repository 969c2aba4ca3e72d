/* api/verify_email: whose address is it? */
#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"
#include "mailbox.h"

static void a_letter_proves_the_address(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "prove@example.com");

    const struct reply *reply =
        browser_post(server, "send-verification-email", cookies,
                     "{\"email\":\"Prove@example.com\",\"callbackURL\":\"/in\"}");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"status\":true}");
    const char *link = mailbox_link(server, mailbox_take(server, "prove@example.com"));
    reply = browser_go(server, link, cookies);
    assert_int_equal(reply->status, 302);
    assert_string_equal(reply_header(server, reply, "Location"), "/in");
    assert_string_equal(server_user(server, "emailVerified", "prove@example.com"), "1");
    assert_true(browser_is_signed_in(server, cookies));
    /* Again it changes nothing. */
    assert_string_equal(reply_header(server, browser_go(server, link, NULL), "Location"), "/in");
    assert_true(browser_is_signed_in(server, cookies));
    *strstr((char *)(uintptr_t)link, "&callbackURL") = '\0';
    reply = browser_go(server, link, NULL);
    assert_string_equal(reply->body, "{\"status\":true,\"user\":null}");
    assert_error(browser_post(server, "send-verification-email", cookies,
                              "{\"email\":\"prove@example.com\"}"),
                 400, "EMAIL_ALREADY_VERIFIED");
    assert_error(browser_post(server, "send-verification-email", cookies,
                              "{\"email\":\"another@example.com\"}"),
                 400, "EMAIL_MISMATCH");
    assert_mailbox_empty(server);
}

static void without_a_session_the_answer_tells_nothing(void **state)
{
    static const struct {
        const char *body;
        bool letter;
    } rows[] = {
        {"{\"email\":\"unproven@example.com\"}", true},
        {"{\"email\":\"proven@example.com\"}", false},
        {"{\"email\":\"nobody@example.com\"}", false},
    };
    struct server *server = *state;

    browser_sign_up(server, "unproven@example.com");
    browser_sign_up(server, "proven@example.com");
    server_prove(server, "proven@example.com");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply =
            browser_post(server, "send-verification-email", NULL, rows[i].body);
        assert_int_equal(reply->status, 200);
        assert_string_equal(reply->body, "{\"status\":true}");
        assert_int_equal(strlen(mailbox_take_all(server)) > 0, rows[i].letter);
    }
}

static void a_proof_ends_the_sessions_of_others_GHSA_qq9h_g4jm_xgf3(void **state)
{
    struct server *server = *state;
    const char *thief = browser_new(server, "owner@example.com");
    const char *own =
        reply_cookies(server, browser_sign_in(server, "owner@example.com", BROWSER_PASSWORD));

    browser_post(server, "send-verification-email", own, "{\"email\":\"owner@example.com\"}");
    const char *link = mailbox_link(server, mailbox_take(server, "owner@example.com"));
    assert_int_equal(browser_go(server, link, own)->status, 302);
    assert_false(browser_is_signed_in(server, thief));
    assert_true(browser_is_signed_in(server, own));
}

static void bad_links_say_what_is_wrong(void **state)
{
    struct server *server = *state;
    const char *other = browser_new(server, "other@example.com");
    const char *id;

    server_sign_up(server, "link@example.com", &id);
    const struct {
        struct mail_token token;
        const char *cookies;
        const char *code;
    } rows[] = {
        {{.email = "gone@example.com", .user_id = id}, NULL, "USER_NOT_FOUND"},
        {{.email = "link@example.com", .user_id = "another"}, NULL, "INVALID_TOKEN"},
        {{.email = "link@example.com", .update_to = "n@b.co"}, NULL, "INVALID_TOKEN"},
        {{.email = "link@example.com", .user_id = id, .update_to = "n@b.co"},
         NULL,
         "INVALID_TOKEN"},
        {{.email = "old@example.com",
          .user_id = id,
          .update_to = "n@b.co",
          .request_type = MAIL_TOKEN_MOVE},
         NULL,
         "INVALID_TOKEN"},
        {{.email = "link@example.com",
          .user_id = "another",
          .update_to = "n@b.co",
          .request_type = MAIL_TOKEN_MOVE},
         NULL,
         "USER_NOT_FOUND"},
        {{.email = "link@example.com",
          .user_id = id,
          .update_to = "n@b.co",
          .request_type = MAIL_TOKEN_MOVE},
         other,
         "INVALID_USER"},
        {{.email = "link@example.com",
          .user_id = id,
          .update_to = "other@example.com",
          .request_type = MAIL_TOKEN_MOVE},
         NULL,
         "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *link = mem_printf(server->ctx, "/api/auth/verify-email?token=%s",
                                      mailbox_token(server, &rows[i].token));
        const struct reply *reply = browser_go(server, link, rows[i].cookies);
        assert_int_equal(reply->status, i + 1 < COUNT(rows) ? 401 : 422);
        assert_string_equal(reply_text(reply, "code"), rows[i].code);
        assert_null(reply_header(server, reply, "WWW-Authenticate"));
        reply = browser_go(server, mem_printf(server->ctx, "%s&callbackURL=/x?y=1%%23z", link),
                           rows[i].cookies);
        assert_int_equal(reply->status, 302);
        assert_string_equal(reply_header(server, reply, "Location"),
                            mem_printf(server->ctx, "/x?y=1&error=%s#z", rows[i].code));
    }
    const char *late = mail_token_issue(
        server->ctx, &server->config,
        &(struct mail_token){.email = "link@example.com", .user_id = id}, clock_now() - CLOCK_HOUR);
    assert_error(
        browser_go(server, mem_printf(server->ctx, "/api/auth/verify-email?token=%s", late), NULL),
        401, "TOKEN_EXPIRED");
    assert_string_equal(server_user(server, "emailVerified", "link@example.com"), "0");
}

static void a_sign_in_token_proves_no_address(void **state)
{
    struct server *server = *state;
    const char *token = server_sign_up(server, "token@example.com", NULL);

    assert_error(
        browser_go(server, mem_printf(server->ctx, "/api/auth/verify-email?token=%s", token), NULL),
        401, "INVALID_TOKEN");
    assert_string_equal(server_user(server, "emailVerified", "token@example.com"), "0");
}

static void a_letters_token_is_no_bearer_token(void **state)
{
    struct server *server = *state;
    const char *id;

    server_sign_up(server, "bearer@example.com", &id);
    const char *token =
        mailbox_token(server, &(struct mail_token){.email = "bearer@example.com", .user_id = id});
    assert_error(
        server_ask(server, &(struct ask){.method = "GET", .uri = "/api/tasks", .token = token}),
        401, "INVALID_TOKEN");
}

static void there_is_no_session_before_the_proof(void **state)
{
    struct server *server = *state;

    server->config.require_verification = true;
    const struct reply *first = browser_sign_up(server, "must@example.com");
    assert_int_equal(first->status, 200);
    assert_int_equal(strncmp(first->body, "{\"token\":null,\"user\":{\"id\":\"", 28), 0);
    assert_int_equal(json_member_count(first->json), 2);
    assert_null(strstr(first->head, "Set-Cookie"));
    assert_null(reply_header(server, first, "set-auth-token"));
    const char *link = mailbox_link(server, mailbox_take(server, "must@example.com"));
    assert_error(browser_sign_in(server, "must@example.com", BROWSER_PASSWORD), 403,
                 "EMAIL_NOT_VERIFIED");
    assert_error(browser_sign_in(server, "must@example.com", "wrong horse"), 401,
                 "INVALID_EMAIL_OR_PASSWORD");
    assert_error(browser_post(server, "sign-in", NULL,
                              "{\"email\":\"must@example.com\",\"password\":\"" BROWSER_PASSWORD
                              "\"}"),
                 403, "EMAIL_NOT_VERIFIED");
    assert_int_equal(browser_go(server, link, NULL)->status, 302);
    assert_int_equal(browser_sign_in(server, "must@example.com", BROWSER_PASSWORD)->status, 200);
}

static void an_address_that_is_taken_looks_like_a_new_one(void **state)
{
    struct server *server = *state;

    server->config.require_verification = true;
    const struct reply *first = browser_sign_up(server, "twice@example.com");
    mailbox_take(server, "twice@example.com");
    const struct reply *second = browser_sign_up(server, "Twice@example.com");
    assert_int_equal(second->status, 200);
    assert_int_equal(second->body_len, first->body_len);
    assert_int_equal(strncmp(second->body, first->body, 28), 0);
    assert_string_not_equal(second->body, first->body);
    assert_mailbox_empty(server);
    assert_string_equal(server_count(server, "user", "email = 'twice@example.com'"), "1");
    second =
        browser_post(server, "sign-up", NULL,
                     "{\"email\":\"twice@example.com\",\"password\":\"" BROWSER_PASSWORD "\"}");
    assert_int_equal(second->status, 201);
    assert_non_null(strstr(second->body, "{\"token\":null,\"user\":{"));
    assert_null(strstr(second->head, "Set-Cookie"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, mailbox_reset)
    const struct CMUnitTest tests[] = {
        T(a_letter_proves_the_address),
        T(without_a_session_the_answer_tells_nothing),
        T(a_proof_ends_the_sessions_of_others_GHSA_qq9h_g4jm_xgf3),
        T(bad_links_say_what_is_wrong),
        T(a_sign_in_token_proves_no_address),
        T(a_letters_token_is_no_bearer_token),
        T(there_is_no_session_before_the_proof),
        T(an_address_that_is_taken_looks_like_a_new_one),
    };
    return cmocka_run_group_tests(tests, mailbox_start, mailbox_stop);
}
