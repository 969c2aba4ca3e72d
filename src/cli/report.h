/* What a command that looks at something found: a line or object for each check. */
#ifndef TASKGATE_CLI_REPORT_H
#define TASKGATE_CLI_REPORT_H

#include "cli/cli.h"
#include "store/upkeep.h"

struct report;

/* Owned by CLI; prints a table, or with --json objects. */
struct report *report_new(struct cli *cli);

/* An upkeep_found; ARG is a struct report. */
void report_found(void *arg, const char *check, enum upkeep_state state, const char *text);

/* The same with a format. */
void report_tell(struct report *report, const char *check, enum upkeep_state state,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Prints what is left. An ERROR is noted with PROBLEM; without one it is ERR_BAD_VALUE (noted) when
 * something was wrong. */
enum err report_end(struct cli *cli, struct report *report, enum err error,
                    const struct buf *problem) WARN_UNUSED;

#endif
