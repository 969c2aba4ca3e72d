#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/log_sink.h"

#define SYSLOG_SOCKET "/dev/log"

static struct {
    enum log_level level;
    enum log_format format;
    const char *process;
    pid_t pid;
    bool command;   /* messages are for a person */
    bool no_events; /* and there is nothing that takes events */
    bool held;      /* log_hold */
} state = {.level = LEVEL_INFO, .format = LOG_FORMAT_TEXT, .process = "main"};

static void set_target(enum log_target target, const char *path, bool makes_file)
{
    if (target == LOG_TO_SYSLOG && path == NULL) {
        path = SYSLOG_SOCKET;
    }
    log_sink_set(target, path, makes_file);
}

void log_setup(enum log_level level, const char *process)
{
    log_open(&(struct log_options){.level = level}, process);
}

void log_open(const struct log_options *options, const char *process)
{
    state.level = options->level;
    state.format = options->format;
    state.process = process;
    state.pid = getpid();
    state.command = false;
    state.no_events = false;
    set_target(options->target, options->path, true);
}

void log_open_command(const struct log_options *options)
{
    log_open(options, "taskgate");
    if (state.level < LEVEL_INFO) {
        state.level = LEVEL_INFO;
    }
    state.command = true;
    state.no_events = options->target == LOG_TO_STDERR && access(SYSLOG_SOCKET, W_OK) != 0;
    /* A file that is made here would be somebody else's than the server's. */
    set_target(options->target == LOG_TO_STDERR ? LOG_TO_SYSLOG : options->target, options->path,
               false);
}

/* NOW as text; of two times in one second only the milliseconds differ. */
static const char *time_text(int64_t now)
{
    static char text[CLOCK_ISO_SIZE];
    static int64_t second = -1;

    if (now / CLOCK_SECOND != second) {
        second = now / CLOCK_SECOND;
        clock_format(now, text);
        return text;
    }
    char *digits = text + sizeof "2026-11-21T08:15:30." - 1;
    digits[0] = (char)('0' + now % CLOCK_SECOND / 100);
    digits[1] = (char)('0' + now % 100 / 10);
    digits[2] = (char)('0' + now % 10);
    return text;
}

static struct log_record start(struct log_line *line, enum log_format format, enum log_level level)
{
    int64_t now = clock_now();
    struct log_record record = {
        .format = format,
        .level = level,
        .time = time_text(now),
        .seconds = now / CLOCK_SECOND,
        .pid = state.pid,
    };

    log_line_begin(line, format, record.time, level, state.process, state.pid);
    return record;
}

/* A log that cannot be written is no reason to stop the server; it is one to say so. */
static void tell(enum log_trouble trouble)
{
    switch (trouble) {
    case LOG_NO_TROUBLE:
        break;
    case LOG_TROUBLE_BEGAN:
        log_error("the log %s cannot be written: %s; lines go to standard error until it can",
                  log_sink_name(), log_sink_problem());
        break;
    case LOG_TROUBLE_ENDED:
        log_warn("the log %s can be written again", log_sink_name());
        break;
    }
}

static void finish(struct log_line *line, struct log_record *record, bool message)
{
    int saved_errno = errno;

    log_line_end(line);
    record->data = line->data;
    record->len = line->len;
    if (message && state.command) {
        log_sink_write_stderr(record);
    } else if (message || !state.held || !log_sink_keep(record)) {
        tell(log_sink_write_kept());
        tell(log_sink_write(record));
    }
    errno = saved_errno;
}

void log_hold(void)
{
    state.held = true;
}

void log_release(void)
{
    state.held = false;
    tell(log_sink_write_kept());
}

static void log_message(enum log_level level, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void log_message(enum log_level level, const char *format, va_list args)
{
    char message[PIPE_BUF]; /* more than a line can have */
    struct log_line line;

    if (level > state.level) {
        return;
    }
    int len = vsnprintf(message, sizeof message, format, args);
    if (len < 0) {
        return;
    }
    struct log_record record = start(&line, state.command ? LOG_FORMAT_TEXT : state.format, level);
    log_line_message(&line, message, strlen(message));
    finish(&line, &record, true);
}

void log_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_message(LEVEL_ERROR, format, args);
    va_end(args);
}

void log_warn(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_message(LEVEL_WARN, format, args);
    va_end(args);
}

void log_info(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_message(LEVEL_INFO, format, args);
    va_end(args);
}

void log_debug(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_message(LEVEL_DEBUG, format, args);
    va_end(args);
}

static void write_event(enum log_level level, bool auth, const char *event,
                        const struct log_field *fields, unsigned count)
{
    struct log_line line;

    if (level > state.level || state.no_events) {
        return;
    }
    struct log_record record = start(&line, state.format, level);
    record.auth = auth;
    log_line_event(&line, event);
    for (unsigned i = 0; i < count; i++) {
        log_line_field(&line, &fields[i]);
    }
    finish(&line, &record, false);
}

void log_event(enum log_level level, const char *event, const struct log_field *fields,
               unsigned count)
{
    write_event(level, false, event, fields, count);
}

void log_auth_event(enum log_level level, const char *event, const struct log_field *fields,
                    unsigned count)
{
    write_event(level, true, event, fields, count);
}
