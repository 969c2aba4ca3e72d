/* api/task_list: pages of one user's tasks. */
#include "base/base64.h"
#include "http/query.h"
#include "unit_task_list.h"

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

static int listed_in(const struct reply *reply)
{
    int count = 0;

    assert_int_equal(reply->status, 200);
    for (const char *at = reply->body; (at = strstr(at, "{\"id\":")) != NULL; at++) {
        count++;
    }
    return count;
}

/* A list of several statements: what ends between two of them must not make it look complete. */
static void a_long_list_is_whole_or_refused(void **state)
{
    struct server *server = *state;
    const char *id = NULL;
    const char *session = server_sign_up(server, "long@example.org", &id);
    const struct {
        const char *token, *ends;
        int status;
        const char *code;
    } rows[] = {
        {session, "SELECT 1", 200, NULL},
        {server_token(server, id), "SELECT 1", 200, NULL},
        {server_token(server, id),
         mem_printf(server->ctx, "UPDATE \"user\" SET \"banned\" = 1 WHERE \"id\" = '%s'", id), 403,
         "BANNED_USER"},
        {session, "DELETE FROM \"session\"", 401, "INVALID_TOKEN"},
    };

    server_sql(server, mem_printf(server->ctx,
                                  "INSERT INTO tasks (user_id, title, created_at, updated_at)"
                                  " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                                  " WHERE i < %d) SELECT '%s', 't', '2026-01-01T00:00:00.000Z',"
                                  " '2026-01-01T00:00:00.000Z' FROM n",
                                  STORE_TASK_CHUNK + 1, id));
    server->config.task_list_max = 10000;
    server->config.list_shape = LIST_ARRAY;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  row %zu\n", i);
        server->between = rows[i].ends;
        const struct reply *reply = server_get(server, "/api/tasks", rows[i].token);
        assert_null(server->between);
        if (rows[i].code == NULL) {
            assert_int_equal(listed_in(reply), STORE_TASK_CHUNK + 1);
        } else {
            assert_error(reply, rows[i].status, rows[i].code);
        }
    }
    server->config.list_shape = LIST_ITEMS;
    server->config.task_list_max = 50;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_together_are_the_list),
        cmocka_unit_test(a_list_without_limit_ends_at_the_maximum_with_a_link),
        cmocka_unit_test(a_page_goes_on_behind_a_row_that_is_gone),
        cmocka_unit_test(a_cursor_that_was_changed_is_refused_or_stays_with_its_user),
        cmocka_unit_test(a_cursor_serves_its_own_order_only),
        cmocka_unit_test(every_link_that_is_given_out_can_be_followed),
        cmocka_unit_test(a_long_list_is_whole_or_refused),
    };
    return cmocka_run_group_tests(tests, start, server_stop);
}
