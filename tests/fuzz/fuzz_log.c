/*
 * Lines of the log: the input is three texts with a NUL between them, which become fields. Whatever
 * they hold, a line is one line without a command to a terminal, its fields are those that were
 * given, and their values can be read back.
 */
#include "fuzz.h"

#include <string.h>

#include "base/json.h"
#include "base/log_line.h"
#include "base/mem.h"
#include "base/text.h"

#define FIELDS 3

static const char *const names[FIELDS] = {"agent", "path", "user"};

static void check_line(const struct log_line *line)
{
    FUZZ_PROMISE(line->len <= LOG_LINE_SIZE && line->data[line->len - 1] == '\n');
    FUZZ_PROMISE(text_is_utf8(line->data, line->len));
    for (size_t i = 0; i + 1 < line->len; i++)
        FUZZ_PROMISE((unsigned char)line->data[i] >= 0x20 && line->data[i] != 0x7f);
}

static int hex_value(char digit)
{
    return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

/* The value at *AT as a reader of the text format takes it, owned by CTX. */
static const char *read_value(void *ctx, const char **at, const char *end)
{
    struct buf *value = buf_new(ctx);
    bool quoted = **at == '"';

    for (*at += quoted; *at < end && **at != (quoted ? '"' : ' '); ++*at) {
        if (**at != '\\') {
            buf_putc(value, **at);
        } else if (*++*at == 'x') {
            buf_putc(value, (char)(hex_value((*at)[1]) * 16 + hex_value((*at)[2])));
            *at += 2;
        } else {
            buf_putc(value, **at);
        }
    }
    FUZZ_PROMISE(!quoted || *at < end);
    *at += quoted;
    return value->data;
}

static void check_text(void *ctx, const struct log_line *line, const char *const *texts)
{
    static const char head[] = "worker info: request";
    const char *at = line->data + strlen(head), *end = line->data + line->len - 1;

    FUZZ_PROMISE(memcmp(line->data, head, strlen(head)) == 0);
    for (size_t i = 0; i < FIELDS && !line->cut; i++) {
        const char *name = mem_printf(ctx, " %s=", names[i]);
        FUZZ_PROMISE((size_t)(end - at) >= strlen(name) && memcmp(at, name, strlen(name)) == 0);
        at += strlen(name);
        FUZZ_PROMISE(strcmp(read_value(ctx, &at, end), texts[i]) == 0);
    }
    FUZZ_PROMISE(line->cut || at == end);
}

static void check_json(void *ctx, const struct log_line *line, const char *const *texts)
{
    struct json *json = NULL;
    size_t known = 5 + FIELDS; /* time, level, process, pid, event */

    FUZZ_PROMISE(json_parse_object(ctx, line->data, line->len, &json) == ERR_OK);
    FUZZ_PROMISE(line->cut ? json_member_count(json) <= known + 1
                           : json_member_count(json) == known);
    for (size_t i = 0; i < FIELDS && !line->cut; i++) {
        struct json_string value = {0};
        FUZZ_PROMISE(json_get_string(json, names[i], &value) == JSON_FOUND);
        FUZZ_PROMISE(!text_is_utf8(texts[i], strlen(texts[i])) ||
                     strcmp(value.data, texts[i]) == 0);
    }
}

static void write_line(struct log_line *line, enum log_format format, const char *const *texts)
{
    log_line_begin(line, format, "2026-11-21T00:00:00.000Z", LEVEL_INFO, "worker", 1);
    log_line_event(line, "request");
    for (size_t i = 0; i < FIELDS; i++) {
        const struct log_field field = {.name = names[i], .text = texts[i]};
        log_line_field(line, &field);
    }
    log_line_end(line);
    check_line(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    const char *at = mem_strndup(ctx, (const char *)data, size), *end = at + size;
    const char *texts[FIELDS];
    struct log_line line;

    for (size_t i = 0; i < FIELDS; i++) {
        texts[i] = at;
        at += at + strlen(at) < end ? strlen(at) + 1 : strlen(at);
    }
    write_line(&line, LOG_FORMAT_TEXT, texts);
    check_text(ctx, &line, texts);
    write_line(&line, LOG_FORMAT_JSON, texts);
    check_json(ctx, &line, texts);
    log_line_begin(&line, LOG_FORMAT_TEXT, "", LEVEL_ERROR, "master", 1);
    log_line_message(&line, (const char *)data, size);
    log_line_end(&line);
    check_line(&line);
    talloc_free(ctx);
    return 0;
}
