/*
 * The JSON guard against json-c: what the guard accepts, json-c must read to its end, and what
 * json-c then writes must be JSON for the guard again (security.md R15).
 */
#include "fuzz.h"

#include <json-c/json.h>
#include <string.h>

#include "base/json.h"

/* Whether nothing but white space is left behind END. */
static int is_blank(const char *text, size_t end, size_t len)
{
    return end + strspn(text + end, " \t\r\n") == len;
}

static void compare(const char *text, size_t len)
{
    struct json_tokener *tokener = json_tokener_new_ex(JSON_MAX_DEPTH + 1);
    if (tokener == NULL)
        abort();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    /* With the NUL: only then is a number at the end known to be complete. */
    struct json_object *value = json_tokener_parse_ex(tokener, text, (int)len + 1);
    FUZZ_PROMISE(json_tokener_get_error(tokener) == json_tokener_success);
    FUZZ_PROMISE(is_blank(text, json_tokener_get_parse_end(tokener), len));
    const char *again = json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
    FUZZ_PROMISE(json_guard(again, strlen(again)) == ERR_OK);
    json_object_put(value);
    json_tokener_free(tokener);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (json_guard((const char *)data, size) != ERR_OK)
        return 0;
    char *text = malloc(size + 1);
    if (text == NULL)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    compare(text, size);
    free(text);
    return 0;
}
