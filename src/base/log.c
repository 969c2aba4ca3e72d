#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

/*
 * A line is built in memory of fixed size, because a log must work when there is no other memory,
 * and is not longer than PIPE_BUF, up to which a write to a pipe is atomic: the lines of all
 * processes stay whole. What does not fit is cut, and the cut is marked.
 */
struct line {
    char data[PIPE_BUF];
    size_t len;
    bool cut;
};

#define CUT_MARK      "...\n"
#define LINE_MAX_TEXT (PIPE_BUF - (sizeof CUT_MARK - 1))

static enum log_level max_level = LEVEL_INFO;
static const char *process_name = "main";

void log_setup(enum log_level max, const char *process)
{
    max_level = max;
    process_name = process;
}

/* Adds all LEN bytes or none of them and nothing more. */
static void add(struct line *line, const char *data, size_t len)
{
    if (line->cut || len > LINE_MAX_TEXT - line->len) {
        line->cut = true;
        return;
    }
    memcpy(line->data + line->len, data, len);
    line->len += len;
}

static void add_text(struct line *line, const char *text)
{
    add(line, text, strlen(text));
}

static void add_hex(struct line *line, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    add(line, escape, sizeof escape);
}

/* Adds one character, or one byte that is none; returns how many bytes of DATA it was. */
static size_t add_character(struct line *line, const char *data, size_t len, bool quoting)
{
    uint32_t character = 0;
    size_t used = text_next(data, len, &character);
    if (used == 0) {
        add_hex(line, (unsigned char)*data);
        return 1;
    }
    if (quoting && (character == '"' || character == '\\')) {
        const char escape[] = {'\\', *data};
        add(line, escape, sizeof escape);
    } else if (character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
               character == 0x2029) {
        /* C0, DEL, C1 and the two separators: what a terminal or a viewer takes for a command. */
        for (size_t i = 0; i < used; i++) {
            add_hex(line, (unsigned char)data[i]);
        }
    } else {
        add(line, data, used);
    }
    return used;
}

static void add_escaped(struct line *line, const char *text, bool quoting)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len && !line->cut;) {
        i += add_character(line, text + i, len - i, quoting);
    }
}

/* A value is quoted when a reader could not tell where it ends, or that it is there. */
static void add_value(struct line *line, const char *text)
{
    bool quoted = *text == '\0' || strpbrk(text, " =\"\\") != NULL;
    if (quoted) {
        add(line, "\"", 1);
    }
    add_escaped(line, text, true);
    if (quoted) {
        add(line, "\"", 1);
    }
}

static void add_number(struct line *line, int64_t number)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)number);
    add(line, digits, (size_t)len);
}

static void start_line(struct line *line, enum log_level level)
{
    static const char *const levels[] = {[LEVEL_ERROR] = "error",
                                         [LEVEL_WARN] = "warn",
                                         [LEVEL_INFO] = "info",
                                         [LEVEL_DEBUG] = "debug"};
    char now[CLOCK_ISO_SIZE];
    clock_format(clock_now(), now);
    line->len = 0;
    line->cut = false;
    add_text(line, now);
    add_text(line, " taskgate[");
    add_number(line, getpid());
    add_text(line, "] ");
    add_text(line, process_name);
    add_text(line, " ");
    add_text(line, levels[level]);
    add_text(line, ": ");
}

/* Writes the line; a log that cannot be written must not stop the server, so errors end it here. */
static void finish_line(struct line *line)
{
    const char *end = line->cut ? CUT_MARK : "\n";
    memcpy(line->data + line->len, end, strlen(end));
    line->len += strlen(end);
    int saved_errno = errno;
    for (size_t done = 0; done < line->len;) {
        ssize_t written = write(STDERR_FILENO, line->data + done, line->len - done);
        if (written > 0) {
            done += (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            break;
        }
    }
    errno = saved_errno;
}

static void log_message(enum log_level level, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void log_message(enum log_level level, const char *format, va_list args)
{
    if (level > max_level) {
        return;
    }
    char message[PIPE_BUF];
    if (vsnprintf(message, sizeof message, format, args) < 0) {
        return;
    }
    struct line line;
    start_line(&line, level);
    add_escaped(&line, message, false);
    finish_line(&line);
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

void log_event(enum log_level level, const char *event, const struct log_field *fields,
               unsigned count)
{
    if (level > max_level) {
        return;
    }
    struct line line;
    start_line(&line, level);
    add_text(&line, event);
    for (unsigned i = 0; i < count; i++) {
        if (fields[i].kind == LOG_FIELD_TEXT && !fields[i].text) {
            continue;
        }
        add_text(&line, " ");
        add_text(&line, fields[i].name);
        add_text(&line, "=");
        if (fields[i].kind == LOG_FIELD_TEXT) {
            add_value(&line, fields[i].text);
        } else {
            add_number(&line, fields[i].number);
        }
    }
    finish_line(&line);
}
