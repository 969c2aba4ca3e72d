/* The command line: reads it, prepares what its command needs, runs it, says what went wrong. */
#ifndef TASKGATE_CLI_CLI_H
#define TASKGATE_CLI_CLI_H

#include <stdarg.h>

#include "auth/audit.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/command.h"
#include "conf/conf.h"
#include "store/store.h"

/* What the layer beside this one does, handed over by main(). */
struct cli_host {
    int (*serve)(const struct conf_source *source); /* master_run */
};

#define CLI_ARGS_MAX 4

/* One run of the program. */
struct cli {
    void *ctx; /* lives until the command has ended */
    const struct cli_host *host;
    const struct command *command;
    const char *args[CLI_ARGS_MAX + 1]; /* behind the command's words; NULL behind the last */
    const char *options[OPTION_COUNT];  /* by option_id; "" for a switch, NULL = not given */
    struct conf_source source;
    struct config *config; /* as the command's need says */
    struct store *store;
    struct audit_source actor; /* whoever runs the command, for the audit log; with config */
    struct buf *problem;       /* what cli_fail and cli_usage were told */
};

/* The whole program; returns its exit status (sysexits.h, see man/taskgate.8). */
int cli_main(int argc, char **argv, const struct cli_host *host);

/* Notes what went wrong, one line for the person who runs the command without a full stop, and
 * returns ERROR: "return cli_fail(cli, ERR_ABSENT, ...)". Control bytes are escaped when it is
 * printed. Exit status: 78 for ERR_CONFIG, 69 for ERR_STORE_DOWN, else 1. */
enum err cli_fail(struct cli *cli, enum err error, const char *format, ...) WARN_UNUSED
    __attribute__((format(printf, 3, 4)));

/* The same for a command line that is wrong; the exit status will be 64. */
enum err cli_usage(struct cli *cli, const char *format, ...) WARN_UNUSED
    __attribute__((format(printf, 2, 3)));

/* Whether the switch ID was given. */
bool cli_switch(const struct cli *cli, enum option_id id);

#endif
