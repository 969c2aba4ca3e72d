/* http/query: names and values of a query string, each name once. */
#include "base/mem.h"
#include "http/query.h"
#include "unit.h"

static void names_and_values_are_decoded(void **state)
{
    static const struct {
        const char *text, *name, *value;
    } rows[] = {
        {"a=1", "a", "1"},
        {"a=1&b=two+words", "b", "two words"},
        {"a=%2B%26%3D", "a", "+&="},
        {"%61%20b=c", "a b", "c"},
        {"a", "a", ""},
        {"a=", "a", ""},
        {"a=b=c", "a", "b=c"},
        {"&&a=1&&", "a", "1"},
        {"q=%E2%82%AC", "q", "\xe2\x82\xac"},
        {"q=\xe2\x82\xac", "q", "\xe2\x82\xac"},
        {"A=upper&a=lower", "a", "lower"},
        {"=x", "", "x"},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct query query;
        assert_int_equal(query_parse(ctx, rows[i].text, &query), ERR_OK);
        assert_non_null(query_get(&query, rows[i].name));
        assert_string_equal(query_get(&query, rows[i].name), rows[i].value);
    }
    talloc_free(ctx);
}

static void missing_name_is_null(void **state)
{
    void *ctx = mem_context(NULL);
    struct query query;

    (void)state;
    assert_int_equal(query_parse(ctx, "", &query), ERR_OK);
    assert_int_equal(query.count, 0);
    assert_null(query_get(&query, "a"));
    assert_int_equal(query_parse(ctx, "ab=1", &query), ERR_OK);
    assert_null(query_get(&query, "a"));
    assert_null(query_get(&query, "abc"));
    talloc_free(ctx);
}

static void ambiguous_and_malformed_queries_are_refused(void **state)
{
    static const char *const refused[] = {
        "a=1&a=2", "a=1&a=1", "a&a",  "a=1&%61=2", "a=%",   "a=%4",     "a=%zz",       "%=1",
        "a=%00",   "a=%0a",   "a=\n", "a=%7f",     "a=%ff", "a=%c0%ae", "a=%ed%a0%80", "a=\xff",
    };
    void *ctx = mem_context(NULL);
    struct query query = {.count = 99};

    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        print_message("  %s\n", refused[i]);
        assert_int_equal(query_parse(ctx, refused[i], &query), ERR_BAD_VALUE);
    }
    assert_int_equal(query.count, 99);
    talloc_free(ctx);
}

static void number_of_fields_is_bounded(void **state)
{
    void *ctx = mem_context(NULL);
    struct buf *text = buf_new(ctx);
    struct query query;

    (void)state;
    for (int i = 0; i < QUERY_MAX_FIELDS; i++) {
        buf_printf(text, "n%d=%d&", i, i);
    }
    assert_int_equal(query_parse(ctx, text->data, &query), ERR_OK);
    assert_int_equal(query.count, QUERY_MAX_FIELDS);
    assert_string_equal(query_get(&query, "n31"), "31");
    buf_puts(text, "more=1");
    assert_int_equal(query_parse(ctx, text->data, &query), ERR_BAD_VALUE);
    talloc_free(ctx);
}

static void encoding_leaves_only_unreserved_characters(void **state)
{
    void *ctx = mem_context(NULL);
    struct buf *text = buf_new(ctx);

    (void)state;
    query_encode(text, "aZ09-._~ /?#&=+%\"<>;\xc3\xa9\r\n");
    assert_string_equal(text->data, "aZ09-._~%20%2F%3F%23%26%3D%2B%25%22%3C%3E%3B%C3%A9%0D%0A");
    talloc_free(ctx);
}

/* Every character but the control bytes comes back as it was. */
static void what_is_encoded_is_read_back(void **state)
{
    void *ctx = mem_context(NULL);
    struct buf *plain = buf_new(ctx);
    struct buf *text = buf_new(ctx);
    struct query query;

    (void)state;
    for (int byte = 0x20; byte < 0x7f; byte++) {
        buf_putc(plain, (char)byte);
    }
    buf_puts(plain, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    query_encode(text, plain->data);
    buf_putc(text, '=');
    query_encode(text, plain->data);
    assert_int_equal(query_parse(ctx, text->data, &query), ERR_OK);
    assert_int_equal(query.count, 1);
    assert_string_equal(query.fields[0].name, plain->data);
    assert_string_equal(query.fields[0].value, plain->data);
    talloc_free(ctx);
}

static void a_flag_is_any_text_that_is_not_empty(void **state)
{
    static const struct {
        const char *query;
        bool is_true;
    } rows[] = {
        {"", false},          {"flag", false},          {"flag=", false},      {"flags=1", false},
        {"flag=1", true},     {"flag=true", true},      {"flag=0", true},      {"flag=false", true},
        {"a=b&flag=1", true}, {"flag=1&flag=1", false}, {"flag=1&a=%", false},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s\n", rows[i].query);
        assert_int_equal(query_is_true(ctx, rows[i].query, "flag"), rows[i].is_true);
    }
    talloc_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_values_are_decoded),
        cmocka_unit_test(missing_name_is_null),
        cmocka_unit_test(ambiguous_and_malformed_queries_are_refused),
        cmocka_unit_test(number_of_fields_is_bounded),
        cmocka_unit_test(encoding_leaves_only_unreserved_characters),
        cmocka_unit_test(what_is_encoded_is_read_back),
        cmocka_unit_test(a_flag_is_any_text_that_is_not_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
