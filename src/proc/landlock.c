#include "proc/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

/*
 * The kernel's interface (include/uapi/linux/landlock.h), version 7. It only ever grows, and the
 * headers of a distribution know less than its users' kernels.
 */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

struct ruleset {
    uint64_t files;   /* what is refused unless a rule allows it */
    uint64_t network; /* since version 4 */
    uint64_t scope;   /* since version 6 */
};

struct path_rule {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));

#define RETURN_VERSION 1U
#define RULE_PATH      1

#define EXECUTE     (UINT64_C(1) << 0)
#define WRITE_FILE  (UINT64_C(1) << 1)
#define READ_FILE   (UINT64_C(1) << 2)
#define READ_FOLDER (UINT64_C(1) << 3)
#define REMOVE_FILE (UINT64_C(1) << 5)
#define MAKE_FILE   (UINT64_C(1) << 8)
#define LINK        (UINT64_C(1) << 13) /* since version 2 */
#define TRUNCATE    (UINT64_C(1) << 14) /* since version 3 */
#define IOCTL       (UINT64_C(1) << 15) /* since version 5 */

#define BIND_TCP         (UINT64_C(1) << 0)
#define CONNECT_TCP      (UINT64_C(1) << 1)
#define ABSTRACT_SOCKETS (UINT64_C(1) << 0)
#define SIGNALS          (UINT64_C(1) << 1)

struct landlock {
    int fd;
    uint64_t files; /* what this kernel can refuse */
};

int landlock_version(struct buf *problem)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, RETURN_VERSION);

    if (version >= 1) {
        return (int)version;
    }
    buf_printf(problem, "no Landlock: %s", strerror(errno));
    return 0;
}

static uint64_t files_of(int version)
{
    uint64_t files = LINK - 1; /* the first thirteen */

    files |= version >= 2 ? LINK : 0;
    files |= version >= 3 ? TRUNCATE : 0;
    files |= version >= 5 ? IOCTL : 0;
    return files;
}

static int close_ruleset(struct landlock *landlock)
{
    close(landlock->fd);
    return 0;
}

enum err landlock_new(void *ctx, bool network, struct landlock **ret_landlock, struct buf *problem)
{
    int version = landlock_version(problem);

    if (version == 0) {
        return ERR_ABSENT;
    }
    const struct ruleset ruleset = {
        .files = files_of(version),
        .network = version < 4 ? 0 : BIND_TCP | (network ? 0 : CONNECT_TCP),
        .scope = version < 6 ? 0 : SIGNALS | (network ? 0 : ABSTRACT_SOCKETS),
    };
    /* A kernel takes the members it does not know, as long as they are 0. */
    long fd = syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
    if (fd < 0) {
        buf_printf(problem, "Landlock cannot be set up: %s", strerror(errno));
        return ERR_INTERNAL;
    }
    struct landlock *landlock = mem_new(ctx, struct landlock);
    landlock->fd = (int)fd;
    landlock->files = ruleset.files;
    talloc_set_destructor(landlock, close_ruleset);
    *ret_landlock = landlock;
    return ERR_OK;
}

/* False: PATH is not there. Another failure to add it shows when it is needed and refused. */
static bool allow(const struct landlock *landlock, const char *path, uint64_t what)
{
    struct path_rule rule = {.parent_fd = open(path, O_PATH | O_CLOEXEC)};
    struct stat status;

    if (rule.parent_fd < 0) {
        return errno != ENOENT && errno != ENOTDIR;
    }
    rule.allowed = what & landlock->files;
    if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode)) {
        rule.allowed &= READ_FILE;
    }
    (void)syscall(SYS_landlock_add_rule, landlock->fd, RULE_PATH, &rule, 0);
    close(rule.parent_fd);
    return true;
}

void landlock_allow_read(struct landlock *landlock, const char *path)
{
    (void)allow(landlock, path, READ_FILE | READ_FOLDER);
}

void landlock_allow_write(struct landlock *landlock, const char *path)
{
    const uint64_t what = READ_FILE | READ_FOLDER | WRITE_FILE | MAKE_FILE | REMOVE_FILE | TRUNCATE;
    char *folder = mem_strdup(NULL, path);
    char *at = folder;

    while (!allow(landlock, at, what) && strcmp(at, ".") != 0) { /* "/" is always there */
        at = dirname(at);
    }
    talloc_free(folder);
}

enum err landlock_enter(struct landlock *landlock, struct buf *problem)
{
    if (syscall(SYS_landlock_restrict_self, landlock->fd, 0) == 0) {
        return ERR_OK;
    }
    buf_printf(problem, "Landlock cannot be entered: %s", strerror(errno));
    return ERR_INTERNAL;
}
