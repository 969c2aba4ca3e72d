/* http/cgi: what a web server passes becomes a request. */
#include "base/mem.h"
#include "http/cgi.h"
#include "unit.h"
#include "unit_cgi.h"

static void a_whole_request_is_read(void **state)
{
    void *ctx = mem_context(NULL);
    struct params *params = new_params(ctx, "PATCH", "/api/tasks/7/complete/?x=1");
    struct request request;

    (void)state;
    for (size_t i = 2; i < COUNT(read_params); i++) {
        add(params, read_params[i]);
    }
    add(params, "HTTP_COOKIE=a=b");
    add(params, "SCRIPT_NAME=/elsewhere");
    add(params, "PATH_INFO=/elsewhere");
    add(params, "QUERY_STRING=y=2");
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
    talloc_free(params); /* the request holds copies */
    assert_int_equal(request.method, METHOD_PATCH);
    assert_string_equal(request.method_name, "PATCH");
    assert_false(request.head);
    assert_int_equal(request.path.count, 4);
    assert_string_equal(request.path.segments[3], "complete");
    assert_true(request.path.trailing_slash);
    assert_string_equal(request.path.query, "x=1");
    assert_string_equal(request.authorization, "Bearer a");
    assert_int_equal(request.cookie_count, 1);
    assert_string_equal(request.cookies[0], "a=b");
    assert_string_equal(request.origin, "http://a");
    assert_string_equal(request.referer, "http://a/");
    assert_string_equal(request.fetch_site, "none");
    assert_string_equal(request.fetch_mode, "cors");
    assert_string_equal(request.fetch_dest, "empty");
    assert_string_equal(request.content_type, "text/plain");
    assert_string_equal(request.preflight_method, "PUT");
    assert_string_equal(request.user_agent, "test");
    assert_string_equal(request.remote_addr, "192.0.2.1");
    assert_true(request.https);
    assert_string_equal(request.list_shape, "array");
    assert_int_equal(request.content_length, 0);
    assert_null(request.body);
    talloc_free(ctx);
}

static void what_is_not_passed_is_absent(void **state)
{
    void *ctx = mem_context(NULL);
    struct request request;

    (void)state;
    assert_int_equal(cgi_parse(ctx, new_params(ctx, "GET", "/")->list, &request), ERR_OK);
    assert_null(request.authorization);
    assert_int_equal(request.cookie_count, 0);
    assert_null(request.origin);
    assert_null(request.referer);
    assert_null(request.fetch_site);
    assert_null(request.fetch_mode);
    assert_null(request.fetch_dest);
    assert_null(request.content_type);
    assert_null(request.preflight_method);
    assert_null(request.list_shape);
    assert_string_equal(request.user_agent, "");
    assert_string_equal(request.remote_addr, "");
    assert_false(request.https);
    assert_int_equal(request.content_length, 0);
    talloc_free(ctx);
}

/* Better be nobody's word than the wrong one of two (security.md finding 10); and a header that is
 * mostly not looked at refuses nobody. */
static void several_x_forwarded_for_are_believed_by_nobody_and_refuse_nobody(void **state)
{
    void *ctx = mem_context(NULL);
    struct params *params = new_params(ctx, "GET", "/");
    struct request request;

    (void)state;
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
    assert_null(request.forwarded_for);
    add(params, "HTTP_X_FORWARDED_FOR=1.2.3.4\r\n, \xff");
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
    assert_string_equal(request.forwarded_for, "1.2.3.4\r\n, \xff");
    for (int i = 0; i < 2; i++) {
        add(params, "HTTP_X_FORWARDED_FOR=203.0.113.7");
        assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
        assert_string_equal(request.forwarded_for, "");
    }
    talloc_free(ctx);
}

static void methods_are_a_closed_case_sensitive_list(void **state)
{
    static const struct {
        const char *name;
        enum method method;
        bool head;
    } rows[] = {
        {"GET", METHOD_GET, false},         {"HEAD", METHOD_GET, true},
        {"POST", METHOD_POST, false},       {"PUT", METHOD_PUT, false},
        {"PATCH", METHOD_PATCH, false},     {"DELETE", METHOD_DELETE, false},
        {"OPTIONS", METHOD_OPTIONS, false}, {"TRACE", METHOD_OTHER, false},
        {"CONNECT", METHOD_OTHER, false},   {"get", METHOD_OTHER, false},
        {"GETS", METHOD_OTHER, false},      {"GE", METHOD_OTHER, false},
        {"", METHOD_OTHER, false},          {"FOO\xff", METHOD_OTHER, false},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request;
        assert_int_equal(cgi_parse(ctx, new_params(ctx, rows[i].name, "/")->list, &request),
                         ERR_OK);
        assert_int_equal(request.method, rows[i].method);
        assert_int_equal(request.head, rows[i].head);
        if (rows[i].method == METHOD_OTHER) {
            assert_string_equal(request.method_name, "other");
        }
    }
    talloc_free(ctx);
}

static void cookie_headers_are_kept_apart_and_bounded(void **state)
{
    void *ctx = mem_context(NULL);
    struct params *params = new_params(ctx, "GET", "/");
    struct request request;

    (void)state;
    for (int i = 0; i < CGI_MAX_COOKIES; i++) {
        add(params, mem_printf(ctx, "HTTP_COOKIE=n=%d", i));
    }
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
    assert_int_equal(request.cookie_count, CGI_MAX_COOKIES);
    assert_string_equal(request.cookies[0], "n=0");
    assert_string_equal(request.cookies[CGI_MAX_COOKIES - 1], "n=3");
    add(params, "HTTP_COOKIE=one=more");
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_BAD_REQUEST);
    talloc_free(ctx);
}

static void authorization_is_found_under_apaches_name_too(void **state)
{
    void *ctx = mem_context(NULL);
    struct params *params = new_params(ctx, "GET", "/");
    struct request request;

    (void)state;
    add(params, "REDIRECT_HTTP_AUTHORIZATION=Bearer second");
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
    assert_string_equal(request.authorization, "Bearer second");
    add(params, "HTTP_AUTHORIZATION=Bearer first");
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
    assert_string_equal(request.authorization, "Bearer first");
    talloc_free(ctx);
}

/* Names that begin with HTTP_ come from clients. */
static void a_clients_header_never_says_what_the_server_says(void **state)
{
    static const char *const headers[] = {
        "HTTP_TASKS_LIST_SHAPE=array",
        "HTTP_HTTPS=on",
        "HTTP_REQUEST_SCHEME=https",
        "HTTP_X_FORWARDED_PROTO=https",
        "HTTP_REMOTE_ADDR=1.2.3.4",
        "HTTP_X_FORWARDED_FOR=1.2.3.4",
        "HTTP_REDIRECT_HTTP_AUTHORIZATION=Bearer x",
        "HTTP_REQUEST_METHOD=DELETE",
        "HTTP_REQUEST_URI=/x",
        "HTTP_CONTENT_LENGTH=9",
        "HTTP_CONTENT_TYPE=application/json",
        "HTTP_X_HTTP_METHOD_OVERRIDE=DELETE",
        "HTTP_HTTP_COOKIE=a=b",
        "HTTP_PROXY=http://x",
        "XHTTPS=on",
        "HTTPS_=on",
        "HTTP_AUTHORIZATIONX=a",
        "HTTP_COOKIES=a=b",
    };
    void *ctx = mem_context(NULL);
    struct params *params = new_params(ctx, "GET", "/");
    struct request request;

    (void)state;
    for (size_t i = 0; i < COUNT(headers); i++) {
        add(params, headers[i]);
    }
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
    assert_null(request.list_shape);
    assert_false(request.https);
    assert_string_equal(request.remote_addr, "");
    assert_null(request.authorization);
    assert_int_equal(request.method, METHOD_GET);
    assert_int_equal(request.path.count, 0);
    assert_int_equal(request.content_length, 0);
    assert_null(request.content_type);
    assert_int_equal(request.cookie_count, 0);
    talloc_free(ctx);
}

static void https_is_what_the_server_says(void **state)
{
    static const struct {
        const char *param;
        bool https;
    } rows[] = {
        {"HTTPS=on", true}, {"REQUEST_SCHEME=https", true}, {"HTTPS=off", false},
        {"HTTPS=", false},  {"REQUEST_SCHEME=http", false}, {"REQUEST_SCHEME=httpsx", false},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct request request;
        assert_int_equal(parse_with(ctx, rows[i].param, &request), ERR_OK);
        assert_int_equal(request.https, rows[i].https);
    }
    talloc_free(ctx);
}

/* R42 */
static void missing_method_or_target_is_our_servers_fault(void **state)
{
    void *ctx = mem_context(NULL);
    char *only_method[] = {mem_strdup(ctx, "REQUEST_METHOD=GET"), NULL};
    char *only_uri[] = {mem_strdup(ctx, "REQUEST_URI=/"), NULL};
    char *none[] = {NULL};
    struct request request;

    (void)state;
    assert_int_equal(cgi_parse(ctx, only_method, &request), ERR_INTERNAL);
    assert_int_equal(cgi_parse(ctx, only_uri, &request), ERR_INTERNAL);
    assert_int_equal(cgi_parse(ctx, none, &request), ERR_INTERNAL);
    assert_string_equal(request.path.raw, "");
    talloc_free(ctx);
}

static void a_refused_path_leaves_what_cors_and_log_need(void **state)
{
    void *ctx = mem_context(NULL);
    struct params *params = new_params(ctx, "POST", "/a//b");
    struct request request;

    (void)state;
    add(params, "HTTP_ORIGIN=http://a");
    add(params, "REMOTE_ADDR=192.0.2.1");
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_BAD_PATH);
    assert_string_equal(request.origin, "http://a");
    assert_string_equal(request.remote_addr, "192.0.2.1");
    assert_string_equal(request.method_name, "POST");
    assert_int_equal(request.path.count, 0);
    talloc_free(ctx);
}

static void every_request_has_its_own_name(void **state)
{
    void *ctx = mem_context(NULL);
    struct request one, other;

    (void)state;
    assert_int_equal(cgi_parse(ctx, new_params(ctx, "GET", "/")->list, &one), ERR_OK);
    assert_int_equal(cgi_parse(ctx, new_params(ctx, "GET", "/")->list, &other), ERR_OK);
    assert_int_equal(strlen(one.id), 16);
    assert_string_not_equal(one.id, other.id);
    talloc_free(ctx);
}

static void the_web_servers_name_for_a_request_is_kept(void **state)
{
    static const struct {
        const char *param, *more;
        const char *id; /* NULL: one of our own */
    } rows[] = {
        {"REQUEST_ID=4f1c0d", NULL, "4f1c0d"},
        {"UNIQUE_ID=aZ9@x-Y_", NULL, "aZ9@x-Y_"},
        {"UNIQUE_ID=second", "REQUEST_ID=first", "first"},
        {"UNIQUE_ID=second", "REQUEST_ID=", "second"},
        /* A client's is not looked at, ... */
        {"HTTP_X_REQUEST_ID=4f1c0d", NULL, NULL},
        {"HTTP_REQUEST_ID=4f1c0d", "HTTP_UNIQUE_ID=4f1c0d", NULL},
        {"REQUEST_ID=4f1c0d", "HTTP_X_REQUEST_ID=evil", "4f1c0d"},
        /* ... not even when a server is told to pass it: what is no name is none. */
        {"REQUEST_ID=a b", NULL, NULL},
        {"REQUEST_ID=a\"b", NULL, NULL},
        {"REQUEST_ID=a\nb", NULL, NULL},
        {"REQUEST_ID=a=b", NULL, NULL},
        {"REQUEST_ID=\xc3\xb6", NULL, NULL},
        {"REQUEST_ID=one", "REQUEST_ID=two", NULL},
        {"REQUEST_ID=0123456789012345678901234567890123456789012345678901234567890123", NULL,
         "0123456789012345678901234567890123456789012345678901234567890123"},
        {"REQUEST_ID=01234567890123456789012345678901234567890123456789012345678901234", NULL,
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        void *ctx = mem_context(NULL);
        struct params *params = new_params(ctx, "GET", "/");
        struct request request;
        add(params, rows[i].param);
        if (rows[i].more != NULL) {
            add(params, rows[i].more);
        }
        print_message("  %s\n", rows[i].param);
        assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
        if (rows[i].id != NULL) {
            assert_string_equal(request.id, rows[i].id);
        } else {
            assert_int_equal(strlen(request.id), 16);
            assert_null(strstr(rows[i].param, request.id));
        }
        talloc_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_request_is_read),
        cmocka_unit_test(what_is_not_passed_is_absent),
        cmocka_unit_test(several_x_forwarded_for_are_believed_by_nobody_and_refuse_nobody),
        cmocka_unit_test(methods_are_a_closed_case_sensitive_list),
        cmocka_unit_test(cookie_headers_are_kept_apart_and_bounded),
        cmocka_unit_test(authorization_is_found_under_apaches_name_too),
        cmocka_unit_test(a_clients_header_never_says_what_the_server_says),
        cmocka_unit_test(https_is_what_the_server_says),
        cmocka_unit_test(missing_method_or_target_is_our_servers_fault),
        cmocka_unit_test(a_refused_path_leaves_what_cors_and_log_need),
        cmocka_unit_test(every_request_has_its_own_name),
        cmocka_unit_test(the_web_servers_name_for_a_request_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
