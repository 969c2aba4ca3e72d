/* mail/sendmail: a program gets the letter and nothing else; a folder gets it whole. */
#include "mail/sendmail.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "unit.h"

struct suite {
    void *ctx;
    struct config *config;
    struct buf *letter;
    struct buf *problem;
    char folder[40];
};

static struct suite suite;

static int begin(void **state)
{
    (void)state;
    suite.ctx = mem_context(NULL);
    suite.config = mem_new(suite.ctx, struct config);
    suite.letter = buf_new(suite.ctx);
    suite.problem = buf_new(suite.ctx);
    buf_puts(suite.letter, "To: <a@b.co>\n\nHello\n");
    strcpy(suite.folder, "/tmp/taskgate-mail.XXXXXX");
    return mkdtemp(suite.folder) == NULL ? -1 : 0;
}

static int end(void **state)
{
    (void)state;
    char *command = mem_printf(suite.ctx, "rm -r '%s'", suite.folder);
    int status = system(command);
    talloc_free(suite.ctx);
    return status;
}

static const char *path_of(const char *name)
{
    return mem_printf(suite.ctx, "%s/%s", suite.folder, name);
}

/* A script as the sendmail program, with the arguments -t -i. */
static void set_program(const char *script)
{
    static char option_t[] = "-t", option_i[] = "-i";
    char *path = mem_strdup(suite.ctx, path_of("program"));
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    fclose(file);
    assert_int_equal(chmod(path, 0700), 0);
    suite.config->sendmail.items = mem_array(suite.ctx, char *, 3);
    suite.config->sendmail.items[0] = path;
    suite.config->sendmail.items[1] = option_t;
    suite.config->sendmail.items[2] = option_i;
    suite.config->sendmail.count = 3;
}

static const char *read_file(const char *path)
{
    char *text = mem_bytes(suite.ctx, 65536);
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, 65535, file)] = '\0';
    fclose(file);
    return text;
}

static enum err deliver(void)
{
    return sendmail_send(suite.config, suite.letter, 1795218180123, suite.problem);
}

static void without_a_setting_there_are_no_letters(void **state)
{
    (void)state;
    assert_false(sendmail_is_set(suite.config));
    suite.config->mail_dir = suite.folder;
    assert_true(sendmail_is_set(suite.config));
}

static void the_program_gets_the_letter_and_its_arguments(void **state)
{
    (void)state;
    set_program(mem_printf(suite.ctx, "cat > %s; echo \"$# $1 $2\" > %s", path_of("got"),
                           path_of("arguments")));
    assert_true(sendmail_is_set(suite.config));
    assert_int_equal(deliver(), ERR_OK);
    assert_string_equal(read_file(path_of("got")), suite.letter->data);
    assert_string_equal(read_file(path_of("arguments")), "2 -t -i\n");
    assert_int_equal(suite.problem->len, 0);
}

static void the_program_gets_no_environment_and_no_descriptor_of_ours(void **state)
{
    (void)state;
    int open_file = open("/dev/null", O_RDONLY); /* would be inherited */
    assert_true(open_file > 2);
    assert_int_equal(setenv("BETTER_AUTH_SECRET", "do-not-pass-me-on", 1), 0);
    assert_int_equal(setenv("HTTP_PROXY", "http://evil.example/", 1), 0);
    set_program(mem_printf(suite.ctx,
                           "tr '\\0' '\\n' < /proc/self/environ > %s; ls /proc/$$/fd > %s",
                           path_of("environment"), path_of("files")));
    assert_int_equal(deliver(), ERR_OK);
    unsetenv("BETTER_AUTH_SECRET");
    unsetenv("HTTP_PROXY");
    const char *environment = read_file(path_of("environment"));
    assert_null(strstr(environment, "SECRET"));
    assert_null(strstr(environment, "PROXY"));
    assert_non_null(strstr(environment, "PATH=/usr/local/sbin:"));
    const char *files = read_file(path_of("files"));
    assert_null(strstr(files, mem_printf(suite.ctx, "%d\n", open_file)));
    close(open_file);
}

static void the_program_starts_with_no_signal_blocked_or_ignored(void **state)
{
    sigset_t blocked;

    (void)state;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGPIPE, SIG_IGN);
    set_program(
        mem_printf(suite.ctx, "grep -E 'Sig(Blk|Ign)' /proc/self/status > %s", path_of("signals")));
    assert_int_equal(deliver(), ERR_OK);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    const char *signals = read_file(path_of("signals"));
    /* The C library keeps two beyond the first 31 for itself. */
    assert_int_equal(strtoull(strstr(signals, "SigBlk:") + 7, NULL, 16), 0);
    assert_int_equal(strtoull(strstr(signals, "SigIgn:") + 7, NULL, 16) & 0x7fffffff, 0);
}

static void a_program_that_fails_is_told_of(void **state)
{
    (void)state;
    set_program("exit 75");
    assert_int_equal(deliver(), ERR_INTERNAL);
    assert_string_equal(suite.problem->data, "it ended with status 75");
    set_program("kill -9 $$");
    suite.problem = buf_new(suite.ctx);
    assert_int_equal(deliver(), ERR_INTERNAL);
    assert_string_equal(suite.problem->data, "it was ended by signal 9");
    unlink(suite.config->sendmail.items[0]);
    suite.problem = buf_new(suite.ctx);
    assert_int_equal(deliver(), ERR_INTERNAL);
    assert_non_null(strstr(suite.problem->data, "cannot be started"));
}

static void a_large_letter_that_nobody_reads_holds_nobody_up(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        buf_puts(suite.letter, "a line of this letter\n");
    }
    set_program("exit 0");
    assert_int_equal(deliver(), ERR_OK);
}

/* Nobody's child any more, a process is reaped by another: gone, or a zombie. */
static bool is_dead(const char *status)
{
    char text[512] = "";
    FILE *file = fopen(status, "r");

    if (file == NULL) {
        return true;
    }
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    return len == 0 || strstr(text, ") Z ") != NULL;
}

static void a_program_that_hangs_is_killed_with_its_children(void **state)
{
    int64_t start = clock_monotonic();

    (void)state;
    set_program(mem_printf(suite.ctx, "sleep 1000 & echo $! > %s; wait", path_of("child")));
    assert_int_equal(deliver(), ERR_INTERNAL);
    assert_in_range(clock_monotonic() - start, SENDMAIL_SECONDS * 1000, CLOCK_MINUTE);
    assert_non_null(strstr(suite.problem->data, "was killed"));
    pid_t child = (pid_t)atoi(read_file(path_of("child")));
    assert_true(child > 1);
    const char *status = mem_printf(suite.ctx, "/proc/%d/stat", (int)child);
    int64_t until = clock_monotonic() + CLOCK_MINUTE;
    while (!is_dead(status)) { /* it was told to die before deliver() returned */
        assert_true(clock_monotonic() < until);
        usleep(1000);
    }
}

static void a_folder_gets_a_file_that_is_whole(void **state)
{
    (void)state;
    suite.config->mail_dir = suite.folder;
    assert_int_equal(deliver(), ERR_OK);
    assert_int_equal(deliver(), ERR_OK);
    DIR *folder = opendir(suite.folder);
    int letters = 0;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        struct stat found;
        assert_int_equal(strncmp(entry->d_name, "1795218180123-", 14), 0);
        assert_non_null(strstr(entry->d_name, ".eml"));
        assert_string_equal(read_file(path_of(entry->d_name)), suite.letter->data);
        assert_int_equal(stat(path_of(entry->d_name), &found), 0);
        assert_int_equal(found.st_mode & 0777, 0600);
        letters++;
    }
    closedir(folder);
    assert_int_equal(letters, 2);
}

static void a_folder_that_is_gone_is_told_of(void **state)
{
    (void)state;
    suite.config->mail_dir = path_of("nothing");
    assert_int_equal(deliver(), ERR_INTERNAL);
    assert_non_null(strstr(suite.problem->data, "cannot be written: No such file"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        T(without_a_setting_there_are_no_letters),
        T(the_program_gets_the_letter_and_its_arguments),
        T(the_program_gets_no_environment_and_no_descriptor_of_ours),
        T(the_program_starts_with_no_signal_blocked_or_ignored),
        T(a_program_that_fails_is_told_of),
        T(a_large_letter_that_nobody_reads_holds_nobody_up),
        T(a_program_that_hangs_is_killed_with_its_children),
        T(a_folder_gets_a_file_that_is_whole),
        T(a_folder_that_is_gone_is_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
