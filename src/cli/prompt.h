/* Questions to the person at the terminal (the controlling terminal, not standard input). */
#ifndef TASKGATE_CLI_PROMPT_H
#define TASKGATE_CLI_PROMPT_H

#include "cli/cli.h"

/* More than any password that is accepted (R36). */
#define PROMPT_PASSWORD_MAX 1024

/*
 * Something is about to be destroyed: prints WHAT (a sentence), and goes on only when WORD is typed
 * as it is. With --yes nobody is asked. ERR_ABSENT (noted): something else was typed, or there is
 * no terminal to ask on.
 */
enum err prompt_confirm(struct cli *cli, const char *what, const char *word) WARN_UNUSED;

/*
 * A new password: asked for twice without echo, or with --password-stdin the first line of standard
 * input. Owned by CTX and wiped with it. ERR_ABSENT (noted): no terminal, no line, a line that is
 * too long or holds a NUL, or two different ones.
 */
enum err prompt_password(struct cli *cli, void *ctx, char **ret_password) WARN_UNUSED;

#endif
