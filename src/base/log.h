/*
 * Lines on stderr, one event each, "key=value" behind the message. Every value is escaped here,
 * so that no byte a client sent can start a line or a field. Callers never pass a secret.
 */
#ifndef TASKGATE_BASE_LOG_H
#define TASKGATE_BASE_LOG_H

#include <stdint.h>

enum log_level { LEVEL_ERROR, LEVEL_WARN, LEVEL_INFO, LEVEL_DEBUG };

/* One named value of an event; text may be NULL and is then left out. */
struct log_field {
    const char *name;
    const char *text;
    int64_t number;
    enum { LOG_FIELD_TEXT, LOG_FIELD_NUMBER } kind;
};

#define LOG_TEXT(n, v)                                                                             \
    {                                                                                              \
        .name = (n), .text = (v), .kind = LOG_FIELD_TEXT                                           \
    }
#define LOG_NUM(n, v)                                                                              \
    {                                                                                              \
        .name = (n), .number = (v), .kind = LOG_FIELD_NUMBER                                       \
    }

/* Sets what is written (levels up to MAX) and the name of this process in each line (static text).
 */
void log_setup(enum log_level max, const char *process);

/* A message for the person who runs the server. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* An event with fields: EVENT is a fixed word ("request", "sign-in"), never client data. */
void log_event(enum log_level level, const char *event, const struct log_field *fields,
               unsigned count);

#endif
