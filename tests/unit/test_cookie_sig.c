#include "sec/cookie_sig.h"
#include "unit.h"
#include "unit_suite.h"
#include "vectors.h"

static int set_up(void **state)
{
    (void)state;
    return suite_begin(VECTOR_SECRET, NULL);
}

static void check_value(const char *wire, const char *expected)
{
    char *value = NULL;
    if (cookie_unsign(suite.ctx, suite.config, wire, &value) != ERR_OK) {
        fail_msg("refused: %s", wire);
    }
    assert_string_equal(value, expected);
}

static void check_refused(const char *wire)
{
    char *value = NULL;
    if (cookie_unsign(suite.ctx, suite.config, wire, &value) != ERR_BAD_VALUE) {
        fail_msg("accepted: %s", wire);
    }
    assert_null(value);
}

static void values_are_signed_as_better_auth_signs_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vector_cookies); i++) {
        assert_string_equal(cookie_sign(suite.ctx, suite.config, vector_cookies[i].value),
                            vector_cookies[i].wire);
    }
}

static void values_of_better_auth_are_read_encoded_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vector_cookies); i++) {
        const char *value = vector_cookies[i].value;
        const char *plain = vector_cookies[i].plain;
        check_value(vector_cookies[i].wire, value);
        check_value(plain, value);
        check_value(mem_printf(suite.ctx, " \t%s ", plain), value);
        check_value(mem_printf(suite.ctx, "\"%s\"", vector_cookies[i].wire), value);
    }
}

static void what_better_auth_refuses_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vector_bad_cookies); i++) {
        check_refused(vector_bad_cookies[i].plain);
    }
    static const char *const texts[] = {"", ".", "\"", "\"\"", "x", "%", "%2", "%2E", "a.b"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        check_refused(texts[i]);
    }
}

static void every_changed_character_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < strlen(vector_cookies[0].plain); i++) {
        char *changed = mem_strdup(suite.ctx, vector_cookies[0].plain);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        check_refused(changed);
        changed[i] = '\0';
        check_refused(changed);
    }
}

static void only_the_first_secret_signs_cookies(void **state)
{
    (void)state;
    struct config *other = unit_config(suite.ctx, UNIT_SECRET, VECTOR_SECRET);
    char *value = NULL;
    assert_int_equal(cookie_unsign(suite.ctx, other, vector_cookies[0].wire, &value),
                     ERR_BAD_VALUE);
    assert_int_equal(
        cookie_unsign(suite.ctx, other, cookie_sign(suite.ctx, other, "value"), &value), ERR_OK);
}

static void any_value_comes_back(void **state)
{
    (void)state;
    static const char *const values[] = {
        "a", "a.b.c", "%41", "j\xc3\xb6rg", "a b;c=d,e\"f", "!~*'()", "%", "100%", "."};
    for (size_t i = 0; i < COUNT(values); i++) {
        const char *wire = cookie_sign(suite.ctx, suite.config, values[i]);
        assert_null(strpbrk(wire, " ;,\"\\=+/"));
        check_value(wire, values[i]);
    }
}

static void wrong_escapes_leave_the_text_as_it_is(void **state)
{
    (void)state;
    /* Signed as a text with a broken escape, and sent without encoding. */
    static const char *const values[] = {"50%", "%zz", "%4", "a%00b", "%ff"};
    for (size_t i = 0; i < COUNT(values); i++) {
        const char *wire = cookie_sign(suite.ctx, suite.config, values[i]);
        const char *dot = strrchr(wire, '.');
        char *signature = mem_strdup(suite.ctx, "");
        for (const char *at = dot; *at; at++) { /* only the three that base64 has are escaped */
            if (*at == '%') {
                char plain = at[2] == 'B' ? '+' : at[2] == 'F' ? '/' : '=';
                signature = mem_printf(suite.ctx, "%s%c", signature, plain);
                at += 2;
            } else {
                signature = mem_printf(suite.ctx, "%s%c", signature, *at);
            }
        }
        check_value(mem_printf(suite.ctx, "%s%s", values[i], signature), values[i]);
    }
}

static void the_plain_form_is_the_wire_form_decoded(void **state)
{
    void *ctx = mem_context(NULL);
    const struct config *config = unit_config(ctx, VECTOR_SECRET, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(vector_cookies); i++)
        assert_string_equal(cookie_sign_plain(ctx, config, vector_cookies[i].value),
                            vector_cookies[i].plain);
    talloc_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plain_form_is_the_wire_form_decoded),
        cmocka_unit_test(values_are_signed_as_better_auth_signs_them),
        cmocka_unit_test(values_of_better_auth_are_read_encoded_or_not),
        cmocka_unit_test(what_better_auth_refuses_is_refused),
        cmocka_unit_test(every_changed_character_is_noticed),
        cmocka_unit_test(only_the_first_secret_signs_cookies),
        cmocka_unit_test(any_value_comes_back),
        cmocka_unit_test(wrong_escapes_leave_the_text_as_it_is),
    };
    return cmocka_run_group_tests(tests, set_up, suite_end);
}
