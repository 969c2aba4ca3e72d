/* proc/syscall_filter: the kernel calls that a worker no longer has. */
#include "proc/syscall_filter.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>

#include "unit_sandbox.h"

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

static void test_a_worker_gets_no_new_privileges(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(look_at_privileges, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef HAVE_SECCOMP
        CONFINED(test_a_worker_that_calls_what_only_exploits_call_is_ended),
        CONFINED(test_what_a_worker_has_no_use_for_fails),
        CONFINED(test_memory_is_written_or_run),
#endif
        CONFINED(test_a_library_may_start_a_thread),
        CONFINED(test_a_worker_signals_no_other_process),
        CONFINED(test_a_worker_gets_no_new_privileges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
