/* Where the lines of the log go. Private to base/log. */
#ifndef TASKGATE_BASE_LOG_SINK_H
#define TASKGATE_BASE_LOG_SINK_H

#include <stddef.h>
#include <sys/types.h>

#include "base/log.h"

/* One line, and what its head is made of: what stands before it depends on who takes it. A line of
 * JSON says everything itself. */
struct log_record {
    const char *data; /* ends with a newline */
    size_t len;
    enum log_format format;
    enum log_level level;
    bool auth; /* about accounts and credentials */
    const char *time;
    int64_t seconds; /* the same since the epoch */
    pid_t pid;
    bool headed; /* DATA has its heads: several lines */
};

enum log_trouble {
    LOG_NO_TROUBLE,    /* nothing has changed */
    LOG_TROUBLE_BEGAN, /* the target failed, this line went to stderr; so will the next */
    LOG_TROUBLE_ENDED, /* the target has taken this line, and had not taken the one before */
};

/* Sets the target. It is opened by the first line and looked at again once a second: a file that
 * was renamed or deleted is made anew, a target that failed is tried. PATH is the file's or the
 * socket's, NULL for stderr; with MAKES_FILE false a file is not made. */
void log_sink_set(enum log_target target, const char *path, bool makes_file);

/* One write(2) per line. */
enum log_trouble log_sink_write(const struct log_record *record);

/* Keeps a copy of the line for log_sink_write_kept; false when it can't: there is no room (what is
 * kept stays atomic), or each line is a message of its own (syslog). */
bool log_sink_keep(const struct log_record *record);

/* All that is kept, as log_sink_write does it, and forgets it. */
enum log_trouble log_sink_write_kept(void);

/* The target's name and why it failed, for people. */
const char *log_sink_name(void);
const char *log_sink_problem(void);

/* To stderr, whatever the target is. */
void log_sink_write_stderr(const struct log_record *record);

#endif
