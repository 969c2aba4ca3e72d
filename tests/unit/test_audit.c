/* auth/audit: its vocabulary, and what the log says of sign-ins and of what requests are made with.
 */
#include "auth/audit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "sec/token.h"
#include "unit_audit.h"

static const char *try_sign_in(struct server *server, const char *email, const char *password)
{
    return post(server, "sign-in", NULL,
                mem_printf(server->ctx, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password));
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
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
