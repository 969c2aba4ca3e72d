#include "cli/json_line.h"

#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"

struct json_line {
    struct buf *text;
    bool ascii;
};

static void begin(struct json_line *line)
{
    line->text->len = 0;
    buf_putc(line->text, '{');
}

struct json_line *json_line_new_file(void *ctx)
{
    struct json_line *line = mem_new(ctx, struct json_line);

    line->text = buf_new(line);
    begin(line);
    return line;
}

struct json_line *json_line_new(void *ctx)
{
    struct json_line *line = json_line_new_file(ctx);

    line->ascii = isatty(STDOUT_FILENO) != 0;
    return line;
}

static void add_name(struct json_line *line, const char *name)
{
    buf_printf(line->text, "%s\"%s\":", line->text->len > 1 ? "," : "", name);
}

void json_line_text(struct json_line *line, const char *name, const char *text)
{
    add_name(line, name);
    if (line->ascii && text != NULL) {
        json_put_ascii(line->text, text, strlen(text));
    } else {
        json_put_text(line->text, text);
    }
}

void json_line_int(struct json_line *line, const char *name, int64_t number)
{
    add_name(line, name);
    buf_int(line->text, number);
}

void json_line_bool(struct json_line *line, const char *name, bool value)
{
    add_name(line, name);
    buf_puts(line->text, value ? "true" : "false");
}

void json_line_time(struct json_line *line, const char *name, int64_t time)
{
    add_name(line, name);
    if (time == 0) {
        buf_puts(line->text, "null");
    } else {
        json_put_time(line->text, time);
    }
}

void json_line_raw(struct json_line *line, const char *name, const struct buf *json)
{
    add_name(line, name);
    buf_add(line->text, json->data, json->len);
}

void json_line_print(struct json_line *line, FILE *out)
{
    buf_puts(line->text, "}\n");
    (void)fwrite(line->text->data, 1, line->text->len, out);
    begin(line);
}
