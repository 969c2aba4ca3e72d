/* base/log: lines that are held are written together. Standard error is a socket here that keeps
 * the border of each write. */
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "unit.h"

static int reader;
static int saved_stderr;

static int set_up(void **state)
{
    int ends[2];

    (void)state;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) != 0) {
        return -1;
    }
    reader = ends[0];
    saved_stderr = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    log_setup(LEVEL_INFO, "unit");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dup2(saved_stderr, STDERR_FILENO);
    close(saved_stderr);
    close(reader);
    return 0;
}

/* What the next write was, without the first line's time and process; "" when there was none. */
static const char *written(void)
{
    static char text[8192];
    ssize_t len = recv(reader, text, sizeof text - 1, MSG_DONTWAIT);

    text[len < 0 ? 0 : len] = '\0';
    const char *from = strchr(text, ']');
    return from == NULL ? text : from + 2;
}

static size_t lines_of(const char *text)
{
    size_t count = 0;

    for (; (text = strchr(text, '\n')) != NULL; text++) {
        count++;
    }
    return count;
}

static void held_lines_are_one_write_in_their_order(void **state)
{
    (void)state;
    log_hold();
    log_auth_event(LEVEL_INFO, "first", NULL, 0);
    log_event(LEVEL_INFO, "second", NULL, 0);
    assert_string_equal(written(), "");
    log_release();
    const char *text = written();
    assert_int_equal(lines_of(text), 2);
    assert_ptr_equal(strstr(text, "unit info: first\n"), text);
    assert_non_null(strstr(text, "] unit info: second\n"));
    assert_string_equal(written(), "");
    log_event(LEVEL_INFO, "third", NULL, 0);
    assert_string_equal(written(), "unit info: third\n");
}

static void nothing_held_is_nothing_written(void **state)
{
    (void)state;
    log_hold();
    log_release();
    log_release();
    assert_string_equal(written(), "");
}

static void a_message_waits_for_nothing_and_overtakes_nothing(void **state)
{
    (void)state;
    log_hold();
    log_event(LEVEL_INFO, "event", NULL, 0);
    log_error("message");
    assert_string_equal(written(), "unit info: event\n");
    assert_string_equal(written(), "unit error: message\n");
    log_release();
    assert_string_equal(written(), "");
}

static void what_does_not_fit_into_one_atomic_write_is_several(void **state)
{
    (void)state;
    char text[1500];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    const struct log_field fields[] = {LOG_TEXT("value", text)};

    log_hold();
    for (int i = 0; i < 3; i++) {
        log_event(LEVEL_INFO, "event", fields, COUNT(fields));
    }
    log_release();
    size_t lines = 0;
    for (const char *got = written(); *got != '\0'; got = written()) {
        assert_true(strlen(got) <= PIPE_BUF);
        lines += lines_of(got);
    }
    assert_int_equal(lines, 3);
}

static void the_journal_gets_the_level_of_each_line(void **state)
{
    (void)state;
    struct stat found;
    assert_int_equal(fstat(STDERR_FILENO, &found), 0);
    char *stream = mem_printf(NULL, "%llu:%llu", (unsigned long long)found.st_dev,
                              (unsigned long long)found.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    log_setup(LEVEL_INFO, "unit");
    log_hold();
    log_event(LEVEL_WARN, "first", NULL, 0);
    log_event(LEVEL_INFO, "second", NULL, 0);
    log_release();
    assert_string_equal(written(), "<4>unit warn: first\n<6>unit info: second\n");
    unsetenv("JOURNAL_STREAM");
    talloc_free(stream);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(held_lines_are_one_write_in_their_order),
        T(nothing_held_is_nothing_written),
        T(a_message_waits_for_nothing_and_overtakes_nothing),
        T(what_does_not_fit_into_one_atomic_write_is_several),
        T(the_journal_gets_the_level_of_each_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
