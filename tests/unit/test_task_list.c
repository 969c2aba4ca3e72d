/* api/task_list: filter, order and pages of one user's tasks. */
#include <stdlib.h>

#include "base/base64.h"
#include "base/mem.h"
#include "http/query.h"
#include "server.h"
#include "unit.h"

#define LISTED 7 /* tasks of the user "lister" */

static struct reply *list(struct server *server, const char *user, const char *query)
{
    return server_ask(server, &(struct ask){.method = "GET",
                                            .uri = mem_printf(server->ctx, "/api/tasks%s", query),
                                            .token = server_token(server, user)});
}

static void add(struct server *server, const char *user, const char *body)
{
    assert_int_equal(server_ask(server, &(struct ask){.method = "POST",
                                                      .uri = "/api/tasks",
                                                      .token = server_token(server, user),
                                                      .body = body})
                         ->status,
                     201);
}

static int start(void **state)
{
    static const char *const bodies[LISTED] = {
        "{\"title\":\"Bread\"}",
        "{\"title\":\"apples\",\"completed\":true}",
        "{\"title\":\"\xc3\x89pices\",\"description\":\"100% sel_fin\"}",
        "{\"title\":\"apples\",\"description\":\"the red ones\"}",
        "{\"title\":\"Cheese\",\"completed\":true}",
        "{\"title\":\"bread\",\"description\":\"rye, not BREAD\"}",
        "{\"title\":\"zucchini\"}",
    };

    if (server_start(state) != 0) {
        return -1;
    }
    struct server *server = *state;
    for (size_t i = 0; i < LISTED; i++) {
        add(server, "lister", bodies[i]);
    }
    add(server, "neighbour", "{\"title\":\"bread of another\"}");
    /* Equal times, so that only the id decides between some of them. */
    server_sql(server, "UPDATE tasks SET created_at = '2026-01-01T00:00:00.000Z' WHERE title IN "
                       "('Bread', 'apples')");
    return 0;
}

/* The titles of a page in their order, a '|' behind each. */
static char *titles(struct server *server, const struct reply *reply)
{
    static const char name[] = "\"title\":\"";
    struct buf *text = buf_new(server->ctx);

    assert_int_equal(reply->status, 200);
    for (const char *at = reply->body; (at = strstr(at, name)) != NULL;) {
        at += sizeof name - 1;
        buf_add(text, at, strcspn(at, "\""));
        buf_putc(text, '|');
    }
    return text->data;
}

static char *ids(struct server *server, const struct reply *reply)
{
    struct buf *text = buf_new(server->ctx);

    assert_int_equal(reply->status, 200);
    for (const char *at = reply->body; (at = strstr(at, "{\"id\":")) != NULL; at++) {
        buf_printf(text, "%d|", atoi(at + 6));
    }
    return text->data;
}

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

/* --- pages --- */

/* The address in the Link header, NULL when there is none. */
static const char *next_page(struct server *server, const struct reply *reply)
{
    const char *link = reply_header(server, reply, "Link");

    if (link == NULL) {
        return NULL;
    }
    assert_int_equal(link[0], '<');
    assert_string_equal(strchr(link, '>'), ">; rel=\"next\"");
    return mem_strndup(server->ctx, link + 1, strcspn(link + 1, ">"));
}

/* Follows the Link headers from the first page; checks that body and header agree. */
static char *walk(struct server *server, const char *query, int total, int *ret_pages)
{
    struct buf *seen = buf_new(server->ctx);
    const char *uri = mem_printf(server->ctx, "/api/lister/tasks%s", query);

    *ret_pages = 0;
    while (uri != NULL) {
        const struct reply *reply = server_ask(
            server,
            &(struct ask){.method = "GET", .uri = uri, .token = server_token(server, "lister")});
        buf_puts(seen, ids(server, reply));
        assert_int_equal(reply_int(reply, "total"), total);
        uri = next_page(server, reply);
        if (uri == NULL) {
            assert_null(strstr(reply->body, "next_cursor"));
        } else {
            assert_non_null(strstr(uri, reply_text(reply, "next_cursor")));
        }
        assert_in_range(++*ret_pages, 1, LISTED);
    }
    return seen->data;
}

static void pages_together_are_the_list(void **state)
{
    static const char *const sorts[] = {"created_at",  "-created_at", "updated_at",
                                        "-updated_at", "title",       "-title"};
    struct server *server = *state;
    int pages;

    for (size_t i = 0; i < COUNT(sorts); i++) {
        const char *all =
            ids(server, list(server, "lister", mem_printf(server->ctx, "?sort=%s", sorts[i])));
        for (int limit = 1; limit <= LISTED + 1; limit++) {
            const char *query = mem_printf(server->ctx, "?sort=%s&limit=%d", sorts[i], limit);
            print_message("  %s\n", query);
            assert_string_equal(walk(server, query, LISTED, &pages), all);
            assert_int_equal(pages, (LISTED + limit - 1) / limit);
        }
    }
    assert_string_equal(walk(server, "/?limit=1&q=bread", 2, &pages),
                        ids(server, list(server, "lister", "?q=bread")));
    assert_int_equal(pages, 2);
    assert_string_equal(walk(server, "?completed=false&limit=2&q=%25", 1, &pages),
                        ids(server, list(server, "lister", "?q=%25")));
}

static void a_list_without_limit_ends_at_the_maximum_with_a_link(void **state)
{
    struct server *server = *state;
    int pages;

    server->config.task_list_max = 3;
    const struct reply *reply = list(server, "lister", "");
    assert_string_equal(titles(server, reply), "zucchini|bread|Cheese|");
    assert_int_equal(reply_int(reply, "total"), LISTED);
    assert_non_null(next_page(server, reply));
    walk(server, "", LISTED, &pages);
    assert_int_equal(pages, 3);
    server->config.list_shape = LIST_ARRAY;
    assert_non_null(next_page(server, list(server, "lister", "")));
    server->config.list_shape = LIST_ITEMS;
    server->config.task_list_max = 50;
}

/* What came or went meanwhile neither repeats nor hides a row. */
static void a_page_goes_on_behind_a_row_that_is_gone(void **state)
{
    struct server *server = *state;
    const struct reply *first = list(server, "lister", "?sort=title&limit=2");
    const char *uri = next_page(server, first);
    const char *token = server_token(server, "lister");

    add(server, "lister", "{\"title\":\"aaa before all\"}");
    server_sql(server, "UPDATE tasks SET user_id = 'neighbour' WHERE title = 'apples' AND "
                       "description IS NOT NULL");
    const struct reply *second =
        server_ask(server, &(struct ask){.method = "GET", .uri = uri, .token = token});
    server_sql(server, "UPDATE tasks SET user_id = 'lister' WHERE title = 'apples'");
    server_sql(server, "DELETE FROM tasks WHERE title = 'aaa before all'");
    assert_string_equal(titles(server, first), "apples|apples|");
    assert_string_equal(titles(server, second), "Bread|bread|");
}

static char *cursor_of(struct server *server, const char *text, size_t len)
{
    return base64_encode(server->ctx, BASE64_URL, (const unsigned char *)text, len);
}

static void a_cursor_that_was_changed_is_refused_or_stays_with_its_user(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } refused[] = {
        {"", 0},        {"0", 1},          {"0 1", 3},        {"0 1 2", 5},
        {" 0 1 2 ", 7}, {"-1 1 2 ", 7},    {"1 1 2 ", 6},     {"6 1 2 ", 6},
        {"0 -1 2 ", 7}, {"0 1 -2 ", 7},    {"0x0 1 2 ", 8},   {"0 1a 2 ", 7},
        {"0  1 2 ", 7}, {"0 1 2 a\0b", 9}, {"0 1 2 \xff", 7}, {"0 1 2 \xed\xa0\x80", 9},
        {"a 1 2 ", 6},  {"0,1,2,", 6},
    };
    static const char *const extremes[] = {
        "0 99999999999999999999999 1 ",
        "0 1 99999999999999999999999 ",
        "0 9223372036854775807 9223372036854775807 x",
        "0 0 0 ",
        "0 1 1 '; DROP TABLE tasks; --",
    };
    struct server *server = *state;

    for (size_t i = 0; i < COUNT(refused); i++) {
        const char *query = mem_printf(server->ctx, "?cursor=%s",
                                       cursor_of(server, refused[i].text, refused[i].len));
        print_message("  %s\n", refused[i].text);
        assert_error(list(server, "lister", query), 422, "VALIDATION_ERROR");
    }
    for (size_t i = 0; i < COUNT(extremes); i++) {
        const char *query = mem_printf(server->ctx, "?cursor=%s",
                                       cursor_of(server, extremes[i], strlen(extremes[i])));
        print_message("  %s\n", extremes[i]);
        assert_null(strstr(titles(server, list(server, "lister", query)), "another"));
    }
}

static void a_cursor_serves_its_own_order_only(void **state)
{
    struct server *server = *state;
    const char *cursor = reply_text(list(server, "lister", "?limit=1"), "next_cursor");
    static const char *const sorts[] = {"created_at", "updated_at", "-updated_at", "title",
                                        "-title"};

    for (size_t i = 0; i < COUNT(sorts); i++) {
        const char *query = mem_printf(server->ctx, "?sort=%s&cursor=%s", sorts[i], cursor);
        assert_error(list(server, "lister", query), 422, "VALIDATION_ERROR");
    }
    /* Padding, another alphabet or white space: not the text that was given out. */
    assert_error(list(server, "lister", mem_printf(server->ctx, "?cursor=%s%%3D", cursor)), 422,
                 "VALIDATION_ERROR");
    assert_error(list(server, "lister", mem_printf(server->ctx, "?cursor=%%20%s", cursor)), 422,
                 "VALIDATION_ERROR");
    /* With another user's cursor one still sees one's own. */
    assert_null(strstr(
        list(server, "neighbour", mem_printf(server->ctx, "?cursor=%s", cursor))->body, "apples"));
}

/* The longest title in a cursor, with a search in wide characters beside it. */
static void every_link_that_is_given_out_can_be_followed(void **state)
{
    static const int searched[] = {0, 1, 20, 60, 64};
    struct server *server = *state;
    struct buf *body = buf_new(server->ctx);

    buf_puts(body, "{\"title\":\"");
    for (int i = 0; i < TASK_TITLE_MAX; i++) {
        buf_puts(body, "\xf0\x9f\x98\x80");
    }
    buf_puts(body, "\"}");
    add(server, "wide", body->data);
    add(server, "wide", body->data);
    for (size_t i = 0; i < COUNT(searched); i++) {
        struct buf *query = buf_new(server->ctx);
        buf_puts(query, "?sort=title&limit=1&q=");
        for (int n = 0; n < searched[i]; n++) {
            query_encode(query, "\xf0\x9f\x98\x80");
        }
        const struct reply *first = list(server, "wide", query->data);
        assert_int_equal(first->status, 200);
        const char *uri = next_page(server, first);
        print_message("  %d characters searched, %zu bytes\n", searched[i],
                      uri == NULL ? 0 : strlen(uri));
        if (uri == NULL) { /* too long for a header */
            continue;
        }
        const struct reply *second = server_ask(
            server,
            &(struct ask){.method = "GET", .uri = uri, .token = server_token(server, "wide")});
        assert_int_equal(second->status, 200);
    }
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
        cmocka_unit_test(pages_together_are_the_list),
        cmocka_unit_test(a_list_without_limit_ends_at_the_maximum_with_a_link),
        cmocka_unit_test(a_page_goes_on_behind_a_row_that_is_gone),
        cmocka_unit_test(a_cursor_that_was_changed_is_refused_or_stays_with_its_user),
        cmocka_unit_test(a_cursor_serves_its_own_order_only),
        cmocka_unit_test(every_link_that_is_given_out_can_be_followed),
    };
    return cmocka_run_group_tests(tests, start, server_stop);
}
