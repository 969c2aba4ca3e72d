/*
 * The log: messages for the person who runs the server, and events with named fields for programs;
 * one line each, as text or as a JSON object (taskgate-log(7)). Every value is escaped here, so
 * that no byte a client sent can start a line or a field. Callers never pass a secret.
 */
#ifndef TASKGATE_BASE_LOG_H
#define TASKGATE_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };
enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG, LOG_TO_FILE };

struct log_options {
    enum log_level level; /* what is more detailed is not written */
    enum log_format format;
    enum log_target target;
    const char *path; /* the file; of syslog its socket, NULL = /dev/log */
};

/* One named value of an event; text may be NULL and is then left out. */
struct log_field {
    const char *name; /* [a-z]+, not one that every line has */
    const char *text;
    int64_t number;
    enum {
        LOG_FIELD_TEXT,
        LOG_FIELD_NUMBER,
        LOG_FIELD_MICROSECONDS /* written in milliseconds, with three decimals */
    } kind;
};

#define LOG_TEXT(n, v)                                                                             \
    {                                                                                              \
        .name = (n), .text = (v), .kind = LOG_FIELD_TEXT                                           \
    }
#define LOG_NUM(n, v)                                                                              \
    {                                                                                              \
        .name = (n), .number = (v), .kind = LOG_FIELD_NUMBER                                       \
    }
#define LOG_MICROSECONDS(n, v)                                                                     \
    {                                                                                              \
        .name = (n), .number = (v), .kind = LOG_FIELD_MICROSECONDS                                 \
    }

/* Before the settings are known: text on stderr, up to LEVEL. PROCESS (static text) is the name of
 * this process in its lines. */
void log_setup(enum log_level level, const char *process);

/* Sets where lines of this process go and how they look; to be called again in a forked process.
 * What the target cannot take goes to stderr, which is said once, until it can. */
void log_open(const struct log_options *options, const char *process);

/*
 * The same for a command that a person runs: messages are for that person and stay on stderr;
 * events go to the server's log, and where that is stderr to syslog, if there is one. Nothing up to
 * LEVEL_INFO is left out.
 */
void log_open_command(const struct log_options *options);

/* A message for the person who runs the server. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* An event with fields: EVENT is a fixed word ("request"), never client data. */
void log_event(enum log_level level, const char *event, const struct log_field *fields,
               unsigned count);

/* The same about accounts and credentials: for syslog its facility is "authpriv". */
void log_auth_event(enum log_level level, const char *event, const struct log_field *fields,
                    unsigned count);

/* Between the two, lines of events wait for each other and are written with one call: a request may
 * have several. A message waits for nothing, and what waits goes before it. */
void log_hold(void);
void log_release(void);

#endif
