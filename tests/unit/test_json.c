/* Parsed objects and their typed getters, which never convert. */
#include "base/json.h"
#include "base/mem.h"
#include "unit.h"
#include "unit_memory.h"

static struct json *parse(void *ctx, const char *text)
{
    struct json *object = NULL;
    assert_int_equal(json_parse_object(ctx, text, strlen(text), &object), ERR_OK);
    return object;
}

static void only_objects_are_parsed(void **state)
{
    (void)state;
    static const char *const texts[] = {"[]",   "[{}]", "\"a\"", "1",   "true",
                                        "null", "",     "{",     "{} x"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct json *object = NULL;
        assert_int_equal(json_parse_object(NULL, texts[i], strlen(texts[i]), &object),
                         ERR_BAD_JSON);
        assert_null(object);
    }
    void *ctx = mem_context(NULL);
    assert_int_equal(json_member_count(parse(ctx, " {} \n")), 0);
    assert_int_equal(json_member_count(parse(ctx, "{\"a\":1,\"b\":[1,2]}")), 2);
    talloc_free(ctx);
}

static void the_deepest_and_the_longest_that_pass_are_parsed(void **state)
{
    (void)state;
    void *ctx = mem_context(NULL);
    parse(ctx, "{\"a\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}");
    parse(ctx, "{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}");
    struct buf *buf = buf_new(ctx);
    buf_puts(buf, "{\"text\":\"");
    for (int i = 0; i < 131072; i++) {
        buf_putc(buf, 'x');
    }
    buf_puts(buf, "\"}");
    struct json_string string = {0};
    assert_int_equal(json_get_string(parse(ctx, buf->data), "text", &string), JSON_FOUND);
    assert_int_equal(string.len, 131072);
    talloc_free(ctx);
}

static void getters_never_convert(void **state)
{
    (void)state;
    void *ctx = mem_context(NULL);
    struct json *object =
        parse(ctx, "{\"text\":\"12abc\",\"empty\":\"\",\"yes\":true,\"no\":false,\"int\":-12,"
                   "\"real\":1.9,\"whole\":1.0,\"exp\":1e3,\"null\":null,\"list\":[1],\"map\":{},"
                   "\"one\":1,\"zero\":0,\"digits\":\"1\"}");
    static const char *const names[] = {"text", "empty", "yes",  "no",     "int",
                                        "real", "whole", "exp",  "null",   "list",
                                        "map",  "one",   "zero", "digits", "absent"};
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *name = names[i];
        bool is_null = strcmp(name, "null") == 0;
        bool is_absent = strcmp(name, "absent") == 0;
        enum json_state other = is_null ? JSON_NULL : is_absent ? JSON_ABSENT : JSON_WRONG_TYPE;
        bool is_string =
            strcmp(name, "text") == 0 || strcmp(name, "empty") == 0 || strcmp(name, "digits") == 0;
        bool is_bool = strcmp(name, "yes") == 0 || strcmp(name, "no") == 0;
        bool is_int =
            strcmp(name, "int") == 0 || strcmp(name, "one") == 0 || strcmp(name, "zero") == 0;
        struct json_string string = {.data = "untouched", .len = 42};
        int64_t number = 42;
        bool truth = true;
        assert_int_equal(json_get_string(object, name, &string), is_string ? JSON_FOUND : other);
        assert_int_equal(json_get_bool(object, name, &truth), is_bool ? JSON_FOUND : other);
        assert_int_equal(json_get_int(object, name, &number), is_int ? JSON_FOUND : other);
        if (!is_string) {
            assert_string_equal(string.data, "untouched");
            assert_int_equal(string.len, 42);
        }
        if (!is_int) {
            assert_int_equal(number, 42);
        }
        assert_int_equal(truth, strcmp(name, "no") != 0);
    }
    talloc_free(ctx);
}

static void strings_have_their_characters_and_length(void **state)
{
    (void)state;
    void *ctx = mem_context(NULL);
    struct json *object = parse(ctx, "{\"\\u0061\":\"\\ud83d\\ude00\\n\xc3\xb6\"}");
    struct json_string string = {0};
    assert_int_equal(json_get_string(object, "a", &string), JSON_FOUND);
    assert_int_equal(string.len, 7);
    assert_string_equal(string.data, "\xf0\x9f\x98\x80\n\xc3\xb6");
    talloc_free(ctx);
}

static void escaped_pairs_are_their_character(void **state)
{
    (void)state;
    void *ctx = mem_context(NULL);
    /* json-c alone would make U+FFFD of the first three. */
    struct json *object =
        parse(ctx, "{\"\\ud836\\udc00\":\"\\uD836\\uDFFF\",\"\\ud836\\udc01\":\"\\ud83d\\ude00\","
                   "\"back\":\"\\\\ud836\\\\udc00\\\"\\u00e9\"}");
    static const struct {
        const char *name;
        const char *data;
    } members[] = {
        {"\xf0\x9d\xa0\x80", "\xf0\x9d\xaf\xbf"},
        {"\xf0\x9d\xa0\x81", "\xf0\x9f\x98\x80"},
        {"back", "\\ud836\\udc00\"\xc3\xa9"},
    };
    assert_int_equal(json_member_count(object), 3);
    for (size_t i = 0; i < COUNT(members); i++) {
        struct json_string string = {0};
        assert_int_equal(json_get_string(object, members[i].name, &string), JSON_FOUND);
        assert_string_equal(string.data, members[i].data);
    }
    talloc_free(ctx);
}

static void integers_are_exact_or_of_the_wrong_type(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum json_state state;
        int64_t number;
    } numbers[] = {
        {"0", JSON_FOUND, 0},
        {"-0", JSON_FOUND, 0},
        {"9007199254740991", JSON_FOUND, 9007199254740991},
        {"-9007199254740991", JSON_FOUND, -9007199254740991},
        {"9007199254740992", JSON_WRONG_TYPE, 0},
        {"-9007199254740992", JSON_WRONG_TYPE, 0},
        {"9223372036854775807", JSON_WRONG_TYPE, 0},
        {"-9223372036854775808", JSON_WRONG_TYPE, 0},
        {"1.0", JSON_WRONG_TYPE, 0},
        {"1e0", JSON_WRONG_TYPE, 0},
        {"1E400", JSON_WRONG_TYPE, 0},
    };
    for (size_t i = 0; i < COUNT(numbers); i++) {
        void *ctx = mem_context(NULL);
        int64_t number = 0;
        struct json *object = parse(ctx, mem_printf(ctx, "{\"n\":%s}", numbers[i].text));
        assert_int_equal(json_get_int(object, "n", &number), numbers[i].state);
        assert_int_equal(number, numbers[i].number);
        talloc_free(ctx);
    }
}

static bool is_x(void *arg, const char *data, size_t len)
{
    ++*(int *)arg;
    return len == 1 && *data == 'x';
}

static void a_string_or_an_array_of_strings_is_searched(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum json_state state;
        bool any;
        int calls;
    } members[] = {
        {"{\"aud\":\"x\"}", JSON_FOUND, true, 1},
        {"{\"aud\":\"y\"}", JSON_FOUND, false, 1},
        {"{\"aud\":[\"y\",\"x\",\"z\"]}", JSON_FOUND, true, 3},
        {"{\"aud\":[\"y\"]}", JSON_FOUND, false, 1},
        {"{\"aud\":[]}", JSON_FOUND, false, 0},
        {"{\"aud\":[\"x\",1]}", JSON_WRONG_TYPE, false, 1},
        {"{\"aud\":[\"x\",null]}", JSON_WRONG_TYPE, false, 1},
        {"{\"aud\":[[\"x\"]]}", JSON_WRONG_TYPE, false, 0},
        {"{\"aud\":{\"x\":\"x\"}}", JSON_WRONG_TYPE, false, 0},
        {"{\"aud\":1}", JSON_WRONG_TYPE, false, 0},
        {"{\"aud\":null}", JSON_NULL, false, 0},
        {"{}", JSON_ABSENT, false, 0},
    };
    for (size_t i = 0; i < COUNT(members); i++) {
        void *ctx = mem_context(NULL);
        bool any = false;
        int calls = 0;
        assert_int_equal(json_any_string(parse(ctx, members[i].text), "aud", is_x, &calls, &any),
                         members[i].state);
        assert_int_equal(any, members[i].any);
        assert_int_equal(calls, members[i].calls);
        talloc_free(ctx);
    }
}

static void note_kid(void *arg, const struct json *item)
{
    struct json_string kid = {.data = "-", .len = 1};
    (void)json_get_string(item, "kid", &kid);
    buf_add(arg, kid.data, kid.len);
}

static void an_array_of_objects_is_gone_through_in_order_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum json_state state;
        const char *seen;
    } members[] = {
        {"{\"keys\":[]}", JSON_FOUND, ""},
        {"{\"keys\":[{\"kid\":\"a\"},{},{\"kid\":\"b\"}]}", JSON_FOUND, "a-b"},
        {"{\"keys\":[{\"kid\":\"a\"},1]}", JSON_WRONG_TYPE, ""},
        {"{\"keys\":[{\"kid\":\"a\"},null]}", JSON_WRONG_TYPE, ""},
        {"{\"keys\":[{\"kid\":\"a\"},[{}]]}", JSON_WRONG_TYPE, ""},
        {"{\"keys\":{\"kid\":\"a\"}}", JSON_WRONG_TYPE, ""},
        {"{\"keys\":\"a\"}", JSON_WRONG_TYPE, ""},
        {"{\"keys\":null}", JSON_NULL, ""},
        {"{}", JSON_ABSENT, ""},
    };
    for (size_t i = 0; i < COUNT(members); i++) {
        void *ctx = mem_context(NULL);
        struct buf *seen = buf_new(ctx);
        assert_int_equal(json_each_object(parse(ctx, members[i].text), "keys", note_kid, seen),
                         members[i].state);
        assert_string_equal(seen->data, members[i].seen);
        talloc_free(ctx);
    }
}

static void an_object_in_an_object_is_looked_into(void **state)
{
    static const struct {
        const char *text;
        enum json_state state;
    } rows[] = {
        {"{}", JSON_ABSENT},
        {"{\"in\":null}", JSON_NULL},
        {"{\"in\":\"a\"}", JSON_WRONG_TYPE},
        {"{\"in\":[{\"a\":\"v\"}]}", JSON_WRONG_TYPE},
        {"{\"in\":{\"a\":\"v\",\"in\":{\"a\":\"w\"}}}", JSON_FOUND},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        void *ctx = mem_context(NULL);
        const struct json *in = NULL;
        struct json_string text = {.data = NULL};
        assert_int_equal(json_get_object(ctx, parse(ctx, rows[i].text), "in", &in), rows[i].state);
        if (rows[i].state == JSON_FOUND) {
            assert_int_equal(json_get_string(in, "a", &text), JSON_FOUND);
            assert_string_equal(text.data, "v");
            assert_int_equal(json_get_object(ctx, in, "in", &in), JSON_FOUND);
            assert_int_equal(json_get_string(in, "a", &text), JSON_FOUND);
            assert_string_equal(text.data, "w");
        } else {
            assert_null(in);
        }
        talloc_free(ctx);
    }
}

#define HALF "0f1e2d3c4b5a6978"
#define REST "8796a5b4c3d2e1f0"
#define TAIL HALF REST

/* It may be a password; each of these is copied by json-c in its own way. */
static void no_string_is_left_when_an_object_is_freed(void **state)
{
    static const char *const texts[] = {
        "{\"password\":\"" TAIL TAIL "\"}",
        "{\"password\":\"\\t" TAIL TAIL "\\u00e9" TAIL "\\n" TAIL TAIL TAIL TAIL "\"}",
        "{\"a\":[{\"b\":[\"" TAIL TAIL TAIL "\",\"\"]}]}",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        void *ctx = mem_context(NULL);
        print_message("  row %zu\n", i);
        (void)parse(ctx, texts[i]);
        assert_true(memory_has(HALF, REST, strlen(REST)));
        talloc_free(ctx);
        assert_false(memory_has(HALF, REST, strlen(REST)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_objects_are_parsed),
        cmocka_unit_test(the_deepest_and_the_longest_that_pass_are_parsed),
        cmocka_unit_test(getters_never_convert),
        cmocka_unit_test(strings_have_their_characters_and_length),
        cmocka_unit_test(escaped_pairs_are_their_character),
        cmocka_unit_test(integers_are_exact_or_of_the_wrong_type),
        cmocka_unit_test(a_string_or_an_array_of_strings_is_searched),
        cmocka_unit_test(an_array_of_objects_is_gone_through_in_order_or_not_at_all),
        cmocka_unit_test(an_object_in_an_object_is_looked_into),
        cmocka_unit_test(no_string_is_left_when_an_object_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
