/* What the user commands share. */
#ifndef TASKGATE_CLI_CMD_USER_H
#define TASKGATE_CLI_CMD_USER_H

#include "cli/cli.h"
#include "cli/json_line.h"

/* The user whom the command's first argument names by address, in any case, or by id; owned by the
 * cli. ERR_ABSENT (noted). */
enum err cmd_user_find(struct cli *cli, struct user **ret_user) WARN_UNUSED;

/* The members of USER, with Better Auth's names. "banned" says what is true at NOW. */
void cmd_user_put(struct json_line *line, const struct user *user, int64_t now);

/* What became of USER: a sentence, "<address>: <what>", or with --json the object. */
void cmd_user_tell(struct cli *cli, const struct user *user, const char *what);

#endif
