#include "proc/sandbox.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/log.h"
#include "base/mem.h"
#include "proc/landlock.h"
#include "proc/syscall_filter.h"
#include "store/store.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* What libraries open while they work: modules of their own (names of hosts, OpenSSL), OpenSSL's
 * settings, certificates; SQLite its source of random numbers. */
static const char *const library_paths[] = {
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/ssl",
    "/etc/pki",
    "/etc/crypto-policies",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/dev/urandom",
#ifdef TASKGATE_SANITIZED
    "/proc/self", /* the sanitizers read their own memory map */
#endif
};

/* Where the addresses of hosts come from; /etc/resolv.conf is a link into one of the latter. A file
 * by itself would not do: who replaces it makes a new one. */
static const char *const resolver_paths[] = {"/etc", "/run/systemd/resolve", "/run/resolvconf",
                                             "/run/NetworkManager"};

void sandbox_enter(void)
{
    const struct rlimit no_core = {0, 0};

    if (setrlimit(RLIMIT_CORE, &no_core) != 0) {
        log_warn("core files cannot be forbidden: %s", strerror(errno));
    }
#ifndef TASKGATE_SANITIZED
    /* The leak sanitizer looks into its own process with ptrace. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        log_warn("this process can be traced: %s", strerror(errno));
    }
#endif
}

static void allow_list(struct landlock *landlock, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        landlock_allow_read(landlock, paths[i]);
    }
}

/* The folder of a file that is read again when it changes, and that of the file a link leads to. */
static void allow_file(void *ctx, struct landlock *landlock, const char *path)
{
    char *real = realpath(path, NULL);

    landlock_allow_read(landlock, dirname(mem_strdup(ctx, path)));
    if (real != NULL) {
        landlock_allow_read(landlock, dirname(real));
    }
    free(real);
}

static void allow_store_path(void *arg, enum store_path_use use, const char *path)
{
    if (use == STORE_PATH_WRITE) {
        landlock_allow_write(arg, path);
    } else {
        landlock_allow_read(arg, path);
    }
}

static void allow_settings(void *ctx, struct landlock *landlock, const struct config *config)
{
    if (config->jwks_file != NULL) {
        allow_file(ctx, landlock, config->jwks_file);
    }
    if (config->mail_templates != NULL) {
        landlock_allow_read(landlock, config->mail_templates);
    }
    if (config->mail_dir != NULL) {
        landlock_allow_write(landlock, config->mail_dir);
    }
    if (config->log.target == LOG_TO_FILE) { /* in its place a new one is made after a rotation */
        landlock_allow_write(landlock, dirname(mem_strdup(ctx, config->log.path)));
    }
    store_paths(config, allow_store_path, landlock);
}

static enum err lock_files(const struct config *config, struct buf *problem)
{
    bool network = config->store == STORE_POSTGRESQL || config->jwks_url != NULL;
    void *ctx = mem_context(NULL);
    struct landlock *landlock = NULL;
    enum err error = landlock_new(ctx, network, &landlock, problem);

    if (error == ERR_OK) {
        allow_list(landlock, library_paths, COUNT(library_paths));
        allow_list(landlock, resolver_paths, network ? COUNT(resolver_paths) : 0);
        allow_settings(ctx, landlock, config);
        error = landlock_enter(landlock, problem);
    }
    talloc_free(ctx);
    return error;
}

/* A kernel without it has been told about by sandbox_describe. */
static void report(enum err error, const struct buf *problem)
{
    if (error != ERR_OK && error != ERR_ABSENT) {
        log_warn("%s", problem->data);
    }
}

void sandbox_confine(const struct config *config, bool sends_letters)
{
    if (!config->sandbox || (sends_letters && config->sendmail.count > 0)) {
        return;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        log_warn("new privileges cannot be given up: %s", strerror(errno));
        return; /* without that the kernel takes neither of the others */
    }
    void *ctx = mem_context(NULL);
    struct buf *problem = buf_new(ctx);
    report(lock_files(config, problem), problem);
    problem = buf_new(ctx);
    report(syscall_filter_enter(problem), problem);
    talloc_free(ctx);
}

void sandbox_describe(const struct config *config)
{
    if (!config->sandbox) {
        log_info("SANDBOX=off: workers are not confined");
        return;
    }
    void *ctx = mem_context(NULL);
    struct buf *no_filter = buf_new(ctx);
    struct buf *no_landlock = buf_new(ctx);
    int version = landlock_version(no_landlock);
    bool filter = syscall_filter_probe(no_filter) == ERR_OK;

    if (filter && version > 0) {
        log_info("workers are confined by seccomp and Landlock (version %d)%s", version,
                 config->sendmail.count > 0 ? ", but for those that start SENDMAIL" : "");
    } else {
        log_warn("workers are less confined than they could be: %s%s%s", no_filter->data,
                 filter || version > 0 ? "" : "; ", no_landlock->data);
    }
    talloc_free(ctx);
}
