/* base/log_sink: the log in a file, which is renamed, cut, full or not there. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "unit_log.h"

/* --- the server --- */

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
        PLACED(a_commands_messages_are_for_its_user_and_its_events_for_the_log),
        PLACED(a_commands_events_do_not_fill_its_users_screen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
