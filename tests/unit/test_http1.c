/* http/http1: what is a request for the admin socket, and what is refused. */
#include "base/buf.h"
#include "base/mem.h"
#include "http/http1.h"
#include "unit.h"

#define HOST "Host: localhost\r\n"

static int read_text(const char *text, struct http1_request *request)
{
    return http1_read(text, strlen(text), request);
}

static void a_request_is_its_method_and_path(void **state)
{
    static const struct {
        const char *text;
        enum http1_method method;
        const char *path;
    } requests[] = {
        {"GET /metrics HTTP/1.1\r\n" HOST "\r\n", HTTP1_GET, "/metrics"},
        {"HEAD /live HTTP/1.1\r\nhost:x\r\n\r\n", HTTP1_HEAD, "/live"},
        {"GET / HTTP/1.0\r\n\r\n", HTTP1_GET, "/"},
        {"GET /metrics?name[]=a&b HTTP/1.0\r\n\r\n", HTTP1_GET, "/metrics"},
        {"GET /ready? HTTP/1.1\r\nHost: \r\n\r\n", HTTP1_GET, "/ready"},
        {"GET /a HTTP/1.7\r\n" HOST "\r\n", HTTP1_GET, "/a"},
        {"POST /metrics HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", HTTP1_OTHER, "/metrics"},
        {"POST /metrics HTTP/1.1\r\n" HOST "Content-Length:\t 0 \t\r\n\r\n", HTTP1_OTHER,
         "/metrics"},
        {"get /metrics HTTP/1.1\r\n" HOST "\r\n", HTTP1_OTHER, "/metrics"},
        {"GET /metrics HTTP/1.1\r\n" HOST "Accept:\t*/* \r\nX: \xc3\xa9\r\n\r\n", HTTP1_GET,
         "/metrics"},
        {"GET /%2e HTTP/1.1\r\n" HOST "\r\nand more", HTTP1_GET, "/%2e"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++) {
        struct http1_request request;
        print_message("  %s\n", requests[i].path);
        assert_int_equal(read_text(requests[i].text, &request), 200);
        assert_int_equal(request.method, requests[i].method);
        assert_true(http1_is_path(&request, requests[i].path));
        assert_false(http1_is_path(&request, "/other"));
        assert_int_equal(request.path_len, strlen(requests[i].path));
    }
}

static void each_part_of_a_request_asks_for_more(void **state)
{
    static const char text[] = "GET /metrics HTTP/1.1\r\n" HOST "Accept: */*\r\n\r\n";
    struct http1_request request;

    (void)state;
    for (size_t len = 0; len < sizeof text - 1; len++) {
        assert_int_equal(http1_read(text, len, &request), 0);
    }
    assert_int_equal(http1_read(text, sizeof text - 1, &request), 200);
}

static void what_is_no_request_is_refused(void **state)
{
    static const char *const texts[] = {
        "\r\n\r\n",
        "\r\nGET / HTTP/1.0\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n", /* HTTP/0.9 */
        "GET / \r\n\r\n",
        "GET  / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0 \r\n\r\n",
        " GET / HTTP/1.0\r\n\r\n",
        "G@T / HTTP/1.0\r\n\r\n",
        "GET\t/ HTTP/1.0\r\n\r\n",
        "GET metrics HTTP/1.0\r\n\r\n",
        "GET http://localhost/metrics HTTP/1.0\r\n\r\n",
        "GET * HTTP/1.0\r\n\r\n",
        "GET /\x01 HTTP/1.0\r\n\r\n",
        "GET /\xc3\xa9 HTTP/1.0\r\n\r\n",
        "GET / HTTP/1\r\n\r\n",
        "GET / HTTP/1.\r\n\r\n",
        "GET / HTTP/1.10\r\n\r\n",
        "GET / HTTP/x.1\r\n\r\n",
        "GET / HTTP/1.x\r\n\r\n",
        "GET / http/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n", /* no Host */
        "GET / HTTP/1.1\r\n" HOST HOST "\r\n",
        "GET / HTTP/1.0\r\n" HOST HOST "\r\n",
        "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Content-Length: -0\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\ncontent-length: 5\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Field\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST ": value\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Field : value\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST " Field: value\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Field: a\r\n b\r\n\r\n", /* a folded line */
        "GET / HTTP/1.1\r\n" HOST "Field: a\x7f\r\n\r\n",
        "GET / HTTP/1.1\r\n" HOST "Field: a\rb\r\n\r\n",
        "GET / HTTP/1.1\n" HOST "\r\n",
        "GET / HTTP/1.1\n", /* will never end well */
        "GET / HTTP/1.0\n\n",
        "\x16\x03\x01\x02\x01\x01\xfc\x03\x03", /* TLS */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct http1_request request = {.path = NULL};
        print_message("  %zu\n", i);
        assert_int_equal(read_text(texts[i], &request), 400);
        assert_null(request.path);
    }
    static const char with_nul[] = "GET / HTTP/1.0\r\nField: a\0b\r\n\r\n";
    struct http1_request request;
    assert_int_equal(http1_read(with_nul, sizeof with_nul - 1, &request), 400);
}

static void another_version_is_told_so(void **state)
{
    struct http1_request request;

    (void)state;
    assert_int_equal(read_text("GET / HTTP/2.0\r\n\r\n", &request), 505);
    assert_int_equal(read_text("PRI * HTTP/2.0\r\n\r\n", &request), 400);
    assert_int_equal(read_text("GET / HTTP/0.9\r\n\r\n", &request), 505);
}

/* A request of exactly LEN bytes. */
static const char *of_length(void *ctx, size_t len)
{
    struct buf *text = buf_new(ctx);

    buf_puts(text, "GET / HTTP/1.0\r\nField: ");
    while (text->len < len - 4) {
        buf_putc(text, 'x');
    }
    buf_puts(text, "\r\n\r\n");
    return text->data;
}

static void a_head_has_8_kib_and_64_fields_at_most(void **state)
{
    void *ctx = mem_context(NULL);
    struct http1_request request;
    struct buf *fields = buf_new(ctx);

    (void)state;
    assert_int_equal(read_text(of_length(ctx, HTTP1_MAX_HEAD), &request), 200);
    assert_int_equal(read_text(of_length(ctx, HTTP1_MAX_HEAD + 1), &request), 431);
    assert_int_equal(http1_read(of_length(ctx, 2 * HTTP1_MAX_HEAD), HTTP1_MAX_HEAD, &request), 431);
    assert_int_equal(http1_read(of_length(ctx, 2 * HTTP1_MAX_HEAD), HTTP1_MAX_HEAD - 1, &request),
                     0);
    buf_puts(fields, "GET / HTTP/1.0\r\n");
    for (int i = 0; i < HTTP1_MAX_FIELDS; i++) {
        buf_puts(fields, "a: b\r\n");
    }
    assert_int_equal(read_text(mem_printf(ctx, "%s\r\n", fields->data), &request), 200);
    assert_int_equal(read_text(mem_printf(ctx, "%sa: b\r\n\r\n", fields->data), &request), 431);
    talloc_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_its_method_and_path),
        cmocka_unit_test(each_part_of_a_request_asks_for_more),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(another_version_is_told_so),
        cmocka_unit_test(a_head_has_8_kib_and_64_fields_at_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
