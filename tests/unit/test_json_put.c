#include "base/json.h"
#include "base/mem.h"
#include "unit.h"

typedef void put(struct buf *buf, const char *data, size_t len);

static void check(put *function, const char *data, size_t len, const char *expected)
{
    struct buf *buf = buf_new(NULL);
    function(buf, data, len);
    assert_string_equal(buf->data, expected);
    assert_int_equal(buf->len, strlen(expected));
    talloc_free(buf);
}

static void strings_are_quoted_as_json(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        const char *plain;
        const char *ascii;
    } strings[] = {
        {"", "\"\"", "\"\""},
        {"Buy milk", "\"Buy milk\"", "\"Buy milk\""},
        {"\"\\/", "\"\\\"\\\\/\"", "\"\\\"\\\\/\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"", "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1f", "\"\\u0001\\u001f\"", "\"\\u0001\\u001f\""},
        {">?~\x7f<}", "\">?~\x7f<}\"", "\"\\u003e\\u003f\\u007e\\u007f<}\""},
        {"j\xc3\xb6", "\"j\xc3\xb6\"", "\"j\\u00f6\""},
        {"\xe2\x82\xac", "\"\xe2\x82\xac\"", "\"\\u20ac\""},
        {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"", "\"\\ud83d\\ude00\""},
        {"\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\"", "\"\\udbff\\udfff\""},
        {"\xe2\x80\xa8", "\"\xe2\x80\xa8\"", "\"\\u2028\""},
        {"a\xffz", "\"a\xef\xbf\xbdz\"", "\"a\\ufffdz\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", "\"\\ufffd\\ufffd\\ufffd\""},
        {"\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"", "\"\\ufffd\\ufffd\""},
    };
    for (size_t i = 0; i < COUNT(strings); i++) {
        check(json_put_string, strings[i].data, strlen(strings[i].data), strings[i].plain);
        check(json_put_ascii, strings[i].data, strlen(strings[i].data), strings[i].ascii);
    }
    check(json_put_string, "a\0b", 3, "\"a\\u0000b\"");
    check(json_put_ascii, "a\0b", 3, "\"a\\u0000b\"");
}

/* Whatever is put comes back, through the guard and json-c. */
static void what_was_put_is_read_again(void **state)
{
    (void)state;
    for (uint32_t character = 1; character <= 0x10ffff; character += character < 0x3000 ? 1 : 89) {
        if (character >= 0xd800 && character <= 0xdfff) {
            continue;
        }
        char text[8] = "a";
        size_t len = 1;
        if (character < 0x80) {
            text[len++] = (char)character;
        } else if (character < 0x800) {
            text[len++] = (char)(0xc0 | character >> 6);
            text[len++] = (char)(0x80 | (character & 0x3f));
        } else if (character < 0x10000) {
            text[len++] = (char)(0xe0 | character >> 12);
            text[len++] = (char)(0x80 | (character >> 6 & 0x3f));
            text[len++] = (char)(0x80 | (character & 0x3f));
        } else {
            text[len++] = (char)(0xf0 | character >> 18);
            text[len++] = (char)(0x80 | (character >> 12 & 0x3f));
            text[len++] = (char)(0x80 | (character >> 6 & 0x3f));
            text[len++] = (char)(0x80 | (character & 0x3f));
        }
        struct buf *buf = buf_new(NULL);
        buf_puts(buf, "{\"plain\":");
        json_put_string(buf, text, len);
        buf_puts(buf, ",\"ascii\":");
        json_put_ascii(buf, text, len);
        buf_putc(buf, '}');
        struct json *object = NULL;
        assert_int_equal(json_parse_object(buf, buf->data, buf->len, &object), ERR_OK);
        static const char *const names[] = {"plain", "ascii"};
        for (int i = 0; i < 2; i++) {
            struct json_string string = {0};
            assert_int_equal(json_get_string(object, names[i], &string), JSON_FOUND);
            assert_int_equal(string.len, len);
            assert_memory_equal(string.data, text, len);
        }
        talloc_free(buf);
    }
}

static void any_bytes_become_valid_json(void **state)
{
    (void)state;
    uint32_t random = 7;
    for (int round = 0; round < 20000; round++) {
        char data[24];
        for (size_t i = 0; i < sizeof data; i++) {
            random = random * 1664525 + 1013904223;
            data[i] = (char)(random >> 24 ? random >> 24 : 1);
        }
        struct buf *buf = buf_new(NULL);
        json_put_string(buf, data, sizeof data);
        assert_int_equal(json_guard(buf->data, buf->len), ERR_OK);
        talloc_free(buf);
    }
}

static void texts_and_times_are_put(void **state)
{
    (void)state;
    struct buf *buf = buf_new(NULL);
    json_put_text(buf, NULL);
    json_put_text(buf, "a\"");
    json_put_time(buf, 1795218180123);
    assert_string_equal(buf->data, "null\"a\\\"\"\"2026-11-20T23:43:00.123Z\"");
    talloc_free(buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_quoted_as_json),
        cmocka_unit_test(what_was_put_is_read_again),
        cmocka_unit_test(any_bytes_become_valid_json),
        cmocka_unit_test(texts_and_times_are_put),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
