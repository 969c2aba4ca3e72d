#include "base/log_line.h"

#include <string.h>

#include "base/text.h"

#define TEXT_CUT "..."
#define JSON_CUT ",\"cut\":true"

/* What is kept free for the end of a line: the quote of a text that is cut, the mark, "}" and a
 * newline. */
#define END_SIZE (sizeof "\"" JSON_CUT "}\n")
#define ROOM     (LOG_LINE_SIZE - END_SIZE)

#define NUMBER_SIZE 24

static const char *const level_names[] = {
    [LEVEL_ERROR] = "error", [LEVEL_WARN] = "warn", [LEVEL_INFO] = "info", [LEVEL_DEBUG] = "debug"};

static size_t room(const struct log_line *line)
{
    return line->len < ROOM ? ROOM - line->len : 0; /* a closing quote may stand behind it */
}

/* Adds all LEN bytes, or none of them and nothing more. */
static void add(struct log_line *line, const char *data, size_t len)
{
    if (line->cut || len > room(line)) {
        line->cut = true;
        return;
    }
    memcpy(line->data + line->len, data, len);
    line->len += len;
}

static void add_text(struct log_line *line, const char *text)
{
    add(line, text, strlen(text));
}

/* For the end of a text or a line, which has its room. */
static void close_with(struct log_line *line, const char *text)
{
    size_t len = strlen(text);

    memcpy(line->data + line->len, text, len);
    line->len += len;
}

/* --- numbers --- */

/* Writes NUMBER's digits before END and returns the first; at least LEAST of them. */
static char *put_digits(char *end, uint64_t number, int least)
{
    char *at = end;

    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 || end - at < least);
    return at;
}

static void add_number(struct log_line *line, int64_t number, bool in_thousandths)
{
    char digits[NUMBER_SIZE];
    char *end = digits + sizeof digits;
    uint64_t size = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    char *at = end;

    if (in_thousandths) {
        at = put_digits(at, size % 1000, 3);
        *--at = '.';
        size /= 1000;
    }
    at = put_digits(at, size, 1);
    if (number < 0) {
        *--at = '-';
    }
    add(line, at, (size_t)(end - at));
}

/* --- escapes --- */

/* What stands for itself, in both formats, whatever is around it. */
static bool is_plain(char byte)
{
    return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* C0, DEL, C1, the two separators and the marks that turn the direction of writing: what a terminal
 * or a viewer takes for a command. */
static bool is_command(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0x200e ||
           character == 0x200f || character == 0x061c;
}

static const char hex[] = "0123456789abcdef";

/* "\xNN" for each byte. */
static void add_hex(struct log_line *line, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)data[i];
        const char escape[] = {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
        add(line, escape, sizeof escape);
    }
}

/* "\uNNNN"; what is escaped lies below U+10000. */
static void add_unit(struct log_line *line, uint32_t character)
{
    const char escape[] = {'\\',
                           'u',
                           hex[character >> 12 & 15],
                           hex[character >> 8 & 15],
                           hex[character >> 4 & 15],
                           hex[character & 15]};
    add(line, escape, sizeof escape);
}

/* Adds one character that is not plain, or one byte that is none; returns how many bytes of DATA it
 * was. */
static size_t add_character(struct log_line *line, const char *data, size_t len, bool quoted)
{
    uint32_t character = 0;
    size_t used = text_next(data, len, &character);
    bool json = line->format == LOG_FORMAT_JSON;

    if (used == 0) {
        if (json) {
            add_text(line, "\xef\xbf\xbd");
        } else {
            add_hex(line, data, 1);
        }
        return 1;
    }
    if (quoted && (character == '"' || character == '\\')) {
        const char escape[] = {'\\', *data};
        add(line, escape, sizeof escape);
    } else if (is_command(character) && json) {
        add_unit(line, character);
    } else if (is_command(character)) {
        add_hex(line, data, used);
    } else {
        add(line, data, used);
    }
    return used;
}

static void add_escaped(struct log_line *line, const char *text, size_t len, bool quoted)
{
    for (size_t at = 0; at < len && !line->cut;) {
        size_t end = at;
        while (end < len && is_plain(text[end])) {
            end++;
        }
        size_t fits = end - at < room(line) ? end - at : room(line);
        add(line, text + at, fits);
        line->cut = line->cut || fits < end - at;
        at = end;
        if (at < len && !line->cut) {
            at += add_character(line, text + at, len - at, quoted);
        }
    }
}

/* --- fields --- */

/* ',"name":' or ' name='. */
static void add_name(struct log_line *line, const char *name)
{
    bool json = line->format == LOG_FORMAT_JSON;

    add_text(line, json ? ",\"" : " ");
    add_text(line, name);
    add_text(line, json ? "\":" : "=");
}

/* A text in quotes; one that is cut is closed all the same. */
static void add_quoted(struct log_line *line, const char *text, size_t len)
{
    size_t before = line->len;

    add(line, "\"", 1);
    if (line->len == before) {
        return;
    }
    add_escaped(line, text, len, true);
    close_with(line, "\"");
}

/* A value of the text format is quoted when a reader could not tell where it ends, or that it is
 * there. */
static void add_value(struct log_line *line, const char *text)
{
    size_t len = strlen(text);

    if (len == 0 || strpbrk(text, " =\"\\") != NULL) {
        add_quoted(line, text, len);
    } else {
        add_escaped(line, text, len, false);
    }
}

static void add_json_text(struct log_line *line, const char *name, const char *text, size_t len)
{
    size_t before = line->len;

    add_name(line, name);
    size_t value = line->len;
    if (!line->cut) {
        add_quoted(line, text, len);
    }
    if (line->len == value) { /* a name without a value is no JSON */
        line->len = before;
    }
}

void log_line_begin(struct log_line *line, enum log_format format, const char *time,
                    enum log_level level, const char *process, pid_t pid)
{
    line->len = 0;
    line->cut = false;
    line->format = format;
    if (format == LOG_FORMAT_TEXT) {
        add_text(line, process);
        add_text(line, " ");
        add_text(line, level_names[level]);
        add_text(line, ":");
        return;
    }
    add_text(line, "{\"time\":\"");
    add_text(line, time);
    add_text(line, "\",\"level\":\"");
    add_text(line, level_names[level]);
    add_text(line, "\",\"process\":\"");
    add_text(line, process);
    add_text(line, "\",\"pid\":");
    add_number(line, pid, false);
}

void log_line_message(struct log_line *line, const char *text, size_t len)
{
    if (line->format == LOG_FORMAT_JSON) {
        log_line_event(line, "message");
        add_json_text(line, "message", text, len);
    } else {
        add_text(line, " ");
        add_escaped(line, text, len, false);
    }
}

void log_line_event(struct log_line *line, const char *event)
{
    if (line->format == LOG_FORMAT_JSON) {
        add_json_text(line, "event", event, strlen(event));
    } else {
        add_text(line, " ");
        add_text(line, event);
    }
}

void log_line_field(struct log_line *line, const struct log_field *field)
{
    size_t before = line->len;

    if (field->kind == LOG_FIELD_TEXT && field->text == NULL) {
        return;
    }
    if (field->kind != LOG_FIELD_TEXT) {
        add_name(line, field->name);
        add_number(line, field->number, field->kind == LOG_FIELD_MICROSECONDS);
        if (line->cut) {
            line->len = before;
        }
    } else if (line->format == LOG_FORMAT_JSON) {
        add_json_text(line, field->name, field->text, strlen(field->text));
    } else {
        add_name(line, field->name);
        add_value(line, field->text);
    }
}

void log_line_end(struct log_line *line)
{
    if (line->format == LOG_FORMAT_JSON) {
        close_with(line, line->cut ? JSON_CUT "}\n" : "}\n");
    } else {
        close_with(line, line->cut ? TEXT_CUT "\n" : "\n");
    }
}
