/* api/meta, and what is left of Better Auth's routes in a pure verifier. */
#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"

static void ok_is_ok_and_the_error_page_escapes_what_it_shows(void **state)
{
    struct server *server = *state;

    assert_string_equal(browser_get(server, "ok", NULL)->body, "{\"ok\":true}");
    const struct reply *reply =
        browser_get(server, "error?error=a_b-C'1&error_description=%3Cscript%3E%26%22x%22", NULL);
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply_header(server, reply, "Content-Type"), "text/html; charset=utf-8");
    assert_non_null(strstr(reply->body, "<code>a_b-C&#39;1</code>"));
    assert_non_null(strstr(reply->body, "&lt;script&gt;&amp;&quot;x&quot;"));
    assert_null(strstr(reply->body, "<script"));
    static const char *const unknown[] = {"error", "error?error=", "error?error=a%20b",
                                          "error?error=%3Cb%3E", "error?error=x&error=y"};
    for (size_t i = 0; i < COUNT(unknown); i++)
        assert_non_null(
            strstr(browser_get(server, unknown[i], NULL)->body, "<code>UNKNOWN</code>"));
}

static void a_pure_verifier_has_no_auth_routes_but_two(void **state)
{
    struct server *server = *state;
    const char *token = server_sign_up(server, "verifier@example.com", NULL);

    server->config.auth_routes = false;
    static const char *const routes[] = {"get-session", "session", "list-sessions", "error",
                                         "refresh"};
    for (size_t i = 0; i < COUNT(routes); i++) {
        const struct reply *reply = browser_offer(server, routes[i], NULL, token);
        assert_int_equal(reply->status, 404);
        assert_int_equal(reply->body_len, 0);
    }
    int sign_in_status = browser_post(server, "sign-in", NULL, "{}")->status;
    int email_status = browser_post(server, "sign-in/email", NULL, "{}")->status;
    int ok_status = browser_get(server, "ok", NULL)->status;
    int tasks_status =
        server_ask(server, &(struct ask){.method = "GET", .uri = "/api/tasks", .token = token})
            ->status;
    server->config.auth_routes = true;
    assert_int_equal(sign_in_status, 404);
    assert_int_equal(email_status, 404);
    assert_int_equal(ok_status, 200);
    assert_int_equal(tasks_status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ok_is_ok_and_the_error_page_escapes_what_it_shows),
        cmocka_unit_test(a_pure_verifier_has_no_auth_routes_but_two),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
