/* base/log_sink: the log of syslog and of the journal. */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "unit_log.h"

/* --- syslog --- */

static int bind_syslog(const char *where)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, where, strlen(where));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static const char *receive(struct place *place, int fd)
{
    char *text = mem_bytes(place, 8192);
    ssize_t len = recv(fd, text, 8191, 0);

    text[len > 0 ? len : 0] = '\0';
    return text;
}

static void assert_message(const char *message, int priority, const char *text)
{
    int found = 0, pid = 0, end = 0;

    assert_int_equal(
        sscanf(message, "<%d>%*3s %*2d %*2d:%*2d:%*2d taskgate[%d]: %n", &found, &pid, &end), 2);
    assert_int_equal(found, priority);
    assert_int_equal(pid, getpid());
    assert_string_equal(message + end, text);
}

static void syslog_gets_facility_level_and_program(void **state)
{
    struct place *place = *state;
    int fd = bind_syslog(path(place, "syslog"));
    struct log_options options = {
        .level = LEVEL_DEBUG, .target = LOG_TO_SYSLOG, .path = path(place, "syslog")};

    log_open(&options, "unit");
    log_error("one");
    assert_message(receive(place, fd), 3 << 3 | 3, "unit error: one");
    log_debug("two");
    assert_message(receive(place, fd), 3 << 3 | 7, "unit debug: two");
    log_event(LEVEL_INFO, "request", NULL, 0);
    assert_message(receive(place, fd), 3 << 3 | 6, "unit info: request");
    log_auth_event(LEVEL_WARN, "sign-in", NULL, 0);
    assert_message(receive(place, fd), 10 << 3 | 4, "unit warn: sign-in");
    options.format = LOG_FORMAT_JSON;
    log_open(&options, "unit");
    log_info("three");
    const char *json = strstr(receive(place, fd), "]: {\"time\":\"");
    assert_non_null(json);
    assert_int_equal(json[strlen(json) - 1], '}');
    assert_string_equal(content(place, "stderr"), "");
    close(fd);
}

static void a_syslog_that_was_started_anew_loses_no_line(void **state)
{
    struct place *place = *state;
    const char *where = path(place, "syslog");
    int fd = bind_syslog(where);

    log_open(&(struct log_options){.level = LEVEL_INFO, .target = LOG_TO_SYSLOG, .path = where},
             "unit");
    log_info("one");
    assert_message(receive(place, fd), 3 << 3 | 6, "unit info: one");
    close(fd);
    unlink(where);
    fd = bind_syslog(where);
    log_info("two");
    assert_message(receive(place, fd), 3 << 3 | 6, "unit info: two");
    assert_string_equal(content(place, "stderr"), "");
    close(fd);
}

static void without_syslog_lines_go_to_stderr_until_it_is_there(void **state)
{
    struct place *place = *state;
    const char *where = path(place, "syslog");

    log_open(&(struct log_options){.level = LEVEL_INFO, .target = LOG_TO_SYSLOG, .path = where},
             "unit");
    log_info("one");
    assert_int_equal(lines_with(place, "stderr", "Z taskgate["), 2);
    assert_int_equal(lines_with(place, "stderr", "unit info: one\n"), 1);
    int fd = bind_syslog(where);
    const char *message = "";
    for (int64_t end = clock_monotonic() + CLOCK_MINUTE;
         *message == '\0' && clock_monotonic() < end; message = receive(place, fd)) {
        pause_shortly();
        log_info("later");
    }
    assert_message(message, 3 << 3 | 6, "unit info: later");
    assert_message(receive(place, fd), 3 << 3 | 4,
                   mem_printf(place, "unit warn: the log %s can be written again", where));
    close(fd);
}

/* A daemon that is stopped, with its queue full. */
static void a_syslog_that_takes_nothing_holds_nobody_up(void **state)
{
    struct place *place = *state;
    const char *where = path(place, "syslog");
    int fd = bind_syslog(where);

    log_open(&(struct log_options){.level = LEVEL_INFO, .target = LOG_TO_SYSLOG, .path = where},
             "unit");
    for (int i = 0; i < 5000 && lines_with(place, "stderr", "cannot be written") == 0; i++) {
        log_info("line");
    }
    assert_int_equal(lines_with(place, "stderr", "cannot be written: Resource temporarily"), 1);
    close(fd);
}

/* --- the journal --- */

static void the_journal_gets_levels_instead_of_times(void **state)
{
    struct place *place = *state;
    struct stat found;

    assert_int_equal(fstat(STDERR_FILENO, &found), 0);
    setenv("JOURNAL_STREAM",
           mem_printf(place, "%llu:%llu", (unsigned long long)found.st_dev,
                      (unsigned long long)found.st_ino),
           1);
    log_setup(LEVEL_DEBUG, "unit");
    log_error("one");
    log_event(LEVEL_WARN, "two", NULL, 0);
    log_info("three");
    log_debug("four");
    assert_string_equal(content(place, "stderr"),
                        "<3>unit error: one\n<4>unit warn: two\n<6>unit info: three\n"
                        "<7>unit debug: four\n");
    log_open(&(struct log_options){.level = LEVEL_INFO, .format = LOG_FORMAT_JSON}, "unit");
    log_info("five");
    assert_int_equal(lines_with(place, "stderr", "<6>{\"time\":\""), 1);
    /* Inherited from a service manager, but stderr is something else by now. */
    setenv("JOURNAL_STREAM", "1:1", 1);
    log_setup(LEVEL_INFO, "unit");
    log_info("six");
    assert_int_equal(lines_with(place, "stderr", "] unit info: six\n"), 1);
    unsetenv("JOURNAL_STREAM");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(syslog_gets_facility_level_and_program),
        PLACED(a_syslog_that_was_started_anew_loses_no_line),
        PLACED(without_syslog_lines_go_to_stderr_until_it_is_there),
        PLACED(a_syslog_that_takes_nothing_holds_nobody_up),
        PLACED(the_journal_gets_levels_instead_of_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
