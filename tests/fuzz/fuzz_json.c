/*
 * The JSON guard against two parsers, json-c and jansson: what the guard accepts both must read to
 * its end and understand alike, and what they write must be JSON for the guard again (security.md
 * R15). What jansson accepts the guard must accept too, within its bounds.
 */
#include "fuzz.h"

#include <json-c/json.h>
#include <string.h>

#include "base/json.h"
#include "jansson_text.h"

/* Whether nothing but white space is left behind END. */
static bool is_blank(const char *text, size_t end, size_t len)
{
    return end + strspn(text + end, " \t\r\n") == len;
}

static struct json_object *parse(const char *text, size_t len)
{
    struct json_tokener *tokener = json_tokener_new_ex(JSON_MAX_DEPTH + 1);

    if (tokener == NULL)
        abort();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    /* With the NUL: only then is a number at the end known to be complete. */
    struct json_object *value = json_tokener_parse_ex(tokener, text, (int)len + 1);
    FUZZ_PROMISE(json_tokener_get_error(tokener) == json_tokener_success);
    FUZZ_PROMISE(is_blank(text, json_tokener_get_parse_end(tokener), len));
    json_tokener_free(tokener);
    return value;
}

/* Pairs of escapes are resolved before json-c sees them (see json_parse_object). */
static bool has_pairs(const char *text)
{
    for (const char *at = strstr(text, "\\u"); at != NULL; at = strstr(at + 1, "\\u")) {
        if ((at[2] == 'd' || at[2] == 'D') && strchr("89abAB", at[3]) != NULL)
            return true;
    }
    return false;
}

static void compare(const char *text, size_t len)
{
    struct json_object *value = parse(text, len);
    const char *again = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
    enum jansson_verdict verdict;
    char *other = jansson_text(text, len, &verdict);

    FUZZ_PROMISE(json_guard(again, strlen(again)) == ERR_OK);
    FUZZ_PROMISE(verdict == JANSSON_READ || verdict == JANSSON_OVERFLOW);
    if (other != NULL) {
        struct json_object *second = parse(other, strlen(other));
        FUZZ_PROMISE(json_guard(other, strlen(other)) == ERR_OK);
        FUZZ_PROMISE(has_pairs(text) || json_object_equal(value, second) == 1);
        json_object_put(second);
    }
    free(other);
    json_object_put(value);
}

/* Whether TEXT could be too much for the guard: deep, many values, or a long number. */
static bool is_large(const char *text, size_t len)
{
    size_t values = 1, depth = 0, digits = 0;

    for (const char *at = text; at < text + len; at++) {
        values += *at == ',' || *at == '[' || *at == '{';
        depth += *at == '[' || *at == '{';
        digits = strchr("+-.eE0123456789", *at) != NULL ? digits + 1 : 0;
        if (values > JSON_MAX_VALUES || depth > JSON_MAX_DEPTH || digits > 64)
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    enum jansson_verdict verdict;

    if (text == NULL)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    if (json_guard(text, size) == ERR_OK) {
        compare(text, size);
    } else {
        free(jansson_text(text, size, &verdict));
        /* jansson ends at a NUL behind a number. */
        FUZZ_PROMISE(verdict != JANSSON_READ || is_large(text, size) || strlen(text) < size);
    }
    free(text);
    return 0;
}
