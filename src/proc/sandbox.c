#include "proc/sandbox.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/log.h"

void sandbox_enter(bool may_exec)
{
    const struct rlimit no_core = {0, 0};

    if (setrlimit(RLIMIT_CORE, &no_core) != 0) {
        log_warn("core files cannot be forbidden: %s", strerror(errno));
    }
    if (!may_exec && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        log_warn("new privileges cannot be given up: %s", strerror(errno));
    }
#ifndef TASKGATE_SANITIZED
    /* The leak sanitizer looks into its own process with ptrace. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        log_warn("this process can be traced: %s", strerror(errno));
    }
#endif
}
