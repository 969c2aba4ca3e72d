/* One line of the log in memory of fixed size. Private to base/log. */
#ifndef TASKGATE_BASE_LOG_LINE_H
#define TASKGATE_BASE_LOG_LINE_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/log.h"

/*
 * A log must work when there is no other memory, and a line with its head (base/log_sink) is not
 * longer than PIPE_BUF, up to which a write to a pipe is atomic: the lines of all processes stay
 * whole. What does not fit is cut, and the cut is marked.
 */
#define LOG_LINE_SIZE (PIPE_BUF - 96)

struct log_line {
    char data[LOG_LINE_SIZE];
    size_t len;
    bool cut;
    enum log_format format;
};

/* Starts a line. In JSON the object begins with TIME (ISO 8601), level, process and PID; in text
 * the time and the PID are the head's. */
void log_line_begin(struct log_line *line, enum log_format format, const char *time,
                    enum log_level level, const char *process, pid_t pid);

/* Then either a message of LEN bytes, or an event and its fields. */
void log_line_message(struct log_line *line, const char *text, size_t len);
void log_line_event(struct log_line *line, const char *event);
void log_line_field(struct log_line *line, const struct log_field *field);

/* Ends the line: data has len bytes, the last of them a newline. */
void log_line_end(struct log_line *line);

#endif
