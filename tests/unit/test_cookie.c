/* http/cookie: one value for a name, or none. */
#include "base/buf.h"
#include "base/mem.h"
#include "http/cookie.h"
#include "unit.h"

/* cookie_get of "name" in up to two Cookie headers. */
static const char *get(void *ctx, const char *first, const char *second)
{
    struct request request = {.cookies = {first, second}, .cookie_count = second == NULL ? 1 : 2};

    return cookie_get(ctx, &request, "name");
}

static void value_is_found_wherever_it_stands(void **state)
{
    static const struct {
        const char *header, *value;
    } rows[] = {
        {"name=v", "v"},
        {"a=b; name=v", "v"},
        {"name=v; a=b", "v"},
        {"a=b;name=v", "v"},
        {"a=b; \t name=v ; c=d", "v"},
        {" name=v ", "v"},
        {"name=", ""},
        {"name=a=b=", "a=b="},
        {"name=v%2E.w", "v%2E.w"},
        {"name=\"v\"", "v"},
        {"name=\"\"", ""},
        {"name=\"", "\""},
        {"name=\"v", "\"v"},
        {"xname=w; name=v", "v"},
        {"names=w; name=v", "v"},
        {"name; name=v", "v"},
        {"; ; name=v; ;", "v"},
        {"a=b, name=v", "v"}, /* two headers, joined by a server */
        {"Name=w; name=v", "v"},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s\n", rows[i].header);
        assert_non_null(get(ctx, rows[i].header, NULL));
        assert_string_equal(get(ctx, rows[i].header, NULL), rows[i].value);
    }
    talloc_free(ctx);
}

static void missing_cookie_is_null(void **state)
{
    static const char *const headers[] = {"",        ";",      "a=b",      "name", "nam=v",
                                          "names=v", "Name=v", "a=name=v", "=v"};
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(headers); i++) {
        print_message("  %s\n", headers[i]);
        assert_null(get(ctx, headers[i], NULL));
    }
    assert_null(cookie_get(ctx, &(struct request){.cookie_count = 0}, "name"));
    talloc_free(ctx);
}

/* R45: of two values one is somebody else's, so neither counts. */
static void two_different_values_are_both_ignored(void **state)
{
    void *ctx = mem_context(NULL);

    (void)state;
    assert_null(get(ctx, "name=a; name=b", NULL));
    assert_null(get(ctx, "name=a, name=b", NULL));
    assert_null(get(ctx, "name=a", "name=b"));
    assert_null(get(ctx, "name=a; x=y", "x=y; name="));
    assert_null(get(ctx, "name=a; name=b; name=a", NULL));
    talloc_free(ctx);
}

static void the_same_value_twice_counts(void **state)
{
    void *ctx = mem_context(NULL);

    (void)state;
    assert_string_equal(get(ctx, "name=a; name=a", NULL), "a");
    assert_string_equal(get(ctx, "name=a", "name=a"), "a");
    assert_string_equal(get(ctx, "x=y", "name=a"), "a");
    talloc_free(ctx);
}

static void parts_are_joined_in_their_order(void **state)
{
    static const struct {
        const char *header, *value;
        size_t parts;
    } rows[] = {
        {"name=v", "v", 0},
        {"name.0=a", "a", 1},
        {"name.0=a; name.1=b; name.2=c", "abc", 3},
        {"name.2=c; name.0=a; x=y; name.1=b", "abc", 3},
        {"name=v; name.0=a; name.1=b", "v", 2}, /* left over from a longer one */
        {"name.0=a; name.2=c", "a", 1},
        {"name.1=b", NULL, 0},
        {"name.00=a; name.x=b; names.0=c", NULL, 0},
        {"name.0=a; name.0=b", NULL, 0}, /* R45 */
        {"x=y", NULL, 0},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct request request = {.cookies = {rows[i].header}, .cookie_count = 1};
        size_t parts = 99;
        const char *value = cookie_get_parts(ctx, &request, "name", &parts);
        print_message("  %s\n", rows[i].header);
        assert_int_equal(parts, rows[i].parts);
        assert_int_equal(value == NULL, rows[i].value == NULL);
        if (value != NULL)
            assert_string_equal(value, rows[i].value);
    }
    talloc_free(ctx);
}

static void no_more_than_sixteen_parts_are_read(void **state)
{
    void *ctx = mem_context(NULL);
    struct buf *header = buf_new(ctx);
    size_t parts = 0;

    (void)state;
    for (int i = 0; i < 20; i++)
        buf_printf(header, "name.%d=%c; ", i, 'a' + i);
    const struct request request = {.cookies = {header->data}, .cookie_count = 1};
    assert_string_equal(cookie_get_parts(ctx, &request, "name", &parts), "abcdefghijklmnop");
    assert_int_equal(parts, COOKIE_MAX_PARTS);
    talloc_free(ctx);
}

static void a_cookie_is_left_out_where_there_is_no_room_for_it(void **state)
{
    void *ctx = mem_context(NULL);

    (void)state;
    for (int more = 0; more <= 1; more++) {
        struct response *resp = resp_new(ctx);
        resp_empty(resp, 200);
        size_t room =
            resp_room(resp) - strlen("Set-Cookie: n=; Path=/; HttpOnly; SameSite=Lax\r\n");
        struct buf *value = buf_new(ctx);
        while (value->len < room + (size_t)more)
            buf_putc(value, 'v');
        assert_int_equal(cookie_set_if_room(resp, &(struct cookie){.name = "n",
                                                                   .value = value->data,
                                                                   .max_age = COOKIE_UNTIL_CLOSE,
                                                                   .path = "/",
                                                                   .same_site = "Lax"}),
                         more == 0);
        assert_int_equal(resp->head->len == 0, more == 1);
        assert_int_equal(resp_head(ctx, resp)->len <= RESP_MAX_HEAD, true);
        assert_int_equal(resp->status, 200);
    }
    talloc_free(ctx);
}

static void attributes_come_in_better_auths_order(void **state)
{
    void *ctx = mem_context(NULL);
    struct response *resp = resp_new(ctx);

    (void)state;
    cookie_set(
        resp,
        &(struct cookie){
            .name = "n", .value = "v.s%3D", .max_age = 604800, .path = "/", .same_site = "Lax"});
    cookie_set(resp, &(struct cookie){.name = "__Secure-n",
                                      .value = "",
                                      .max_age = 0,
                                      .path = "/api/auth",
                                      .same_site = "Strict",
                                      .secure = true});
    assert_string_equal(resp->head->data,
                        "Set-Cookie: n=v.s%3D; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax\r\n"
                        "Set-Cookie: __Secure-n=; Max-Age=0; Path=/api/auth; HttpOnly; Secure; "
                        "SameSite=Strict\r\n");
    talloc_free(ctx);
}

static void a_cookie_may_last_until_the_browser_is_closed(void **state)
{
    void *ctx = mem_context(NULL);
    struct response *resp = resp_new(ctx);

    (void)state;
    cookie_set(resp, &(struct cookie){.name = "n",
                                      .value = "v",
                                      .max_age = COOKIE_UNTIL_CLOSE,
                                      .path = "/",
                                      .same_site = "Lax"});
    assert_string_equal(resp->head->data, "Set-Cookie: n=v; Path=/; HttpOnly; SameSite=Lax\r\n");
    talloc_free(ctx);
}

static void value_with_a_line_break_is_not_sent(void **state)
{
    void *ctx = mem_context(NULL);
    struct response *resp = resp_new(ctx);

    (void)state;
    cookie_set(
        resp, &(struct cookie){.name = "n", .value = "v\r\nX: y", .path = "/", .same_site = "Lax"});
    assert_int_equal(resp->head->len, 0);
    talloc_free(ctx);
}

static void the_secure_name_has_no_second_where_it_was_sent(void **state)
{
    static const struct {
        const char *header, *value; /* NULL: none */
    } rows[] = {
        {"a=b", NULL},
        {"name=v", "v"},
        {"__Secure-name=v", "v"},
        {"name=w; __Secure-name=v", "v"},
        {"__Secure-name=v; name=w", "v"},
        {"__Secure-name=v; __Secure-name=v; name=w", "v"},
        {"name=v; name=w", NULL},
        {"name=v; name=w; __Secure-name=x", "x"},
        /* What was sent twice does not make room for what anybody could have set. */
        {"__Secure-name=v; __Secure-name=w; name=x", NULL},
        {"name=x; __Secure-name=v; __Secure-name=w", NULL},
        {"__Secure-name=; name=x", ""},
        {"__secure-name=w; name=v", "v"},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct request request = {.cookies = {rows[i].header}, .cookie_count = 1};
        const char *value = cookie_get_either(ctx, &request, "__Secure-name", "name");
        print_message("  %s\n", rows[i].header);
        assert_int_equal(value != NULL, rows[i].value != NULL);
        if (value != NULL) {
            assert_string_equal(value, rows[i].value);
        }
    }
    talloc_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(value_is_found_wherever_it_stands),
        cmocka_unit_test(missing_cookie_is_null),
        cmocka_unit_test(two_different_values_are_both_ignored),
        cmocka_unit_test(the_same_value_twice_counts),
        cmocka_unit_test(parts_are_joined_in_their_order),
        cmocka_unit_test(no_more_than_sixteen_parts_are_read),
        cmocka_unit_test(a_cookie_is_left_out_where_there_is_no_room_for_it),
        cmocka_unit_test(attributes_come_in_better_auths_order),
        cmocka_unit_test(a_cookie_may_last_until_the_browser_is_closed),
        cmocka_unit_test(the_secure_name_has_no_second_where_it_was_sent),
        cmocka_unit_test(value_with_a_line_break_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
