#include "base/id.h"
#include "base/mem.h"
#include "unit.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

static void an_id_is_32_letters_and_digits(void **state)
{
    (void)state;
    void *ctx = mem_context(NULL);
    const char *id = id_new(ctx);
    assert_int_equal(strlen(id), ID_LENGTH);
    assert_int_equal(strspn(id, alphabet), ID_LENGTH);
    assert_string_not_equal(id, id_new(ctx));
    assert_int_equal(strlen(id_sized(ctx, 24)), 24);
    assert_string_equal(id_sized(ctx, 0), "");
    talloc_free(ctx);
}

static void a_lower_id_has_no_capitals(void **state)
{
    (void)state;
    void *ctx = talloc_new(NULL);
    bool letter = false, digit = false;
    for (int i = 0; i < 100; i++) {
        const char *id = id_lower(ctx);
        assert_int_equal(strlen(id), 32);
        assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789"), 32);
        letter = letter || strpbrk(id, "xyz") != NULL;
        digit = digit || strpbrk(id, "0123456789") != NULL;
    }
    assert_true(letter && digit);
    talloc_free(ctx);
}

static void every_character_comes_equally_often(void **state)
{
    (void)state;
    enum { LENGTH = 62 * 4000 };
    unsigned counts[256] = {0};
    char *id = id_sized(NULL, LENGTH);
    for (size_t i = 0; i < LENGTH; i++) {
        counts[(unsigned char)id[i]]++;
    }
    for (const char *at = alphabet; *at; at++) {
        /* Seven standard deviations around 4000: one false alarm in thousands of millions. */
        assert_in_range(counts[(unsigned char)*at], 3550, 4450);
    }
    talloc_free(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_32_letters_and_digits),
        cmocka_unit_test(a_lower_id_has_no_capitals),
        cmocka_unit_test(every_character_comes_equally_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
