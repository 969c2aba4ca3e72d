/* http/cgi: what is refused of what a web server passes, or left out. */
#include "base/mem.h"
#include "http/cgi.h"
#include "unit.h"
#include "unit_cgi.h"

/* R13 */
static void every_parameter_may_occur_once(void **state)
{
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(read_params); i++) {
        struct params *params = mem_new(ctx, struct params);
        struct request request;
        params->ctx = params;
        for (size_t j = 0; j < COUNT(read_params); j++) {
            add(params, read_params[j]);
        }
        assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
        add(params, read_params[i]);
        print_message("  %s\n", read_params[i]);
        assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_BAD_REQUEST);
    }
    talloc_free(ctx);
}

/* R13; a user agent is only for the session's row, so it is left out instead. */
static void control_bytes_are_refused(void **state)
{
    static const char bytes[] = {0x01, '\t', '\n', '\r', 0x1f, 0x7f};
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 2; i < COUNT(read_params); i++) {
        for (size_t j = 0; j < COUNT(bytes); j++) {
            struct request request;
            enum err error =
                parse_with(ctx, mem_printf(ctx, "%s%c", read_params[i], bytes[j]), &request);
            if (strncmp(read_params[i], "HTTP_USER_AGENT", 15) == 0) {
                assert_int_equal(error, ERR_OK);
                assert_string_equal(request.user_agent, "");
            } else {
                assert_int_equal(error, ERR_BAD_REQUEST);
            }
        }
    }
    struct request request;
    assert_int_equal(parse_with(ctx, "HTTP_COOKIE=a=b\nc", &request), ERR_BAD_REQUEST);
    assert_int_equal(cgi_parse(ctx, new_params(ctx, "GET\n", "/")->list, &request),
                     ERR_BAD_REQUEST);
    assert_int_equal(cgi_parse(ctx, new_params(ctx, "GET", "/\n")->list, &request),
                     ERR_BAD_REQUEST);
    /* What nobody reads may hold anything. */
    assert_int_equal(parse_with(ctx, "HTTP_X_OTHER=a\nb", &request), ERR_OK);
    talloc_free(ctx);
}

static void user_agent_that_is_no_text_is_left_out(void **state)
{
    void *ctx = mem_context(NULL);
    struct request request;

    (void)state;
    assert_int_equal(parse_with(ctx, "HTTP_USER_AGENT=caf\xc3\xa9", &request), ERR_OK);
    assert_string_equal(request.user_agent, "caf\xc3\xa9");
    assert_int_equal(parse_with(ctx, "HTTP_USER_AGENT=caf\xe9", &request), ERR_OK);
    assert_string_equal(request.user_agent, "");
    talloc_free(ctx);
}

static void a_parameter_without_a_name_is_refused(void **state)
{
    void *ctx = mem_context(NULL);
    struct request request;

    (void)state;
    assert_int_equal(parse_with(ctx, "HTTPS", &request), ERR_BAD_REQUEST);
    assert_int_equal(parse_with(ctx, "", &request), ERR_BAD_REQUEST);
    talloc_free(ctx);
}

static void number_of_parameters_is_bounded(void **state)
{
    void *ctx = mem_context(NULL);
    struct params *params = new_params(ctx, "GET", "/");
    struct request request;

    (void)state;
    while (params->count < CGI_MAX_PARAMS) {
        add(params, "HTTP_X=1");
    }
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
    add(params, "HTTP_X=1");
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_BAD_REQUEST);
    talloc_free(ctx);
}

static void size_of_parameters_is_bounded(void **state)
{
    void *ctx = mem_context(NULL);
    struct params *params = new_params(ctx, "GET", "/");
    size_t used = strlen(params->list[0]) + strlen(params->list[1]);
    char *large = mem_bytes(ctx, CGI_MAX_PARAM_BYTES + 2);
    struct request request;

    (void)state;
    memset(large, '=', CGI_MAX_PARAM_BYTES + 2);
    large[CGI_MAX_PARAM_BYTES - used] = '\0';
    params->list[2] = large;
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_OK);
    large[CGI_MAX_PARAM_BYTES - used] = '=';
    large[CGI_MAX_PARAM_BYTES - used + 1] = '\0';
    assert_int_equal(cgi_parse(ctx, params->list, &request), ERR_BAD_REQUEST);
    talloc_free(ctx);
}

static void length_is_a_decimal_number_or_nothing(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } good[] = {{"", 0},    {"0", 0},         {"1", 1},
                {"007", 7}, {"65536", 65536}, {"4294967296", 1UL << 32}};
    static const char *const bad[] = {"-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1e3",
                                      "0x10",
                                      "1.0",
                                      "a",
                                      "1,1",
                                      "99999999999999999999",
                                      "18446744073709551616",
                                      "18446744073709551617",
                                      "36893488147419103232"};
    void *ctx = mem_context(NULL);
    struct request request;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_int_equal(
            parse_with(ctx, mem_printf(ctx, "CONTENT_LENGTH=%s", good[i].text), &request), ERR_OK);
        assert_int_equal(request.content_length, good[i].length);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        print_message("  %s\n", bad[i]);
        assert_int_equal(parse_with(ctx, mem_printf(ctx, "CONTENT_LENGTH=%s", bad[i]), &request),
                         ERR_BAD_REQUEST);
    }
    talloc_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_parameter_may_occur_once),
        cmocka_unit_test(control_bytes_are_refused),
        cmocka_unit_test(user_agent_that_is_no_text_is_left_out),
        cmocka_unit_test(a_parameter_without_a_name_is_refused),
        cmocka_unit_test(number_of_parameters_is_bounded),
        cmocka_unit_test(size_of_parameters_is_bounded),
        cmocka_unit_test(length_is_a_decimal_number_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
