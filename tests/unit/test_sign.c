/* api/sign_up, sign_in, sign_out: accounts as one sees them through dispatch(). */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "sec/password.h"
#include "server.h"
#include "unit.h"

static struct reply *post(struct server *server, const char *route, const char *body)
{
    return server_ask(server, &(struct ask){.method = "POST",
                                            .uri = mem_printf(server->ctx, "/api/auth/%s", route),
                                            .body = body});
}

static const char *form(struct server *server, const char *email, const char *password)
{
    return mem_printf(server->ctx, "{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
}

static int tasks_status(struct server *server, const char *token)
{
    return server_ask(server, &(struct ask){.method = "GET", .uri = "/api/tasks", .token = token})
        ->status;
}

/* "NAME=value" of the Set-Cookie line for NAME, NULL when there is none. */
static const char *cookie_pair(struct server *server, const struct reply *reply, const char *name)
{
    const char *line = strstr(reply->head, mem_printf(server->ctx, "\r\nSet-Cookie: %s=", name));

    if (line == NULL) {
        return NULL;
    }
    line += strlen("\r\nSet-Cookie: ");
    return mem_strndup(server->ctx, line, strcspn(line, ";"));
}

static void assert_auth_result(struct server *server, const struct reply *reply)
{
    assert_int_equal(json_member_count(reply->json), 9);
    assert_non_null(strstr(reply->body, "{\"redirect\":false,\"token\":\""));
    assert_string_equal(reply_text(reply, "jwt"), reply_text(reply, "token"));
    assert_string_equal(reply_text(reply, "tokenType"), "Bearer");
    assert_int_equal(reply_int(reply, "expiresIn"), 3600);
    assert_int_equal(tasks_status(server, reply_text(reply, "token")), 200);
    assert_int_equal(tasks_status(server, reply_text(reply, "accessToken")), 200);
    assert_non_null(cookie_pair(server, reply, "better-auth.session_token"));
    assert_non_null(cookie_pair(server, reply, "better-auth.refresh_token"));
    assert_string_equal(reply_header(server, reply, "Cache-Control"), "no-store");
}

static void sign_up_and_sign_in_answer_with_tokens_and_cookies(void **state)
{
    struct server *server = *state;
    const struct reply *reply =
        post(server, "sign-up", form(server, "A.b@Example.COM", "12345678"));

    assert_int_equal(reply->status, 201);
    assert_auth_result(server, reply);
    assert_non_null(strstr(reply->body, "\"email\":\"a.b@example.com\""));
    assert_non_null(strstr(reply->body, "\"name\":\"a.b\""));
    static const char *const routes[] = {"sign-in", "login"};
    for (size_t i = 0; i < COUNT(routes); i++) {
        reply = post(server, routes[i], form(server, "a.B@example.com", "12345678"));
        assert_int_equal(reply->status, 200);
        assert_auth_result(server, reply);
    }
}

static void a_taken_address_is_refused_in_any_case(void **state)
{
    struct server *server = *state;

    assert_int_equal(post(server, "signup", form(server, "twice@example.com", "12345678"))->status,
                     201);
    const struct reply *reply =
        post(server, "sign-up", form(server, "TWICE@example.com", "another password"));
    assert_error(reply, 400, "EMAIL_ALREADY_EXISTS");
    assert_string_equal(reply_text(reply, "detail"), "Email already exists");
    assert_null(reply_header(server, reply, "Set-Cookie"));
    assert_string_equal(
        server_sql(server, "SELECT count(*) FROM \"user\" WHERE email = 'twice@example.com'"), "1");
}

static void a_form_that_will_not_do_makes_no_account(void **state)
{
    static const struct {
        const char *body;
        int status;
        const char *field;
    } rows[] = {
        {"{\"email\":\"no\",\"password\":\"12345678\"}", 400, "email"},
        {"{\"email\":\"\",\"password\":\"12345678\"}", 400, "email"},
        {"{\"email\":\" a@b.cd\",\"password\":\"12345678\"}", 400, "email"},
        {"{\"email\":\"a@b.cd\",\"password\":\"1234567\"}", 400, "password"},
        {"{\"email\":\"a@b.cd\",\"password\":\"\"}", 400, "password"},
        {"{}", 422, "email"},
        {"{\"email\":\"a@b.cd\"}", 422, "password"},
        {"{\"email\":7,\"password\":\"12345678\"}", 422, "email"},
        {"{\"email\":\"a@b.cd\",\"password\":[\"12345678\"]}", 422, "password"},
        {"{\"email\":\"a@b.cd\",\"password\":\"12345678\",\"name\":7}", 422, "name"},
        {"{\"email\":{\"$ne\":\"\"},\"password\":{\"$ne\":\"\"}}", 422, "email"},
    };
    struct server *server = *state;
    const char *before = server_sql(server, "SELECT count(*) FROM \"user\"");

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = post(server, "sign-up", rows[i].body);
        print_message("  %s\n", rows[i].body);
        assert_error(reply, rows[i].status, "VALIDATION_ERROR");
        assert_non_null(strstr(reply->body, mem_printf(server->ctx, "\"%s\":[\"", rows[i].field)));
        assert_null(reply_header(server, reply, "Set-Cookie"));
    }
    char *long_password = mem_bytes(server->ctx, 130);
    memset(long_password, 'p', 129);
    long_password[129] = '\0';
    assert_error(post(server, "sign-up", form(server, "a@b.cd", long_password)), 400,
                 "VALIDATION_ERROR");
    assert_string_equal(server_sql(server, "SELECT count(*) FROM \"user\""), before);
}

static void unknown_members_of_the_form_are_never_stored(void **state)
{
    struct server *server = *state;
    const struct reply *reply =
        post(server, "sign-up",
             "{\"email\":\"mass@example.com\",\"password\":\"12345678\",\"name\":\"M\",\"id\":"
             "\"chosen\","
             "\"userId\":\"chosen\",\"emailVerified\":true,\"role\":\"admin\",\"image\":\"x\","
             "\"createdAt\":\"2000-01-01T00:00:00.000Z\",\"token\":\"chosen\"}");

    assert_int_equal(reply->status, 201);
    assert_null(strstr(reply->body, "chosen"));
    assert_string_equal(
        server_sql(server, "SELECT (id <> 'chosen') || \"emailVerified\" || (image IS NULL) || "
                           "(\"createdAt\" > '2026') FROM \"user\" WHERE name = 'M'"),
        "1011");
}

static void unknown_address_and_wrong_password_look_alike(void **state)
{
    struct server *server = *state;

    server_sign_up(server, "known@example.com", NULL);
    const struct reply *wrong =
        post(server, "sign-in", form(server, "known@example.com", "wrong pw"));
    const struct reply *unknown =
        post(server, "sign-in", form(server, "none@example.com", "wrong pw"));
    assert_error(wrong, 401, "INVALID_EMAIL_OR_PASSWORD");
    assert_string_equal(wrong->body, unknown->body);
    assert_string_equal(wrong->head, unknown->head);
    assert_null(reply_header(server, wrong, "Set-Cookie"));
    /* An address without a credential, and one that is no address. */
    server_sql(server, "DELETE FROM account");
    assert_string_equal(
        post(server, "sign-in", form(server, "known@example.com", "right horse"))->body,
        wrong->body);
    assert_string_equal(post(server, "sign-in", form(server, "no address", "x"))->body,
                        wrong->body);
}

/* R33: who hashes is none of those who answer the task API; when too many wait there, it says so at
 * once. */
static void a_fast_worker_hands_over_what_hashes_and_goes_on_with_tasks(void **state)
{
    static const char *const slow[] = {
        "sign-up",         "signup",          "sign-in",
        "login",           "sign-up/email",   "sign-in/email",
        "change-password", "verify-password", "request-password-reset",
        "reset-password",  "change-email",    "send-verification-email",
        "delete-user",
    };
    struct server *server = *state;
    const char *token = server_sign_up(server, "fast@example.com", NULL);

    server->is_fast = true;
    server->handed_over = 0;
    for (size_t i = 0; i < COUNT(slow); i++) {
        struct reply *reply =
            post(server, slow[i], form(server, "fast@example.com", "right horse"));
        assert_int_equal(reply->status, 0);
        assert_int_equal(server->handed_over, (int)i + 1);
    }
    assert_int_equal(tasks_status(server, token), 200);
    server->hand_over = ERR_BUSY;
    struct reply *refused =
        post(server, "sign-in", form(server, "fast@example.com", "right horse"));
    assert_error(refused, 503, "SERVER_BUSY");
    assert_non_null(reply_header(server, refused, "Retry-After"));
    assert_int_equal(tasks_status(server, token), 200);
    server->hand_over = ERR_OK;
    server->is_fast = false;
    assert_int_equal(server->handed_over, (int)COUNT(slow));
    assert_int_equal(
        post(server, "sign-in", form(server, "fast@example.com", "right horse"))->status, 200);
}

/* --- hashes --- */

/* Made by Better Auth for "password123". */
#define SCRYPT_HASH                                                                                \
    "e733a254107e93459b879d43d6c087ee:"                                                            \
    "6f6e2a603f5c5e95701c92deedad6d3210257b07e8a631c1ee0a1250fe207dc4"                             \
    "67b353bc0dde99cd50d793f14c88f868f3bc0d7a6505c5593b328849c79812c2"

static struct reply *sign_in_as(struct server *server, const char *email, const char *password)
{
    return post(server, "sign-in", form(server, email, password));
}

static const char *hash_of(struct server *server, const char *id)
{
    return server_sql(
        server,
        mem_printf(server->ctx, "SELECT password FROM account WHERE \"userId\" = '%s'", id));
}

static void a_password_from_better_auth_signs_in_and_gets_our_hash(void **state)
{
    struct server *server = *state;
    const char *id = NULL;

    server_sign_up(server, "moved@example.com", &id);
    server_sql(server,
               mem_printf(server->ctx, "UPDATE account SET password = '%s' WHERE \"userId\" = '%s'",
                          SCRYPT_HASH, id));
    assert_int_equal(sign_in_as(server, "moved@example.com", "right horse")->status, 401);
    assert_string_equal(hash_of(server, id), SCRYPT_HASH);
    assert_int_equal(sign_in_as(server, "moved@example.com", "password123")->status, 200);
    assert_int_equal(strncmp(hash_of(server, id), "$argon2id$", 10), 0);
    assert_int_equal(sign_in_as(server, "moved@example.com", "password123")->status, 200);
}

static void a_shared_database_gets_hashes_that_better_auth_can_read(void **state)
{
    struct server *server = *state;
    const char *id = NULL;
    const char *new_id = NULL;

    server_sign_up(server, "share@example.com", &id);
    assert_int_equal(strncmp(hash_of(server, id), "$argon2id$", 10), 0);
    server->config.password_scheme = PASSWORD_SCRYPT;
    assert_int_equal(sign_in_as(server, "share@example.com", "right horse")->status, 200);
    assert_int_equal(strlen(hash_of(server, id)), 161);
    const char *scrypt = hash_of(server, id);
    assert_int_equal(sign_in_as(server, "share@example.com", "right horse")->status, 200);
    assert_string_equal(hash_of(server, id), scrypt);
    server_sign_up(server, "share2@example.com", &new_id);
    assert_int_equal(strlen(hash_of(server, new_id)), 161);
    server->config.password_scheme = PASSWORD_ARGON2ID;
}

/* --- sign-out --- */

/* By cookie, by token, by both: the session ends, the cookies go and the log says whose it was. */
static void sign_out_ends_the_session_however_it_is_named(void **state)
{
    struct server *server = *state;
    static const struct {
        const char *email;
        bool cookie, token;
    } rows[] = {{"out1@example.com", true, false},
                {"out2@example.com", false, true},
                {"out3@example.com", true, true}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct reply *signed_up = post(server, "sign-up", form(server, rows[i].email, "12345678"));
        const char *token = reply_text(signed_up, "token");
        const char *cookie =
            mem_printf(server->ctx, "HTTP_COOKIE=%s",
                       cookie_pair(server, signed_up, "better-auth.session_token"));
        struct ask ask = {.method = "POST",
                          .uri = i % 2 == 0 ? "/api/auth/sign-out" : "/api/auth/logout",
                          .token = rows[i].token ? token : NULL,
                          .params = {"HTTP_ORIGIN=" SERVER_ORIGIN, rows[i].cookie ? cookie : NULL}};
        struct reply *reply;
        const char *log = server_log(server, &ask, &reply);
        print_message("  cookie %d, token %d\n", rows[i].cookie, rows[i].token);
        assert_int_equal(reply->status, 200);
        assert_string_equal(reply->body, i % 2 == 0
                                             ? "{\"success\":true}"
                                             : "{\"success\":true,\"message\":\"Signed out\"}");
        assert_string_equal(cookie_pair(server, reply, "better-auth.session_token"),
                            "better-auth.session_token=");
        assert_int_equal(tasks_status(server, token), 401);
        assert_non_null(strstr(log, "sign-out"));
        assert_non_null(strstr(log, "outcome=success"));
        assert_null(strstr(log, token)); /* but not with what */
    }
}

static void sign_out_without_a_session_is_a_success_too(void **state)
{
    struct server *server = *state;
    const char *const tokens[] = {NULL, "a.b.c", server_token(server, "elsewhere")};

    for (size_t i = 0; i < COUNT(tokens); i++) {
        const struct reply *reply = server_ask(
            server,
            &(struct ask){.method = "POST", .uri = "/api/auth/sign-out", .token = tokens[i]});
        assert_int_equal(reply->status, 200);
        assert_string_equal(reply->body, "{\"success\":true}");
    }
}

static void one_users_sign_out_ends_nobody_elses_session(void **state)
{
    struct server *server = *state;
    const char *mine = server_sign_up(server, "mine@example.com", NULL);
    const char *victim_id = NULL;
    const char *theirs = server_sign_up(server, "theirs@example.com", &victim_id);
    const char *session =
        server_sql(server, mem_printf(server->ctx, "SELECT id FROM session WHERE \"userId\" = '%s'",
                                      victim_id));
    /* Also not when a token from elsewhere names it. */
    const char *forged = server_token_with(
        server, mem_printf(server->ctx, "\"sub\":\"other\",\"sessionId\":\"%s\"", session));

    server_ask(server, &(struct ask){.method = "POST", .uri = "/api/auth/sign-out", .token = mine});
    server_ask(server,
               &(struct ask){.method = "POST", .uri = "/api/auth/sign-out", .token = forged});
    assert_int_equal(tasks_status(server, mine), 401);
    assert_int_equal(tasks_status(server, theirs), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_up_and_sign_in_answer_with_tokens_and_cookies),
        cmocka_unit_test(a_taken_address_is_refused_in_any_case),
        cmocka_unit_test(a_form_that_will_not_do_makes_no_account),
        cmocka_unit_test(unknown_members_of_the_form_are_never_stored),
        cmocka_unit_test(unknown_address_and_wrong_password_look_alike),
        cmocka_unit_test(a_fast_worker_hands_over_what_hashes_and_goes_on_with_tasks),
        cmocka_unit_test(a_password_from_better_auth_signs_in_and_gets_our_hash),
        cmocka_unit_test(a_shared_database_gets_hashes_that_better_auth_can_read),
        cmocka_unit_test(sign_out_ends_the_session_however_it_is_named),
        cmocka_unit_test(sign_out_without_a_session_is_a_success_too),
        cmocka_unit_test(one_users_sign_out_ends_nobody_elses_session),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
