#include "base/mem.h"
#include "base/text.h"
#include "unit.h"

static void only_rfc_3629_is_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "a",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "J\xc3\xb6rg \xf0\x9f\x98\x80"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xff",
                                      "\xfe",
                                      "\xc3",
                                      "\xc3(",
                                      "\xc0\xae",
                                      "\xc1\xbf",
                                      "\xe0\x80\xaf",
                                      "\xe0\x9f\xbf",
                                      "\xe2\x82",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x80\x80\xaf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "a\xf0\x9f\x98",
                                      "\xf0\x9f\x98z"};
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(text_is_utf8(good[i], strlen(good[i])));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (text_is_utf8(bad[i], strlen(bad[i]))) {
            fail_msg("bad text %zu was taken for UTF-8", i);
        }
    }
    assert_true(text_is_utf8("a\0b", 3));
}

static void characters_are_taken_one_by_one(void **state)
{
    (void)state;
    uint32_t character = 7;
    assert_int_equal(text_next("\xc3\xb6x", 3, &character), 2);
    assert_int_equal(character, 0xf6);
    assert_int_equal(text_next("\xf0\x9f\x98\x80", 4, &character), 4);
    assert_int_equal(character, 0x1f600);
    assert_int_equal(text_next("\0", 1, &character), 1);
    assert_int_equal(character, 0);
    assert_int_equal(text_next("\xc3\xb6", 1, &character), 0);
    assert_int_equal(text_next("\xff", 1, &character), 0);
    assert_int_equal(text_next("", 0, &character), 0);
    assert_int_equal(character, 0);
}

static void lengths_count_as_people_and_as_javascript(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t characters;
        size_t units;
    } texts[] = {
        {"", 0, 0},          {"abc", 3, 3},          {"\xc3\xa9\xc3\xa9", 2, 2},
        {"e\xcc\x81", 2, 2}, {"\xe2\x82\xac", 1, 1}, {"\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 2, 4},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        size_t len = strlen(texts[i].text);
        assert_int_equal(text_length(texts[i].text, len), texts[i].characters);
        assert_int_equal(text_utf16_length(texts[i].text, len), texts[i].units);
    }
    assert_int_equal(text_length("a\0b", 3), 3);
    assert_int_equal(text_utf16_length("a\0b", 3), 3);
}

typedef char *transform(void *ctx, const char *data, size_t len, size_t *ret_len);

static void check_transform(transform *function, const char *from, const char *to)
{
    size_t len = 0;
    char *result = function(NULL, from, strlen(from), &len);
    assert_string_equal(result, to);
    assert_int_equal(len, strlen(to));
    talloc_free(result);
}

static void one_text_has_one_normal_form(void **state)
{
    (void)state;
    check_transform(text_nfkc, "", "");
    check_transform(text_nfkc, "Plain ASCII", "Plain ASCII");
    check_transform(text_nfkc, "e\xcc\x81", "\xc3\xa9");
    check_transform(text_nfkc, "\xc3\xa9", "\xc3\xa9");
    check_transform(text_nfkc, "\xef\xac\x83", "ffi");            /* ligature */
    check_transform(text_nfkc, "\xef\xbc\xa1\xef\xbc\x91", "A1"); /* full width */
    check_transform(text_nfkc, "\xe2\x84\xab", "\xc3\x85");       /* Angstrom sign */
    check_transform(text_nfkc, "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80");
}

static void lower_case_is_that_of_unicode(void **state)
{
    (void)state;
    check_transform(text_lower, "ABC xyz 1", "abc xyz 1");
    check_transform(text_lower, "J\xc3\x96RG", "j\xc3\xb6rg");
    check_transform(text_lower, "\xce\x91\xce\x98", "\xce\xb1\xce\xb8");
    check_transform(text_lower, "I\xc3\x89", "i\xc3\xa9"); /* never the Turkish dotless i */
    char *address = text_email(NULL, "A+Tag@B.CO \xc3\x96");
    assert_string_equal(address, "a+tag@b.co \xc3\x96");
    talloc_free(address);
}

static void email_addresses_are_those_of_better_auth(void **state)
{
    (void)state;
    static const char *const valid[] = {"a@b.co",       "a.b@c.co", "A+tag@B.CO", "o'neil@x.co",
                                        "a_b-c@x-y.co", "a@x-.co",  "1@2.com",    "a@b.c.de",
                                        "-@x.co",       "_@x.co",   "'a@x.co"};
    static const char *const invalid[] = {
        "",
        "@",
        "a..b@c.co",
        ".a@b.co",
        "a.@b.co",
        "a@b",
        "a@b.c",
        "a@b.c0",
        "a@-x.co",
        "\xc3\xbc@x.co",
        "a@\xc3\xbc.co",
        " a@x.co",
        "a@x.co ",
        "a@127.0.0.1",
        "\"a\"@x.co",
        "a!b@x.co",
        "a@x.co\n",
        "a@b_c.co",
        "a/b@x.co",
        "a%b@x.co",
        "'@x.co",
        "a'@x.co",
        "a@b@c.co",
        "a@.co",
        "a@x..co",
        "a@x.co.",
        "a@co",
        "@b.co",
        "a@",
    };
    for (size_t i = 0; i < COUNT(valid); i++) {
        if (!text_is_email(valid[i], strlen(valid[i]))) {
            fail_msg("%s was refused", valid[i]);
        }
    }
    for (size_t i = 0; i < COUNT(invalid); i++) {
        if (text_is_email(invalid[i], strlen(invalid[i]))) {
            fail_msg("%s was accepted", invalid[i]);
        }
    }
    assert_false(text_is_email("a@x.co\0", 7));
    assert_false(text_is_email("a\0@x.co", 7));
}

static void an_email_address_has_at_most_254_bytes(void **state)
{
    (void)state;
    char address[256];
    memset(address, 'a', sizeof address);
    memcpy(address + 248, "@xy.co", 6);
    assert_true(text_is_email(address, 254));
    memcpy(address + 248, "a@xy.co", 7);
    assert_false(text_is_email(address, 255));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_rfc_3629_is_utf8),
        cmocka_unit_test(characters_are_taken_one_by_one),
        cmocka_unit_test(lengths_count_as_people_and_as_javascript),
        cmocka_unit_test(one_text_has_one_normal_form),
        cmocka_unit_test(lower_case_is_that_of_unicode),
        cmocka_unit_test(email_addresses_are_those_of_better_auth),
        cmocka_unit_test(an_email_address_has_at_most_254_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
