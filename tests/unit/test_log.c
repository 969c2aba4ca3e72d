#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
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

static const struct log_options json = {.level = LEVEL_INFO, .format = LOG_FORMAT_JSON};

/* The captured line as an object; fails the test when it is none, or not one line. */
static struct json *captured_json(void *ctx)
{
    const char *line = captured();
    size_t len = strlen(line);
    struct json *object = NULL;

    assert_true(len > 0 && line[len - 1] == '\n');
    assert_null(memchr(line, '\n', len - 1));
    if (json_parse_object(ctx, line, len, &object) != ERR_OK) {
        fail_msg("no JSON: %s", line);
    }
    return object;
}

static const char *member(const struct json *object, const char *name)
{
    struct json_string text;

    assert_int_equal(json_get_string(object, name, &text), JSON_FOUND);
    assert_int_equal(strlen(text.data), text.len);
    return text.data;
}

static int64_t number(const struct json *object, const char *name)
{
    int64_t value = 0;

    assert_int_equal(json_get_int(object, name, &value), JSON_FOUND);
    return value;
}

static void a_line_of_json_has_all_that_a_line_of_text_has(void **state)
{
    (void)state;
    void *ctx = mem_context(NULL);
    const struct log_field fields[] = {LOG_TEXT("user", "u1"), LOG_NUM("status", -7),
                                       LOG_MICROSECONDS("ms", 1203), LOG_TEXT("absent", NULL)};

    log_open(&json, "unit");
    log_event(LEVEL_WARN, "request", fields, COUNT(fields));
    assert_non_null(strstr(captured(), ",\"event\":\"request\",\"user\":\"u1\",\"status\":-7,"
                                       "\"ms\":1.203}\n"));
    log_event(LEVEL_WARN, "request", fields, 2);
    struct json *object = captured_json(ctx);
    assert_int_equal(json_member_count(object), 7);
    int end = 0;
    assert_int_equal(sscanf(member(object, "time"), "%*4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*3dZ%n", &end),
                     0);
    assert_int_equal(end, 24);
    assert_string_equal(member(object, "level"), "warn");
    assert_string_equal(member(object, "process"), "unit");
    assert_int_equal(number(object, "pid"), getpid());
    assert_int_equal(number(object, "status"), -7);

    log_info("worker %d started", 3);
    object = captured_json(ctx);
    assert_string_equal(member(object, "event"), "message");
    assert_string_equal(member(object, "message"), "worker 3 started");
    assert_int_equal(json_member_count(object), 6);
    talloc_free(ctx);
}

static void nothing_a_client_sends_leaves_its_place_in_json(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *written;
    } values[] = {
        {"plain", "plain"},
        {"two words=x", "two words=x"},
        {"", ""},
        {"\",\"outcome\":\"success", "\\\",\\\"outcome\\\":\\\"success"},
        {"back\\", "back\\\\"},
        {"\r\n\t\x1b[31m\x7f", "\\u000d\\u000a\\u0009\\u001b[31m\\u007f"},
        {"j\xc3\xb6rg \xf0\x9f\x98\x80", "j\xc3\xb6rg \xf0\x9f\x98\x80"},
        {"\xff\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"csi\xc2\x9b", "csi\\u009b"},
        {"\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6", "\\u2028\\u202e\\u2066"},
        {"cut\xe2\x82", "cut\xef\xbf\xbd\xef\xbf\xbd"},
    };
    void *ctx = mem_context(NULL);

    log_open(&json, "unit");
    for (size_t i = 0; i < COUNT(values); i++) {
        const struct log_field fields[] = {LOG_TEXT("value", values[i].value), LOG_NUM("n", -7)};
        log_event(LEVEL_WARN, "event", fields, COUNT(fields));
        char *end = mem_printf(ctx, "\"value\":\"%s\",\"n\":-7}\n", values[i].written);
        assert_non_null(strstr(captured(), end));
        log_event(LEVEL_WARN, "event", fields, COUNT(fields));
        assert_int_equal(json_member_count(captured_json(ctx)), 7);
        log_warn("%s", values[i].value);
        assert_string_equal(member(captured_json(ctx), "event"), "message");
    }
    talloc_free(ctx);
}

/* Bytes that begin and end things, and others. */
static void fill_randomly(char *text, size_t len, uint32_t *seed)
{
    static const char favourites[] = "\"\\={}:,\n\r\x1b \xe2\x80\xa8\xc2\x9b\xf0\xff";

    for (size_t i = 0; i < len; i++) {
        *seed = *seed * 1664525 + 1013904223;
        unsigned byte = *seed >> 24;
        text[i] = byte < 100 ? favourites[byte % (sizeof favourites - 1)]
                             : (char)(1 + (*seed >> 16) % 255);
    }
    text[len] = '\0';
}

/* One line of valid UTF-8 without a control character, that ends with END. */
static void assert_harmless(const char *line, const char *end)
{
    size_t len = strlen(line);

    assert_true(len > strlen(end));
    assert_string_equal(line + len - strlen(end), end);
    assert_true(text_is_utf8(line, len));
    for (size_t i = 0; i + 1 < len; i++) {
        assert_true((unsigned char)line[i] >= 0x20 && line[i] != 0x7f);
    }
}

static void no_bytes_whatever_break_a_line(void **state)
{
    (void)state;
    uint32_t seed = 7;
    char text[600];

    for (int round = 0; round < 4000; round++) {
        void *ctx = mem_context(NULL);
        fill_randomly(text, seed % sizeof text, &seed);
        const struct log_field fields[] = {LOG_TEXT("value", text), LOG_NUM("n", round)};
        char *end = mem_printf(ctx, " n=%d\n", round);

        log_setup(LEVEL_INFO, "unit");
        log_event(LEVEL_INFO, "event", fields, COUNT(fields));
        assert_harmless(captured(), end);
        log_open(&json, "unit");
        log_event(LEVEL_INFO, "event", fields, COUNT(fields));
        const struct json *object = captured_json(ctx);
        assert_int_equal(json_member_count(object), 7);
        assert_int_equal(number(object, "n"), round);
        assert_true(text_is_utf8(member(object, "value"), strlen(member(object, "value"))));
        talloc_free(ctx);
    }
}

/* At every length around that of a line, with bytes that take one to six bytes when written. */
static void a_line_of_json_that_is_cut_is_json(void **state)
{
    (void)state;
    static const char *const pieces[] = {"x", "\"", "\n", "\xff", "\xc3\xb6", "\xf0\x9f\x98\x80"};
    char text[PIPE_BUF + 1];

    log_open(&json, "unit");
    for (size_t i = 0; i < COUNT(pieces); i++) {
        size_t piece = strlen(pieces[i]);
        for (size_t count = 560; count < PIPE_BUF / piece; count += count % 700 < 640 ? 1 : 17) {
            void *ctx = mem_context(NULL);
            for (size_t at = 0; at < count; at++) {
                memcpy(text + at * piece, pieces[i], piece);
            }
            text[count * piece] = '\0';
            const struct log_field fields[] = {LOG_NUM("first", 1), LOG_TEXT("value", text),
                                               LOG_NUM("last", 1), LOG_TEXT("end", "e")};
            log_event(LEVEL_INFO, "event", fields, COUNT(fields));
            const struct json *object = captured_json(ctx);
            bool cut = false;
            assert_true(strlen(capture.text) <= PIPE_BUF);
            assert_int_equal(number(object, "first"), 1);
            if (json_get_bool(object, "cut", &cut) == JSON_ABSENT) {
                assert_string_equal(member(object, "end"), "e");
            } else {
                assert_true(cut);
                assert_true(strlen(capture.text) > PIPE_BUF / 2);
            }
            talloc_free(ctx);
        }
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
        CAPTURED(a_line_of_json_has_all_that_a_line_of_text_has),
        CAPTURED(nothing_a_client_sends_leaves_its_place_in_json),
        CAPTURED(no_bytes_whatever_break_a_line),
        CAPTURED(a_line_of_json_that_is_cut_is_json),
        CAPTURED(a_field_without_text_is_left_out),
        CAPTURED(messages_are_escaped_too),
        CAPTURED(levels_above_the_limit_are_silent),
        CAPTURED(a_line_is_one_atomic_write_and_marked_when_cut),
        CAPTURED(an_interrupted_write_loses_no_line),
        CAPTURED(a_full_pipe_that_does_not_block_drops_the_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
