/* http/fcgi: what libfcgi makes of the bytes that http/screen lets pass, and of others. */
#include "http/fcgi.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http/screen.h"
#include "unit.h"

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

/* --- what is left of a request --- */

#define TAIL "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

/* Whether the LEN bytes at DATA have TAIL with a NUL behind it, as only a parameter has it. */
static bool has_tail(const char *data, size_t len)
{
    static const char tail[] = {'0', 'f', '1', 'e', '2', 'd', '3', 'c', '4', 'b', '5',
                                'a', '6', '9', '7', '8', '8', '7', '9', '6', 'a', '5',
                                'b', '4', 'c', '3', 'd', '2', 'e', '1', 'f', '0'};

    for (const char *at = data; len > sizeof tail;) {
        const char *found = memmem(at, len - 1, tail, sizeof tail);
        if (found == NULL) {
            return false;
        }
        if (found[sizeof tail] == '\0') {
            return true;
        }
        len -= (size_t)(found + 1 - at);
        at = found + 1;
    }
    return false;
}

/* Looks through the memory that this process writes, but for what sanitizers reserve. */
static bool memory_has_tail(void)
{
    static char piece[1 << 20];
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    unsigned long begin, end;
    char mode[5];
    bool found = false;

    assert_non_null(maps);
    assert_true(memory >= 0);
    while (!found && fscanf(maps, "%lx-%lx %4s%*[^\n]", &begin, &end, mode) == 3) {
        bool wanted = mode[0] == 'r' && mode[1] == 'w' && end - begin < (256UL << 20);
        for (unsigned long at = begin; wanted && !found && at < end; at += sizeof piece / 2) {
            unsigned long left = end - at < sizeof piece ? end - at : sizeof piece;
            bool own = at < (uintptr_t)piece + sizeof piece && at + left > (uintptr_t)piece;
            ssize_t got = own ? 0 : pread(memory, piece, left, (off_t)at);
            found = got > 0 && has_tail(piece, (size_t)got);
        }
    }
    fclose(maps);
    close(memory);
    return found;
}

static void parameters_are_wiped_when_they_are_forgotten(void **state)
{
    char *const *params = NULL;

    (void)state;
    assert_int_equal(fcgi_decode(BYTES(BEGIN "\1\4\0\1\0\113\0\0\6\103"
                                             "COOKIE" TAIL "abc" TAIL "\1\4\0\1\0\0\0\0"),
                                 &params),
                     ERR_OK);
    assert_string_equal(params[1], "COOKIE=" TAIL "abc" TAIL);
    assert_true(memory_has_tail());
    fcgi_forget();
    assert_false(memory_has_tail());
    assert_foo_is_bar(BYTES(BEGIN PARAMS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_decoded_with_padding_anywhere),
        cmocka_unit_test(what_libfcgi_cannot_read_hurts_no_later_request),
        cmocka_unit_test(parameters_are_wiped_when_they_are_forgotten),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
