/* api/password_reset, verify_email, change_email, delete_user: the flows with letters, as a browser
 * and a mailbox see them through dispatch(). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sec/mail_token.h"
#include "server.h"
#include "unit.h"

#define ORIGIN   "HTTP_ORIGIN=" SERVER_ORIGIN
#define PASSWORD "right horse"
#define BASE     "http://localhost:8080"

static char mailbox[48];

/* --- the mailbox --- */

static int start(void **state)
{
    strcpy(mailbox, "/tmp/taskgate-letters.XXXXXX");
    if (mkdtemp(mailbox) == NULL || server_start(state) != 0) {
        return -1;
    }
    struct server *server = *state;
    server->config.mail_dir = mailbox;
    return 0;
}

static int stop(void **state)
{
    return rmdir(mailbox) + server_stop(state);
}

/* Each test begins with letters on, an empty mailbox and the defaults. */
static int reset(void **state)
{
    struct server *server = *state;

    server->config.mail_dir = mailbox;
    server->config.require_verification = false;
    server->config.delete_user = true;
    server->leave_rest = false;
    return 0;
}

/* The letters with their soft line breaks and codes undone; all are taken out. */
static const char *take_letters(struct server *server)
{
    struct buf *all = buf_new(server->ctx);
    DIR *folder = opendir(mailbox);

    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        const char *path = mem_printf(server->ctx, "%s/%s", mailbox, entry->d_name);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        for (int byte; (byte = getc(file)) != EOF;) {
            char code[3] = {0};
            if (byte != '=') {
                buf_putc(all, (char)byte);
                continue;
            }
            code[0] = (char)getc(file);
            if (code[0] == '\n') {
                continue;
            }
            code[1] = (char)getc(file);
            if (strspn(code, "0123456789ABCDEF") == 2) {
                buf_putc(all, (char)strtol(code, NULL, 16));
            } else {
                buf_printf(all, "=%s", code);
            }
        }
        fclose(file);
        unlink(path);
    }
    closedir(folder);
    return all->data;
}

/* The one letter in the mailbox, which must be to TO. */
static const char *take_letter(struct server *server, const char *to)
{
    const char *letter = take_letters(server);
    const char *line = mem_printf(server->ctx, "\nTo: <%s>\n", to);

    assert_non_null(strstr(letter, line));
    assert_null(strstr(strstr(letter, line) + 1, "\nTo: "));
    return letter;
}

/* The path and query of the link in LETTER. */
static const char *link_in(struct server *server, const char *letter)
{
    const char *link = strstr(letter, "\n" BASE "/");

    assert_non_null(link);
    link += 1 + strlen(BASE);
    return mem_strndup(server->ctx, link, strcspn(link, "\n"));
}

static void assert_no_letter(struct server *server)
{
    assert_string_equal(take_letters(server), "");
}

/* --- the browser --- */

static struct reply *post(struct server *server, const char *route, const char *cookies,
                          const char *body)
{
    return server_ask(server, &(struct ask){.method = "POST",
                                            .uri = mem_printf(server->ctx, "/api/auth/%s", route),
                                            .body = body,
                                            .params = {ORIGIN, cookies}});
}

static struct reply *get(struct server *server, const char *uri, const char *cookies)
{
    return server_ask(server, &(struct ask){.method = "GET", .uri = uri, .params = {cookies}});
}

static struct reply *new_account(struct server *server, const char *email)
{
    return post(server, "sign-up/email", NULL,
                mem_printf(server->ctx,
                           "{\"name\":\"N\",\"email\":\"%s\",\"password\":\"" PASSWORD "\"}",
                           email));
}

/* Cookies of a new account. */
static const char *cookies_of(struct server *server, const char *email)
{
    return reply_cookies(server, new_account(server, email));
}

static struct reply *enter(struct server *server, const char *email, const char *password)
{
    return post(server, "sign-in/email", NULL,
                mem_printf(server->ctx, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password));
}

static bool is_signed_in(struct server *server, const char *cookies)
{
    const struct reply *reply = get(server, "/api/auth/get-session", cookies);

    assert_int_equal(reply->status, 200);
    return strcmp(reply->body, "null") != 0;
}

static const char *count(struct server *server, const char *table, const char *where)
{
    return server_sql(
        server, mem_printf(server->ctx, "SELECT count(*) FROM \"%s\" WHERE %s", table, where));
}

static const char *user_column(struct server *server, const char *column, const char *email)
{
    return server_sql(
        server,
        mem_printf(server->ctx, "SELECT \"%s\" FROM \"user\" WHERE email='%s'", column, email));
}

static void prove(struct server *server, const char *email)
{
    server_sql(server,
               mem_printf(server->ctx,
                          "UPDATE \"user\" SET \"emailVerified\" = 1 WHERE email = '%s'", email));
}

static const char *mail_token(struct server *server, const struct mail_token *token)
{
    return mail_token_issue(server->ctx, &server->config, token, clock_now());
}

/* --- without a sender --- */

static void without_a_sender_the_answers_are_better_auths(void **state)
{
    struct server *server = *state;
    const char *cookies = cookies_of(server, "nosender@example.com");

    server->config.mail_dir = NULL;
    assert_error(post(server, "request-password-reset", NULL, "{\"email\":\"a@b.co\"}"), 400,
                 "RESET_PASSWORD_DISABLED");
    assert_error(post(server, "send-verification-email", NULL, "{\"email\":\"a@b.co\"}"), 400,
                 "VERIFICATION_EMAIL_NOT_ENABLED");
    assert_error(post(server, "change-email", cookies, "{\"newEmail\":\"a@b.co\"}"), 400,
                 "CHANGE_EMAIL_DISABLED");
    assert_error(post(server, "change-email", NULL, "{\"newEmail\":\"a@b.co\"}"), 401,
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
        const struct reply *reply = post(server, rows[i].route, NULL, rows[i].body);
        assert_error(reply, 400, "VALIDATION_ERROR");
        assert_string_equal(reply_text(reply, "message"), rows[i].text);
    }
    assert_error(post(server, "request-password-reset", NULL,
                      "{\"email\":\"a@b.co\",\"redirectTo\":\"https://evil.example/\"}"),
                 403, "INVALID_REDIRECT_URL");
    assert_error(post(server, "send-verification-email", NULL,
                      "{\"email\":\"a@b.co\",\"callbackURL\":\"//evil.example\"}"),
                 403, "INVALID_CALLBACK_URL");
}

/* --- a new password --- */

static const char *ask_for_reset(struct server *server, const char *email)
{
    const struct reply *reply =
        post(server, "request-password-reset", NULL,
             mem_printf(server->ctx, "{\"email\":\"%s\",\"redirectTo\":\"/new?a=1\"}", email));

    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"status\":true,\"message\":\"If this email exists in our "
                                     "system, check your email for the reset link\"}");
    return take_letters(server);
}

static const char *token_of(struct server *server, const char *link)
{
    static const char start[] = "/api/auth/reset-password/";

    assert_int_equal(strncmp(link, start, strlen(start)), 0);
    return mem_strndup(server->ctx, link + strlen(start), strcspn(link + strlen(start), "?"));
}

static struct reply *set_password(struct server *server, const char *token, const char *password)
{
    return post(
        server, "reset-password", NULL,
        mem_printf(server->ctx, "{\"newPassword\":\"%s\",\"token\":\"%s\"}", password, token));
}

static void a_letter_leads_to_a_new_password_once(void **state)
{
    struct server *server = *state;

    new_account(server, "reset@example.com");
    prove(server, "reset@example.com");
    const char *cookies = reply_cookies(server, enter(server, "reset@example.com", PASSWORD));
    const char *letter = ask_for_reset(server, "Reset@Example.com");
    assert_non_null(strstr(letter, "\nTo: <reset@example.com>\n"));
    const char *link = link_in(server, letter);
    assert_non_null(strstr(link, "?callbackURL=%2Fnew%3Fa%3D1"));
    const char *token = token_of(server, link);
    assert_int_equal(strlen(token), 24);
    const struct reply *reply = get(server, link, NULL);
    assert_int_equal(reply->status, 302);
    assert_string_equal(reply_header(server, reply, "Location"),
                        mem_printf(server->ctx, BASE "/new?a=1&token=%s", token));
    assert_error(set_password(server, token, "short"), 400, "PASSWORD_TOO_SHORT");
    reply = set_password(server, token, "left horse");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"status\":true}");
    assert_error(set_password(server, token, "third horse"), 400, "INVALID_TOKEN");
    assert_error(enter(server, "reset@example.com", PASSWORD), 401, "INVALID_EMAIL_OR_PASSWORD");
    assert_int_equal(enter(server, "reset@example.com", "left horse")->status, 200);
    /* Better Auth's default: other sessions of a proven address go on. */
    assert_true(is_signed_in(server, cookies));
    assert_string_equal(reply_header(server, get(server, link, NULL), "Location"),
                        BASE "/new?a=1&error=INVALID_TOKEN");
}

static void an_unknown_address_gets_the_same_answer_and_no_letter(void **state)
{
    struct server *server = *state;

    server_sql(server, "DELETE FROM verification");
    assert_string_equal(ask_for_reset(server, "nobody@example.com"), "");
    assert_string_equal(count(server, "verification", "true"), "0");
}

/* The statements before the answer are the same for known and unknown: so is its time. */
static void the_answer_does_not_wait_for_the_account(void **state)
{
    static const char *const routes[] = {"request-password-reset", "send-verification-email"};
    struct server *server = *state;

    new_account(server, "timing@example.com");
    server->leave_rest = true;
    for (size_t i = 0; i < COUNT(routes); i++) {
        server->queries = 0;
        assert_int_equal(
            post(server, routes[i], NULL, "{\"email\":\"timing@example.com\"}")->status, 200);
        assert_int_equal(server->queries, 0);
    }
    assert_no_letter(server);
}

static void reset_identifiers_are_better_auths(void **state)
{
    struct server *server = *state;
    const char *id;

    server_sql(server, "DELETE FROM verification");
    server_sign_up(server, "rows@example.com", &id);
    const char *token =
        token_of(server, link_in(server, ask_for_reset(server, "rows@example.com")));
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

    new_account(server, "late@example.com");
    const char *link = link_in(server, ask_for_reset(server, "late@example.com"));
    server_sql(server, "UPDATE verification SET \"expiresAt\" = '2020-01-01T00:00:00.000Z'");
    assert_error(set_password(server, token_of(server, link), "left horse"), 400, "INVALID_TOKEN");
    assert_string_equal(reply_header(server, get(server, link, NULL), "Location"),
                        BASE "/new?a=1&error=INVALID_TOKEN");
    /* The next request for one tidies up. */
    ask_for_reset(server, "late@example.com");
    assert_string_equal(count(server, "verification", "\"expiresAt\" < '2021'"), "0");
}

static void a_reset_makes_the_credential_account_that_is_missing(void **state)
{
    struct server *server = *state;
    const char *id;

    server_sign_up(server, "social@example.com", &id);
    server_sql(server, mem_printf(server->ctx, "DELETE FROM account WHERE userId = '%s'", id));
    const char *link = link_in(server, ask_for_reset(server, "social@example.com"));
    assert_int_equal(set_password(server, token_of(server, link), "left horse")->status, 200);
    assert_int_equal(enter(server, "social@example.com", "left horse")->status, 200);
    assert_string_equal(
        count(server, "account",
              mem_printf(server->ctx, "userId = '%s' AND accountId = '%s'", id, id)),
        "1");
}

/* GHSA-qq9h-g4jm-xgf3: who made the account before its address was proven may be another. */
static void a_reset_is_a_first_proof_and_ends_what_was_before_GHSA_qq9h_g4jm_xgf3(void **state)
{
    struct server *server = *state;
    const char *thief = cookies_of(server, "captured@example.com");
    const char *id = user_column(server, "id", "captured@example.com");

    server_sql(server,
               mem_printf(server->ctx,
                          "INSERT INTO account (id, accountId, providerId, userId, createdAt, "
                          "updatedAt) VALUES ('evil', '7', 'github', '%s', '2026', '2026')",
                          id));
    const char *link = link_in(server, ask_for_reset(server, "captured@example.com"));
    assert_int_equal(set_password(server, token_of(server, link), "left horse")->status, 200);
    assert_false(is_signed_in(server, thief));
    assert_error(enter(server, "captured@example.com", PASSWORD), 401, "INVALID_EMAIL_OR_PASSWORD");
    assert_string_equal(count(server, "account", "id = 'evil'"), "0");
    assert_string_equal(count(server, "refreshToken", mem_printf(server->ctx, "userId = '%s'", id)),
                        "0");
}

static void a_token_may_come_in_the_query_and_must_come(void **state)
{
    struct server *server = *state;

    new_account(server, "query@example.com");
    const char *token =
        token_of(server, link_in(server, ask_for_reset(server, "query@example.com")));
    assert_error(post(server, "reset-password", NULL, "{\"newPassword\":\"left horse\"}"), 400,
                 "INVALID_TOKEN");
    assert_error(post(server, "reset-password?token=", NULL, "{\"newPassword\":\"left horse\"}"),
                 400, "INVALID_TOKEN");
    assert_int_equal(post(server, mem_printf(server->ctx, "reset-password?token=%s", token), NULL,
                          "{\"newPassword\":\"left horse\"}")
                         ->status,
                     200);
}

static void a_reset_works_where_letters_are_switched_off_by_now(void **state)
{
    struct server *server = *state;

    new_account(server, "off@example.com");
    const char *token = token_of(server, link_in(server, ask_for_reset(server, "off@example.com")));
    server->config.mail_dir = NULL;
    assert_int_equal(set_password(server, token, "left horse")->status, 200);
}

static void links_go_nowhere_else(void **state)
{
    struct server *server = *state;

    assert_error(get(server, "/api/auth/reset-password/x", NULL), 400, "VALIDATION_ERROR");
    assert_error(get(server, "/api/auth/reset-password/x?callbackURL=https://evil.example/", NULL),
                 403, "INVALID_CALLBACK_URL");
    assert_error(get(server, "/api/auth/verify-email?token=x&callbackURL=//evil.example", NULL),
                 403, "INVALID_CALLBACK_URL");
    assert_error(get(server, "/api/auth/delete-user/callback?token=x&callbackURL=%5Cx", NULL), 403,
                 "INVALID_CALLBACK_URL");
    assert_error(get(server, "/api/auth/verify-email", NULL), 400, "VALIDATION_ERROR");
    assert_string_equal(reply_header(server,
                                     get(server, "/api/auth/reset-password/x?callbackURL=", NULL),
                                     "Location"),
                        BASE "/api/auth/error?error=INVALID_TOKEN");
    assert_string_equal(reply_header(server,
                                     get(server,
                                         "/api/auth/reset-password/x?callbackURL="
                                         "http:%5C%5Clocalhost:3000%5Cn%C3%A9w%20x%23top",
                                         NULL),
                                     "Location"),
                        "http://localhost:3000/n%C3%A9w%20x?error=INVALID_TOKEN#top");
}

static void a_look_at_a_link_does_not_use_it(void **state)
{
    struct server *server = *state;
    const char *cookies = cookies_of(server, "head@example.com");

    assert_int_equal(
        post(server, "send-verification-email", cookies, "{\"email\":\"head@example.com\"}")
            ->status,
        200);
    const char *link = link_in(server, take_letter(server, "head@example.com"));
    const struct reply *reply = server_ask(server, &(struct ask){.method = "HEAD", .uri = link});
    assert_int_equal(reply->status, 404);
    assert_string_equal(user_column(server, "emailVerified", "head@example.com"), "0");
}

/* --- whose address is it? --- */

static void a_letter_proves_the_address(void **state)
{
    struct server *server = *state;
    const char *cookies = cookies_of(server, "prove@example.com");

    const struct reply *reply = post(server, "send-verification-email", cookies,
                                     "{\"email\":\"Prove@example.com\",\"callbackURL\":\"/in\"}");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"status\":true}");
    const char *link = link_in(server, take_letter(server, "prove@example.com"));
    reply = get(server, link, cookies);
    assert_int_equal(reply->status, 302);
    assert_string_equal(reply_header(server, reply, "Location"), "/in");
    assert_string_equal(user_column(server, "emailVerified", "prove@example.com"), "1");
    assert_true(is_signed_in(server, cookies));
    /* Again it changes nothing. */
    assert_string_equal(reply_header(server, get(server, link, NULL), "Location"), "/in");
    assert_true(is_signed_in(server, cookies));
    *strstr((char *)(uintptr_t)link, "&callbackURL") = '\0';
    reply = get(server, link, NULL);
    assert_string_equal(reply->body, "{\"status\":true,\"user\":null}");
    assert_error(
        post(server, "send-verification-email", cookies, "{\"email\":\"prove@example.com\"}"), 400,
        "EMAIL_ALREADY_VERIFIED");
    assert_error(
        post(server, "send-verification-email", cookies, "{\"email\":\"another@example.com\"}"),
        400, "EMAIL_MISMATCH");
    assert_no_letter(server);
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

    new_account(server, "unproven@example.com");
    new_account(server, "proven@example.com");
    prove(server, "proven@example.com");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = post(server, "send-verification-email", NULL, rows[i].body);
        assert_int_equal(reply->status, 200);
        assert_string_equal(reply->body, "{\"status\":true}");
        assert_int_equal(strlen(take_letters(server)) > 0, rows[i].letter);
    }
}

static void a_proof_ends_the_sessions_of_others_GHSA_qq9h_g4jm_xgf3(void **state)
{
    struct server *server = *state;
    const char *thief = cookies_of(server, "owner@example.com");
    const char *own = reply_cookies(server, enter(server, "owner@example.com", PASSWORD));

    post(server, "send-verification-email", own, "{\"email\":\"owner@example.com\"}");
    const char *link = link_in(server, take_letter(server, "owner@example.com"));
    assert_int_equal(get(server, link, own)->status, 302);
    assert_false(is_signed_in(server, thief));
    assert_true(is_signed_in(server, own));
}

static void bad_links_say_what_is_wrong(void **state)
{
    struct server *server = *state;
    const char *other = cookies_of(server, "other@example.com");
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
                                      mail_token(server, &rows[i].token));
        const struct reply *reply = get(server, link, rows[i].cookies);
        assert_int_equal(reply->status, i + 1 < COUNT(rows) ? 401 : 422);
        assert_string_equal(reply_text(reply, "code"), rows[i].code);
        assert_null(reply_header(server, reply, "WWW-Authenticate"));
        reply = get(server, mem_printf(server->ctx, "%s&callbackURL=/x?y=1%%23z", link),
                    rows[i].cookies);
        assert_int_equal(reply->status, 302);
        assert_string_equal(reply_header(server, reply, "Location"),
                            mem_printf(server->ctx, "/x?y=1&error=%s#z", rows[i].code));
    }
    const char *late = mail_token_issue(
        server->ctx, &server->config,
        &(struct mail_token){.email = "link@example.com", .user_id = id}, clock_now() - CLOCK_HOUR);
    assert_error(
        get(server, mem_printf(server->ctx, "/api/auth/verify-email?token=%s", late), NULL), 401,
        "TOKEN_EXPIRED");
    assert_string_equal(user_column(server, "emailVerified", "link@example.com"), "0");
}

static void a_sign_in_token_proves_no_address(void **state)
{
    struct server *server = *state;
    const char *token = server_sign_up(server, "token@example.com", NULL);

    assert_error(
        get(server, mem_printf(server->ctx, "/api/auth/verify-email?token=%s", token), NULL), 401,
        "INVALID_TOKEN");
    assert_string_equal(user_column(server, "emailVerified", "token@example.com"), "0");
}

static void a_letters_token_is_no_bearer_token(void **state)
{
    struct server *server = *state;
    const char *id;

    server_sign_up(server, "bearer@example.com", &id);
    const char *token =
        mail_token(server, &(struct mail_token){.email = "bearer@example.com", .user_id = id});
    assert_error(
        server_ask(server, &(struct ask){.method = "GET", .uri = "/api/tasks", .token = token}),
        401, "INVALID_TOKEN");
}

/* --- where addresses have to be proven --- */

static void there_is_no_session_before_the_proof(void **state)
{
    struct server *server = *state;

    server->config.require_verification = true;
    const struct reply *first = new_account(server, "must@example.com");
    assert_int_equal(first->status, 200);
    assert_int_equal(strncmp(first->body, "{\"token\":null,\"user\":{\"id\":\"", 28), 0);
    assert_int_equal(json_member_count(first->json), 2);
    assert_null(strstr(first->head, "Set-Cookie"));
    assert_null(reply_header(server, first, "set-auth-token"));
    const char *link = link_in(server, take_letter(server, "must@example.com"));
    assert_error(enter(server, "must@example.com", PASSWORD), 403, "EMAIL_NOT_VERIFIED");
    assert_error(enter(server, "must@example.com", "wrong horse"), 401,
                 "INVALID_EMAIL_OR_PASSWORD");
    assert_error(post(server, "sign-in", NULL,
                      "{\"email\":\"must@example.com\",\"password\":\"" PASSWORD "\"}"),
                 403, "EMAIL_NOT_VERIFIED");
    assert_int_equal(get(server, link, NULL)->status, 302);
    assert_int_equal(enter(server, "must@example.com", PASSWORD)->status, 200);
}

static void an_address_that_is_taken_looks_like_a_new_one(void **state)
{
    struct server *server = *state;

    server->config.require_verification = true;
    const struct reply *first = new_account(server, "twice@example.com");
    take_letter(server, "twice@example.com");
    const struct reply *second = new_account(server, "Twice@example.com");
    assert_int_equal(second->status, 200);
    assert_int_equal(second->body_len, first->body_len);
    assert_int_equal(strncmp(second->body, first->body, 28), 0);
    assert_string_not_equal(second->body, first->body);
    assert_no_letter(server);
    assert_string_equal(count(server, "user", "email = 'twice@example.com'"), "1");
    second = post(server, "sign-up", NULL,
                  "{\"email\":\"twice@example.com\",\"password\":\"" PASSWORD "\"}");
    assert_int_equal(second->status, 201);
    assert_non_null(strstr(second->body, "{\"token\":null,\"user\":{"));
    assert_null(strstr(second->head, "Set-Cookie"));
}

/* --- another address --- */

static struct reply *ask_for_change(struct server *server, const char *cookies, const char *to)
{
    return post(server, "change-email", cookies,
                mem_printf(server->ctx, "{\"newEmail\":\"%s\",\"callbackURL\":\"/me\"}", to));
}

static void a_proven_address_is_asked_first(void **state)
{
    struct server *server = *state;
    const char *cookies = cookies_of(server, "old@example.com");

    prove(server, "old@example.com");
    assert_error(ask_for_change(server, cookies, "OLD@example.com"), 400, "BAD_REQUEST");
    const struct reply *reply = ask_for_change(server, cookies, "New@example.com");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"status\":true}");
    const char *letter = take_letter(server, "old@example.com");
    assert_non_null(strstr(letter, "to new@example.com."));
    reply = get(server, link_in(server, letter), NULL);
    assert_string_equal(reply_header(server, reply, "Location"), "/me");
    assert_non_null(user_column(server, "id", "old@example.com"));
    const char *link = link_in(server, take_letter(server, "new@example.com"));
    reply = get(server, link, cookies);
    assert_string_equal(reply_header(server, reply, "Location"), "/me");
    assert_non_null(reply_cookie(server, reply, "better-auth.session_token"));
    assert_string_equal(user_column(server, "emailVerified", "new@example.com"), "1");
    assert_null(user_column(server, "id", "old@example.com"));
    assert_true(is_signed_in(server, cookies));
    /* Once: the address to be replaced is another by now. */
    assert_string_equal(reply_header(server, get(server, link, NULL), "Location"),
                        "/me?error=INVALID_TOKEN");
}

static void an_unproven_address_moves_and_stays_unproven(void **state)
{
    struct server *server = *state;
    const char *cookies = cookies_of(server, "first@example.com");

    assert_int_equal(ask_for_change(server, cookies, "second@example.com")->status, 200);
    const char *link = link_in(server, take_letter(server, "second@example.com"));
    *strstr((char *)(uintptr_t)link, "&callbackURL") = '\0';
    const struct reply *reply = get(server, link, NULL);
    assert_int_equal(reply->status, 200);
    assert_non_null(strstr(reply->body, "{\"status\":true,\"user\":{\"id\":"));
    assert_non_null(
        strstr(reply->body, "\"email\":\"second@example.com\",\"emailVerified\":false"));
    assert_null(strstr(reply->head, "Set-Cookie"));
    assert_string_equal(user_column(server, "emailVerified", "second@example.com"), "0");
}

static void a_change_to_a_taken_address_is_not_told(void **state)
{
    struct server *server = *state;
    const char *cookies = cookies_of(server, "mover@example.com");

    new_account(server, "taken@example.com");
    const struct reply *reply = ask_for_change(server, cookies, "taken@example.com");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"status\":true}");
    assert_no_letter(server);
}

/* --- the end of an account --- */

static void a_fresh_session_or_the_password_deletes_the_account(void **state)
{
    struct server *server = *state;
    const char *cookies = cookies_of(server, "fresh@example.com");

    server->config.mail_dir = NULL;
    const struct reply *reply = post(server, "delete-user", cookies, "{}");
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"success\":true,\"message\":\"User deleted\"}");
    assert_non_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age=0"));
    assert_null(user_column(server, "id", "fresh@example.com"));

    cookies = cookies_of(server, "aged@example.com");
    server_sql(server, "UPDATE session SET \"createdAt\" = '2020-01-01T00:00:00.000Z'");
    assert_error(post(server, "delete-user", cookies, "{}"), 400, "SESSION_EXPIRED");
    assert_error(post(server, "delete-user", cookies, "{\"password\":\"wrong horse\"}"), 400,
                 "INVALID_PASSWORD");
    reply = post(server, "delete-user", cookies, "{\"password\":\"" PASSWORD "\"}");
    assert_int_equal(reply->status, 200);
    assert_null(user_column(server, "id", "aged@example.com"));
    assert_error(post(server, "delete-user", cookies, "{}"), 401, "UNAUTHORIZED");
}

static void with_the_user_goes_everything_GHSA_2vg6_77g8_24mp(void **state)
{
    static const char *const tables[] = {"session", "account", "refreshToken"};
    struct server *server = *state;
    const char *cookies = cookies_of(server, "all@example.com");
    const struct reply *again = enter(server, "all@example.com", PASSWORD);
    const char *jwt = reply_text(again, "jwt");
    const char *id = user_column(server, "id", "all@example.com");
    const char *own = mem_printf(server->ctx, "userId = '%s'", id);

    assert_int_equal(server_ask(server, &(struct ask){.method = "POST",
                                                      .uri = "/api/tasks",
                                                      .token = jwt,
                                                      .body = "{\"title\":\"t\"}"})
                         ->status,
                     201);
    ask_for_reset(server, "all@example.com");
    server->config.mail_dir = NULL;
    assert_int_equal(post(server, "delete-user", cookies, "{}")->status, 200);
    for (size_t i = 0; i < COUNT(tables); i++) {
        assert_string_equal(count(server, tables[i], own), "0");
    }
    assert_string_equal(count(server, "tasks", mem_printf(server->ctx, "user_id = '%s'", id)), "0");
    assert_string_equal(count(server, "verification", mem_printf(server->ctx, "value = '%s'", id)),
                        "0");
    assert_error(
        server_ask(server, &(struct ask){.method = "GET", .uri = "/api/tasks", .token = jwt}), 401,
        "INVALID_TOKEN");
    assert_false(is_signed_in(server, reply_cookies(server, again)));
}

static const char *ask_for_deletion(struct server *server, const char *email, const char *cookies)
{
    const struct reply *reply = post(server, "delete-user", cookies, "{\"callbackURL\":\"/bye\"}");

    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"success\":true,\"message\":\"Verification email sent\"}");
    return link_in(server, take_letter(server, email));
}

static void a_letter_confirms_the_deletion(void **state)
{
    struct server *server = *state;
    const char *cookies = cookies_of(server, "bye@example.com");
    const char *other = cookies_of(server, "stay@example.com");
    const char *link = ask_for_deletion(server, "bye@example.com", cookies);

    assert_non_null(user_column(server, "id", "bye@example.com"));
    assert_non_null(server_sql(
        server, "SELECT 1 FROM verification WHERE identifier GLOB 'delete-account-*' AND "
                "length(identifier) = 47 AND lower(identifier) = identifier"));
    assert_error(get(server, link, NULL), 404, "FAILED_TO_GET_USER_INFO");
    assert_error(get(server, "/api/auth/delete-user/callback?token=x", cookies), 404,
                 "INVALID_TOKEN");
    /* Another user's try burns the link and deletes nobody. */
    assert_error(get(server, link, other), 404, "INVALID_TOKEN");
    assert_error(get(server, link, cookies), 404, "INVALID_TOKEN");
    assert_non_null(user_column(server, "id", "bye@example.com"));
    assert_non_null(user_column(server, "id", "stay@example.com"));

    const struct reply *reply =
        get(server, ask_for_deletion(server, "bye@example.com", cookies), cookies);
    assert_int_equal(reply->status, 302);
    assert_string_equal(reply_header(server, reply, "Location"), "/bye");
    assert_non_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age=0"));
    assert_null(user_column(server, "id", "bye@example.com"));
}

static void the_token_of_the_letter_may_be_posted(void **state)
{
    struct server *server = *state;
    const char *cookies = cookies_of(server, "posted@example.com");
    const char *link = ask_for_deletion(server, "posted@example.com", cookies);
    const char *token = mem_strndup(server->ctx, strstr(link, "token=") + 6, 32);

    assert_error(post(server, "delete-user", cookies, "{\"token\":\"x\"}"), 404, "INVALID_TOKEN");
    const struct reply *reply =
        post(server, "delete-user", cookies, mem_printf(server->ctx, "{\"token\":\"%s\"}", token));
    assert_string_equal(reply->body, "{\"success\":true,\"message\":\"User deleted\"}");
    assert_null(user_column(server, "id", "posted@example.com"));
}

static void switched_off_it_is_404(void **state)
{
    struct server *server = *state;
    const char *cookies = cookies_of(server, "keep@example.com");

    server->config.delete_user = false;
    const struct reply *reply = post(server, "delete-user", cookies, "{}");
    assert_int_equal(reply->status, 404);
    assert_int_equal(reply->body_len, 0);
    assert_string_equal(reply_header(server, reply, "Content-Type"), "application/json");
    assert_error(post(server, "delete-user", NULL, "{}"), 401, "UNAUTHORIZED");
    assert_error(get(server, "/api/auth/delete-user/callback?token=x", cookies), 404, "NOT_FOUND");
    assert_non_null(user_column(server, "id", "keep@example.com"));
}

/* --- limits and failures --- */

static void one_mailbox_gets_no_more_than_ten_letters_in_a_row(void **state)
{
    struct server *server = *state;
    int letters = 0;

    new_account(server, "flood@example.com");
    for (int i = 0; i < 12; i++) {
        letters += *ask_for_reset(server, "flood@example.com") != '\0';
    }
    assert_int_equal(letters, 10);
}

static void a_failing_mail_system_or_database_is_not_told_to_the_client(void **state)
{
    struct server *server = *state;

    new_account(server, "fails@example.com");
    server->config.mail_dir = "/nothing/here";
    assert_int_equal(
        post(server, "request-password-reset", NULL, "{\"email\":\"fails@example.com\"}")->status,
        200);
    server->config.mail_dir = mailbox;
    for (int i = 1; i <= 4; i++) {
        server->fail_at = i;
        assert_string_equal(ask_for_reset(server, "fails@example.com"), "");
        server->fail_at = 0;
    }
}

static void a_reset_that_fails_leaves_the_link_as_it_was(void **state)
{
    struct server *server = *state;

    new_account(server, "again@example.com");
    const char *token =
        token_of(server, link_in(server, ask_for_reset(server, "again@example.com")));
    for (int i = 1; i <= 7; i++) {
        server->fail_at = i;
        assert_error(set_password(server, token, "left horse"), 503, "STORE_UNAVAILABLE");
        server->fail_at = 0;
    }
    assert_int_equal(enter(server, "again@example.com", PASSWORD)->status, 200);
    assert_int_equal(set_password(server, token, "left horse")->status, 200);
}

static void a_deletion_that_fails_deletes_nothing(void **state)
{
    struct server *server = *state;
    const char *cookies = cookies_of(server, "whole@example.com");

    server->config.mail_dir = NULL;
    for (int i = 1; i <= 5; i++) { /* the session; then four tables */
        server->fail_at = i;
        assert_int_equal(post(server, "delete-user", cookies, "{}")->status, 503);
        server->fail_at = 0;
    }
    assert_true(is_signed_in(server, cookies));
    assert_int_equal(enter(server, "whole@example.com", PASSWORD)->status, 200);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup(test, reset)
    const struct CMUnitTest tests[] = {
        T(without_a_sender_the_answers_are_better_auths),
        T(input_is_checked_before_all_that),
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
        T(a_letter_proves_the_address),
        T(without_a_session_the_answer_tells_nothing),
        T(a_proof_ends_the_sessions_of_others_GHSA_qq9h_g4jm_xgf3),
        T(bad_links_say_what_is_wrong),
        T(a_sign_in_token_proves_no_address),
        T(a_letters_token_is_no_bearer_token),
        T(there_is_no_session_before_the_proof),
        T(an_address_that_is_taken_looks_like_a_new_one),
        T(a_proven_address_is_asked_first),
        T(an_unproven_address_moves_and_stays_unproven),
        T(a_change_to_a_taken_address_is_not_told),
        T(a_fresh_session_or_the_password_deletes_the_account),
        T(with_the_user_goes_everything_GHSA_2vg6_77g8_24mp),
        T(a_letter_confirms_the_deletion),
        T(the_token_of_the_letter_may_be_posted),
        T(switched_off_it_is_404),
        T(one_mailbox_gets_no_more_than_ten_letters_in_a_row),
        T(a_failing_mail_system_or_database_is_not_told_to_the_client),
        T(a_reset_that_fails_leaves_the_link_as_it_was),
        T(a_deletion_that_fails_deletes_nothing),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
