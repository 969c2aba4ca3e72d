/* http/fcgi: what libfcgi makes of the bytes that http/screen lets pass, and of others. */
#include "http/fcgi.h"

#include <signal.h>
#include <sys/resource.h>

#include "http/screen.h"
#include "unit.h"
#include "unit_memory.h"

#define BEGIN  "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
#define PAIR   "\3\3FOObar"
#define PARAMS "\1\4\0\1\0\10\0\0" PAIR "\1\4\0\1\0\0\0\0"

static int set_up(void **state)
{
    (void)state;
    return fcgi_setup() == ERR_OK ? 0 : -1;
}

#define BYTES(text) (const unsigned char *)(text), sizeof(text) - 1

static void assert_foo_is_bar(const unsigned char *head, size_t len)
{
    char *const *params = NULL;

    assert_int_equal(fcgi_decode(head, len, &params), ERR_OK);
    assert_string_equal(params[0], "FCGI_ROLE=RESPONDER");
    assert_string_equal(params[1], "FOO=bar");
    assert_null(params[2]);
}

static void parameters_are_decoded_with_padding_anywhere(void **state)
{
    (void)state;
    assert_foo_is_bar(BYTES(BEGIN PARAMS));
    assert_foo_is_bar(BYTES(BEGIN "\1\4\0\1\0\10\3\0" PAIR "xyz"
                                  "\1\4\0\1\0\0\1\0x"));
    assert_foo_is_bar(BYTES("\1\1\0\1\0\10\1\0\0\1\0\0\0\0\0\0x" PARAMS));
    /* Padding that looks like a record of its own. */
    assert_foo_is_bar(BYTES("\1\1\0\1\0\10\20\0\0\1\0\0\0\0\0\0"
                            "\1\4\0\1\0\10\0\0\3\3FOOevl" PARAMS));
}

static void what_libfcgi_cannot_read_hurts_no_later_request(void **state)
{
    static unsigned char large[SCREEN_MAX + 1];
    char *const *params = NULL;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(fcgi_decode(BYTES("\2\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0" PARAMS), &params),
                         ERR_INTERNAL);
        assert_null(params);
        assert_foo_is_bar(BYTES(BEGIN PARAMS));
    }
    memcpy(large, BEGIN PARAMS, sizeof BEGIN PARAMS);
    assert_int_equal(fcgi_decode(large, sizeof large, &params), ERR_INTERNAL);
    assert_foo_is_bar(large, sizeof BEGIN PARAMS - 1);
}

/* A limit on the size of files holds for its memory too. */
static void what_can_not_be_had_now_may_be_had_later(void **state)
{
    char *const *params = NULL;
    struct rlimit before;

    (void)state;
    /* What it has is given back when libfcgi cannot read a request. */
    assert_int_equal(fcgi_decode(BYTES("\2\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0" PARAMS), &params),
                     ERR_INTERNAL);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = {.rlim_cur = 1, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fcgi_decode(BYTES(BEGIN PARAMS), &params), ERR_INTERNAL);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_foo_is_bar(BYTES(BEGIN PARAMS));
}

/* --- what is left of a request --- */

#define HALF "0f1e2d3c4b5a6978"
#define REST "8796a5b4c3d2e1f0"
#define TAIL HALF REST

static void parameters_are_wiped_when_they_are_forgotten(void **state)
{
    char *const *params = NULL;

    (void)state;
    assert_int_equal(fcgi_decode(BYTES(BEGIN "\1\4\0\1\0\113\0\0\6\103"
                                             "COOKIE" TAIL "abc" TAIL "\1\4\0\1\0\0\0\0"),
                                 &params),
                     ERR_OK);
    assert_string_equal(params[1], "COOKIE=" TAIL "abc" TAIL);
    /* With the NUL behind it, as only a parameter has it. */
    assert_true(memory_has(HALF, REST, sizeof REST));
    fcgi_forget();
    assert_false(memory_has(HALF, REST, sizeof REST));
    assert_foo_is_bar(BYTES(BEGIN PARAMS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_decoded_with_padding_anywhere),
        cmocka_unit_test(what_libfcgi_cannot_read_hurts_no_later_request),
        cmocka_unit_test(what_can_not_be_had_now_may_be_had_later),
        cmocka_unit_test(parameters_are_wiped_when_they_are_forgotten),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
