#include "proc/schema.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "store/store.h"

#define EXIT_TRY_AGAIN 75 /* sysexits.h EX_TEMPFAIL */

enum err schema_prepare(const struct config *config)
{
    struct store *store;
    void *ctx = mem_context(NULL);
    enum err error = store_open(ctx, config, &store);

    if (error == ERR_OK) {
        error = config->auto_migrate ? store_migrate(store) : store_check_schema(store);
    }
    talloc_free(ctx);
    return error;
}

pid_t schema_prepare_start(const struct config *config)
{
    pid_t pid = fork();

    if (pid != 0) {
        return pid;
    }
    sigset_t none;
    sigemptyset(&none);
    signal(SIGHUP, SIG_IGN);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigprocmask(SIG_SETMASK, &none, NULL);
    log_open(&config->log, "schema");
    enum err error = schema_prepare(config);
    if (error == ERR_OK) {
        _exit(EXIT_SUCCESS);
    }
    _exit(error == ERR_CONFIG ? CONF_EXIT_STATUS : EXIT_TRY_AGAIN);
}

enum err schema_prepare_result(int status)
{
    if (!WIFEXITED(status)) {
        return ERR_STORE_DOWN;
    }
    switch (WEXITSTATUS(status)) {
    case EXIT_SUCCESS:
        return ERR_OK;
    case CONF_EXIT_STATUS:
        return ERR_CONFIG;
    default:
        return ERR_STORE_DOWN;
    }
}
