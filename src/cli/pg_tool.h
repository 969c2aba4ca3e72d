/* PostgreSQL's own programs, run on the database of the settings. */
#ifndef TASKGATE_CLI_PG_TOOL_H
#define TASKGATE_CLI_PG_TOOL_H

#include "cli/cli.h"
#include "store/upkeep.h"

/* Runs pg_dump of the state called SNAPSHOT into the file NAME. The password of the URL reaches it
 * by a file in memory, not by its arguments or environment. Errors are noted. */
enum err pg_tool_dump(struct cli *cli, const char *snapshot, const char *name) WARN_UNUSED;

/* Reads the dump NAME to its end and counts what is in it. ERR_BAD_VALUE (noted): it is none, or
 * is damaged, or not of this program. */
enum err pg_tool_read(struct cli *cli, const char *name,
                      struct upkeep_content *ret_content) WARN_UNUSED;

/* Runs pg_restore of the file NAME in one transaction. */
enum err pg_tool_restore(struct cli *cli, const char *name) WARN_UNUSED;

#endif
