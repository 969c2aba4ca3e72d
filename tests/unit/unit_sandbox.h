/* A sandbox around what a test attempts, in a process of its own. */
#ifndef TASKGATE_TESTS_UNIT_SANDBOX_H
#define TASKGATE_TESTS_UNIT_SANDBOX_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "proc/landlock.h"
#include "proc/sandbox.h"
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

static inline const char *path_of(const char *name)
{
    return mem_printf(suite.ctx, "%s/%s", suite.folder, name);
}

static inline void make_file(const char *name)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT, 0700);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "#!/bin/sh\n", 10), 10);
    close(fd);
}

/* A folder for each thing that settings name, and one that none does. */
static inline int begin(void **state)
{
    static const char *const folders[] = {"data", "keys", "letters", "texts", "other"};

    (void)state;
    log_setup(LEVEL_INFO, "unit");
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

static inline int end(void **state)
{
    (void)state;
    char *command = mem_printf(suite.ctx, "rm -r '%s'", suite.folder);
    int status = system(command);
    talloc_free(suite.ctx);
    return status;
}

/* What a child got that entered the sandbox and made ATTEMPT: its error number, 0 for success, or
 * DEADLY. */
static inline int outcome_of(int (*attempt)(const void *), const void *arg)
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

/* A kernel call, and what comes of it. */
struct call {
    const char *name;
    long number;
    long arguments[4];
    int outcome;
};

static inline int make_call(const void *arg)
{
    const struct call *call = arg;
    const long *arguments = call->arguments;

    return syscall(call->number, arguments[0], arguments[1], arguments[2], arguments[3]) < 0 ? errno
                                                                                             : 0;
}

static inline void check_calls(const struct call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int outcome = outcome_of(make_call, &calls[i]);
        if (outcome != calls[i].outcome) {
            fail_msg("%s: %d instead of %d", calls[i].name, outcome, calls[i].outcome);
        }
    }
}

static inline int look_at_privileges(const void *arg)
{
    (void)arg;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

/* One test of a group, with folders of its own. */
#define CONFINED(test) cmocka_unit_test_setup_teardown(test, begin, end)

#endif
