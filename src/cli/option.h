/* The options of the command line: one table for all commands, so that a name means one thing. */
#ifndef TASKGATE_CLI_OPTION_H
#define TASKGATE_CLI_OPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum option_id {
    /* Every command takes these. */
    OPTION_CONFIG,
    OPTION_JSON,
    OPTION_YES,
    OPTION_HELP,
    OPTION_VERSION,
    /* The others are named by the commands that take them. */
    OPTION_LISTEN,
    OPTION_WORKERS,
    OPTION_PRINT,
    OPTION_OFFLINE,
    OPTION_PASSWORD_STDIN,
    OPTION_NAME,
    OPTION_VERIFIED,
    OPTION_REASON,
    OPTION_DAYS,
    OPTION_SESSIONS,
    OPTION_DRY_RUN,
    OPTION_WEB,
    OPTION_ONCE,
    OPTION_COUNT
};

/* A set of options: OPTION_SET(LISTEN) | OPTION_SET(WORKERS). */
typedef uint64_t option_set;
#define OPTION_SET(name) (UINT64_C(1) << OPTION_##name)
#define OPTION_COMMON                                                                              \
    (OPTION_SET(CONFIG) | OPTION_SET(JSON) | OPTION_SET(YES) | OPTION_SET(HELP) |                  \
     OPTION_SET(VERSION))

struct option_info {
    const char *name;  /* "config", without the dashes */
    char letter;       /* 'c', or 0 */
    const char *value; /* "FILE", or NULL for a switch */
    const char *help;
};

extern const struct option_info option_table[OPTION_COUNT];

/*
 * Reads the options of ARGV and moves all words that are none to its end, as getopt_long does.
 * RET_VALUES[id] becomes the option's value, "" for a switch, NULL when it was not given;
 * *ret_first the index of the first word. ERR_BAD_REQUEST: PROBLEM says what is wrong.
 */
enum err option_parse(int argc, char **argv, struct buf *problem,
                      const char *ret_values[OPTION_COUNT], int *ret_first) WARN_UNUSED;

#endif
