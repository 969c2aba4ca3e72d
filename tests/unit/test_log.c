#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/log.h"
#include "unit.h"

/* stderr is a pipe during a test. */
struct capture {
    int saved;
    int reader;
    char text[3 * PIPE_BUF];
};

static struct capture capture;

static int start_capture(void **state)
{
    (void)state;
    int ends[2];
    if (pipe(ends) != 0) {
        return -1;
    }
    capture.saved = dup(STDERR_FILENO);
    capture.reader = ends[0];
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    log_setup(LEVEL_INFO, "unit");
    return 0;
}

static int stop_capture(void **state)
{
    (void)state;
    dup2(capture.saved, STDERR_FILENO);
    close(capture.saved);
    close(capture.reader);
    return 0;
}

/* What was written so far; never blocks. */
static const char *captured(void)
{
    fcntl(capture.reader, F_SETFL, O_NONBLOCK);
    ssize_t len = read(capture.reader, capture.text, sizeof capture.text - 1);
    capture.text[len > 0 ? len : 0] = '\0';
    return capture.text;
}

/* The part of the captured line behind the name of its level. */
static const char *captured_message(void)
{
    const char *colon = strstr(captured(), ": ");
    assert_non_null(colon);
    return colon + 2;
}

static void a_line_has_time_process_and_level(void **state)
{
    (void)state;
    log_info("worker %d started", 3);
    int pid = 0;
    int end = 0;
    const char *line = captured();
    assert_int_equal(
        sscanf(line,
               "%*4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*3dZ taskgate[%d] unit info: worker 3 started%n",
               &pid, &end),
        1);
    assert_int_equal(pid, getpid());
    assert_string_equal(line + end, "\n");
}

static void nothing_a_client_sends_starts_a_line_or_a_field(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *written;
    } values[] = {
        {"plain", "plain"},
        {"two words", "\"two words\""},
        {"", "\"\""},
        {"a=b", "\"a=b\""},
        {"say \"hi\"", "\"say \\\"hi\\\"\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"line\nfeed", "line\\x0afeed"},
        {"\r\t\x1b[31m\x7f", "\\x0d\\x09\\x1b[31m\\x7f"},
        {"j\xc3\xb6rg", "j\xc3\xb6rg"},
        {"\xff\xc0\x80", "\\xff\\xc0\\x80"},
        {"csi\xc2\x9b", "csi\\xc2\\x9b"},
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},
        {"cut\xe2\x82", "cut\\xe2\\x82"},
    };
    for (size_t i = 0; i < COUNT(values); i++) {
        char expected[128];
        const struct log_field fields[] = {LOG_TEXT("value", values[i].value), LOG_NUM("n", -7)};
        snprintf(expected, sizeof expected, "event value=%s n=-7\n", values[i].written);
        log_event(LEVEL_WARN, "event", fields, COUNT(fields));
        assert_string_equal(captured_message(), expected);
    }
}

static void a_field_without_text_is_left_out(void **state)
{
    (void)state;
    const struct log_field fields[] = {LOG_TEXT("absent", NULL), LOG_NUM("status", INT64_MIN)};
    log_event(LEVEL_ERROR, "request", fields, COUNT(fields));
    assert_string_equal(captured_message(), "request status=-9223372036854775808\n");
}

static void messages_are_escaped_too(void **state)
{
    (void)state;
    log_error("cannot open %s", "/tmp/\"x\"\n2026");
    assert_string_equal(captured_message(), "cannot open /tmp/\"x\"\\x0a2026\n");
}

static void levels_above_the_limit_are_silent(void **state)
{
    (void)state;
    log_debug("no");
    log_event(LEVEL_DEBUG, "no", NULL, 0);
    assert_string_equal(captured(), "");
    log_setup(LEVEL_DEBUG, "unit");
    log_debug("yes");
    assert_string_equal(captured_message(), "yes\n");
    log_setup(LEVEL_ERROR, "unit");
    log_warn("no");
    assert_string_equal(captured(), "");
}

static void a_line_is_one_atomic_write_and_marked_when_cut(void **state)
{
    (void)state;
    char text[2 * PIPE_BUF];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    log_info("%s", text);
    const char *line = captured();
    assert_true(strlen(line) <= PIPE_BUF);
    assert_true(strlen(line) > PIPE_BUF / 2);
    assert_string_equal(line + strlen(line) - 5, "x...\n");

    memset(text, '\n', sizeof text - 1); /* four bytes each */
    const struct log_field fields[] = {LOG_TEXT("value", text), LOG_NUM("lost", 1)};
    log_event(LEVEL_INFO, "event", fields, COUNT(fields));
    line = captured();
    assert_true(strlen(line) <= PIPE_BUF);
    assert_string_equal(line + strlen(line) - 8, "\\x0a...\n");
}

static void fill_pipe(void)
{
    static const char block[PIPE_BUF] = {0};
    int flags = fcntl(STDERR_FILENO, F_GETFL);
    fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK);
    while (write(STDERR_FILENO, block, sizeof block) > 0) {
    }
    assert_int_equal(errno, EAGAIN);
    fcntl(STDERR_FILENO, F_SETFL, flags);
}

static volatile sig_atomic_t interruptions;

/* The first signals only interrupt the write; then the reader catches up. */
static void interrupt(int number)
{
    (void)number;
    if (++interruptions < 3) {
        return;
    }
    static char sink[PIPE_BUF];
    fcntl(capture.reader, F_SETFL, O_NONBLOCK);
    while (read(capture.reader, sink, sizeof sink) > 0) {
    }
}

static void an_interrupted_write_loses_no_line(void **state)
{
    (void)state;
    interruptions = 0;
    struct sigaction action = {.sa_handler = interrupt};
    struct sigaction before;
    sigaction(SIGALRM, &action, &before);
    fill_pipe();
    const struct itimerval often = {.it_interval = {.tv_usec = 2000},
                                    .it_value = {.tv_usec = 2000}};
    const struct itimerval never = {.it_value = {.tv_usec = 0}};
    setitimer(ITIMER_REAL, &often, NULL);
    log_info("kept");
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_true(interruptions >= 3);
    /* A signal after the write may have read the line: then there is nothing left to see. */
    const char *rest = captured();
    assert_true(*rest == '\0' || strstr(rest, "kept\n"));
}

static void a_full_pipe_that_does_not_block_drops_the_line(void **state)
{
    (void)state;
    fill_pipe();
    fcntl(STDERR_FILENO, F_SETFL, fcntl(STDERR_FILENO, F_GETFL) | O_NONBLOCK);
    errno = ENOENT;
    log_info("dropped");
    assert_int_equal(errno, ENOENT);
    while (strlen(captured()) == 0 && read(capture.reader, capture.text, sizeof capture.text) > 0) {
    }
    assert_null(strstr(captured(), "dropped"));
}

#define CAPTURED(test) cmocka_unit_test_setup_teardown(test, start_capture, stop_capture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CAPTURED(a_line_has_time_process_and_level),
        CAPTURED(nothing_a_client_sends_starts_a_line_or_a_field),
        CAPTURED(a_field_without_text_is_left_out),
        CAPTURED(messages_are_escaped_too),
        CAPTURED(levels_above_the_limit_are_silent),
        CAPTURED(a_line_is_one_atomic_write_and_marked_when_cut),
        CAPTURED(an_interrupted_write_loses_no_line),
        CAPTURED(a_full_pipe_that_does_not_block_drops_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
