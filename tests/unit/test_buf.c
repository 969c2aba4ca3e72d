#include "base/buf.h"
#include "base/mem.h"
#include "unit.h"

static void a_new_buffer_is_an_empty_text(void **state)
{
    (void)state;
    struct buf *buf = buf_new(NULL);
    assert_string_equal(buf->data, "");
    assert_int_equal(buf->len, 0);
    talloc_free(buf);
}

static void pieces_follow_each_other(void **state)
{
    (void)state;
    struct buf *buf = buf_new(NULL);
    buf_puts(buf, "ab");
    buf_putc(buf, 'c');
    buf_add(buf, "d\0e", 3);
    buf_add(buf, NULL, 0);
    buf_printf(buf, "[%s %d]", "x", 5);
    char *room = buf_reserve(buf, 2);
    memcpy(room, "yz", 2);
    buf->len += 2;
    assert_int_equal(buf->len, 13);
    assert_memory_equal(buf->data, "abcd\0e[x 5]yz", 14);
    talloc_free(buf);
}

static void it_grows_and_stays_terminated(void **state)
{
    (void)state;
    struct buf *buf = buf_new(NULL);
    for (size_t i = 0; i < 100000; i++) {
        buf_putc(buf, (char)('a' + i % 26));
        assert_int_equal(buf->data[buf->len], '\0');
    }
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(buf->data[i], 'a' + i % 26);
    }
    buf_printf(buf, "%0*d", 5000, 7);
    assert_int_equal(buf->len, 105000);
    assert_string_equal(buf->data + 104997, "007");
    talloc_free(buf);
}

static void integers_are_exact_at_both_ends(void **state)
{
    (void)state;
    struct buf *buf = buf_new(NULL);
    static const int64_t numbers[] = {0, 9, 10, -1, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        buf_int(buf, numbers[i]);
        buf_putc(buf, ' ');
    }
    assert_string_equal(buf->data, "0 9 10 -1 9223372036854775807 -9223372036854775808 ");
    talloc_free(buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_buffer_is_an_empty_text),
        cmocka_unit_test(pieces_follow_each_other),
        cmocka_unit_test(it_grows_and_stays_terminated),
        cmocka_unit_test(integers_are_exact_at_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
