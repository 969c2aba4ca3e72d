/* proc/sandbox: what a worker can no longer do. Each attempt is made by a process of its own. */
#include "proc/sandbox.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "proc/landlock.h"
#include "proc/syscall_filter.h"
#include "unit.h"

#define DEADLY (-1) /* of an attempt: it ends the process */

static struct {
    void *ctx;
    struct config *config;
    char folder[40];
    int version; /* of Landlock in this kernel, 0 = none */
    bool filter; /* it takes seccomp filters */
    bool sends_letters;
} suite;

static const char *path_of(const char *name)
{
    return mem_printf(suite.ctx, "%s/%s", suite.folder, name);
}

static void make_file(const char *name)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT, 0700);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
    close(fd);
}

/* A folder for each thing that settings name, and one that none does. */
static int begin(void **state)
{
    static const char *const folders[] = {"data", "keys", "letters", "texts", "other"};

    (void)state;
    suite.ctx = mem_context(NULL);
    strcpy(suite.folder, "/tmp/taskgate-sandbox.XXXXXX");
    if (mkdtemp(suite.folder) == NULL) {
        return -1;
    }
    for (size_t i = 0; i < COUNT(folders); i++) {
        mkdir(path_of(folders[i]), 0700);
        make_file(mem_printf(suite.ctx, "%s/file", folders[i]));
    }
    suite.config = mem_new(suite.ctx, struct config);
    suite.config->sandbox = true;
    suite.config->database = path_of("data/taskgate.db");
    suite.config->jwks_file = path_of("keys/jwks.json");
    suite.config->mail_dir = path_of("letters");
    suite.config->mail_templates = path_of("texts");
    suite.version = landlock_version(buf_new(suite.ctx));
    suite.filter = syscall_filter_probe(buf_new(suite.ctx)) == ERR_OK;
    return 0;
}

static int end(void **state)
{
    (void)state;
    char *command = mem_printf(suite.ctx, "rm -r '%s'", suite.folder);
    int status = system(command);
    talloc_free(suite.ctx);
    return status;
}

/* What a child got that entered the sandbox and made ATTEMPT: its error number, 0 for success, or
 * DEADLY. */
static int outcome_of(int (*attempt)(const void *), const void *arg)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        sandbox_confine(suite.config, suite.sends_letters);
        _exit(attempt(arg));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGSYS);
        return DEADLY;
    }
    return WEXITSTATUS(status);
}

/* --- kernel calls --- */

struct call {
    const char *name;
    long number;
    long arguments[4];
    int outcome;
};

static int make_call(const void *arg)
{
    const struct call *call = arg;
    const long *arguments = call->arguments;

    return syscall(call->number, arguments[0], arguments[1], arguments[2], arguments[3]) < 0 ? errno
                                                                                             : 0;
}

static void check_calls(const struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int outcome = outcome_of(make_call, &calls[i]);
        if (outcome != calls[i].outcome) {
            fail_msg("%s: %d instead of %d", calls[i].name, outcome, calls[i].outcome);
        }
    }
}

#ifdef HAVE_SECCOMP

static void test_a_worker_that_calls_what_only_exploits_call_is_ended(void **state)
{
    static const struct call calls[] = {
        {"execve", SYS_execve, {(long)"/bin/true"}, DEADLY},
        {"execveat", SYS_execveat, {AT_FDCWD, (long)"/bin/true"}, DEADLY},
#ifndef TASKGATE_SANITIZED
        {"ptrace", SYS_ptrace, {PTRACE_TRACEME}, DEADLY},
#endif
        {"process_vm_readv", SYS_process_vm_readv, {1}, DEADLY},
        {"process_vm_writev", SYS_process_vm_writev, {1}, DEADLY},
        {"mount", SYS_mount, {(long)"none", (long)"/mnt", (long)"tmpfs"}, DEADLY},
        {"umount2", SYS_umount2, {(long)"/nonexistent"}, DEADLY},
        {"chroot", SYS_chroot, {(long)"/nonexistent"}, DEADLY},
        {"unshare", SYS_unshare, {CLONE_NEWUSER}, DEADLY},
        {"setns", SYS_setns, {-1}, DEADLY},
        {"init_module", SYS_init_module, {0}, DEADLY},
        {"kexec_load", SYS_kexec_load, {0}, DEADLY},
        {"bpf", SYS_bpf, {-1}, DEADLY},
        {"reboot", SYS_reboot, {0}, DEADLY},
    };

    (void)state;
    assert_true(suite.filter);
    check_calls(calls, COUNT(calls));
}

static void test_what_a_worker_has_no_use_for_fails(void **state)
{
    static const struct call calls[] = {
        {"keyctl", SYS_keyctl, {0}, EPERM},
        {"add_key", SYS_add_key, {0}, EPERM},
        {"perf_event_open", SYS_perf_event_open, {0}, EPERM},
        {"personality", SYS_personality, {ADDR_NO_RANDOMIZE}, EPERM},
        {"io_uring_setup", SYS_io_uring_setup, {1}, EPERM},
        {"userfaultfd", SYS_userfaultfd, {0}, EPERM},
        {"open_by_handle_at", SYS_open_by_handle_at, {-1}, EPERM},
        {"a user namespace", SYS_clone, {CLONE_NEWUSER | SIGCHLD}, EPERM},
        {"a network namespace", SYS_clone, {CLONE_NEWNET | SIGCHLD}, EPERM},
        {"clone3", SYS_clone3, {0}, ENOSYS},
        {"AF_NETLINK", SYS_socket, {AF_NETLINK, SOCK_RAW}, EAFNOSUPPORT},
        {"AF_PACKET", SYS_socket, {AF_PACKET, SOCK_RAW}, EAFNOSUPPORT},
        {"AF_VSOCK", SYS_socket, {AF_VSOCK, SOCK_STREAM}, EAFNOSUPPORT},
        {"AF_ALG", SYS_socket, {AF_ALG, SOCK_SEQPACKET}, EAFNOSUPPORT},
        {"AF_UNIX", SYS_socket, {AF_UNIX, SOCK_STREAM}, 0},
        {"AF_INET", SYS_socket, {AF_INET, SOCK_STREAM}, 0},
        {"AF_INET6", SYS_socket, {AF_INET6, SOCK_DGRAM}, 0},
    };

    (void)state;
    assert_true(suite.filter);
    check_calls(calls, COUNT(calls));
}

/* --- memory, threads, signals --- */

static int map_writable_code(const void *arg)
{
    (void)arg;
    void *page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? errno : 0;
}

static int turn_data_into_code(const void *arg)
{
    (void)arg;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0 ? errno : 0;
}

static void test_memory_is_written_or_run(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(map_writable_code, NULL), EPERM);
    assert_int_equal(outcome_of(turn_data_into_code, NULL), EPERM);
}

#endif

static void *do_nothing(void *arg)
{
    return arg;
}

static int start_thread(const void *arg)
{
    pthread_t thread;

    (void)arg;
    int error = pthread_create(&thread, NULL, do_nothing, NULL);
    return error != 0 ? error : pthread_join(thread, NULL);
}

static void test_a_library_may_start_a_thread(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(start_thread, NULL), 0);
}

static int signal_parent(const void *arg)
{
    (void)arg;
    return kill(getppid(), 0) != 0 ? errno : 0;
}

static void test_a_worker_signals_no_other_process(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(signal_parent, NULL), suite.version >= 6 ? EPERM : 0);
}

static int look_at_privileges(const void *arg)
{
    (void)arg;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

static void test_a_worker_gets_no_new_privileges(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(look_at_privileges, NULL), 1);
}

/* --- files --- */

struct file {
    const char *path; /* with "/" at its start, or in the folder of the test */
    int flags;
    bool allowed;
};

static int open_file(const void *arg)
{
    const struct file *file = arg;
    const char *path = *file->path == '/' ? file->path : path_of(file->path);

    return open(path, file->flags | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static void check_files(const struct file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int outcome = outcome_of(open_file, &files[i]);
        int expected = files[i].allowed || suite.version == 0 ? 0 : EACCES;
        if (outcome != expected) {
            fail_msg("%s: %d instead of %d", files[i].path, outcome, expected);
        }
    }
}

static void test_a_worker_opens_only_what_settings_and_libraries_need(void **state)
{
    static const struct file files[] = {
        {"data/file", O_RDWR, true},
        {"data/new", O_RDWR | O_CREAT, true},
        {"keys/file", O_RDONLY, true},
        {"keys/file", O_RDWR, false},
        {"keys/new", O_RDWR | O_CREAT, false},
        {"letters/new", O_WRONLY | O_CREAT, true},
        {"texts/file", O_RDONLY, true},
        {"texts/new", O_RDWR | O_CREAT, false},
        {"other/file", O_RDONLY, false},
        {"other/new", O_RDWR | O_CREAT, false},
        {"/etc/passwd", O_RDONLY, false},
        {"/proc/self/status", O_RDONLY, false},
        {"/etc", O_RDONLY, false},
        {"/", O_RDONLY, false},
        {"/usr/lib/os-release", O_RDONLY, true},
        {"/dev/urandom", O_RDONLY, true},
    };

    (void)state;
#ifdef TASKGATE_SANITIZED
    /* But for the sanitizers' look at their own process. */
    check_files(files, 11);
#else
    check_files(files, COUNT(files));
#endif
}

static void test_not_even_root_reads_the_passwords_of_the_machine(void **state)
{
    static const struct file shadow = {.path = "/etc/shadow", .flags = O_RDONLY};

    (void)state;
    check_files(&shadow, 1);
}

static void test_names_of_hosts_are_read_where_the_network_is_used(void **state)
{
    static const struct file files[] = {{"/etc/hosts", O_RDONLY, true},
                                        {"other/file", O_RDONLY, false}};

    (void)state;
    suite.config->jwks_url = "https://auth.example.org/jwks.json";
    check_files(files, COUNT(files));
}

static void test_a_link_to_the_database_allows_the_folder_behind_it(void **state)
{
    static const struct file files[] = {{"other/new", O_RDWR | O_CREAT, true},
                                        {"data/file", O_RDONLY, false}};

    (void)state;
    assert_int_equal(symlink(path_of("other/file"), suite.config->database), 0);
    check_files(files, COUNT(files));
}

/* Two ends of a conversation: with somebody who is not confined and makes the folder. */
static int write_below_a_new_folder(const void *arg)
{
    const int *end = arg;
    char byte = 0;

    if (write(*end, "", 1) != 1 || read(*end, &byte, 1) != 1) {
        return EPIPE;
    }
    return open(path_of("later/data/new"), O_RDWR | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static void test_a_folder_for_the_database_may_be_made_later(void **state)
{
    int ends[2], status = 0;
    char byte = 0;

    (void)state;
    suite.config->database = path_of("later/data/taskgate.db");
    assert_int_equal(mkdir(path_of("later"), 0700), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(read(ends[1], &byte, 1) == 1 && mkdir(path_of("later/data"), 0700) == 0 &&
                      write(ends[1], "", 1) == 1
                  ? EXIT_SUCCESS
                  : EXIT_FAILURE);
    }
    assert_int_equal(outcome_of(write_below_a_new_folder, &ends[0]), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(ends[0]);
    close(ends[1]);
}

#ifdef HAVE_POSTGRESQL
static void test_with_postgresql_the_files_that_its_url_names_are_read(void **state)
{
    static const struct file files[] = {
        {"keys/file", O_RDONLY, true},  {"keys/file", O_RDWR, false},
        {"texts/file", O_RDONLY, true}, {"data/file", O_RDONLY, false},
        {"/etc/hosts", O_RDONLY, true}, {"other/file", O_RDONLY, false},
    };

    (void)state;
    *suite.config = (struct config){
        .sandbox = true,
        .store = STORE_POSTGRESQL,
        .database =
            mem_printf(suite.ctx, "postgresql://u@db.example.org/t?sslrootcert=%s&passfile=%s",
                       path_of("keys/root.crt"), path_of("texts/file")),
    };
    check_files(files, COUNT(files));
}
#endif

/* --- the network --- */

static int use_tcp(int (*use)(int, const struct sockaddr *, socklen_t), in_port_t port)
{
    const struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return use(fd, (const struct sockaddr *)&name, sizeof name) != 0 ? errno : 0;
}

static int bind_port(const void *arg)
{
    (void)arg;
    return use_tcp(bind, 0);
}

static int connect_port(const void *arg)
{
    (void)arg;
    return use_tcp(connect, 1);
}

static void test_a_worker_on_sqlite_makes_and_takes_no_tcp_connections(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(bind_port, NULL), suite.version >= 4 ? EACCES : 0);
    assert_int_equal(outcome_of(connect_port, NULL), suite.version >= 4 ? EACCES : ECONNREFUSED);
}

static void test_a_worker_on_postgresql_makes_them(void **state)
{
    (void)state;
    suite.config->store = STORE_POSTGRESQL;
    suite.config->database = "postgresql://127.0.0.1:1/taskgate";
    assert_int_equal(outcome_of(bind_port, NULL), suite.version >= 4 ? EACCES : 0);
    assert_int_equal(outcome_of(connect_port, NULL), ECONNREFUSED);
}

/* --- where it is not wanted, or the kernel refuses --- */

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef HAVE_SECCOMP
        TEST(test_a_worker_that_calls_what_only_exploits_call_is_ended),
        TEST(test_what_a_worker_has_no_use_for_fails),
        TEST(test_memory_is_written_or_run),
#endif
        TEST(test_a_library_may_start_a_thread),
        TEST(test_a_worker_signals_no_other_process),
        TEST(test_a_worker_gets_no_new_privileges),
        TEST(test_a_worker_opens_only_what_settings_and_libraries_need),
        TEST(test_not_even_root_reads_the_passwords_of_the_machine),
        TEST(test_names_of_hosts_are_read_where_the_network_is_used),
        TEST(test_a_link_to_the_database_allows_the_folder_behind_it),
        TEST(test_a_folder_for_the_database_may_be_made_later),
#ifdef HAVE_POSTGRESQL
        TEST(test_with_postgresql_the_files_that_its_url_names_are_read),
#endif
        TEST(test_a_worker_on_sqlite_makes_and_takes_no_tcp_connections),
        TEST(test_a_worker_on_postgresql_makes_them),
        TEST(test_with_sendmail_those_who_send_letters_may_gain_privileges_by_it),
        TEST(test_the_sandbox_can_be_turned_off),
        TEST(test_one_line_tells_how_workers_are_confined),
        TEST(test_one_line_tells_what_a_container_refuses),
    };

    log_setup(LEVEL_INFO, "unit");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
