#include "proc/syscall_filter.h"

#ifdef HAVE_SECCOMP

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* A worker that calls one of these is somebody else's by now. */
static const int deadly[] = {
#ifndef TASKGATE_SANITIZED
    SCMP_SYS(ptrace), /* the leak sanitizer looks into its own process with it */
#endif
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(mount),
    SCMP_SYS(umount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(move_mount),
    SCMP_SYS(open_tree),
    SCMP_SYS(fsopen),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fspick),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(create_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(bpf),
    SCMP_SYS(reboot),
    SCMP_SYS(swapon),
    SCMP_SYS(swapoff),
};

/* These a library may try, and do without. */
static const int refused[] = {
    SCMP_SYS(add_key),
    SCMP_SYS(keyctl),
    SCMP_SYS(request_key),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(personality),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(kcmp),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(process_madvise),
    SCMP_SYS(fanotify_init),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(lookup_dcookie),
    SCMP_SYS(acct),
    SCMP_SYS(quotactl),
    SCMP_SYS(quotactl_fd),
    SCMP_SYS(iopl),
    SCMP_SYS(ioperm),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(settimeofday),
    SCMP_SYS(clock_settime),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(adjtimex),
    SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname),
    SCMP_SYS(syslog),
    SCMP_SYS(vhangup),
};

static int add_lists(scmp_filter_ctx filter)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < COUNT(deadly); i++) {
        code = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    }
    for (size_t i = 0; code == 0 && i < COUNT(refused); i++) {
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
    }
    return code;
}

/* Rules that look at one argument of a call. */
struct argument_rule {
    uint32_t action;
    int call;
    struct scmp_arg_cmp when;
};

#define WITH_BITS(argument, bits)                                                                  \
    {                                                                                              \
        .arg = (argument), .op = SCMP_CMP_MASKED_EQ, .datum_a = (bits), .datum_b = (bits)          \
    }
#define COMPARED(argument, how, value)                                                             \
    {                                                                                              \
        .arg = (argument), .op = (how), .datum_a = (value)                                         \
    }
#define NO_NAMESPACE(flag)                                                                         \
    {                                                                                              \
        SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), WITH_BITS(0, flag)                                 \
    }
#define NO_FAMILY(how, value)                                                                      \
    {                                                                                              \
        SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), COMPARED(0, how, value)                    \
    }

static const struct argument_rule argument_rules[] = {
    /* AF_UNIX is 1, AF_INET 2, AF_INET6 10. */
    NO_FAMILY(SCMP_CMP_EQ, 0),
    NO_FAMILY(SCMP_CMP_EQ, 3),
    NO_FAMILY(SCMP_CMP_EQ, 4),
    NO_FAMILY(SCMP_CMP_EQ, 5),
    NO_FAMILY(SCMP_CMP_EQ, 6),
    NO_FAMILY(SCMP_CMP_EQ, 7),
    NO_FAMILY(SCMP_CMP_EQ, 8),
    NO_FAMILY(SCMP_CMP_EQ, 9),
    NO_FAMILY(SCMP_CMP_GT, AF_INET6),
    /* Memory is written or run. */
    {SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mmap2), WITH_BITS(2, PROT_WRITE | PROT_EXEC)},
    {SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mprotect), WITH_BITS(2, PROT_EXEC)},
    {SCMP_ACT_ERRNO(EPERM), SCMP_SYS(pkey_mprotect), WITH_BITS(2, PROT_EXEC)},
    {SCMP_ACT_ERRNO(EPERM), SCMP_SYS(shmat), WITH_BITS(2, SHM_EXEC)},
#if defined(__LP64__) && !defined(__s390x__) /* elsewhere these have other arguments */
    {SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mmap), WITH_BITS(2, PROT_WRITE | PROT_EXEC)},
    NO_NAMESPACE(CLONE_NEWCGROUP),
    NO_NAMESPACE(CLONE_NEWIPC),
    NO_NAMESPACE(CLONE_NEWNET),
    NO_NAMESPACE(CLONE_NEWNS),
    NO_NAMESPACE(CLONE_NEWPID),
    NO_NAMESPACE(CLONE_NEWUSER),
    NO_NAMESPACE(CLONE_NEWUTS),
#endif
};

static int add_argument_rules(scmp_filter_ctx filter)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < COUNT(argument_rules); i++) {
        const struct argument_rule *rule = &argument_rules[i];
        code = seccomp_rule_add_array(filter, rule->action, rule->call, 1, &rule->when);
    }
    /* Its flags are behind a pointer, which a filter cannot follow: the C library then uses
     * clone. */
    if (code == 0) {
        code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    }
    return code;
}

enum err syscall_filter_probe(struct buf *problem)
{
    /* A kernel that takes filters looks for one at that address. */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == -1 && errno == EFAULT) {
        return ERR_OK;
    }
    buf_printf(problem, "no seccomp: %s", strerror(errno));
    return ERR_ABSENT;
}

enum err syscall_filter_enter(struct buf *problem)
{
    enum err error = syscall_filter_probe(problem);

    if (error != ERR_OK) {
        return error;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int code = filter == NULL ? -ENOMEM : add_lists(filter);
    if (code == 0) {
        code = add_argument_rules(filter);
    }
    if (code == 0) {
        code = seccomp_load(filter);
    }
    seccomp_release(filter);
    if (code == 0) {
        return ERR_OK;
    }
    buf_printf(problem, "the seccomp filter cannot be set: %s", strerror(-code));
    return ERR_INTERNAL;
}

#else

enum err syscall_filter_probe(struct buf *problem)
{
    buf_puts(problem, "no seccomp: this program was built without libseccomp");
    return ERR_ABSENT;
}

enum err syscall_filter_enter(struct buf *problem)
{
    return syscall_filter_probe(problem);
}

#endif
