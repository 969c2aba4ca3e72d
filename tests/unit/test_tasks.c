/* api/tasks: one task of one user, and nothing of anybody else's. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "server.h"
#include "unit.h"

/* A new task of the token's user; returns its address under /api/tasks. */
static const char *new_task(struct server *server, const char *token, const char *body)
{
    const struct reply *reply = server_send(server, "POST", "/api/tasks", token, body);

    assert_int_equal(reply->status, 201);
    return reply_header(server, reply, "Location");
}

static void assert_true_member(const struct reply *reply, const char *member, bool expected)
{
    bool value = !expected;

    assert_int_equal(json_get_bool(reply->json, member, &value), JSON_FOUND);
    assert_int_equal(value, expected);
}

static void assert_time(const struct reply *reply, const char *member)
{
    const char *text = reply_text(reply, member);
    int64_t time;

    assert_int_equal(strlen(text), CLOCK_ISO_SIZE - 1);
    assert_int_equal(text[23], 'Z');
    assert_true(clock_parse(text, strlen(text), &time));
    assert_true(time <= clock_now() && time > clock_now() - CLOCK_MINUTE);
}

/* --- create --- */

static void a_new_task_is_answered_whole_with_its_address(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "creator");
    const struct reply *reply = server_send(
        server, "POST", "/api/creator/tasks/", token,
        "{\"title\":\"Caf\xc3\xa9 \\\"x\\\"\",\"description\":\"d\",\"completed\":true}");

    assert_int_equal(reply->status, 201);
    assert_int_equal(json_member_count(reply->json), 7);
    assert_string_equal(reply_text(reply, "user_id"), "creator");
    assert_string_equal(reply_text(reply, "title"), "Caf\xc3\xa9 \"x\"");
    assert_string_equal(reply_text(reply, "description"), "d");
    assert_true_member(reply, "completed", true);
    assert_time(reply, "created_at");
    assert_string_equal(reply_text(reply, "created_at"), reply_text(reply, "updated_at"));
    const char *location =
        mem_printf(server->ctx, "/api/creator/tasks/%lld", (long long)reply_int(reply, "id"));
    assert_string_equal(reply_header(server, reply, "Location"), location);
    assert_string_equal(server_send(server, "GET", location, token, NULL)->body, reply->body);
    assert_string_equal(
        server_send(server, "GET", mem_printf(server->ctx, "%s/", location), token, NULL)->body,
        reply->body);

    reply =
        server_send(server, "POST", "/api/tasks", token, "{\"title\":\"t\",\"description\":null}");
    assert_int_equal(reply->status, 201);
    assert_non_null(strstr(reply->body, "\"description\":null,\"completed\":false"));
    assert_int_equal(strncmp(reply_header(server, reply, "Location"), "/api/tasks/", 11), 0);
}

static void what_is_well_formed_but_wrong_is_422_by_field(void **state)
{
    static const struct {
        const char *body, *field;
    } rows[] = {
        {"{}", "title"},
        {"{\"Title\":\"t\"}", "title"},
        {"{\"title\":null}", "title"},
        {"{\"title\":1}", "title"},
        {"{\"title\":[\"t\"]}", "title"},
        {"{\"title\":\"\"}", "title"},
        {"{\"title\":\" \\t\\n\\r\"}", "title"},
        {"{\"title\":\"t\",\"description\":1}", "description"},
        {"{\"title\":\"t\",\"description\":{}}", "description"},
        {"{\"title\":\"t\",\"completed\":\"true\"}", "completed"},
        {"{\"title\":\"t\",\"completed\":1}", "completed"},
        {"{\"title\":\"t\",\"completed\":null}", "completed"},
    };
    struct server *server = *state;
    const char *token = server_token(server, "wrong");

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = server_send(server, "POST", "/api/tasks", token, rows[i].body);
        print_message("  %s\n", rows[i].body);
        assert_error(reply, 422, "VALIDATION_ERROR");
        assert_non_null(
            strstr(reply->body, mem_printf(server->ctx, "\"errors\":{\"%s\":[\"", rows[i].field)));
    }
    const struct reply *both =
        server_send(server, "POST", "/api/tasks", token, "{\"completed\":0}");
    assert_non_null(strstr(both->body, "\"title\":["));
    assert_non_null(strstr(both->body, "\"completed\":["));
    assert_null(server_sql(server, "SELECT 1 FROM tasks WHERE user_id = 'wrong'"));
    assert_null(server_sql(server, "SELECT 1 FROM \"user\" WHERE id = 'wrong'"));
}

static void what_is_not_one_json_object_is_400(void **state)
{
    static const char *const bodies[] = {
        "",
        "x",
        "null",
        "[]",
        "\"t\"",
        "1",
        "{",
        "{\"title\":\"t\"",
        "{\"title\":\"t\"}x",
        "{\"title\":\"t\",}",
        "{'title':'t'}",
        "{\"title\":\"t\",\"title\":\"u\"}",
        "{\"title\":\"a\\u0000b\"}",
        "{\"title\":\"a\nb\"}",
        "{\"title\":\"\xff\"}",
        "{\"title\":\"\\ud800\"}",
        "{\"title\":\"t\",\"completed\":True}",
    };
    struct server *server = *state;
    const char *token = server_token(server, "malformed");

    for (size_t i = 0; i < COUNT(bodies); i++) {
        print_message("  %s\n", bodies[i]);
        assert_error(server_send(server, "POST", "/api/tasks", token, bodies[i]), 400,
                     "INVALID_JSON");
    }
    assert_null(server_sql(server, "SELECT 1 FROM tasks WHERE user_id = 'malformed'"));
}

/* Lengths are counted in characters, not in bytes. */
static void lengths_have_their_limits_to_the_character(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "long");

    for (size_t extra = 0; extra < 2; extra++) {
        struct buf *title = buf_new(server->ctx), *text = buf_new(server->ctx);
        buf_puts(title, "{\"title\":\"");
        for (size_t i = 0; i < TASK_TITLE_MAX + extra; i++) {
            buf_puts(title, "\xf0\x9f\x98\x80");
        }
        buf_puts(title, "\"}");
        buf_puts(text, "{\"title\":\"t\",\"description\":\"");
        for (size_t i = 0; i < TASK_DESCRIPTION_MAX + extra; i++) {
            buf_puts(text, "\xc3\xa9");
        }
        buf_puts(text, "\"}");
        int status = extra == 0 ? 201 : 422;
        assert_int_equal(server_send(server, "POST", "/api/tasks", token, title->data)->status,
                         status);
        assert_int_equal(server_send(server, "POST", "/api/tasks", token, text->data)->status,
                         status);
    }
}

static void unknown_members_are_never_stored(void **state)
{
    static const char body[] =
        "{\"title\":\"t\",\"id\":4711,\"user_id\":\"victim\",\"userId\":\"victim\",\"sub\":"
        "\"victim\",\"created_at\":\"2000-01-01T00:00:00.000Z\",\"updated_at\":0,\"role\":"
        "\"admin\",\"emailVerified\":true,\"__proto__\":{\"user_id\":\"victim\"}}";
    struct server *server = *state;
    const char *token = server_token(server, "assigner");
    const char *address = new_task(server, token, body);

    for (int round = 0; round < 2; round++) {
        const struct reply *reply = server_send(server, "GET", address, token, NULL);
        assert_int_not_equal(reply_int(reply, "id"), 4711);
        assert_string_equal(reply_text(reply, "user_id"), "assigner");
        assert_time(reply, "created_at");
        assert_time(reply, "updated_at");
        assert_int_equal(json_member_count(reply->json), 7);
        assert_int_equal(server_send(server, "PUT", address, token, body)->status, 200);
    }
    assert_null(server_sql(server, "SELECT 1 FROM tasks WHERE user_id = 'victim' OR id = 4711"));
    assert_null(server_sql(server, "SELECT 1 FROM \"user\" WHERE id = 'victim'"));
    assert_string_equal(
        server_sql(server, "SELECT \"emailVerified\" FROM \"user\" WHERE id = 'assigner'"), "0");
}

/* --- one task --- */

static void what_is_absent_stays_and_null_clears_the_description(void **state)
{
    static const struct {
        const char *body, *title, *description;
        bool completed;
    } steps[] = {
        {"{}", "one", "text", false},
        {"{\"title\":\"two\"}", "two", "text", false},
        {"{\"completed\":true}", "two", "text", true},
        {"{\"description\":\"more\"}", "two", "more", true},
        {"{\"description\":\"\"}", "two", "", true},
        {"{\"description\":null}", "two", NULL, true},
        {"{\"title\":\"three\",\"description\":\"d\",\"completed\":false}", "three", "d", false},
    };
    static const char *const methods[] = {"PUT", "PATCH"};
    struct server *server = *state;
    const char *token = server_token(server, "changer");

    for (size_t m = 0; m < COUNT(methods); m++) {
        const char *address =
            new_task(server, token, "{\"title\":\"one\",\"description\":\"text\"}");
        for (size_t i = 0; i < COUNT(steps); i++) {
            const struct reply *reply =
                server_send(server, methods[m], address, token, steps[i].body);
            assert_int_equal(reply->status, 200);
            assert_string_equal(reply_text(reply, "title"), steps[i].title);
            if (steps[i].description == NULL) {
                assert_non_null(strstr(reply->body, "\"description\":null"));
            } else {
                assert_string_equal(reply_text(reply, "description"), steps[i].description);
            }
            assert_true_member(reply, "completed", steps[i].completed);
            assert_string_equal(server_send(server, "GET", address, token, NULL)->body,
                                reply->body);
        }
    }
}

static void a_refused_change_changes_nothing(void **state)
{
    static const struct {
        const char *body;
        int status;
    } rows[] = {{"{\"title\":\"\"}", 422},
                {"{\"title\":null}", 422},
                {"{\"completed\":true,\"title\":7}", 422},
                {"{\"completed\":true,\"description\":[]}", 422},
                {"{\"completed\":true", 400},
                {"[]", 400}};
    struct server *server = *state;
    const char *token = server_token(server, "refused");
    const char *address = new_task(server, token, "{\"title\":\"one\"}");
    const char *before = server_send(server, "GET", address, token, NULL)->body;

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(server_send(server, "PUT", address, token, rows[i].body)->status,
                         rows[i].status);
        assert_string_equal(server_send(server, "GET", address, token, NULL)->body, before);
    }
}

static void complete_flips_and_takes_nothing_or_an_object(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "toggler");
    const char *task = new_task(server, token, "{\"title\":\"t\"}");
    const char *address = mem_printf(server->ctx, "%s/complete", task);

    assert_true_member(server_send(server, "PATCH", address, token, NULL), "completed", true);
    assert_true_member(server_send(server, "PATCH", address, token, ""), "completed", false);
    assert_true_member(server_send(server, "PATCH", address, token, "{}"), "completed", true);
    assert_true_member(server_send(server, "PATCH", address, token, "{\"completed\":true}"),
                       "completed", false);
    assert_error(server_send(server, "PATCH", address, token, "[]"), 400, "INVALID_JSON");
    assert_error(server_send(server, "PATCH", address, token, "x"), 400, "INVALID_JSON");
    assert_true_member(server_send(server, "GET", task, token, NULL), "completed", false);
}

static void a_deleted_task_is_gone(void **state)
{
    struct server *server = *state;
    const char *token = server_token(server, "deleter");
    const char *address = new_task(server, token, "{\"title\":\"t\"}");
    long long id = atoll(strrchr(address, '/') + 1);
    const struct reply *reply = server_send(server, "DELETE", address, token, NULL);

    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body,
                        mem_printf(server->ctx,
                                   "{\"success\":true,\"message\":\"Task deleted successfully\","
                                   "\"status\":\"deleted\",\"task_id\":%lld,\"id\":%lld}",
                                   id, id));
    assert_error(server_send(server, "DELETE", address, token, NULL), 404, "TASK_NOT_FOUND");
    assert_error(server_send(server, "GET", address, token, NULL), 404, "TASK_NOT_FOUND");
}

static void another_users_task_does_not_exist(void **state)
{
    struct server *server = *state;
    const char *owner = server_token(server, "owner"), *thief = server_token(server, "thief");
    const char *address = new_task(server, owner, "{\"title\":\"mine\"}");
    const char *id = strrchr(address, '/');
    const char *before = server_send(server, "GET", address, owner, NULL)->body;
    static const char *const methods[] = {"GET", "PUT", "PATCH", "DELETE"};
    const char *const addresses[] = {address, mem_printf(server->ctx, "/api/thief/tasks%s", id)};

    new_task(server, thief, "{\"title\":\"his\"}");
    for (size_t i = 0; i < COUNT(addresses); i++) {
        for (size_t m = 0; m < COUNT(methods); m++) {
            const char *body = methods[m][0] == 'P' ? "{\"title\":\"stolen\"}" : NULL;
            const struct reply *reply = server_send(server, methods[m], addresses[i], thief, body);
            assert_error(reply, 404, "TASK_NOT_FOUND");
            assert_string_equal(reply_text(reply, "detail"), "Task not found");
        }
        assert_error(server_send(server, "PATCH",
                                 mem_printf(server->ctx, "%s/complete", addresses[i]), thief, NULL),
                     404, "TASK_NOT_FOUND");
    }
    assert_error(
        server_send(server, "GET", mem_printf(server->ctx, "/api/owner/tasks%s", id), thief, NULL),
        403, "USER_MISMATCH");
    assert_string_equal(server_send(server, "GET", address, owner, NULL)->body, before);
    assert_null(strstr(server_send(server, "GET", "/api/tasks", thief, NULL)->body, "mine"));
}

static void an_id_has_one_spelling(void **state)
{
    static const char *const ids[] = {
        "0",
        "-1",
        "+1",
        "01",
        "1.0",
        "1e0",
        "0x1",
        "%31%20",
        "1%20",
        "%201",
        "a",
        "1a",
        "9223372036854775808",
        "18446744073709551617",
        "99999999999999999999999",
        "%D9%A1",
    };
    struct server *server = *state;
    const char *token = server_token(server, "speller");

    /* Task 1 is his, so that a lax reading of "1" would find it. */
    server_sql(server, "DELETE FROM tasks");
    new_task(server, token, "{\"title\":\"t\"}");
    server_sql(server, "UPDATE tasks SET id = 1 WHERE user_id = 'speller'");
    assert_int_equal(server_send(server, "GET", "/api/tasks/1", token, NULL)->status, 200);
    assert_int_equal(server_send(server, "GET", "/api/tasks/%31", token, NULL)->status, 200);
    for (size_t i = 0; i < COUNT(ids); i++) {
        const char *uri = mem_printf(server->ctx, "/api/tasks/%s", ids[i]);
        print_message("  %s\n", ids[i]);
        assert_error(server_send(server, "GET", uri, token, NULL), 404, "TASK_NOT_FOUND");
        assert_error(server_send(server, "DELETE", uri, token, NULL), 404, "TASK_NOT_FOUND");
    }
    assert_error(server_send(server, "GET", "/api/tasks/9223372036854775807", token, NULL), 404,
                 "TASK_NOT_FOUND");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_task_is_answered_whole_with_its_address),
        cmocka_unit_test(what_is_well_formed_but_wrong_is_422_by_field),
        cmocka_unit_test(what_is_not_one_json_object_is_400),
        cmocka_unit_test(lengths_have_their_limits_to_the_character),
        cmocka_unit_test(unknown_members_are_never_stored),
        cmocka_unit_test(what_is_absent_stays_and_null_clears_the_description),
        cmocka_unit_test(a_refused_change_changes_nothing),
        cmocka_unit_test(complete_flips_and_takes_nothing_or_an_object),
        cmocka_unit_test(a_deleted_task_is_gone),
        cmocka_unit_test(another_users_task_does_not_exist),
        cmocka_unit_test(an_id_has_one_spelling),
    };
    return cmocka_run_group_tests(tests, server_start, server_stop);
}
