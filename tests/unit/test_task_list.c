/* api/task_list: shapes, filter and order of one user's tasks. */
#include "unit_task_list.h"

/* --- shapes --- */

static void every_shape_is_as_the_contract_says(void **state)
{
    static const struct {
        enum list_shape shape;
        const char *word, *empty;
    } rows[] = {
        {LIST_ITEMS, "items", "{\"items\":[],\"total\":0}"},
        {LIST_TASKS, "tasks", "{\"tasks\":[],\"user_id\":\"nobody\"}"},
        {LIST_ARRAY, "array", "[]"},
        {LIST_OBJECT, "object", "{\"tasks\":[],\"items\":[],\"total\":0,\"user_id\":\"nobody\"}"},
    };
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        server->config.list_shape = rows[i].shape;
        assert_string_equal(list(server, "nobody", "")->body, rows[i].empty);
        server->config.list_shape = rows[(i + 1) % COUNT(rows)].shape;
        const struct ask ask = {
            .method = "GET",
            .uri = "/api/nobody/tasks",
            .token = server_token(server, "nobody"),
            .params = {mem_printf(server->ctx, "TASKS_LIST_SHAPE=%s", rows[i].word)}};
        assert_string_equal(server_ask(server, &ask)->body, rows[i].empty);
    }
    server->config.list_shape = LIST_ITEMS;
}

static void a_client_cannot_choose_the_shape(void **state)
{
    static const char *const params[] = {"HTTP_TASKS_LIST_SHAPE=array",
                                         "TASKS_LIST_SHAPE=", "TASKS_LIST_SHAPE=none"};
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(params); i++) {
        const struct ask ask = {.method = "GET",
                                .uri = "/api/tasks?LIST_SHAPE=array&shape=array",
                                .token = server_token(server, "nobody"),
                                .params = {params[i]}};
        assert_string_equal(server_ask(server, &ask)->body, "{\"items\":[],\"total\":0}");
    }
}

static void rows_are_whole_tasks_in_every_shape(void **state)
{
    struct server *server = *state;
    const struct reply *one = list(server, "neighbour", "");
    const char *row = mem_strndup(server->ctx, strchr(one->body, '[') + 1,
                                  (size_t)(strchr(one->body, ']') - strchr(one->body, '[')) - 1);
    struct json *task;

    assert_int_equal(json_parse_object(server->ctx, row, strlen(row), &task), ERR_OK);
    assert_int_equal(json_member_count(task), 7);
    server->config.list_shape = LIST_ARRAY;
    assert_string_equal(list(server, "neighbour", "")->body, mem_printf(server->ctx, "[%s]", row));
    server->config.list_shape = LIST_OBJECT;
    assert_string_equal(list(server, "neighbour", "")->body,
                        mem_printf(server->ctx,
                                   "{\"tasks\":[%s],\"items\":[%s],\"total\":1,"
                                   "\"user_id\":\"neighbour\"}",
                                   row, row));
    server->config.list_shape = LIST_ITEMS;
}

/* --- filter and order --- */

static void filters_leave_what_they_say(void **state)
{
    static const struct {
        const char *query, *titles;
        int total;
    } rows[] = {
        {"?sort=title", "apples|apples|Bread|bread|Cheese|zucchini|\xc3\x89pices|", 7},
        {"?sort=title&completed=true", "apples|Cheese|", 2},
        {"?sort=title&completed=1", "apples|Cheese|", 2},
        {"?sort=title&completed=false", "apples|Bread|bread|zucchini|\xc3\x89pices|", 5},
        {"?sort=title&completed=0", "apples|Bread|bread|zucchini|\xc3\x89pices|", 5},
        {"?sort=title&q=BREAD", "Bread|bread|", 2},
        {"?sort=title&q=red+ones", "apples|", 1},
        {"?sort=title&q=%C3%A9P", "\xc3\x89pices|", 1},
        {"?sort=title&q=100%25", "\xc3\x89pices|", 1},
        {"?sort=title&q=sel_", "\xc3\x89pices|", 1},
        {"?sort=title&q=s_l", "", 0},
        {"?sort=title&q=%25", "\xc3\x89pices|", 1},
        {"?sort=title&q=", "apples|apples|Bread|bread|Cheese|zucchini|\xc3\x89pices|", 7},
        {"?sort=title&q=apples&completed=false", "apples|", 1},
        {"?sort=title&q='%20OR%201=1--", "", 0},
        {"?sort=title&unknown=x&user_id=neighbour",
         "apples|apples|Bread|bread|Cheese|zucchini|\xc3\x89pices|", 7},
        {"/?sort=title&q=zucc", "zucchini|", 1},
    };
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = list(server, "lister", rows[i].query);
        print_message("  %s\n", rows[i].query);
        assert_string_equal(titles(server, reply), rows[i].titles);
        assert_int_equal(reply_int(reply, "total"), rows[i].total);
        assert_null(reply_header(server, reply, "Link"));
    }
}

static void newest_comes_first_unless_asked(void **state)
{
    struct server *server = *state;
    const char *newest = titles(server, list(server, "lister", ""));

    assert_string_equal(newest, "zucchini|bread|Cheese|\xc3\x89pices|apples|apples|Bread|");
    assert_string_equal(titles(server, list(server, "lister", "?sort=-created_at")), newest);
    assert_string_equal(titles(server, list(server, "lister", "?sort=created_at")),
                        "Bread|apples|apples|\xc3\x89pices|Cheese|bread|zucchini|");
    assert_string_equal(titles(server, list(server, "lister", "?sort=-title")),
                        "\xc3\x89pices|zucchini|Cheese|bread|Bread|apples|apples|");
    assert_string_equal(titles(server, list(server, "lister", "?sort=updated_at")),
                        "Bread|apples|\xc3\x89pices|apples|Cheese|bread|zucchini|");
}

static void a_wrong_query_is_422_and_costs_no_query(void **state)
{
    static const struct {
        const char *query, *field;
    } rows[] = {
        {"?completed=yes", "completed"},
        {"?completed=", "completed"},
        {"?completed=TRUE", "completed"},
        {"?limit=0", "limit"},
        {"?limit=-1", "limit"},
        {"?limit=", "limit"},
        {"?limit=1.5", "limit"},
        {"?limit=+5", "limit"},
        {"?limit=51", "limit"},
        {"?limit=99999999999999999999", "limit"},
        {"?limit=18446744073709551617", "limit"},
        {"?limit=abc", "limit"},
        {"?sort=", "sort"},
        {"?sort=id", "sort"},
        {"?sort=--title", "sort"},
        {"?sort=TITLE", "sort"},
        {"?sort=title;drop", "sort"},
        {"?cursor=", "cursor"},
        {"?cursor=x", "cursor"},
        {"?limit=1&limit=2", "query"},
        {"?q=%zz", "query"},
        {"?q=%00", "query"},
        {"?q=%ff", "query"},
        {"?q=a%0Ab", "query"},
        {"?q=12345678901234567890123456789012345678901234567890123456789012345", "q"},
    };
    struct server *server = *state;

    server->queries = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct reply *reply = list(server, "lister", rows[i].query);
        print_message("  %s\n", rows[i].query);
        assert_error(reply, 422, "VALIDATION_ERROR");
        assert_non_null(
            strstr(reply->body, mem_printf(server->ctx, "\"errors\":{\"%s\":[\"", rows[i].field)));
    }
    assert_int_equal(server->queries, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_is_as_the_contract_says),
        cmocka_unit_test(a_client_cannot_choose_the_shape),
        cmocka_unit_test(rows_are_whole_tasks_in_every_shape),
        cmocka_unit_test(filters_leave_what_they_say),
        cmocka_unit_test(newest_comes_first_unless_asked),
        cmocka_unit_test(a_wrong_query_is_422_and_costs_no_query),
    };
    return cmocka_run_group_tests(tests, start, server_stop);
}
