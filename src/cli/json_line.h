/* JSON lines: one object on each line, for programs. */
#ifndef TASKGATE_CLI_JSON_LINE_H
#define TASKGATE_CLI_JSON_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"

struct json_line;

/* An empty object, owned by CTX, for any number of lines on stdout: in pure ASCII where that is a
 * terminal, which could take other characters for commands. */
struct json_line *json_line_new(void *ctx);

/* The same for a file. */
struct json_line *json_line_new_file(void *ctx);

/* Add a member; NAME needs no escaping. A NULL text is null; a time is in ms and becomes ISO 8601,
 * null when it is 0. */
void json_line_text(struct json_line *line, const char *name, const char *text);
void json_line_int(struct json_line *line, const char *name, int64_t number);
void json_line_bool(struct json_line *line, const char *name, bool value);
void json_line_time(struct json_line *line, const char *name, int64_t time);

/* JSON is a value in text form. */
void json_line_raw(struct json_line *line, const char *name, const struct buf *json);

/* Writes the object and a newline to OUT, whose error flag tells a failure, and begins anew. */
void json_line_print(struct json_line *line, FILE *out);

#endif
