/* api/tasks: users who live elsewhere, and users who live no more. */
#include "base/mem.h"
#include "browser.h"

static void new_task(struct server *server, const char *token, const char *body)
{
    const struct reply *reply = server_send(server, "POST", "/api/tasks", token, body);

    assert_int_equal(reply->status, 201);
}

static const char *email_of(struct server *server, const char *id)
{
    return server_sql(server,
                      mem_printf(server->ctx, "SELECT email FROM \"user\" WHERE id = '%s'", id));
}

static void a_first_write_makes_the_row_from_the_claims(void **state)
{
    struct server *server = *state;
    const char *token = server_token_with(
        server, "\"user_id\":\"far\",\"email\":\"Far@Example.com\",\"name\":\"Far Away\"");

    assert_int_equal(server_send(server, "GET", "/api/tasks", token, NULL)->status, 200);
    assert_null(email_of(server, "far")); /* reading makes nothing */
    new_task(server, token, "{\"title\":\"one\"}");
    new_task(server, token, "{\"title\":\"two\"}");
    assert_string_equal(email_of(server, "far"), "far@example.com");
    assert_string_equal(
        server_sql(server, "SELECT name || \"emailVerified\" FROM \"user\" WHERE id = 'far'"),
        "Far Away0");
    assert_null(server_sql(server, "SELECT 1 FROM account WHERE \"userId\" = 'far'"));
}

static void an_address_that_is_taken_or_none_is_replaced(void **state)
{
    static const struct {
        const char *id, *claims;
    } rows[] = {
        {"impostor", ",\"email\":\"taken@example.com\""},
        {"impostor2", ",\"email\":\"TAKEN@example.com\""},
        {"without", ""},
        {"null", ",\"email\":null"},
        {"number", ",\"email\":7"},
        {"noaddress", ",\"email\":\"not an address\""},
        {"empty", ",\"email\":\"\",\"name\":\"\""},
    };
    struct server *server = *state;
    const char *taken_id = NULL;

    server_sign_up(server, "taken@example.com", &taken_id);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *token = server_token_with(
            server, mem_printf(server->ctx, "\"sub\":\"%s\"%s", rows[i].id, rows[i].claims));
        print_message("  %s\n", rows[i].id);
        new_task(server, token, "{\"title\":\"t\"}");
        const char *email = email_of(server, rows[i].id);
        assert_non_null(email);
        assert_string_equal(strchr(email, '@'), "@users.invalid");
    }
    assert_string_equal(
        server_sql(server, "SELECT id FROM \"user\" WHERE email = 'taken@example.com'"), taken_id);
    assert_null(server_sql(
        server, mem_printf(server->ctx, "SELECT 1 FROM tasks WHERE user_id = '%s'", taken_id)));
}

static void strangers_are_refused_where_none_are_wanted(void **state)
{
    struct server *server = *state;

    server->config.auto_provision = false;
    assert_error(server_send(server, "POST", "/api/tasks", server_token(server, "stranger"),
                             "{\"title\":\"t\"}"),
                 403, "USER_MISMATCH");
    server->config.auto_provision = true;
    assert_null(email_of(server, "stranger"));
}

static void a_deleted_user_is_not_brought_back_by_a_token_of_ours(void **state)
{
    struct server *server = *state;
    const char *id = NULL;
    const char *token = server_sign_up(server, "gone@example.com", &id);

    new_task(server, token, "{\"title\":\"t\"}");
    server_sql(server, mem_printf(server->ctx, "DELETE FROM \"user\" WHERE id = '%s'", id));
    assert_error(server_send(server, "POST", "/api/tasks", token, "{\"title\":\"t\"}"), 401,
                 "INVALID_TOKEN");
    /* Also when nobody asks whether the session is alive. */
    server->config.session_check = false;
    assert_error(server_send(server, "POST", "/api/tasks", token, "{\"title\":\"t\"}"), 401,
                 "INVALID_TOKEN");
    server->config.session_check = true;
    assert_null(email_of(server, id));
    assert_null(server_sql(server, "SELECT 1 FROM \"user\" WHERE email = 'gone@example.com'"));
}

/* They are deleted when their session was found and their task is still to be written. */
static void a_deleted_user_is_not_brought_back_by_a_request_under_way(void **state)
{
    static const struct {
        const char *email;
        bool by_cookie;
        const char *code;
    } rows[] = {
        {"by.token@example.com", false, "INVALID_TOKEN"},
        {"by.cookie@example.com", true, "UNAUTHORIZED"},
    };
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *cookies = browser_new(server, rows[i].email);
        const char *id = server_user(server, "id", rows[i].email);
        const char *where = mem_printf(server->ctx, "\"userId\" = '%s'", id);
        struct ask ask = {.method = "POST", .uri = "/api/tasks", .body = "{\"title\":\"t\"}"};

        if (rows[i].by_cookie) {
            ask.uri = mem_printf(server->ctx, "/api/proxy/%s/tasks", id);
            ask.params[0] = cookies;
            ask.params[1] = BROWSER_ORIGIN;
        } else {
            ask.token = server_sql(
                server, mem_printf(server->ctx, "SELECT token FROM session WHERE %s", where));
        }
        server->between = mem_printf(server->ctx, "DELETE FROM \"user\" WHERE id = '%s'", id);
        const struct reply *reply = server_ask(server, &ask);
        assert_null(server->between);
        assert_error(reply, 401, rows[i].code);
        assert_int_equal(reply_cookie(server, reply, "better-auth.session_token") != NULL,
                         rows[i].by_cookie);
        assert_null(server_user(server, "id", rows[i].email));
        assert_null(email_of(server, id));
    }
}

/* A token of /api/auth/token names no session that could have ended. */
static void a_deleted_user_is_gone_for_tokens_without_a_session_too(void **state)
{
    static const struct {
        const char *method, *uri, *body;
    } rows[] = {
        {"GET", "/api/tasks", NULL},
        {"GET", "/api/tasks?q=x", NULL},
        {"POST", "/api/tasks", "{\"title\":\"t\"}"},
        {"GET", "/api/tasks/1", NULL},
        {"PUT", "/api/tasks/1", "{\"title\":\"t\"}"},
        {"PATCH", "/api/tasks/1", "{\"title\":\"t\"}"},
        {"PATCH", "/api/tasks/1/complete", NULL},
        {"DELETE", "/api/tasks/1", NULL},
    };
    struct server *server = *state;
    const char *id = NULL;

    server_sign_up(server, "at.home@example.com", &id);
    const char *ours = server_token_with(
        server, mem_printf(server->ctx, "\"sub\":\"%s\",\"iss\":\"http://localhost:8080\"", id));
    const char *elsewhere = server_token_with(
        server, mem_printf(server->ctx, "\"sub\":\"%s\",\"iss\":\"better-auth\"", "far away"));
    assert_int_equal(server_send(server, "GET", "/api/tasks", ours, NULL)->status, 200);
    assert_error(server_send(server, "GET", "/api/tasks/1", ours, NULL), 404, "TASK_NOT_FOUND");
    server_sql(server, mem_printf(server->ctx, "DELETE FROM \"user\" WHERE id = '%s'", id));
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s %s\n", rows[i].method, rows[i].uri);
        assert_error(server_send(server, rows[i].method, rows[i].uri, ours, rows[i].body), 401,
                     "INVALID_TOKEN");
    }
    /* Of users who live elsewhere nothing is known here. */
    assert_int_equal(server_send(server, "GET", "/api/tasks", elsewhere, NULL)->status, 200);
    assert_error(server_send(server, "GET", "/api/tasks/1", elsewhere, NULL), 404,
                 "TASK_NOT_FOUND");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_write_makes_the_row_from_the_claims),
        cmocka_unit_test(an_address_that_is_taken_or_none_is_replaced),
        cmocka_unit_test(strangers_are_refused_where_none_are_wanted),
        cmocka_unit_test(a_deleted_user_is_not_brought_back_by_a_token_of_ours),
        cmocka_unit_test(a_deleted_user_is_not_brought_back_by_a_request_under_way),
        cmocka_unit_test(a_deleted_user_is_gone_for_tokens_without_a_session_too),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
