/* sign-up/email and sign-in/email: Better Auth's answers through dispatch(). */
#include "base/mem.h"
#include "browser.h"
#include "vectors_password.h"

static struct reply *do_sign_up(struct server *server, const char *email, const char *password)
{
    return browser_post(server, "sign-up/email", NULL,
                        mem_printf(server->ctx,
                                   "{\"name\":\"N\",\"email\":\"%s\",\"password\":\"%s\"}", email,
                                   password));
}

static void assert_signed_in(struct server *server, const struct reply *reply, size_t members)
{
    assert_int_equal(reply->status, 200);
    assert_int_equal(json_member_count(reply->json), members);
    const char *token = reply_text(reply, "token");
    assert_int_equal(strlen(token), 32);
    assert_string_equal(
        server_sql(server,
                   mem_printf(server->ctx, "SELECT token FROM session WHERE token = '%s'", token)),
        token);
    assert_int_equal(server_get(server, "/api/tasks", token)->status, 200);
    assert_int_equal(server_get(server, "/api/tasks", reply_text(reply, "jwt"))->status, 200);
    assert_non_null(strstr(reply->body, "\"user\":{\"id\":\""));
    assert_null(strstr(reply->body, "\"userId\""));
    assert_non_null(strstr(reply_cookie(server, reply, "better-auth.session_token"), token));
    assert_non_null(reply_cookie(server, reply, "better-auth.refresh_token"));
    assert_true(strncmp(reply_header(server, reply, "set-auth-token"), token, 32) == 0);
}

static void sign_up_and_sign_in_answer_as_better_auth_with_a_jwt(void **state)
{
    struct server *server = *state;
    const struct reply *reply = do_sign_up(server, "A.b@Example.COM", "12345678");

    assert_signed_in(server, reply, 3);
    assert_non_null(strstr(reply->body, "\"email\":\"a.b@example.com\",\"emailVerified\":false,"
                                        "\"image\":null"));
    reply = browser_sign_in_with(server, "a.B@example.com", "12345678", "");
    assert_signed_in(server, reply, 4);
    assert_non_null(strstr(reply->body, "{\"redirect\":false,"));
    assert_null(reply_header(server, reply, "Location"));
}

static void a_sign_in_with_a_callback_says_where_to_go(void **state)
{
    struct server *server = *state;

    do_sign_up(server, "back@example.com", "12345678");
    const struct reply *reply = browser_sign_in_with(server, "back@example.com", "12345678",
                                                     ",\"callbackURL\":\"/dash?x=1\"");
    assert_signed_in(server, reply, 5);
    assert_non_null(strstr(reply->body, "{\"redirect\":true,\"url\":\"/dash?x=1\","));
    assert_string_equal(reply_header(server, reply, "Location"), "/dash?x=1");
    reply = browser_sign_in_with(server, "back@example.com", "12345678", ",\"callbackURL\":\"\"");
    assert_signed_in(server, reply, 4);
    /* What is read in two ways, or is too long, for a header: in the body it is said all the same.
     */
    reply = browser_sign_in_with(server, "back@example.com", "12345678",
                                 ",\"callbackURL\":\"http://localhost:3000\\\\@evil.example\"");
    assert_signed_in(server, reply, 5);
    assert_null(reply_header(server, reply, "Location"));
    char *url = mem_bytes(server->ctx, 4001);
    memset(url, 'x', 4000);
    url[0] = '/';
    url[4000] = '\0';
    reply = browser_sign_in_with(server, "back@example.com", "12345678",
                                 mem_printf(server->ctx, ",\"callbackURL\":\"%s\"", url));
    assert_signed_in(server, reply, 5);
    assert_null(reply_header(server, reply, "Location"));
}

static void urls_to_elsewhere_are_refused_before_anything_else(void **state)
{
    static const struct {
        const char *member, *code;
    } rows[] = {
        {"callbackURL", "INVALID_CALLBACK_URL"},
        {"redirectTo", "INVALID_REDIRECT_URL"},
        {"errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"},
        {"newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"},
    };
    struct server *server = *state;

    server->queries = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *body =
            mem_printf(server->ctx, "{\"%s\":\"https://evil.example/\"}", rows[i].member);
        assert_error(browser_post(server, "sign-in/email", NULL, body), 403, rows[i].code);
        assert_error(browser_post(server, "update-user", NULL, body), 403, rows[i].code);
        const char *route = mem_printf(server->ctx, "sign-out?%s=//evil.example", rows[i].member);
        assert_error(browser_post(server, route, NULL, "{}"), 403, rows[i].code);
    }
    assert_error(browser_post(server, "sign-out?callbackURL=%0a", NULL, "{}"), 400, "BAD_REQUEST");
    assert_int_equal(server->queries, 0);
}

static void passwords_have_the_lengths_that_better_auth_takes(void **state)
{
    static const char *const codes[] = {
        [VECTOR_TOO_SHORT] = "PASSWORD_TOO_SHORT", [VECTOR_TOO_LONG] = "PASSWORD_TOO_LONG"};
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(vector_password_lengths); i++) {
        struct buf *password = buf_new(server->ctx);
        for (int j = 0; j < vector_password_lengths[i].times; j++) {
            buf_puts(password, vector_password_lengths[i].piece);
        }
        const char *email = mem_printf(server->ctx, "length.%zu@example.com", i);
        const struct reply *reply = do_sign_up(server, email, password->data);
        if (vector_password_lengths[i].result == VECTOR_LENGTH_GOOD) {
            assert_int_equal(reply->status, 200);
        } else {
            assert_error(reply, 400, codes[vector_password_lengths[i].result]);
        }
    }
}

static void what_is_wrong_with_a_sign_up_has_better_auths_code(void **state)
{
    static const struct {
        const char *email, *password;
        int status;
        const char *code;
    } rows[] = {
        {"short@example.com", "1234567", 400, "PASSWORD_TOO_SHORT"},
        {"emoji@example.com", "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 400,
         "PASSWORD_TOO_SHORT"},
        {"no", "12345678", 400, "VALIDATION_ERROR"},
        {"empty@example.com", "", 400, "VALIDATION_ERROR"},
        {"taken@example.com", "12345678", 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"},
        {"TAKEN@example.com", "12345678", 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"},
    };
    struct server *server = *state;
    char *long_password = mem_bytes(server->ctx, 130);

    do_sign_up(server, "taken@example.com", "another one");
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = do_sign_up(server, rows[i].email, rows[i].password);
        print_message("  %s\n", rows[i].email);
        assert_error(reply, rows[i].status, rows[i].code);
        assert_null(reply_header(server, reply, "Set-Cookie"));
    }
    memset(long_password, 'p', 129);
    long_password[129] = '\0';
    assert_error(do_sign_up(server, "long@example.com", long_password), 400, "PASSWORD_TOO_LONG");
    assert_error(browser_sign_in_with(server, "taken@example.com", long_password, ""), 400,
                 "PASSWORD_TOO_LONG");
    long_password[128] = '\0';
    assert_int_equal(do_sign_up(server, "long@example.com", long_password)->status, 200);
    assert_int_equal(do_sign_up(server, "four@example.com",
                                "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80")
                         ->status,
                     200);
}

static void unknown_address_and_wrong_password_look_alike(void **state)
{
    struct server *server = *state;

    do_sign_up(server, "known@example.com", "12345678");
    const struct reply *wrong = browser_sign_in_with(server, "known@example.com", "wrong pw", "");
    const struct reply *unknown = browser_sign_in_with(server, "none@example.com", "wrong pw", "");
    assert_error(wrong, 401, "INVALID_EMAIL_OR_PASSWORD");
    assert_string_equal(wrong->body, unknown->body);
    assert_string_equal(wrong->head, unknown->head);
    assert_error(browser_sign_in_with(server, "no address", "12345678", ""), 400, "INVALID_EMAIL");
}

static void unknown_members_are_never_stored(void **state)
{
    struct server *server = *state;
    const struct reply *reply = browser_post(
        server, "sign-up/email", NULL,
        "{\"name\":\"\",\"email\":\"mass@example.com\",\"password\":\"12345678\",\"image\":"
        "\"http://x/y.png\",\"id\":\"chosen\",\"emailVerified\":true,\"role\":\"admin\","
        "\"createdAt\":\"2000-01-01T00:00:00.000Z\",\"token\":\"chosen\"}");

    assert_signed_in(server, reply, 3);
    assert_null(strstr(reply->body, "chosen"));
    assert_string_equal(
        server_sql(server, "SELECT name || image || \"emailVerified\" || (id <> 'chosen') FROM "
                           "\"user\" WHERE email = 'mass@example.com'"),
        "http://x/y.png01");
}

static void an_html_form_signs_in_too(void **state)
{
    struct server *server = *state;
    struct ask ask = {.method = "POST",
                      .uri = "/api/auth/sign-up/email",
                      .body = "name=A+B&email=form%40example.com&password=p%26s+word%2B",
                      .params = {"CONTENT_TYPE=application/x-www-form-urlencoded; charset=utf-8",
                                 BROWSER_ORIGIN}};

    assert_signed_in(server, server_ask(server, &ask), 3);
    assert_string_equal(
        server_sql(server, "SELECT name FROM \"user\" WHERE email = 'form@example.com'"), "A B");
    ask.uri = "/api/auth/sign-in/email";
    assert_signed_in(server, server_ask(server, &ask), 4);
    assert_int_equal(browser_sign_in_with(server, "form@example.com", "p&s word+", "")->status,
                     200);
    /* All values are texts. */
    ask.body = "email=form%40example.com&password=x&rememberMe=false";
    assert_error(server_ask(server, &ask), 400, "VALIDATION_ERROR");
    static const char *const broken[] = {"email=%zz&password=x", "email=a%00b&password=x",
                                         "email=a&email=b&password=x"};
    for (size_t i = 0; i < COUNT(broken); i++) {
        ask.body = broken[i];
        assert_error(server_ask(server, &ask), 400, "BAD_REQUEST");
    }
}

/* Better Auth's form CSRF rule: without any cookie, by what the browser says. */
static void a_form_of_another_site_signs_nobody_in(void **state)
{
    static const struct {
        const char *params[4];
        int status;
        const char *code;
    } rows[] = {
        {{NULL}, 200, NULL},
        {{BROWSER_ORIGIN}, 200, NULL},
        {{"HTTP_SEC_FETCH_MODE=cors", BROWSER_ORIGIN}, 200, NULL},
        {{"HTTP_SEC_FETCH_SITE=same-origin", "HTTP_ORIGIN=null"}, 200, NULL},
        {{"HTTP_REFERER=" SERVER_ORIGIN "/login"}, 200, NULL},
        {{"HTTP_SEC_FETCH_SITE=cross-site", "HTTP_SEC_FETCH_MODE=navigate", BROWSER_ORIGIN},
         403,
         "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"},
        {{"HTTP_SEC_FETCH_MODE=cors"}, 403, "MISSING_OR_NULL_ORIGIN"},
        {{"HTTP_SEC_FETCH_DEST=document"}, 403, "MISSING_OR_NULL_ORIGIN"},
        {{"HTTP_SEC_FETCH_SITE=cross-site", "HTTP_ORIGIN=https://evil.example"},
         403,
         "INVALID_ORIGIN"},
        {{"HTTP_ORIGIN=https://evil.example"}, 403, "INVALID_ORIGIN"},
        {{"HTTP_ORIGIN=null"}, 403, "MISSING_OR_NULL_ORIGIN"},
        {{"HTTP_REFERER=https://evil.example/"}, 403, "INVALID_ORIGIN"},
    };
    struct server *server = *state;

    do_sign_up(server, "csrf@example.com", "12345678");
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ask ask = {.method = "POST",
                          .uri = "/api/auth/sign-in/email",
                          .body = "{\"email\":\"csrf@example.com\",\"password\":\"12345678\"}"};
        for (size_t j = 0; j < COUNT(rows[i].params); j++)
            ask.params[j] = rows[i].params[j];
        const struct reply *reply = server_ask(server, &ask);
        print_message("  row %zu\n", i);
        assert_int_equal(reply->status, rows[i].status);
        if (rows[i].code != NULL)
            assert_error(reply, rows[i].status, rows[i].code);
    }
}

static void malformed_json_beats_a_bad_origin_beats_validation_beats_401(void **state)
{
    struct server *server = *state;
    struct ask ask = {.method = "POST",
                      .uri = "/api/auth/revoke-session",
                      .body = "{\"token\":",
                      .params = {"HTTP_COOKIE=a=b", "HTTP_ORIGIN=https://evil.example"}};

    server->queries = 0;
    assert_error(server_ask(server, &ask), 400, "BAD_REQUEST");
    ask.body = "{\"token\":7}";
    assert_error(server_ask(server, &ask), 403, "INVALID_ORIGIN");
    ask.params[1] = BROWSER_ORIGIN;
    assert_error(server_ask(server, &ask), 400, "VALIDATION_ERROR");
    ask.body = "{\"token\":\"x\"}";
    assert_error(server_ask(server, &ask), 401, "UNAUTHORIZED");
    assert_int_equal(server->queries, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_up_and_sign_in_answer_as_better_auth_with_a_jwt),
        cmocka_unit_test(a_sign_in_with_a_callback_says_where_to_go),
        cmocka_unit_test(urls_to_elsewhere_are_refused_before_anything_else),
        cmocka_unit_test(passwords_have_the_lengths_that_better_auth_takes),
        cmocka_unit_test(what_is_wrong_with_a_sign_up_has_better_auths_code),
        cmocka_unit_test(unknown_address_and_wrong_password_look_alike),
        cmocka_unit_test(unknown_members_are_never_stored),
        cmocka_unit_test(an_html_form_signs_in_too),
        cmocka_unit_test(a_form_of_another_site_signs_nobody_in),
        cmocka_unit_test(malformed_json_beats_a_bad_origin_beats_validation_beats_401),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
