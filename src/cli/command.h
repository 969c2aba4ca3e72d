/*
 * The commands: one table, from which the program finds what to run, and --help, the completion of
 * the shell and the manual are made or checked. A new command is a row in command.c, a function, a
 * paragraph in man/taskgate.8 and a line in deploy/bash-completion/taskgate.
 */
#ifndef TASKGATE_CLI_COMMAND_H
#define TASKGATE_CLI_COMMAND_H

#include <stddef.h>

#include "base/err.h"
#include "cli/option.h"

struct cli;

/* What is there before a command runs. */
enum command_need {
    NEED_NOTHING,
    NEED_SETTINGS, /* cli->config */
    NEED_STORE,    /* and cli->store: a database that is there and has this program's schema */
};

struct command {
    const char *name; /* "user" */
    const char *verb; /* "add"; NULL for a command of one word */
    const char *args; /* "EMAIL [FILE]": what is in brackets may be left out; "" = none */
    option_set options;
    enum command_need need;
    const char *help; /* one line, begins with a verb in lower case */
    /* ERR_OK, or what went wrong; cli_fail has the words for it. */
    enum err (*run)(struct cli *cli);
};

extern const struct command command_table[];
extern const size_t command_count;

/* The command NAME [VERB], or NULL. VERB is not looked at when the command has none. */
const struct command *command_find(const char *name, const char *verb);

/* Whether there is a command NAME at all, and whether it takes a verb. */
bool command_is_name(const char *name);
bool command_has_verbs(const char *name);

/* How many arguments COMMAND takes. */
void command_count_args(const struct command *command, size_t *ret_min, size_t *ret_max);

#endif
