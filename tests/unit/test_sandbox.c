/* proc/sandbox: where workers are not confined, and what the log tells about it. */
#include "proc/sandbox.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/socket.h>

#include "unit_sandbox.h"

static int run_program(const void *arg)
{
    static char name[] = "true";
    char *const arguments[] = {name, NULL};

    (void)arg;
    execv("/bin/true", arguments);
    return errno;
}

static void test_with_sendmail_those_who_send_letters_may_gain_privileges_by_it(void **state)
{
    static char program[] = "/usr/sbin/sendmail";
    static char *items[] = {program};

    (void)state;
    suite.config->sendmail = (struct conf_list){.items = items, .count = 1};
    suite.sends_letters = true;
    assert_int_equal(outcome_of(look_at_privileges, NULL), 0);
    assert_int_equal(outcome_of(run_program, NULL), 0);
    suite.sends_letters = false;
    assert_int_equal(outcome_of(look_at_privileges, NULL), 1);
}

static void test_the_sandbox_can_be_turned_off(void **state)
{
    static const struct call netlink = {"AF_NETLINK", SYS_socket, {AF_NETLINK, SOCK_RAW}, 0};

    (void)state;
    suite.config->sandbox = false;
    check_calls(&netlink, 1);
    assert_int_equal(outcome_of(run_program, NULL), 0);
}

/* A container's filter that knows neither seccomp nor Landlock. */
static void enter_container(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 444, 0, 1), /* the three of Landlock */
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 446, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };
    const struct sock_fprog program = {.len = COUNT(code), .filter = code};

    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* What sandbox_describe, and sandbox_confine after it, write to the log. */
static const char *described(bool container)
{
    char *text = mem_array(suite.ctx, char, 4096);
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        if (container) {
            enter_container();
        }
        sandbox_describe(suite.config);
        sandbox_confine(suite.config, suite.sends_letters);
        _exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(read(ends[0], text, 4095) >= 0);
    close(ends[0]);
    return text;
}

static void assert_one_line(const char *log, const char *text)
{
    if (strstr(log, text) == NULL || strchr(log, '\n') != strrchr(log, '\n')) {
        fail_msg("not one line with \"%s\": %s", text, log);
    }
}

static void test_one_line_tells_how_workers_are_confined(void **state)
{
    static char program[] = "/usr/sbin/sendmail";
    static char *items[] = {program};

    (void)state;
    if (suite.version > 0 && suite.filter) {
        assert_one_line(described(false), "info: workers are confined by seccomp and Landlock");
    }
    suite.config->sendmail = (struct conf_list){.items = items, .count = 1};
    if (suite.version > 0 && suite.filter) {
        assert_one_line(described(false), ", but for those that start SENDMAIL");
    }
    suite.config->sandbox = false;
    assert_one_line(described(false), "info: SANDBOX=off: workers are not confined");
}

static void test_one_line_tells_what_a_container_refuses(void **state)
{
    (void)state;
    const char *log = described(true);

    assert_one_line(log, "warn: workers are less confined than they could be: no seccomp: ");
    assert_one_line(log, "; no Landlock: Function not implemented");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFINED(test_with_sendmail_those_who_send_letters_may_gain_privileges_by_it),
        CONFINED(test_the_sandbox_can_be_turned_off),
        CONFINED(test_one_line_tells_how_workers_are_confined),
        CONFINED(test_one_line_tells_what_a_container_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
