/*
 * Loaded before libc (LD_PRELOAD): calls of one process fail when a test says so, its clocks are
 * set, its blocks of memory counted. What the test says is in a file that both map (faults.py,
 * which TASKGATE_FAULTS names): no call is needed to look at it, and a sandboxed process may.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* In the order of faults.py. */
enum kind { MEMORY, READ, WRITE, RECEIVE, SEND, SYNC, OPEN, MAP, LOCK, FILES, KINDS };

enum action { FAIL, FAIL_ALL, SHORT, KILL };

struct control {
    _Atomic int32_t pid; /* whose calls are meant; 0 = nobody's, -1 = those of all */
    int32_t kind;
    int32_t action;
    int32_t error;             /* the errno of a call that fails */
    _Atomic int64_t countdown; /* the call that makes it 0 is the one; 0 before = none */
    _Atomic int64_t fired;
    _Atomic int64_t blocks; /* allocated less freed */
    int64_t wall;           /* ns that CLOCK_REALTIME is ahead */
    int64_t monotonic;      /* the same for CLOCK_MONOTONIC */
    int64_t frozen;         /* CLOCK_REALTIME stands at it (ns); 0 = it goes on */
    _Atomic int64_t calls[KINDS];
};

static struct control nothing;
static struct control *control = &nothing;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("TASKGATE_FAULTS");
    int fd = path == NULL ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        return;
    }
    void *map =
        (void *)syscall(SYS_mmap, NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) {
        control = map;
    }
    syscall(SYS_close, fd);
}

static bool is_meant(void)
{
    int32_t pid = atomic_load_explicit(&control->pid, memory_order_relaxed);

    return pid != 0 && (pid == -1 || pid == (int32_t)syscall(SYS_getpid));
}

/* Whether this call is to fail; errno is set then. */
static bool fails(enum kind kind)
{
    if (!is_meant()) {
        return false;
    }
    atomic_fetch_add(&control->calls[kind], 1);
    if (control->kind != (int32_t)kind || atomic_load(&control->countdown) <= 0) {
        return false;
    }
    if (control->action == FAIL_ALL && atomic_load(&control->countdown) == 1) {
        atomic_fetch_add(&control->fired, 1);
        errno = control->error;
        return true;
    }
    if (atomic_fetch_sub(&control->countdown, 1) != 1) {
        return false;
    }
    atomic_fetch_add(&control->fired, 1);
    if (control->action == KILL) {
        (void)syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    }
    errno = control->error;
    return true;
}

/* The next one's address. */
#define NEXT(name)                                                                                 \
    static __typeof__(name) *next;                                                                 \
    if (next == NULL) {                                                                            \
        *(void **)&next = dlsym(RTLD_NEXT, #name);                                                 \
    }

/* --- memory --- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static void *counted(void *block)
{
    if (block != NULL && is_meant()) {
        atomic_fetch_add(&control->blocks, 1);
    }
    return block;
}

void *malloc(size_t size)
{
    return fails(MEMORY) ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fails(MEMORY) ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    if (fails(MEMORY)) {
        return NULL;
    }
    return block == NULL ? counted(__libc_realloc(NULL, size)) : __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size)
{
    return fails(MEMORY) ? NULL : counted(__libc_memalign(alignment, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return memalign(alignment, size);
}

int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
    void *block = memalign(alignment, size);

    if (block == NULL) {
        return ENOMEM;
    }
    *ret_block = block;
    return 0;
}

void free(void *block)
{
    if (block != NULL && is_meant()) {
        atomic_fetch_sub(&control->blocks, 1);
    }
    __libc_free(block);
}

/* json-c does not look whether it got the copy of a member's name: the line says why its caller
 * ends. */
char *strdup(const char *text)
{
    static const char why[] = "json-c has no memory for a name\n";
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    Dl_info caller;

    if (copy != NULL) {
        return memcpy(copy, text, size);
    }
    if (dladdr(__builtin_return_address(0), &caller) != 0 &&
        strstr(caller.dli_fname, "libjson-c") != NULL) {
        (void)syscall(SYS_write, STDERR_FILENO, why, sizeof why - 1);
    }
    return NULL;
}

/* --- time --- */

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, ret_time);
    int64_t ahead = clock == CLOCK_REALTIME    ? control->wall
                    : clock == CLOCK_MONOTONIC ? control->monotonic
                                               : 0;
    int64_t frozen = clock == CLOCK_REALTIME ? control->frozen : 0;

    if (result == 0 && (ahead != 0 || frozen != 0)) {
        int64_t now = (int64_t)ret_time->tv_sec * 1000000000 + ret_time->tv_nsec + ahead;
        now = frozen != 0 ? frozen : now;
        ret_time->tv_sec = (time_t)(now / 1000000000);
        ret_time->tv_nsec = (long)(now % 1000000000);
    }
    return result;
}

time_t time(time_t *ret_time)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_REALTIME, &now);
    if (ret_time != NULL) {
        *ret_time = now.tv_sec;
    }
    return now.tv_sec;
}

/* --- calls that fail with -1; those that move bytes may also move half of them --- */

static size_t shorter(enum kind kind, size_t size, bool *ret_fails)
{
    bool failed = fails(kind);

    *ret_fails = failed && control->action != SHORT;
    return failed && control->action == SHORT && size > 1 ? size / 2 : size;
}

/* A connection that cannot be written to any more cannot be read from either. */
static ssize_t refused(enum kind kind, int fd)
{
    if (kind == SEND) {
        int error = errno;
        (void)syscall(SYS_shutdown, fd, SHUT_RDWR);
        errno = error;
    }
    return -1;
}

#define MOVES(kind, name, arguments, passed)                                                       \
    ssize_t name arguments                                                                         \
    {                                                                                              \
        NEXT(name)                                                                                 \
        bool failed;                                                                               \
        size = shorter(kind, size, &failed);                                                       \
        return failed ? refused(kind, fd) : next passed;                                           \
    }

MOVES(READ, read, (int fd, void *data, size_t size), (fd, data, size))
MOVES(READ, pread, (int fd, void *data, size_t size, off_t at), (fd, data, size, at))
MOVES(READ, pread64, (int fd, void *data, size_t size, off64_t at), (fd, data, size, at))
MOVES(RECEIVE, recv, (int fd, void *data, size_t size, int flags), (fd, data, size, flags))
MOVES(WRITE, write, (int fd, const void *data, size_t size), (fd, data, size))
MOVES(WRITE, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
MOVES(WRITE, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
MOVES(SEND, send, (int fd, const void *data, size_t size, int flags), (fd, data, size, flags))

#define CALL(kind, type, name, arguments, passed)                                                  \
    type name arguments                                                                            \
    {                                                                                              \
        NEXT(name)                                                                                 \
        return fails(kind) ? -1 : next passed;                                                     \
    }

CALL(RECEIVE, ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
CALL(WRITE, ssize_t, writev, (int fd, const struct iovec *pieces, int count), (fd, pieces, count))
CALL(SEND, ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags),
     (fd, message, flags))
CALL(WRITE, int, ftruncate, (int fd, off_t size), (fd, size))
CALL(WRITE, int, ftruncate64, (int fd, off64_t size), (fd, size))
CALL(SYNC, int, fsync, (int fd), (fd))
CALL(SYNC, int, fdatasync, (int fd), (fd))
CALL(OPEN, int, socket, (int domain, int type, int protocol), (domain, type, protocol))
CALL(OPEN, int, connect, (int fd, const struct sockaddr *address, socklen_t size),
     (fd, address, size))
CALL(OPEN, int, accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags),
     (fd, address, size, flags))
CALL(OPEN, int, epoll_ctl, (int set, int how, int fd, struct epoll_event *event),
     (set, how, fd, event))
CALL(FILES, int, unlink, (const char *path), (path))
CALL(FILES, int, rename, (const char *from, const char *to), (from, to))
CALL(FILES, int, stat, (const char *path, struct stat *result), (path, result))
CALL(FILES, int, fstat, (int fd, struct stat *result), (fd, result))
CALL(FILES, int, lstat, (const char *path, struct stat *result), (path, result))
CALL(FILES, int, access, (const char *path, int mode), (path, mode))
CALL(FILES, int, fchmod, (int fd, mode_t mode), (fd, mode))

/* --- what takes its arguments otherwise --- */

static mode_t mode_of(int flags, va_list arguments)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

#define OPENS(name, first, given)                                                                  \
    int name(first const char *path, int flags, ...)                                               \
    {                                                                                              \
        NEXT(name)                                                                                 \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        mode_t mode = mode_of(flags, arguments);                                                   \
        va_end(arguments);                                                                         \
        return fails(OPEN) ? -1 : next(given path, flags, mode);                                   \
    }
#define IN_FOLDER int folder,
#define FOLDER    folder,

OPENS(open, , )
OPENS(open64, , )
OPENS(openat, IN_FOLDER, FOLDER)

/* Giving a lock back never fails. */
static bool takes_lock(int command, const struct flock *lock)
{
    return (command == F_SETLK || command == F_SETLKW) && lock->l_type != F_UNLCK;
}

#define FCNTL(name)                                                                                \
    int name(int fd, int command, ...)                                                             \
    {                                                                                              \
        NEXT(name)                                                                                 \
        va_list arguments;                                                                         \
        va_start(arguments, command);                                                              \
        void *argument = va_arg(arguments, void *);                                                \
        va_end(arguments);                                                                         \
        return takes_lock(command, argument) && fails(LOCK) ? -1 : next(fd, command, argument);    \
    }

FCNTL(fcntl)
FCNTL(fcntl64)

#define MAPS(name, offset)                                                                         \
    void *name(void *where, size_t size, int protection, int flags, int fd, offset at)             \
    {                                                                                              \
        NEXT(name)                                                                                 \
        return fails(MAP) ? MAP_FAILED : next(where, size, protection, flags, fd, at);             \
    }

MAPS(mmap, off_t)
MAPS(mmap64, off64_t)
