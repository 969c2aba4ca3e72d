/* base/log_sink: where lines go, and what becomes of them when they cannot go there. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "unit.h"

/* A folder of its own, and stderr as a file in it. */
struct place {
    void *ctx;
    char *folder;
    const char *log; /* the file of LOG_TO */
    int saved_stderr;
};

static int make_place(void **state)
{
    struct place *place = mem_new(NULL, struct place);
    const char *tmp = getenv("TMPDIR");

    place->ctx = place;
    place->folder = mem_printf(place, "%s/taskgate-log-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(place->folder) == NULL) {
        return -1;
    }
    place->log = mem_printf(place, "%s/taskgate.log", place->folder);
    place->saved_stderr = dup(STDERR_FILENO);
    int fd = open(mem_printf(place, "%s/stderr", place->folder), O_RDWR | O_CREAT | O_APPEND, 0600);
    dup2(fd, STDERR_FILENO);
    close(fd);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;

    log_setup(LEVEL_INFO, "unit");
    dup2(place->saved_stderr, STDERR_FILENO);
    close(place->saved_stderr);
    int result = system(mem_printf(place, "rm -r %s", place->folder));
    talloc_free(place);
    return result;
}

static const char *path(struct place *place, const char *name)
{
    return mem_printf(place, "%s/%s", place->folder, name);
}

/* What is in a file, "" when there is none. */
static const char *content(struct place *place, const char *name)
{
    char *text = mem_bytes(place, 65536);
    FILE *file = fopen(path(place, name), "re");
    size_t len = file == NULL ? 0 : fread(text, 1, 65535, file);

    text[len] = '\0';
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

static int lines_with(struct place *place, const char *name, const char *word)
{
    int count = 0;

    for (const char *at = content(place, name); (at = strstr(at, word)) != NULL; at++) {
        count++;
    }
    return count;
}

static void open_file(struct place *place, enum log_format format)
{
    log_open(
        &(struct log_options){
            .level = LEVEL_INFO, .format = format, .target = LOG_TO_FILE, .path = place->log},
        "unit");
}

/* Between two looks at what has to come. */
static void pause_shortly(void)
{
    (void)poll(NULL, 0, 5);
}

/* Logs lines until the file NAME has one with WORD: the target is looked at once a second. */
static void log_until(struct place *place, const char *name, const char *word)
{
    int64_t end = clock_monotonic() + 10 * CLOCK_SECOND;

    while (lines_with(place, name, word) == 0) {
        assert_true(clock_monotonic() < end);
        pause_shortly();
        log_info("later");
    }
}

/* --- a file --- */

static void a_file_gets_all_lines_and_stderr_none(void **state)
{
    struct place *place = *state;
    struct stat found;

    open_file(place, LOG_FORMAT_TEXT);
    log_info("one");
    log_event(LEVEL_WARN, "two", NULL, 0);
    log_auth_event(LEVEL_INFO, "three", NULL, 0);
    const char *text = content(place, "taskgate.log");
    int pid = 0;
    int end = 0;
    assert_int_equal(
        sscanf(text, "%*d-%*d-%*dT%*d:%*d:%*d.%*dZ taskgate[%d] unit info: one\n%n", &pid, &end),
        1);
    assert_int_equal(pid, getpid());
    assert_true(end > 0);
    assert_non_null(strstr(text + end, "unit warn: two\n"));
    assert_non_null(strstr(text + end, "unit info: three\n"));
    assert_string_equal(content(place, "stderr"), "");
    assert_int_equal(stat(place->log, &found), 0);
    assert_int_equal(found.st_mode & 07, 0); /* it tells who was there */
}

static void a_file_that_was_there_is_continued(void **state)
{
    struct place *place = *state;
    FILE *file = fopen(place->log, "we");

    fputs("before\n", file);
    fclose(file);
    open_file(place, LOG_FORMAT_JSON);
    log_info("one");
    const char *text = content(place, "taskgate.log");
    assert_int_equal(strncmp(text, "before\n{\"time\":\"", 16), 0);
}

/* logrotate's default: rename; the new file is made by us, or by logrotate a moment later. */
static void a_renamed_file_is_followed_by_a_new_one_and_no_line_is_lost(void **state)
{
    struct place *place = *state;

    open_file(place, LOG_FORMAT_TEXT);
    log_info("first");
    assert_int_equal(rename(place->log, path(place, "taskgate.log.1")), 0);
    log_until(place, "taskgate.log", "later");
    assert_int_equal(lines_with(place, "taskgate.log.1", "first"), 1);
    assert_int_equal(rename(place->log, path(place, "taskgate.log.2")), 0);
    int fd = open(place->log, O_WRONLY | O_CREAT, 0640);
    close(fd);
    log_until(place, "taskgate.log", "later");
    assert_string_equal(content(place, "stderr"), "");
}

static void a_file_that_is_cut_to_nothing_is_continued_from_there(void **state)
{
    struct place *place = *state;

    open_file(place, LOG_FORMAT_TEXT);
    log_info("first");
    assert_int_equal(truncate(place->log, 0), 0);
    log_info("second");
    const char *text = content(place, "taskgate.log");
    assert_int_equal(*text, '2'); /* of the year: no hole of NULs stands before it */
    assert_int_equal(lines_with(place, "taskgate.log", "first"), 0);
    assert_int_equal(lines_with(place, "taskgate.log", "second"), 1);
}

/* Between the rename and the new file there is a moment in which a service that may not make files
 * there finds none. */
static void a_rename_alone_is_no_trouble_yet(void **state)
{
    struct place *place = *state;

    open_file(place, LOG_FORMAT_TEXT);
    log_info("first");
    assert_int_equal(rename(place->log, path(place, "taskgate.log.1")), 0);
    assert_int_equal(mkdir(place->log, 0700), 0); /* for root too there is no file to be made now */
    int64_t end = clock_monotonic() + CLOCK_SECOND;
    while (clock_monotonic() < end && lines_with(place, "stderr", "later") == 0) {
        pause_shortly();
        log_info("later");
    }
    assert_string_equal(content(place, "stderr"), "");
    assert_true(lines_with(place, "taskgate.log.1", "later") > 0);
    log_until(place, "stderr", "Is a directory"); /* but it is one when it stays like that */
    rmdir(place->log);
    log_until(place, "taskgate.log", "can be written again");
}

static void a_missing_folder_is_said_once_and_lines_go_to_stderr(void **state)
{
    struct place *place = *state;

    place->log = path(place, "none/taskgate.log");
    open_file(place, LOG_FORMAT_TEXT);
    log_info("first");
    log_info("second");
    assert_int_equal(lines_with(place, "stderr",
                                "taskgate.log cannot be written: No such file or "
                                "directory; lines go to standard error"),
                     1);
    assert_int_equal(lines_with(place, "stderr", "unit info: first\n"), 1);
    assert_int_equal(lines_with(place, "stderr", "unit info: second\n"), 1);
    assert_int_equal(mkdir(path(place, "none"), 0700), 0);
    log_until(place, "none/taskgate.log", "can be written again");
    log_info("third");
    assert_int_equal(lines_with(place, "stderr", "third"), 0);
    assert_int_equal(lines_with(place, "none/taskgate.log", "unit info: third\n"), 1);
    assert_int_equal(lines_with(place, "stderr", "cannot be written"), 1);
}

static void what_is_no_file_is_not_written_to(void **state)
{
    struct place *place = *state;

    assert_int_equal(mkfifo(place->log, 0600), 0);
    open_file(place, LOG_FORMAT_TEXT);
    log_info("first"); /* without a reader this could wait for ever */
    assert_int_equal(lines_with(place, "stderr", "unit info: first\n"), 1);
    assert_int_equal(unlink(place->log), 0);
    place->log = "/dev/null";
    open_file(place, LOG_FORMAT_TEXT);
    log_info("second");
    assert_int_equal(
        lines_with(place, "stderr", "/dev/null cannot be written: it is not a regular"), 1);
}

/* Files may not grow beyond SIZE now. */
static void write_to_a_full_disk(struct place *place, rlim_t size)
{
    const struct rlimit limit = {.rlim_cur = size, .rlim_max = RLIM_INFINITY};
    const struct rlimit none = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};

    signal(SIGXFSZ, SIG_IGN);
    open_file(place, LOG_FORMAT_JSON);
    setrlimit(RLIMIT_FSIZE, &limit);
    log_info("first");
    log_info("second");
    setrlimit(RLIMIT_FSIZE, &none);
    log_until(place, "taskgate.log", "can be written again");
    log_info("third");
}

static void a_full_disk_loses_no_line_and_leaves_at_most_one_torn(void **state)
{
    struct place *place = *state;
    FILE *file = fopen(place->log, "we");

    for (int i = 0; i < 1000; i++) { /* so that there is room for stderr */
        fputs("before\n", file);
    }
    fclose(file);
    write_to_a_full_disk(place, 7000 + 150); /* the first line fits, the second in part */
    assert_int_equal(lines_with(place, "taskgate.log", "\"message\":\"first\"}\n"), 1);
    assert_int_equal(lines_with(place, "stderr", "\"message\":\"second\"}\n"), 1);
    assert_int_equal(lines_with(place, "stderr", "taskgate.log cannot be written: "), 1);
    /* The first, what is left of the second, and three whole ones, each on a line of its own. */
    assert_int_equal(lines_with(place, "taskgate.log", "\n{\"time\""), 5);
    assert_int_equal(lines_with(place, "taskgate.log", "\"message\":\"second\""), 0);
    assert_int_equal(lines_with(place, "taskgate.log", "\"message\":\"third\"}\n"), 1);
}

/* Each process writes to the file through a descriptor of its own. */
static void lines_of_many_processes_never_mix(void **state)
{
    struct place *place = *state;
    static const char letters[] = "abcd";

    for (size_t i = 0; i < strlen(letters); i++) {
        if (fork() == 0) {
            char text[301];
            memset(text, letters[i], 300);
            text[300] = '\0';
            open_file(place, LOG_FORMAT_TEXT);
            for (int n = 0; n < 40; n++) {
                log_info("%s", text);
            }
            _exit(EXIT_SUCCESS);
        }
    }
    for (size_t i = 0; i < strlen(letters); i++) {
        int status = 1;
        wait(&status);
        assert_int_equal(status, 0);
    }
    int count = 0;
    char *rest = mem_strdup(place, content(place, "taskgate.log"));
    for (char *line = strsep(&rest, "\n"); rest != NULL; line = strsep(&rest, "\n")) {
        const char *text = strstr(line, "info: ") + strlen("info: ");
        assert_int_equal(strlen(text), 300);
        assert_int_equal(strspn(text, (char[]){*text, '\0'}), 300);
        count++;
    }
    assert_int_equal(count, 160);
}

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
    for (int64_t end = clock_monotonic() + 10 * CLOCK_SECOND;
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

/* --- commands --- */

static void a_commands_messages_are_for_its_user_and_its_events_for_the_log(void **state)
{
    struct place *place = *state;
    struct log_options options = {
        .level = LEVEL_INFO, .format = LOG_FORMAT_JSON, .target = LOG_TO_FILE, .path = place->log};
    int fd = open(place->log, O_WRONLY | O_CREAT, 0600);

    close(fd);
    log_open_command(&options);
    log_error("message");
    log_auth_event(LEVEL_INFO, "rotate-key", NULL, 0);
    assert_int_equal(lines_with(place, "stderr", "taskgate error: message\n"), 1);
    assert_int_equal(lines_with(place, "stderr", "rotate-key"), 0);
    assert_int_equal(lines_with(place, "taskgate.log", "\"event\":\"rotate-key\"}\n"), 1);
    assert_int_equal(lines_with(place, "taskgate.log", "message"), 0);

    /* It makes no file, which would be the wrong user's, and its user is told. */
    assert_int_equal(unlink(place->log), 0);
    log_open_command(&options);
    log_auth_event(LEVEL_INFO, "rotate-key", NULL, 0);
    assert_int_equal(access(place->log, F_OK), -1);
    assert_int_equal(lines_with(place, "stderr", "\"event\":\"rotate-key\"}\n"), 1);
    assert_int_equal(lines_with(place, "stderr", "taskgate.log cannot be written: "), 1);
}

static void a_commands_events_do_not_fill_its_users_screen(void **state)
{
    struct place *place = *state;

    log_open_command(&(struct log_options){.level = LEVEL_INFO, .target = LOG_TO_STDERR});
    log_auth_event(LEVEL_INFO, "rotate-key", NULL, 0);
    assert_string_equal(content(place, "stderr"), "");
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(a_file_gets_all_lines_and_stderr_none),
        PLACED(a_file_that_was_there_is_continued),
        PLACED(a_renamed_file_is_followed_by_a_new_one_and_no_line_is_lost),
        PLACED(a_file_that_is_cut_to_nothing_is_continued_from_there),
        PLACED(a_rename_alone_is_no_trouble_yet),
        PLACED(a_missing_folder_is_said_once_and_lines_go_to_stderr),
        PLACED(what_is_no_file_is_not_written_to),
        PLACED(a_full_disk_loses_no_line_and_leaves_at_most_one_torn),
        PLACED(lines_of_many_processes_never_mix),
        PLACED(syslog_gets_facility_level_and_program),
        PLACED(a_syslog_that_was_started_anew_loses_no_line),
        PLACED(without_syslog_lines_go_to_stderr_until_it_is_there),
        PLACED(a_syslog_that_takes_nothing_holds_nobody_up),
        PLACED(the_journal_gets_levels_instead_of_times),
        PLACED(a_commands_messages_are_for_its_user_and_its_events_for_the_log),
        PLACED(a_commands_events_do_not_fill_its_users_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
