/*
 * JSON in and out. Reading: our own one-pass guard decides what is JSON (security.md R15), then
 * json-c builds the tree; only typed getters look into it (R16). The only file that knows json-c.
 * Writing: text is appended to a struct buf; json_put_string is the one place that quotes.
 */
#ifndef TASKGATE_BASE_JSON_H
#define TASKGATE_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define JSON_MAX_DEPTH  16
#define JSON_MAX_VALUES 1000

/*
 * RFC 8259 and stricter: valid UTF-8, no raw control bytes, no U+0000, no lone surrogates, no
 * duplicate member names in one object, at most JSON_MAX_DEPTH and JSON_MAX_VALUES, numbers of at
 * most 64 characters and integers of 64 bits. Whatever it accepts, json-c accepts with the same
 * meaning, but for the surrogate pairs that json_parse_object resolves. ERR_BAD_JSON otherwise.
 */
enum err json_guard(const char *text, size_t len) WARN_UNUSED;

/* The same. *ret_values: how many values there are, those inside others too. */
enum err json_guard_count(const char *text, size_t len, size_t *ret_values) WARN_UNUSED;

/* A parsed object. */
struct json;

/* Guards and parses TEXT, which must hold one object; the tree is freed with CTX. ERR_BAD_JSON. */
enum err json_parse_object(void *ctx, const char *text, size_t len,
                           struct json **ret_object) WARN_UNUSED;

/* How many members OBJECT has. */
size_t json_member_count(const struct json *object);

enum json_state { JSON_ABSENT, JSON_NULL, JSON_FOUND, JSON_WRONG_TYPE };

/* A string member: bytes with an explicit length, valid UTF-8 without NUL; data lives with OBJECT.
 */
struct json_string {
    const char *data; /* NUL-terminated */
    size_t len;
};

/* Typed getters: *ret is written only for JSON_FOUND; nothing is ever converted. */
enum json_state json_get_string(const struct json *object, const char *name,
                                struct json_string *ret_string);
enum json_state json_get_bool(const struct json *object, const char *name, bool *ret_bool);
/* An integer in -2^53+1 .. 2^53-1 written without fraction or exponent; else JSON_WRONG_TYPE. */
enum json_state json_get_int(const struct json *object, const char *name, int64_t *ret_int);

/* A member that is an object; *ret_member is owned by CTX and lives no longer than OBJECT. */
enum json_state json_get_object(void *ctx, const struct json *object, const char *name,
                                const struct json **ret_member);

/* What member NAME is, in JavaScript's words: "undefined" (absent), "null", "boolean", "number",
 * "string", "array", "object". */
const char *json_type_name(const struct json *object, const char *name);

/* A member that is a string or an array of strings (the "aud" of RFC 7519): TEST is called for each
 * string; true when one call was true. JSON_WRONG_TYPE when it is anything else. */
enum json_state json_any_string(const struct json *object, const char *name,
                                bool (*test)(void *arg, const char *data, size_t len), void *arg,
                                bool *ret_any);

/* A member that is an array of objects: EACH is called for every item, in order; an item lives for
 * the time of the call only. JSON_WRONG_TYPE, without a call, when any item is not an object. */
enum json_state json_each_object(const struct json *object, const char *name,
                                 void (*each)(void *arg, const struct json *item), void *arg);

/* Appends LEN bytes of valid UTF-8 as a JSON string with its quotes; invalid bytes become U+FFFD.
 */
void json_put_string(struct buf *buf, const char *data, size_t len);

/* The same in pure ASCII, with '>', '?', '~' and DEL escaped too: see token_issue. */
void json_put_ascii(struct buf *buf, const char *data, size_t len);

/* Appends "null" for NULL, else the string TEXT. */
void json_put_text(struct buf *buf, const char *text);

/* Appends TIME (ms) as a quoted ISO 8601 string. */
void json_put_time(struct buf *buf, int64_t time);

#endif
