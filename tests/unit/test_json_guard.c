/*
 * The guard against the table of what json-c lets pass, and against json-c itself: whatever the
 * guard accepts, json-c must read to the last byte.
 */
#include <stdio.h>
#include <stdlib.h>

#include <json.h>

#include "base/json.h"
#include "base/mem.h"
#include "unit.h"

/* A text with its length, for those with a NUL inside. */
struct sample {
    const char *text;
    size_t len;
};

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static void json_is_accepted(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        TEXT("{}"),
        TEXT("[]"),
        TEXT("\"\""),
        TEXT("0"),
        TEXT("-0"),
        TEXT("true"),
        TEXT("false"),
        TEXT("null"),
        TEXT(" \t\r\n{ \"a\" : [ 1 , 2 ] } \n"),
        TEXT("{\"\":1}"),
        TEXT("{\"a\":1,\"b\":{\"a\":2},\"c\":[{\"a\":3},{\"a\":4}]}"),
        TEXT("[1.5,-2e10,3E+2,4e-2,0.0]"),
        TEXT("9223372036854775807"),
        TEXT("-9223372036854775808"),
        TEXT("1e400"),
        TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uABCD\""),
        TEXT("\"\\ud83d\\ude00\""),
        TEXT("\"j\xc3\xb6rg \xf0\x9f\x98\x80\""),
        TEXT("\"\x7f\xe2\x80\xa8\""),
        TEXT("{\"a\":1,\"A\":2,\"\\u0062\":3,\"aa\":4}"),
        TEXT("\"\\u0001\""),
        TEXT("{\"\\ud83d\\ude00\":1,\"\\ud83d\\ude01\":1}"),
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        if (json_guard(samples[i].text, samples[i].len) != ERR_OK) {
            fail_msg("refused: %s", samples[i].text);
        }
    }
}

static void what_is_not_json_is_refused(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        /* What json-c's strict mode accepts (security.md section 3). */
        TEXT("{'a':1}"),
        TEXT("[NaN]"),
        TEXT("[-Infinity]"),
        TEXT("[Infinity]"),
        TEXT("[1.]"),
        TEXT("\"a\nb\""),
        TEXT("\"a\tb\""),
        TEXT("\"\x01\""),
        TEXT("{\"a\":1,\"a\":2}"),
        TEXT("{\"a\":1}\0garbage"),
        TEXT("\"\\u0000\""),
        TEXT("{\"a\\u0000b\":1}"),
        TEXT("\"a\0b\""),
        TEXT("\"\xc0\xae\""),
        TEXT("\"\xed\xa0\x80\""),
        TEXT("\"\xf4\x90\x80\x80\""),
        TEXT("\"\\ud800\""),
        TEXT("\"\\udc00\""),
        TEXT("\"\\ud800\\u0041\""),
        TEXT("\"\\ud800x\""),
        TEXT("\"\\ud800\\ud800\""),
        TEXT("\"\\udc00\\ud800\""),
        TEXT("18446744073709551616"),
        TEXT("9223372036854775808"),
        TEXT("-9223372036854775809"),
        TEXT("18446744073709551615"),
        /* What it refuses too. */
        TEXT(""),
        TEXT(" "),
        TEXT("{\"a\":1}x"),
        TEXT("{} {}"),
        TEXT("{\"a\":1,}"),
        TEXT("[1,]"),
        TEXT("[,1]"),
        TEXT("[1 2]"),
        TEXT("{\"a\" 1}"),
        TEXT("{\"a\":}"),
        TEXT("{,}"),
        TEXT("{a:1}"),
        TEXT("{1:1}"),
        TEXT("{\"a\"}"),
        TEXT("{\"a\":1"),
        TEXT("[1"),
        TEXT("{"),
        TEXT("["),
        TEXT("]"),
        TEXT("}"),
        TEXT("[1}"),
        TEXT("{\"a\":1]"),
        TEXT("//\n1"),
        TEXT("/* */1"),
        TEXT("[1]//"),
        TEXT("True"),
        TEXT("TRUE"),
        TEXT("tru"),
        TEXT("truee"),
        TEXT("nul"),
        TEXT("nulls"),
        TEXT("undefined"),
        TEXT("01"),
        TEXT("-01"),
        TEXT("+1"),
        TEXT(".5"),
        TEXT("1e"),
        TEXT("1e+"),
        TEXT("1.e5"),
        TEXT("-"),
        TEXT("--1"),
        TEXT("0x10"),
        TEXT("1_000"),
        TEXT("1.2.3"),
        TEXT("\xef\xbb\xbf{}"),
        TEXT("\"\xff\""),
        TEXT("\"\xe2\x82\""),
        TEXT("\"\xf8\x88\x80\x80\x80\""),
        TEXT("\""),
        TEXT("\"a"),
        TEXT("\"\\\""),
        TEXT("\"\\x41\""),
        TEXT("\"\\a\""),
        TEXT("\"\\'\""),
        TEXT("\"\\u12\""),
        TEXT("\"\\u12g4\""),
        TEXT("\"\\U0041\""),
        TEXT("\"\\\0\""),
        TEXT("\v{}"),
        TEXT("\f{}"),
        TEXT("\xc2\xa0{}"),
        TEXT("{}\0"),
        TEXT("\0{}"),
        TEXT("a\xcc\x81"),
        /* The same name in other spellings. */
        TEXT("{\"a\":1,\"\\u0061\":2}"),
        TEXT("{\"\\u00e9\":1,\"\xc3\xa9\":2}"),
        TEXT("{\"\\/\":1,\"/\":2}"),
        TEXT("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}"),
        TEXT("{\"\":1,\"\":2}"),
        TEXT("{\"x\":1,\"y\":2,\"z\":{\"a\":1,\"b\":2,\"a\":3}}"),
        TEXT("{\"\\u000A\":1,\"\\n\":2}"),
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        if (json_guard(samples[i].text, samples[i].len) != ERR_BAD_JSON) {
            fail_msg("accepted (%zu): %s", i, samples[i].text);
        }
    }
}

/* DEPTH times OPEN, then MIDDLE, then DEPTH times CLOSE. */
static enum err guard_nested(const char *open, const char *middle, const char *close, int depth)
{
    struct buf *buf = buf_new(NULL);
    for (int i = 0; i < depth; i++) {
        buf_puts(buf, open);
    }
    buf_puts(buf, middle);
    for (int i = 0; i < depth; i++) {
        buf_puts(buf, close);
    }
    enum err error = json_guard(buf->data, buf->len);
    talloc_free(buf);
    return error;
}

static void depth_has_its_limit(void **state)
{
    (void)state;
    assert_int_equal(guard_nested("[", "", "]", JSON_MAX_DEPTH), ERR_OK);
    assert_int_equal(guard_nested("[", "1", "]", JSON_MAX_DEPTH), ERR_OK);
    assert_int_equal(guard_nested("[", "", "]", JSON_MAX_DEPTH + 1), ERR_BAD_JSON);
    assert_int_equal(guard_nested("{\"a\":", "null", "}", JSON_MAX_DEPTH), ERR_OK);
    assert_int_equal(guard_nested("{\"a\":", "null", "}", JSON_MAX_DEPTH + 1), ERR_BAD_JSON);
    assert_int_equal(guard_nested("[", "", "]", 200000), ERR_BAD_JSON);
    assert_int_equal(guard_nested("[[],", "1", "]", JSON_MAX_DEPTH - 1), ERR_OK);
}

/* An array of COUNT numbers, or an object with COUNT members. */
static enum err guard_many(int count, bool object)
{
    struct buf *buf = buf_new(NULL);
    buf_putc(buf, object ? '{' : '[');
    for (int i = 0; i < count; i++) {
        buf_puts(buf, i > 0 ? "," : "");
        if (object) {
            buf_printf(buf, "\"%d\":", i);
        }
        buf_int(buf, i);
    }
    buf_putc(buf, object ? '}' : ']');
    enum err error = json_guard(buf->data, buf->len);
    talloc_free(buf);
    return error;
}

static void the_number_of_values_has_its_limit(void **state)
{
    (void)state;
    assert_int_equal(guard_many(JSON_MAX_VALUES - 1, false), ERR_OK);
    assert_int_equal(guard_many(JSON_MAX_VALUES, false), ERR_BAD_JSON);
    assert_int_equal(guard_many(JSON_MAX_VALUES - 1, true), ERR_OK);
    assert_int_equal(guard_many(JSON_MAX_VALUES, true), ERR_BAD_JSON);
    assert_int_equal(guard_many(100000, true), ERR_BAD_JSON);
}

static void a_number_has_at_most_64_characters(void **state)
{
    (void)state;
    char text[66];
    memset(text, '1', sizeof text);
    memcpy(text, "0.", 2);
    assert_int_equal(json_guard(text, 64), ERR_OK);
    assert_int_equal(json_guard(text, 65), ERR_BAD_JSON);
}

static void equal_names_are_found_among_many(void **state)
{
    (void)state;
    for (int twin = 0; twin < 900; twin += 37) {
        struct buf *buf = buf_new(NULL);
        buf_puts(buf, "{\"last\":0");
        for (int i = 0; i < 900; i++) {
            buf_printf(buf, ",\"name with the same beginning %d\":0", i * 7919 % 900);
        }
        buf_puts(buf, "}");
        assert_int_equal(json_guard(buf->data, buf->len), ERR_OK);
        buf->len--;
        buf_printf(buf, ",\"n\\u0061me with the same beginning %d\":0}", twin);
        assert_int_equal(json_guard(buf->data, buf->len), ERR_BAD_JSON);
        talloc_free(buf);
    }
}

static void no_prefix_of_json_is_json(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":[1.5e3,true,null,\"\\ud83d\\ude00\\n\xc3\xb6\"],\"b\":{}}";
    size_t len = sizeof text - 1;
    for (size_t cut = 0; cut < len; cut++) {
        /* A copy of exactly that size: a sanitizer sees a read behind it. */
        char *copy = malloc(cut > 0 ? cut : 1);
        memcpy(copy, text, cut);
        assert_int_equal(json_guard(copy, cut), ERR_BAD_JSON);
        free(copy);
    }
    assert_int_equal(json_guard(text, len), ERR_OK);
}

/* A small generator with a fixed seed: the same texts in every run. */
static uint32_t random_state = 20261120;

static uint32_t next_random(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

/* json-c's own view of an object: whether it reads all of it. */
static bool json_c_reads(const char *text, size_t len)
{
    struct json_tokener *tokener = json_tokener_new_ex(JSON_MAX_DEPTH + 1);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *root = json_tokener_parse_ex(tokener, text, (int)len);
    bool reads = json_tokener_get_error(tokener) == json_tokener_success &&
                 json_tokener_get_parse_end(tokener) == len && root;
    json_object_put(root);
    json_tokener_free(tokener);
    return reads;
}

static size_t mutate(char *text, size_t len, size_t size)
{
    static const char *const pieces[] = {"{",   "}",        "[",        "]",       ",",
                                         ":",   "\"",       "\\",       "\\u0061", "\\ud83d\\ude00",
                                         "'",   "/",        "1",        "-",       ".",
                                         "e5",  "0",        " ",        "\n",      "true",
                                         "nul", "\"a\":1,", "\xc3\xb6", "\xff",    "\xed\xa0\x80",
                                         "[[",  "]]",       "{}",       "\\",      "NaN"};
    uint32_t count = 1 + next_random(4);
    for (uint32_t i = 0; i < count; i++) {
        size_t at = next_random((uint32_t)len + 1);
        const char *piece = pieces[next_random(COUNT(pieces))];
        size_t piece_len = strlen(piece);
        size_t cut = next_random(3);
        cut = cut < len - at ? cut : len - at;
        if (len + piece_len - cut >= size) {
            continue;
        }
        memmove(text + at + piece_len, text + at + cut, len - at - cut);
        memcpy(text + at, piece, piece_len);
        len = len + piece_len - cut;
    }
    return len;
}

static void whatever_the_guard_accepts_json_c_reads_to_the_end(void **state)
{
    (void)state;
    static const char *const seeds[] = {
        "{\"title\":\"Buy milk\",\"description\":null,\"completed\":false}",
        "{\"a\":[1,2.5,-3e7,{\"b\":[]}],\"c\":\"\\u00e9\\n\\\\\"}",
        "{\"sub\":\"x\",\"exp\":4102444800,\"aud\":[\"a\",\"b\"]}",
        "{\"a\":{\"a\":{\"a\":{\"a\":[[[[1]]]]}}}, \"\":0 }\n",
    };
    unsigned accepted = 0;
    for (int round = 0; round < 200000; round++) {
        char text[256];
        const char *seed = seeds[next_random(COUNT(seeds))];
        size_t len = strlen(seed);
        memcpy(text, seed, len);
        len = mutate(text, len, sizeof text);
        text[len] = '\0';
        const char *first = text + strspn(text, " \t\r\n");
        if (*first != '{' || json_guard(text, len) != ERR_OK) {
            continue;
        }
        accepted++;
        if (!json_c_reads(text, len)) {
            fail_msg("json-c does not read: %s", text);
        }
        struct json *object = NULL;
        assert_int_equal(json_parse_object(NULL, text, len, &object), ERR_OK);
        talloc_free(object);
    }
    assert_true(accepted > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_accepted),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(depth_has_its_limit),
        cmocka_unit_test(the_number_of_values_has_its_limit),
        cmocka_unit_test(a_number_has_at_most_64_characters),
        cmocka_unit_test(equal_names_are_found_among_many),
        cmocka_unit_test(no_prefix_of_json_is_json),
        cmocka_unit_test(whatever_the_guard_accepts_json_c_reads_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
