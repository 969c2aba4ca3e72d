/* What the commands that copy databases share. */
#ifndef TASKGATE_CLI_CMD_DB_H
#define TASKGATE_CLI_CMD_DB_H

#include "cli/cli.h"
#include "store/upkeep.h"

/* An upkeep_progress; ARG is a struct progress. */
void cmd_db_progress(void *arg, int64_t done, int64_t total);

/* "WORD: 3 users, ...", or with --json the object, with FILE and KEPT (NULL = none). */
void cmd_db_tell(struct cli *cli, const char *word, const char *file, const char *kept,
                 const struct upkeep_content *content);

#endif
