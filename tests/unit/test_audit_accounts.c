/* auth/audit: what the log says of sessions, passwords and accounts, as requests cause it. */
#include "auth/audit.h"

#include "unit_audit.h"

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
        cmocka_unit_test(refresh_tokens_and_revoked_sessions_are_in_the_log),
        cmocka_unit_test(a_changed_password_and_a_deleted_account_are_in_the_log),
        cmocka_unit_test(letters_and_their_links_are_in_the_log),
        cmocka_unit_test(a_user_who_lives_elsewhere_is_in_the_log_once),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
