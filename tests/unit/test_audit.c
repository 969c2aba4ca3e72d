/* auth/audit: what the log says about accounts and credentials, as requests cause it. */
#include "auth/audit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sec/token.h"
#include "server.h"
#include "unit.h"

#define PASSWORD "violet Harbor 27"

/* The log of a POST with the JSON text BODY. */
static const char *post(struct server *server, const char *route, const char *token,
                        const char *body)
{
    struct reply *reply;

    return server_log(server,
                      &(struct ask){.method = "POST",
                                    .uri = mem_printf(server->ctx, "/api/auth/%s", route),
                                    .token = token,
                                    .body = body},
                      &reply);
}

static const char *try_sign_in(struct server *server, const char *email, const char *password)
{
    return post(server, "sign-in", NULL,
                mem_printf(server->ctx, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password));
}

/* Fails the test unless LOG has a line of the level with EVENT; returns what follows it. */
static const char *assert_event(const char *log, const char *level, const char *event)
{
    const char *found = strstr(log, event);

    if (found == NULL || (size_t)(found - log) < strlen(level) + 2 ||
        strncmp(found - strlen(level) - 2, level, strlen(level)) != 0) {
        fail_msg("no %s: %s in: %s", level, event, log);
    }
    return found + strlen(event);
}

/* The word behind NAME= in a line. */
static const char *field(struct server *server, const char *line, const char *name)
{
    const char *at = strstr(line, mem_printf(server->ctx, " %s=", name));

    if (at == NULL || strcspn(line, "\n") < (size_t)(at - line)) {
        fail_msg("no %s in: %s", name, line);
    }
    at += strlen(name) + 2;
    return mem_strndup(server->ctx, at, strcspn(at, " \n"));
}

/* --- the vocabulary --- */

static bool is_word(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz-") == strlen(text) && *text != '\0';
}

static void every_event_is_a_word_of_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < AUDIT_COUNT; i++) {
        const struct audit_word *word = &audit_words[i];
        assert_non_null(word->event);
        assert_true(is_word(word->event));
        assert_true(word->reason == NULL || is_word(word->reason));
        assert_true(word->level == LEVEL_INFO || (word->level == LEVEL_WARN && word->reason));
        for (size_t j = 0; j < i; j++) {
            const struct audit_word *other = &audit_words[j];
            bool same = word->reason == NULL || other->reason == NULL
                            ? word->reason == other->reason
                            : strcmp(word->reason, other->reason) == 0;
            assert_true(!same || strcmp(word->event, other->event) != 0);
        }
    }
}

/* The paragraph of the manual that begins with a line ".It Li" with EVENT in it. */
static const char *paragraph(void *ctx, const char *page, const char *event)
{
    for (const char *at = page; (at = strstr(at, "\n.It Li ")) != NULL; at++) {
        const char *next = strstr(at + 1, "\n.It ");
        const char *words = mem_printf(ctx, " %.*s ", (int)strcspn(at + 1, "\n"), at + 1);
        if (strstr(words, mem_printf(ctx, " %s ", event)) != NULL) {
            return mem_strndup(ctx, at, next == NULL ? strlen(at) : (size_t)(next - at));
        }
    }
    fail_msg("the manual does not know the event %s", event);
    return "";
}

static void the_manual_knows_every_event_and_reason(void **state)
{
    (void)state;
    void *ctx = mem_context(NULL);
    const char *folder = getenv("srcdir");
    FILE *file =
        fopen(mem_printf(ctx, "%s/man/taskgate-log.7", folder == NULL ? "." : folder), "re");
    char *page = mem_bytes(ctx, 65536);

    assert_non_null(file);
    page[fread(page, 1, 65535, file)] = '\0';
    fclose(file);
    for (size_t i = 0; i < AUDIT_COUNT; i++) {
        const struct audit_word *word = &audit_words[i];
        const char *text = paragraph(ctx, strstr(page, ".Sh EVENTS"), word->event);
        if (word->reason == NULL) {
            continue;
        }
        /* An asterisk marks what is not a warning. */
        const char *mark = word->level == LEVEL_INFO ? "*" : "";
        if (strstr(text, mem_printf(ctx, " %s%s\n", word->reason, mark)) == NULL &&
            strstr(text, mem_printf(ctx, " %s%s ", word->reason, mark)) == NULL) {
            fail_msg("the manual does not know %s%s of %s", word->reason, mark, word->event);
        }
    }
    talloc_free(ctx);
}

/* --- sign-up and sign-in --- */

static void sign_ups_are_in_the_log(void **state)
{
    struct server *server = *state;
    const char *form = "{\"email\":\"a1@example.com\",\"password\":\"" PASSWORD "\"}";
    const char *line =
        assert_event(post(server, "sign-up", NULL, form), "info", "sign-up outcome=success");

    assert_int_equal(strncmp(line, " client=192.0.2.7 id=", 21), 0);
    const char *account = field(server, line, "account");
    assert_int_equal(strlen(field(server, line, "user")), 32);
    line = assert_event(post(server, "sign-up", NULL, form), "info",
                        "sign-up outcome=failure reason=email-taken");
    assert_string_equal(field(server, line, "account"), account);
}

static void a_failed_sign_in_says_why_and_about_whom_but_not_what_was_typed(void **state)
{
    struct server *server = *state;
    const char *id;

    server_sign_up(server, "a2@example.com", &id);
    const char *log = try_sign_in(server, "A2@example.com", "Wrong guess 1234");
    const char *line =
        assert_event(log, "warn", "sign-in outcome=failure reason=wrong-password client=192.0.2.7");
    const char *account = field(server, line, "account");
    assert_string_equal(field(server, line, "user"), id);
    assert_int_equal(strlen(account), 12);
    assert_null(strstr(log, "example"));
    assert_null(strstr(log, "guess"));

    log = try_sign_in(server, "hunter2@nowhere.example", "Wrong guess 1234");
    line = assert_event(log, "warn", "sign-in outcome=failure reason=no-account client=192.0.2.7");
    assert_null(strstr(log, "user="));
    assert_null(strstr(log, "nowhere"));
    assert_string_not_equal(field(server, line, "account"), account);
    assert_string_equal(
        field(server, try_sign_in(server, "hunter2@nowhere.example", "x"), "account"),
        field(server, line, "account"));

    server_sql(server, "UPDATE account SET password = NULL WHERE userId = "
                       "(SELECT id FROM user WHERE email = 'a2@example.com')");
    assert_event(try_sign_in(server, "a2@example.com", PASSWORD), "warn",
                 "sign-in outcome=failure reason=no-password client=192.0.2.7");
}

static void a_sign_in_and_its_limit_are_in_the_log(void **state)
{
    struct server *server = *state;
    const char *form = "{\"email\":\"a3@example.com\",\"password\":\"" PASSWORD "\"}";

    post(server, "sign-up", NULL, form);
    const char *line = assert_event(post(server, "sign-in", NULL, form), "info",
                                    "sign-in outcome=success client=");
    const char *account = field(server, line, "account");
    for (int i = 0; i < 5; i++) {
        assert_event(try_sign_in(server, "a3@example.com", "wrong"), "warn",
                     "sign-in outcome=failure reason=wrong-password");
    }
    line = assert_event(post(server, "sign-in", NULL, form), "warn",
                        "sign-in outcome=failure reason=limited client=192.0.2.7");
    assert_string_equal(field(server, line, "account"), account);
    assert_null(strstr(line, "user="));
}

static void a_sign_in_that_nobody_could_decide_is_in_the_log(void **state)
{
    struct server *server = *state;

    server->fail_at = 1;
    assert_event(try_sign_in(server, "a4@example.com", PASSWORD), "warn",
                 "sign-in outcome=failure reason=unavailable client=");
    server_sign_up(server, "a4@example.com", NULL);
    server->config.require_verification = true;
    assert_event(try_sign_in(server, "a4@example.com", "right horse"), "info",
                 "sign-in outcome=failure reason=unverified-email client=");
    server->config.require_verification = false;
    server_sql(server, "UPDATE \"user\" SET \"banned\" = 1 WHERE \"email\" = 'a4@example.com'");
    assert_event(try_sign_in(server, "a4@example.com", "right horse"), "info",
                 "sign-in outcome=failure reason=banned client=");
}

/* --- what a request is made with --- */

static const char *log_of(struct server *server, const struct ask *ask)
{
    struct reply *reply;

    return server_log(server, ask, &reply);
}

static void a_refused_token_is_in_the_log_with_the_kind_of_fault(void **state)
{
    struct server *server = *state;
    const char *ours = server_sign_up(server, "b1@example.com", NULL);
    const char *session = server_sql(server, "SELECT token FROM session WHERE userId = (SELECT id "
                                             "FROM user WHERE email = 'b1@example.com')");
    const struct token_subject subject = {.user_id = "u", .session_id = "s"};
    const char *expired = token_issue(server->ctx, &server->config, &subject,
                                      clock_now() - 2 * CLOCK_HOUR, CLOCK_HOUR);
    const struct {
        const char *token;
        const char *event;
        const char *level;
    } rows[] = {
        {"a.b.c", "reason=invalid", "warn"},
        {mem_printf(server->ctx, "%sx", ours), "reason=invalid", "warn"},
        {"two words", "reason=malformed", "info"},
        {server_token_with(server, "\"name\":\"x\""), "reason=no-user-id", "warn"},
        {expired, "reason=expired", "info"},
        {"nobodys-session-token", "reason=session-ended", "info"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *log = log_of(
            server, &(struct ask){.method = "GET", .uri = "/api/tasks", .token = rows[i].token});
        print_message("  %s\n", rows[i].event);
        assert_event(log, rows[i].level,
                     mem_printf(server->ctx, "token outcome=failure %s", rows[i].event));
        assert_null(strstr(log, rows[i].token));
    }
    server_sql(server, mem_printf(server->ctx, "DELETE FROM session WHERE token = '%s'", session));
    const char *line = assert_event(
        log_of(server, &(struct ask){.method = "GET", .uri = "/api/tasks", .token = ours}), "info",
        "token outcome=failure reason=session-ended client=192.0.2.7");
    assert_int_equal(strlen(field(server, line, "user")), 32);
    assert_null(
        strstr(log_of(server, &(struct ask){.method = "GET", .uri = "/api/tasks"}), "outcome="));
}

static void the_task_of_another_and_a_foreign_page_are_in_the_log(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "someone");
    const char *line = assert_event(
        log_of(server, &(struct ask){.method = "GET", .uri = "/api/another/tasks", .token = token}),
        "warn", "access outcome=failure reason=other-user client=192.0.2.7");

    assert_string_equal(field(server, line, "user"), "someone");
    assert_event(log_of(server, &(struct ask){.method = "POST",
                                              .uri = "/api/auth/sign-out",
                                              .params = {"HTTP_COOKIE=a=b",
                                                         "HTTP_ORIGIN=http://evil.example"}}),
                 "warn", "origin outcome=failure reason=foreign client=");
    assert_event(log_of(server, &(struct ask){.method = "POST",
                                              .uri = "/api/auth/sign-out",
                                              .params = {"HTTP_COOKIE=a=b"}}),
                 "warn", "origin outcome=failure reason=missing client=");
    assert_event(log_of(server, &(struct ask){.method = "POST",
                                              .uri = "/api/auth/sign-in/email",
                                              .body = "{\"email\":\"a@b.de\",\"password\":\"x\"}",
                                              .params = {"HTTP_SEC_FETCH_SITE=cross-site",
                                                         "HTTP_SEC_FETCH_MODE=navigate"}}),
                 "warn", "origin outcome=failure reason=cross-site client=");
    assert_event(post(server, "sign-in/email", NULL,
                      "{\"email\":\"a@b.de\",\"password\":\"x\",\"callbackURL\":\"http://e.vil\"}"),
                 "warn", "redirect outcome=failure reason=foreign client=");
}

static void a_limited_path_is_in_the_log(void **state)
{
    struct server *server = *state;
    const struct ask ask = {.method = "GET", .uri = "/api/auth/ok"};

    server->config.path_rate_limit = true;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(server_ask(server, &ask)->status, 200);
    }
    assert_event(log_of(server, &ask), "warn",
                 "limit outcome=failure reason=limited client=192.0.2.7 id=");
    server->config.path_rate_limit = false;
}

static void an_address_in_the_log_is_the_one_that_limits_count(void **state)
{
    struct server *server = *state;
    struct ip_network proxies[1];
    const struct ask ask = {.method = "GET",
                            .uri = "/api/tasks",
                            .token = "a.b.c",
                            .params = {"HTTP_X_FORWARDED_FOR=1.2.3.4, 2001:db8::7"}};

    assert_event(log_of(server, &ask), "warn",
                 "token outcome=failure reason=invalid client=192.0.2.7 id=");
    assert_int_equal(ip_parse_network("192.0.2.0/24", &proxies[0]), ERR_OK);
    server->config.trusted_proxies = (struct conf_networks){.items = proxies, .count = 1};
    assert_event(log_of(server, &ask), "warn",
                 "token outcome=failure reason=invalid client=2001:db8::7 peer=192.0.2.7 id=");
    /* No telling who that was: the proxy is not to be blamed. */
    assert_event(log_of(server, &(struct ask){.method = "GET",
                                              .uri = "/api/tasks",
                                              .token = "a.b.c",
                                              .params = {"HTTP_X_FORWARDED_FOR=unknown"}}),
                 "warn", "token outcome=failure reason=invalid peer=192.0.2.7 id=");
    server->config.trusted_proxies = (struct conf_networks){.count = 0};
}

/* --- sessions, passwords, accounts --- */

static void refresh_tokens_and_revoked_sessions_are_in_the_log(void **state)
{
    struct server *server = *state;
    const char *id;
    const char *token = server_sign_up(server, "c1@example.com", &id);
    struct reply *reply = server_ask(
        server,
        &(struct ask){.method = "POST",
                      .uri = "/api/auth/sign-in",
                      .body = "{\"email\":\"c1@example.com\",\"password\":\"right horse\"}"});
    const char *cookies = reply_cookies(server, reply);
    const struct ask ask = {.method = "POST",
                            .uri = "/api/auth/refresh",
                            .params = {"HTTP_ORIGIN=" SERVER_ORIGIN, cookies}};
    const char *line =
        assert_event(log_of(server, &ask), "info", "refresh outcome=success client=192.0.2.7");

    assert_string_equal(field(server, line, "user"), id);
    line = assert_event(log_of(server, &ask), "warn",
                        "refresh outcome=failure reason=used-token client=192.0.2.7");
    assert_string_equal(field(server, line, "user"), id);
    assert_event(
        log_of(server, &(struct ask){.method = "POST",
                                     .uri = "/api/auth/refresh",
                                     .params = {"HTTP_ORIGIN=" SERVER_ORIGIN,
                                                "HTTP_COOKIE=better-auth.refresh_token="
                                                "nobodysnobodysnobodysnobodysnobodysnobodys"}}),
        "info", "refresh outcome=failure reason=unknown-token client=");

    const char *session = server_sql(
        server, mem_printf(server->ctx, "SELECT token FROM session WHERE userId = '%s'", id));
    line = assert_event(post(server, "revoke-other-sessions", session, NULL), "info",
                        "revoke-other-sessions outcome=success client=");
    assert_string_equal(field(server, line, "user"), id);
    assert_event(post(server, "revoke-session", session, "{\"token\":\"another\"}"), "info",
                 "revoke-session outcome=success client=");
    assert_event(post(server, "revoke-sessions", session, NULL), "info",
                 "revoke-sessions outcome=success client=");
    assert_non_null(token);
}

static void a_changed_password_and_a_deleted_account_are_in_the_log(void **state)
{
    struct server *server = *state;
    const char *id;

    server_sign_up(server, "c2@example.com", &id);
    const char *session = server_sql(
        server, mem_printf(server->ctx, "SELECT token FROM session WHERE userId = '%s'", id));
    assert_event(post(server, "change-password", session,
                      "{\"currentPassword\":\"wrong\",\"newPassword\":\"" PASSWORD "\"}"),
                 "warn", "verify-password outcome=failure reason=wrong-password client=");
    const char *log =
        post(server, "change-password", session,
             "{\"currentPassword\":\"right horse\",\"newPassword\":\"" PASSWORD "\"}");
    assert_string_equal(
        field(server, assert_event(log, "info", "change-password outcome=success client="), "user"),
        id);
    assert_event(post(server, "delete-user", session, "{\"token\":\"nobodys\"}"), "warn",
                 "delete-user outcome=failure reason=bad-link client=");
    log = post(server, "delete-user", session, "{\"password\":\"" PASSWORD "\"}");
    assert_string_equal(
        field(server, assert_event(log, "info", "delete-user outcome=success client="), "user"),
        id);
    assert_null(strstr(log, session));
}

static void letters_and_their_links_are_in_the_log(void **state)
{
    struct server *server = *state;
    const char *id;

    server_sign_up(server, "d1@example.com", &id);
    const char *session = server_sql(
        server, mem_printf(server->ctx, "SELECT token FROM session WHERE userId = '%s'", id));
    server->config.mail_dir = "/nonexistent";
    const char *log =
        post(server, "request-password-reset", NULL, "{\"email\":\"d1@example.com\"}");
    const char *line =
        assert_event(log, "info", "request-password-reset outcome=success client=192.0.2.7");
    assert_string_equal(field(server, line, "user"), id);
    line = assert_event(log, "warn", "letter outcome=failure reason=not-taken client=192.0.2.7");
    assert_string_equal(field(server, line, "kind"), "reset-password");
    assert_event(post(server, "request-password-reset", NULL, "{\"email\":\"d0@example.com\"}"),
                 "info", "request-password-reset outcome=failure reason=no-account client=");
    assert_event(post(server, "change-email", session, "{\"newEmail\":\"d2@example.com\"}"), "info",
                 "request-change-email outcome=success client=");
    assert_event(post(server, "delete-user", session, "{}"), "info",
                 "request-delete-user outcome=success client=");

    const char *token =
        server_sql(server, "SELECT substr(identifier, length('reset-password:') + 1) FROM "
                           "verification WHERE identifier LIKE 'reset-password:%'");
    const char *body =
        mem_printf(server->ctx, "{\"token\":\"%s\",\"newPassword\":\"" PASSWORD "\"}", token);
    log = post(server, "reset-password", NULL, body);
    line = assert_event(log, "info", "reset-password outcome=success client=192.0.2.7");
    assert_string_equal(field(server, line, "user"), id);
    assert_null(strstr(log, token));
    assert_event(post(server, "reset-password", NULL, body), "warn",
                 "reset-password outcome=failure reason=bad-link client=");
    assert_event(log_of(server, &(struct ask){.method = "GET",
                                              .uri = "/api/auth/reset-password/x?callbackURL=/y"}),
                 "warn", "reset-password outcome=failure reason=bad-link client=");
    assert_event(
        log_of(server, &(struct ask){.method = "GET", .uri = "/api/auth/verify-email?token=x"}),
        "info", "verify-email outcome=failure reason=bad-link client=");
    server->config.mail_dir = NULL;
}

static void a_user_who_lives_elsewhere_is_in_the_log_once(void **state)
{
    struct server *server = *state;
    const struct ask ask = {.method = "POST",
                            .uri = "/api/tasks",
                            .token = server_token(server, "elsewhere"),
                            .body = "{\"title\":\"x\"}"};
    const char *line = assert_event(log_of(server, &ask), "info",
                                    "provision-user outcome=success client=192.0.2.7");

    assert_string_equal(field(server, line, "user"), "elsewhere");
    assert_null(strstr(log_of(server, &ask), "provision-user"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_is_a_word_of_its_own),
        cmocka_unit_test(the_manual_knows_every_event_and_reason),
        cmocka_unit_test(sign_ups_are_in_the_log),
        cmocka_unit_test(a_failed_sign_in_says_why_and_about_whom_but_not_what_was_typed),
        cmocka_unit_test(a_sign_in_and_its_limit_are_in_the_log),
        cmocka_unit_test(a_sign_in_that_nobody_could_decide_is_in_the_log),
        cmocka_unit_test(a_refused_token_is_in_the_log_with_the_kind_of_fault),
        cmocka_unit_test(the_task_of_another_and_a_foreign_page_are_in_the_log),
        cmocka_unit_test(a_limited_path_is_in_the_log),
        cmocka_unit_test(an_address_in_the_log_is_the_one_that_limits_count),
        cmocka_unit_test(refresh_tokens_and_revoked_sessions_are_in_the_log),
        cmocka_unit_test(a_changed_password_and_a_deleted_account_are_in_the_log),
        cmocka_unit_test(letters_and_their_links_are_in_the_log),
        cmocka_unit_test(a_user_who_lives_elsewhere_is_in_the_log_once),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
