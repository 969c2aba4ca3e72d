#include "base/json.h"

#include <json.h>
#include <limits.h>
#include <printbuf.h>
#include <string.h>

#include "base/mem.h"

/* The largest integer that every reader of JSON holds exactly: 2^53-1. */
#define EXACT_MAX ((INT64_C(1) << 53) - 1)

/* json-c counts the place inside the innermost container as a level of its own. */
#define TREE_DEPTH (JSON_MAX_DEPTH + 1)

struct json {
    struct json_object *root;
};

static void wipe_tree(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_string: {
        /* Our own tree, about to be freed: the text may be a password. */
        char *text = (char *)(uintptr_t)json_object_get_string(value);
        explicit_bzero(text, (size_t)json_object_get_string_len(value));
        break;
    }
    case json_type_array:
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            wipe_tree(json_object_array_get_idx(value, i));
        }
        break;
    case json_type_object: {
        struct json_object_iterator at = json_object_iter_begin(value);
        struct json_object_iterator end = json_object_iter_end(value);
        for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
            wipe_tree(json_object_iter_peek_value(&at));
        }
        break;
    }
    case json_type_null:
    case json_type_boolean:
    case json_type_double:
    case json_type_int:
        break;
    }
}

static int free_tree(struct json *json)
{
    wipe_tree(json->root);
    json_object_put(json->root);
    return 0;
}

/* The number that four hexadecimal digits spell, which the guard has seen. */
static uint32_t read_unit(const char *digits)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        uint32_t byte = (uint32_t)digits[i];
        unit = unit * 16 + (byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10);
    }
    return unit;
}

/*
 * Writes surrogate pairs (\ud83d\ude00) of guarded TEXT as the UTF-8 of their character: json-c
 * 0.16 turns those whose character ends in D800 to DFFF into U+FFFD, which would also make
 * different names equal. The text only gets shorter.
 */
static size_t resolve_pairs(char *text, size_t len)
{
    size_t to = 0;
    for (size_t from = 0; from < len;) {
        if (text[from] != '\\') {
            text[to++] = text[from++];
            continue;
        }
        uint32_t high = text[from + 1] == 'u' ? read_unit(text + from + 2) : 0;
        if (high < 0xd800 || high > 0xdbff) {
            text[to++] = text[from++];
            text[to++] = text[from++];
            continue;
        }
        uint32_t low = read_unit(text + from + 8);
        uint32_t character = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        text[to++] = (char)(0xf0 | character >> 18);
        text[to++] = (char)(0x80 | (character >> 12 & 0x3f));
        text[to++] = (char)(0x80 | (character >> 6 & 0x3f));
        text[to++] = (char)(0x80 | (character & 0x3f));
        from += 12;
    }
    return to;
}

/* A parser with room for a text of LEN bytes, into which it copies each string: room that grew
 * would leave copies behind. */
static struct json_tokener *new_tokener(size_t len)
{
    struct json_tokener *tokener = mem_checked(json_tokener_new_ex(TREE_DEPTH));

    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    if (printbuf_memset(tokener->pb, 0, 0, (int)len) != 0) {
        mem_fail();
    }
    printbuf_reset(tokener->pb);
    return tokener;
}

/* Its last string may be a password. */
static void free_tokener(struct json_tokener *tokener)
{
    explicit_bzero(tokener->pb->buf, (size_t)tokener->pb->size);
    json_tokener_free(tokener);
}

/* How many values VALUE is made of; no deeper than the guard lets it be. */
static size_t count_values(struct json_object *value)
{
    size_t count = 1;

    if (json_object_is_type(value, json_type_object)) {
        struct json_object_iterator at = json_object_iter_begin(value);
        const struct json_object_iterator end = json_object_iter_end(value);
        for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
            count += count_values(json_object_iter_peek_value(&at));
        }
    } else if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++) {
            count += count_values(json_object_array_get_idx(value, i));
        }
    }
    return count;
}

enum err json_parse_object(void *ctx, const char *text, size_t len, struct json **ret_object)
{
    size_t values;

    if (len > INT_MAX || json_guard_count(text, len, &values) != ERR_OK) {
        return ERR_BAD_JSON;
    }
    char *resolved = mem_wiped(mem_strndup(ctx, text, len));
    len = resolve_pairs(resolved, len);
    struct json_tokener *tokener = new_tokener(len);
    struct json_object *root = json_tokener_parse_ex(tokener, resolved, (int)len);
    enum json_tokener_error problem = json_tokener_get_error(tokener);
    size_t end = json_tokener_get_parse_end(tokener);
    free_tokener(tokener);
    bool is_object = resolved[strspn(resolved, " \t\r\n")] == '{';
    talloc_free(resolved);

    /* Where it gets no memory, it stops without an error, or leaves a member out. */
    if (is_object && problem == json_tokener_success &&
        (end < len || count_values(root) != values)) {
        mem_fail();
    }
    if (json_object_is_type(root, json_type_object) && problem == json_tokener_success &&
        end == len) {
        struct json *json = mem_new(ctx, struct json);
        json->root = root;
        talloc_set_destructor(json, free_tree);
        *ret_object = json;
        return ERR_OK;
    }
    json_object_put(root);
    return ERR_BAD_JSON;
}

size_t json_member_count(const struct json *object)
{
    return (size_t)json_object_object_length(object->root);
}

/* Finds member NAME of TYPE. */
static enum json_state find(const struct json *object, const char *name, enum json_type type,
                            struct json_object **ret_value)
{
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object->root, name, &value)) {
        return JSON_ABSENT;
    }
    if (!value) {
        return JSON_NULL;
    }
    if (json_object_get_type(value) != type) {
        return JSON_WRONG_TYPE;
    }
    *ret_value = value;
    return JSON_FOUND;
}

enum json_state json_get_string(const struct json *object, const char *name,
                                struct json_string *ret_string)
{
    struct json_object *value = NULL;
    enum json_state state = find(object, name, json_type_string, &value);
    if (state == JSON_FOUND) {
        ret_string->data = json_object_get_string(value);
        ret_string->len = (size_t)json_object_get_string_len(value);
    }
    return state;
}

enum json_state json_get_bool(const struct json *object, const char *name, bool *ret_bool)
{
    struct json_object *value = NULL;
    enum json_state state = find(object, name, json_type_boolean, &value);
    if (state == JSON_FOUND) {
        *ret_bool = json_object_get_boolean(value) != 0;
    }
    return state;
}

enum json_state json_get_int(const struct json *object, const char *name, int64_t *ret_int)
{
    struct json_object *value = NULL;
    enum json_state state = find(object, name, json_type_int, &value);
    if (state == JSON_FOUND) {
        /* Exact: the guard refuses integers that json-c would have to bend into 64 bits. */
        int64_t number = json_object_get_int64(value);
        if (number > EXACT_MAX || number < -EXACT_MAX) {
            return JSON_WRONG_TYPE;
        }
        *ret_int = number;
    }
    return state;
}

enum json_state json_get_object(void *ctx, const struct json *object, const char *name,
                                const struct json **ret_member)
{
    struct json_object *value = NULL;
    enum json_state state = find(object, name, json_type_object, &value);
    if (state == JSON_FOUND) {
        struct json *member = mem_new(ctx, struct json);
        member->root = value;
        *ret_member = member;
    }
    return state;
}

const char *json_type_name(const struct json *object, const char *name)
{
    static const char *const names[] = {
        [json_type_null] = "null",     [json_type_boolean] = "boolean",
        [json_type_double] = "number", [json_type_int] = "number",
        [json_type_object] = "object", [json_type_array] = "array",
        [json_type_string] = "string",
    };
    struct json_object *value = NULL;
    if (!json_object_object_get_ex(object->root, name, &value)) {
        return "undefined";
    }
    return names[json_object_get_type(value)];
}

static bool test_string(struct json_object *value,
                        bool (*test)(void *arg, const char *data, size_t len), void *arg)
{
    return test(arg, json_object_get_string(value), (size_t)json_object_get_string_len(value));
}

enum json_state json_any_string(const struct json *object, const char *name,
                                bool (*test)(void *arg, const char *data, size_t len), void *arg,
                                bool *ret_any)
{
    struct json_object *value = NULL;
    enum json_state state = find(object, name, json_type_string, &value);
    if (state == JSON_FOUND) {
        *ret_any = test_string(value, test, arg);
        return JSON_FOUND;
    }
    if (state != JSON_WRONG_TYPE || find(object, name, json_type_array, &value) != JSON_FOUND) {
        return state;
    }
    bool any = false;
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        struct json_object *item = json_object_array_get_idx(value, i);
        if (!json_object_is_type(item, json_type_string)) {
            return JSON_WRONG_TYPE;
        }
        any = test_string(item, test, arg) || any;
    }
    *ret_any = any;
    return JSON_FOUND;
}

enum json_state json_each_object(const struct json *object, const char *name,
                                 void (*each)(void *arg, const struct json *item), void *arg)
{
    struct json_object *value = NULL;
    enum json_state state = find(object, name, json_type_array, &value);
    if (state != JSON_FOUND) {
        return state;
    }
    size_t count = json_object_array_length(value);
    for (size_t i = 0; i < count; i++) {
        if (!json_object_is_type(json_object_array_get_idx(value, i), json_type_object)) {
            return JSON_WRONG_TYPE;
        }
    }
    for (size_t i = 0; i < count; i++) {
        const struct json item = {.root = json_object_array_get_idx(value, i)};
        each(arg, &item);
    }
    return JSON_FOUND;
}
