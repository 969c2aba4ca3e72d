/* http/resp: header lines that cannot be split, and one shape for every error. */
#include "base/json.h"
#include "base/mem.h"
#include "http/resp.h"
#include "unit.h"

static const char *text_of(const struct json *object, const char *member)
{
    struct json_string text = {.data = NULL};

    assert_int_equal(json_get_string(object, member, &text), JSON_FOUND);
    return text.data;
}

static bool has_line(const struct response *resp, const char *line)
{
    return strstr(resp->head->data, line) != NULL;
}

static void a_new_response_is_a_500(void **state)
{
    struct response *resp = resp_new(NULL);

    (void)state;
    assert_int_equal(resp->status, 500);
    assert_int_equal(resp->error, ERR_INTERNAL);
    talloc_free(resp);
}

static void a_header_value_with_a_control_byte_is_left_out(void **state)
{
    struct response *resp = resp_new(NULL);

    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char value[] = {'a', (char)byte, 'b', '\0'};
        size_t before = resp->head->len;
        resp_header(resp, "X-Test", value);
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            assert_int_equal(resp->head->len, before);
        } else {
            assert_int_equal(resp->head->len, before + strlen("X-Test: a.b\r\n"));
        }
    }
    talloc_free(resp);
}

static void the_head_of_a_success_is_complete(void **state)
{
    void *ctx = mem_context(NULL);
    struct response *resp = resp_new(ctx);
    struct buf *body = buf_new(ctx);

    (void)state;
    buf_puts(body, "{\"a\":1}");
    resp_header(resp, "Location", "/x");
    resp_json(resp, 201, body);
    assert_int_equal(resp->error, ERR_OK);
    assert_string_equal(resp_head(ctx, resp)->data,
                        "Status: 201 Created\r\nContent-Type: application/json\r\n"
                        "Content-Length: 7\r\nLocation: /x\r\n\r\n");
    assert_ptr_equal(resp->body, body);
    talloc_free(ctx);
}

static void a_page_says_that_it_is_html(void **state)
{
    void *ctx = mem_context(NULL);
    struct response *resp = resp_new(ctx);
    struct buf *body = buf_new(ctx);

    (void)state;
    buf_puts(body, "<p>");
    resp_html(resp, 200, body);
    assert_string_equal(resp_head(ctx, resp)->data,
                        "Status: 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
                        "Content-Length: 3\r\n\r\n");
    talloc_free(ctx);
}

static void an_error_may_say_more_than_the_table(void **state)
{
    struct response *resp = resp_new(NULL);
    struct json *body;

    (void)state;
    resp_problem(resp, "x", "not this");
    resp_text(resp, "this");
    resp_error(resp, ERR_BAD_INPUT);
    assert_int_equal(json_parse_object(resp, resp->body->data, resp->body->len, &body), ERR_OK);
    assert_string_equal(text_of(body, "detail"), "this");
    assert_string_equal(text_of(body, "message"), "this");
    assert_string_equal(text_of(body, "code"), "VALIDATION_ERROR");
    assert_non_null(strstr(resp->body->data, "\"errors\":{\"x\":[\"not this\"]}"));
    talloc_free(resp);
}

static void an_empty_answer_has_no_type(void **state)
{
    void *ctx = mem_context(NULL);
    struct response *resp = resp_new(ctx);

    (void)state;
    resp_error(resp, ERR_INVALID);
    resp_empty(resp, 404);
    assert_string_equal(resp_head(ctx, resp)->data,
                        "Status: 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(resp->body->len, 0);
    /* The log has the code of an error; a redirection is none. */
    assert_int_equal(resp->error, ERR_OK);
    talloc_free(ctx);
}

/* contract.md section 6: these members, in this order, and no other. */
static void every_error_has_the_one_shape(void **state)
{
    (void)state;
    for (enum err error = ERR_BAD_REQUEST; error < ERR_COUNT; error++) {
        struct response *resp = resp_new(NULL);
        const struct err_info *info = err_info(error);
        struct json *body;
        int64_t seconds = 0;
        resp_error(resp, error);
        assert_int_equal(resp->status, info->status);
        assert_int_equal(resp->error, error);
        assert_int_equal(json_parse_object(resp, resp->body->data, resp->body->len, &body), ERR_OK);
        assert_string_equal(text_of(body, "detail"), info->detail);
        assert_string_equal(text_of(body, "message"), info->message);
        assert_string_equal(text_of(body, "error"), err_reason(info->status));
        assert_string_equal(text_of(body, "code"), info->code);
        if (info->status == 503 || info->status == 429) {
            assert_int_equal(json_member_count(body), 5);
            assert_int_equal(json_get_int(body, "retryAfter", &seconds), JSON_FOUND);
            assert_true(seconds >= 1);
        } else {
            assert_int_equal(json_member_count(body), 4);
        }
        assert_int_equal(has_line(resp, "Retry-After: "),
                         info->status == 503 || info->status == 429);
        assert_int_equal(has_line(resp, "X-Retry-After: "), info->status == 429);
        talloc_free(resp);
    }
}

static void a_limit_says_how_long_to_wait_in_body_and_headers(void **state)
{
    struct response *resp = resp_new(NULL);

    (void)state;
    resp->retry_after = 873;
    resp_error(resp, ERR_LIMITED);
    assert_string_equal(resp->body->data,
                        "{\"detail\":\"Too many requests. Please try again later.\","
                        "\"message\":\"Too many requests. Please try again later.\","
                        "\"error\":\"Too Many Requests\",\"code\":\"TOO_MANY_REQUESTS\","
                        "\"retryAfter\":873}");
    assert_true(has_line(resp, "Retry-After: 873\r\n"));
    assert_true(has_line(resp, "X-Retry-After: 873\r\n"));
    /* The time of a limit has nothing to do with other errors. */
    resp_error(resp, ERR_STORE_DOWN);
    assert_non_null(strstr(resp->body->data, ",\"retryAfter\":1}"));
    talloc_free(resp);
}

static void the_shape_is_written_as_the_contract_says(void **state)
{
    struct response *resp = resp_new(NULL);

    (void)state;
    resp_error(resp, ERR_USER_MISMATCH);
    assert_string_equal(resp->body->data,
                        "{\"detail\":\"Access denied: user_id mismatch\","
                        "\"message\":\"Access denied. You can only access your own resources.\","
                        "\"error\":\"Forbidden\",\"code\":\"USER_MISMATCH\"}");
    talloc_free(resp);
}

/* RFC 6750 section 3.1 */
static void a_challenge_is_sent_where_a_token_is_missing_or_bad(void **state)
{
    (void)state;
    for (enum err error = ERR_BAD_REQUEST; error < ERR_COUNT; error++) {
        struct response *resp = resp_new(NULL);
        bool bad =
            error == ERR_TOKEN_EXPIRED || error == ERR_TOKEN_INVALID || error == ERR_TOKEN_NO_USER;
        bool missing = error == ERR_NO_CREDENTIAL || error == ERR_BAD_AUTH_HEADER;
        resp_error(resp, error);
        assert_int_equal(has_line(resp, "WWW-Authenticate: Bearer"), bad || missing);
        assert_int_equal(has_line(resp, "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n"),
                         bad);
        talloc_free(resp);
    }
}

static void problems_are_arrays_by_field_and_the_first_is_the_detail(void **state)
{
    struct response *resp = resp_new(NULL);

    (void)state;
    resp_problem(resp, "title", "one");
    resp_problem(resp, "completed", "two");
    resp_problem(resp, "title", "a \"third\"");
    resp_error(resp, ERR_INVALID);
    assert_int_equal(resp->status, 422);
    assert_string_equal(resp->body->data,
                        "{\"detail\":\"one\",\"message\":\"one\","
                        "\"error\":\"Unprocessable Content\",\"code\":\"VALIDATION_ERROR\","
                        "\"errors\":{\"title\":[\"one\",\"a \\\"third\\\"\"],"
                        "\"completed\":[\"two\"]}}");
    talloc_free(resp);
}

static void the_number_of_problems_is_bounded(void **state)
{
    struct response *resp = resp_new(NULL);
    struct json *body;

    (void)state;
    for (int i = 0; i < RESP_MAX_PROBLEM + 5; i++) {
        resp_problem(resp, mem_printf(resp, "field%d", i), "wrong");
    }
    resp_error(resp, ERR_INVALID);
    assert_int_equal(json_parse_object(resp, resp->body->data, resp->body->len, &body), ERR_OK);
    assert_non_null(strstr(resp->body->data, "\"field15\":[\"wrong\"]"));
    assert_null(strstr(resp->body->data, "field16"));
    talloc_free(resp);
}

static void an_error_replaces_what_was_there(void **state)
{
    struct response *resp = resp_new(NULL);
    struct buf *body = buf_new(resp);

    (void)state;
    buf_puts(body, "{\"secret\":1}");
    resp_json(resp, 200, body);
    resp_error(resp, ERR_STORE_DOWN);
    assert_int_equal(resp->status, 503);
    assert_null(strstr(resp->body->data, "secret"));
    assert_true(has_line(resp, "Retry-After: 1\r\n"));
    talloc_free(resp);
}

/* A response whose whole head has LEN bytes. */
static struct response *with_head_of(void *ctx, size_t len)
{
    struct response *resp = resp_new(ctx);
    struct buf *value = buf_new(ctx);

    resp_empty(resp, 200);
    size_t used = resp_head(ctx, resp)->len + strlen("X-Fill: \r\n");
    while (value->len < len - used) {
        buf_putc(value, 'x');
    }
    resp_header(resp, "X-Fill", value->data);
    return resp;
}

/* R48 */
static void a_head_that_web_servers_would_refuse_becomes_a_500(void **state)
{
    void *ctx = mem_context(NULL);
    struct response *resp = with_head_of(ctx, RESP_MAX_HEAD);
    struct buf *head = resp_head(ctx, resp);

    (void)state;
    assert_int_equal(head->len, RESP_MAX_HEAD);
    assert_int_equal(resp->status, 200);
    assert_int_equal(resp_room(resp), 0);
    assert_int_equal(resp_room(with_head_of(ctx, RESP_MAX_HEAD - 100)), 100);
    assert_int_equal(resp_room(with_head_of(ctx, RESP_MAX_HEAD + 1)), 0);

    resp = with_head_of(ctx, RESP_MAX_HEAD + 1);
    head = resp_head(ctx, resp);
    assert_true(head->len < RESP_MAX_HEAD);
    assert_int_equal(resp->status, 500);
    assert_int_equal(resp->error, ERR_INTERNAL);
    assert_non_null(strstr(head->data, "Status: 500 Internal Server Error\r\n"));
    assert_null(strstr(head->data, "X-Fill"));
    assert_non_null(
        strstr(head->data, mem_printf(ctx, "Content-Length: %zu\r\n", resp->body->len)));
    assert_non_null(strstr(resp->body->data, "\"code\":\"INTERNAL_SERVER_ERROR\""));
    talloc_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_response_is_a_500),
        cmocka_unit_test(a_header_value_with_a_control_byte_is_left_out),
        cmocka_unit_test(the_head_of_a_success_is_complete),
        cmocka_unit_test(a_page_says_that_it_is_html),
        cmocka_unit_test(an_error_may_say_more_than_the_table),
        cmocka_unit_test(an_empty_answer_has_no_type),
        cmocka_unit_test(every_error_has_the_one_shape),
        cmocka_unit_test(a_limit_says_how_long_to_wait_in_body_and_headers),
        cmocka_unit_test(the_shape_is_written_as_the_contract_says),
        cmocka_unit_test(a_challenge_is_sent_where_a_token_is_missing_or_bad),
        cmocka_unit_test(problems_are_arrays_by_field_and_the_first_is_the_detail),
        cmocka_unit_test(the_number_of_problems_is_bounded),
        cmocka_unit_test(an_error_replaces_what_was_there),
        cmocka_unit_test(a_head_that_web_servers_would_refuse_becomes_a_500),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
