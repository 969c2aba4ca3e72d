/* account*.c: what a user changes of the own account, Better Auth's answers through dispatch(). */
#include "base/mem.h"
#include "browser.h"

static void update_user_changes_name_and_image_only(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "update@example.com");
    static const struct {
        const char *body;
        int status;
        const char *code, *row;
    } rows[] = {
        {"{\"name\":\"New\"}", 200, NULL, "New-"},
        {"{\"image\":\"http://i\",\"id\":\"x\",\"emailVerified\":true}", 200, NULL, "New-http://i"},
        {"{\"name\":\"\"}", 200, NULL, "-http://i"},
        {"{\"image\":null,\"name\":\"Last\"}", 200, NULL, "Last-"},
        {"{}", 400, "BAD_REQUEST", "Last-"},
        {"{\"role\":\"admin\"}", 400, "BAD_REQUEST", "Last-"},
        {"{\"email\":\"x@example.com\",\"name\":\"x\"}", 400, "EMAIL_CAN_NOT_BE_UPDATED", "Last-"},
        {"{\"email\":[],\"name\":\"x\"}", 400, "EMAIL_CAN_NOT_BE_UPDATED", "Last-"},
        /* What JavaScript takes for false is no address. */
        {"{\"email\":\"\",\"name\":\"Form\"}", 200, NULL, "Form-"},
        {"{\"email\":null,\"name\":\"Last\"}", 200, NULL, "Last-"},
        {"{\"name\":null}", 400, "VALIDATION_ERROR", "Last-"},
        {"{\"name\":{\"a\":1}}", 400, "VALIDATION_ERROR", "Last-"},
        {"[]", 400, "VALIDATION_ERROR", "Last-"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = browser_post(server, "update-user", cookies, rows[i].body);
        print_message("  %s\n", rows[i].body);
        assert_int_equal(reply->status, rows[i].status);
        if (rows[i].code == NULL) {
            assert_string_equal(reply->body, "{\"status\":true}");
            assert_non_null(
                strstr(reply_cookie(server, reply, "better-auth.session_token"), "Max-Age=604800"));
        } else {
            assert_error(reply, rows[i].status, rows[i].code);
        }
        assert_string_equal(
            server_sql(server, "SELECT name || '-' || coalesce(image, '') FROM \"user\" WHERE "
                               "email = 'update@example.com'"),
            rows[i].row);
    }
    const struct reply *reply = browser_post(server, "update-user", cookies, "{}");
    assert_string_equal(reply_text(reply, "message"), "No fields to update");
    reply = browser_post(server, "update-session", cookies, "{\"token\":\"x\"}");
    assert_error(reply, 400, "BAD_REQUEST");
    assert_string_equal(reply_text(reply, "message"), "No fields to update");
}

static void list_accounts_names_the_credential_account(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "accounts@example.com");
    struct ask ask = {.method = "GET", .uri = "/api/auth/list-accounts", .params = {cookies}};
    const struct reply *reply = server_ask(server, &ask);

    assert_int_equal(reply->status, 200);
    assert_non_null(strstr(reply->body, "\"providerId\":\"credential\",\"accountId\":\""));
    assert_non_null(strstr(reply->body, "\"scopes\":[]}]"));
    assert_null(strstr(reply->body, "argon2"));
    server_sql(server,
               "INSERT INTO account (id, \"accountId\", \"providerId\", \"userId\", scope, "
               "\"createdAt\", \"updatedAt\") SELECT 'g', '7', 'github', id, 'a,b', "
               "\"createdAt\", \"updatedAt\" FROM \"user\" WHERE email = 'accounts@example.com'");
    assert_non_null(strstr(server_ask(server, &ask)->body, "\"scopes\":[\"a\",\"b\"]"));
}

static void a_current_password_that_is_too_long_is_told(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "longer@example.com");
    char *text = mem_bytes(server->ctx, 130);

    memset(text, 'p', 129);
    text[129] = '\0';
    const char *const rows[][2] = {
        {"verify-password", mem_printf(server->ctx, "{\"password\":\"%s\"}", text)},
        {"delete-user", mem_printf(server->ctx, "{\"password\":\"%s\"}", text)},
        {"change-password",
         mem_printf(server->ctx, "{\"newPassword\":\"left horse\",\"currentPassword\":\"%s\"}",
                    text)},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_error(browser_post(server, rows[i][0], cookies, rows[i][1]), 400,
                     "PASSWORD_TOO_LONG");
}

static void a_password_is_changed_by_who_knows_it(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "change@example.com");
    static const struct {
        const char *body;
        int status;
        const char *code;
    } rows[] = {
        {"{\"currentPassword\":\"right horse\",\"newPassword\":\"short\"}", 400,
         "PASSWORD_TOO_SHORT"},
        {"{\"currentPassword\":\"wrong horse\",\"newPassword\":\"left horse\"}", 400,
         "INVALID_PASSWORD"},
        {"{\"currentPassword\":\"right horse\"}", 400, "VALIDATION_ERROR"},
        {"{\"newPassword\":\"left horse\"}", 400, "VALIDATION_ERROR"},
        {"{\"currentPassword\":\"right horse\",\"newPassword\":\"left horse\","
         "\"revokeOtherSessions\":\"yes\"}",
         400, "VALIDATION_ERROR"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s\n", rows[i].body);
        assert_error(browser_post(server, "change-password", cookies, rows[i].body), rows[i].status,
                     rows[i].code);
    }
    assert_error(browser_post(server, "verify-password", cookies, "{\"password\":\"left horse\"}"),
                 400, "INVALID_PASSWORD");
    assert_string_equal(
        browser_post(server, "verify-password", cookies, "{\"password\":\"right horse\"}")->body,
        "{\"status\":true}");
    const struct reply *reply =
        browser_post(server, "change-password", cookies,
                     "{\"currentPassword\":\"right horse\",\"newPassword\":\"left horse\"}");
    assert_int_equal(reply->status, 200);
    assert_non_null(strstr(reply->body, "{\"token\":null,\"user\":{\"id\":\""));
    assert_null(reply_header(server, reply, "Set-Cookie"));
    assert_error(browser_sign_in_with(server, "change@example.com", "right horse", ""), 401,
                 "INVALID_EMAIL_OR_PASSWORD");
    assert_int_equal(browser_sign_in_with(server, "change@example.com", "left horse", "")->status,
                     200);
    assert_non_null(server_ask(server, &(struct ask){.method = "GET",
                                                     .uri = "/api/auth/get-session",
                                                     .params = {cookies}})
                        ->json);
}

static void a_changed_password_may_end_all_other_sessions(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "others@example.com");
    const struct reply *other =
        browser_sign_in_with(server, "others@example.com", "right horse", "");
    const struct reply *reply =
        browser_post(server, "change-password", cookies,
                     "{\"currentPassword\":\"right horse\",\"newPassword\":\"left horse\","
                     "\"revokeOtherSessions\":true}");

    assert_int_equal(reply->status, 200);
    const char *token = reply_text(reply, "token");
    assert_non_null(strstr(reply_cookies(server, reply),
                           mem_printf(server->ctx, "better-auth.session_token=%s.", token)));
    assert_int_equal(server_get(server, "/api/tasks", token)->status, 200);
    assert_int_equal(server_get(server, "/api/tasks", reply_text(other, "token"))->status, 401);
    assert_int_equal(server_get(server, "/api/tasks", reply_text(other, "jwt"))->status, 401);
    assert_string_equal(server_sql(server,
                                   "SELECT count(*) FROM session AS s JOIN \"user\" AS u ON u.id = "
                                   "s.\"userId\" WHERE u.email = 'others@example.com'"),
                        "1");
    /* The refresh family of the old session is gone, that of the new one goes on. */
    assert_error(browser_post(server, "refresh", reply_cookies(server, other), NULL), 401,
                 "INVALID_REFRESH_TOKEN");
    assert_int_equal(browser_post(server, "refresh", reply_cookies(server, reply), NULL)->status,
                     200);
}

static void a_stolen_session_is_no_way_around_the_limit(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "limit@example.com");

    for (int i = 0; i < server->config.rate_limit_max; i++)
        assert_error(
            browser_post(server, "verify-password", cookies, "{\"password\":\"wrong horse\"}"), 400,
            "INVALID_PASSWORD");
    assert_error(browser_post(server, "verify-password", cookies, "{\"password\":\"right horse\"}"),
                 429, "TOO_MANY_REQUESTS");
    assert_error(browser_sign_in_with(server, "limit@example.com", "right horse", ""), 429,
                 "TOO_MANY_REQUESTS");
}

static void a_user_without_a_password_has_none_to_change(void **state)
{
    struct server *server = *state;
    const char *cookies = browser_new(server, "none@example.com");

    server_sql(server, "UPDATE account SET password = NULL WHERE \"userId\" = (SELECT id FROM "
                       "\"user\" WHERE email = 'none@example.com')");
    assert_error(
        browser_post(server, "change-password", cookies,
                     "{\"currentPassword\":\"right horse\",\"newPassword\":\"left horse\"}"),
        400, "CREDENTIAL_ACCOUNT_NOT_FOUND");
    assert_error(browser_post(server, "verify-password", cookies, "{\"password\":\"right horse\"}"),
                 400, "INVALID_PASSWORD");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(update_user_changes_name_and_image_only),
        cmocka_unit_test(list_accounts_names_the_credential_account),
        cmocka_unit_test(a_current_password_that_is_too_long_is_told),
        cmocka_unit_test(a_password_is_changed_by_who_knows_it),
        cmocka_unit_test(a_changed_password_may_end_all_other_sessions),
        cmocka_unit_test(a_stolen_session_is_no_way_around_the_limit),
        cmocka_unit_test(a_user_without_a_password_has_none_to_change),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
