/* api/form: what Better Auth's validator says about a body, word for word. */
#include "base/mem.h"
#include "server.h"
#include "unit.h"

static struct reply *post(struct server *server, const char *route, const char *type,
                          const char *body)
{
    return server_ask(server, &(struct ask){.method = "POST",
                                            .uri = mem_printf(server->ctx, "/api/auth/%s", route),
                                            .body = body,
                                            .params = {type}});
}

static void issues_come_in_the_order_of_the_schema(void **state)
{
    static const struct {
        const char *route, *body, *message;
    } rows[] = {
        {"sign-up/email", "{}",
         "[body.name] Invalid input: expected string, received undefined; "
         "[body.email] Invalid input: expected string, received undefined; "
         "[body.password] Invalid input: expected string, received undefined"},
        {"sign-up/email", "{\"name\":null,\"email\":7,\"password\":[\"x\"],\"image\":null}",
         "[body.name] Invalid input: expected string, received null; "
         "[body.email] Invalid input: expected string, received number; "
         "[body.password] Invalid input: expected string, received array; "
         "[body.image] Invalid input: expected string, received null"},
        {"sign-up/email", "{\"name\":\"\",\"email\":\"no\",\"password\":\"\"}",
         "[body.email] Invalid email address; "
         "[body.password] Too small: expected string to have >=1 characters"},
        {"sign-in/email", "{\"email\":{\"$ne\":\"\"},\"password\":1.5}",
         "[body.email] Invalid input: expected string, received object; "
         "[body.password] Invalid input: expected string, received number"},
        {"sign-in/email", "{\"email\":\"\",\"password\":\"\",\"rememberMe\":\"no\"}",
         "[body.rememberMe] Invalid input: expected boolean, received string"},
        {"sign-in/email", "{\"email\":\"\",\"password\":\"\",\"callbackURL\":[\"/\"]}",
         "Invalid callbackURL: expected a string"},
        {"sign-in/email", "[]", "[body] Invalid input: expected object, received array"},
        {"sign-in/email", " null", "[body] Invalid input: expected object, received null"},
        {"sign-in/email", "\"x\"", "[body] Invalid input: expected object, received string"},
        {"sign-in/email", "7", "[body] Invalid input: expected object, received number"},
        {"sign-in/email", "true", "[body] Invalid input: expected object, received boolean"},
        {"sign-in/email", "", "[body] Invalid input: expected object, received undefined"},
        {"sign-in/email", NULL, "[body] Invalid input: expected object, received undefined"},
    };
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = post(server, rows[i].route, NULL, rows[i].body);
        print_message("  %s\n", rows[i].body == NULL ? "(none)" : rows[i].body);
        assert_error(reply, 400, "VALIDATION_ERROR");
        assert_string_equal(reply_text(reply, "message"), rows[i].message);
        assert_string_equal(reply_text(reply, "detail"), rows[i].message);
    }
}

static void media_types_are_taken_as_better_auth_takes_them(void **state)
{
    static const struct {
        const char *type;
        int status;
        const char *code;
    } rows[] = {
        {"CONTENT_TYPE=application/json", 400, "INVALID_EMAIL"},
        {"CONTENT_TYPE= Application/JSON; charset=utf-8", 400, "INVALID_EMAIL"},
        {"CONTENT_TYPE=application/json-patch", 400, "INVALID_EMAIL"},
        {"CONTENT_TYPE=", 400, "VALIDATION_ERROR"},
        {"CONTENT_TYPE=text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"},
        {"CONTENT_TYPE=text/plain; application/json", 415, "UNSUPPORTED_MEDIA_TYPE"},
        {"CONTENT_TYPE=multipart/form-data; boundary=x", 415, "UNSUPPORTED_MEDIA_TYPE"},
    };
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        int reads = server->body_reads;
        const struct reply *reply =
            post(server, "sign-in/email", rows[i].type, "{\"email\":\"x\",\"password\":\"x\"}");
        print_message("  %s\n", rows[i].type);
        assert_error(reply, rows[i].status, rows[i].code);
        assert_int_equal(server->body_reads - reads,
                         strcmp(rows[i].code, "INVALID_EMAIL") == 0 ? 1 : 0);
    }
    const struct reply *reply =
        post(server, "sign-in/email", "CONTENT_TYPE=text/plain; charset=x", "x");
    assert_string_equal(reply_text(reply, "message"),
                        "Content-Type \"text/plain; charset=x\" is not allowed. Allowed types: "
                        "application/x-www-form-urlencoded, application/json");
    reply = post(server, "update-user", "CONTENT_TYPE=text/plain", "x");
    assert_string_equal(
        reply_text(reply, "message"),
        "Content-Type \"text/plain\" is not allowed. Allowed types: application/json");
}

static void what_is_not_json_is_a_bad_request(void **state)
{
    static const char *const bodies[] = {
        "{",
        "{\"email\":}",
        "{\"a\":1,\"a\":2}",
        "{\"email\":\"\\u0000\"}",
        "{} x",
        "{'email':1}",
        "[1",
        "nonsense",
        "\xef\xbb{}",
        "\xef\xbb\xbf",
        "{\"a\":\"\xff\"}",
        " ",
    };
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(bodies); i++) {
        const struct reply *reply = post(server, "sign-in/email", NULL, bodies[i]);
        print_message("  %s\n", bodies[i]);
        assert_error(reply, 400, "BAD_REQUEST");
        assert_string_equal(reply_text(reply, "message"), "Invalid JSON in request body");
    }
    assert_error(
        post(server, "sign-in/email", NULL, "\xef\xbb\xbf{\"email\":\"x\",\"password\":\"x\"}"),
        400, "INVALID_EMAIL");
}

static void a_body_over_the_limit_is_never_read(void **state)
{
    struct server *server = *state;
    char *body = mem_bytes(server->ctx, server->config.max_body + 2);

    memset(body, ' ', server->config.max_body + 1);
    body[server->config.max_body + 1] = '\0';
    server->body_reads = 0;
    assert_error(post(server, "sign-in/email", NULL, body), 413, "PAYLOAD_TOO_LARGE");
    assert_int_equal(server->body_reads, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(issues_come_in_the_order_of_the_schema),
        cmocka_unit_test(media_types_are_taken_as_better_auth_takes_them),
        cmocka_unit_test(what_is_not_json_is_a_bad_request),
        cmocka_unit_test(a_body_over_the_limit_is_never_read),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
