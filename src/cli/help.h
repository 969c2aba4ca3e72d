/* What --help prints, made from the tables of commands, options and settings. */
#ifndef TASKGATE_CLI_HELP_H
#define TASKGATE_CLI_HELP_H

#include "cli/cli.h"

/* Prints all commands (NAME is NULL), those of NAME, or NAME VERB; with --json an object for each
 * command and each option instead. ERR_BAD_REQUEST: there is no such command. */
enum err help_print(struct cli *cli, const char *name, const char *verb) WARN_UNUSED;

/* "user add", owned by CTX. */
const char *help_title(void *ctx, const struct command *command);

/* The verbs of NAME, as "list or rotate", owned by CTX. */
struct buf *help_verbs(void *ctx, const char *name);

#endif
