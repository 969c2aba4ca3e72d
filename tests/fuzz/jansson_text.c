#include "jansson_text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

char *jansson_text(const char *text, size_t len, enum jansson_verdict *ret_verdict)
{
    json_error_t error;
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

    if (value == NULL) {
        bool overflow = json_error_code(&error) == json_error_numeric_overflow;
        *ret_verdict = overflow ? JANSSON_OVERFLOW : JANSSON_REFUSED;
        return NULL;
    }
    char *again = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (again == NULL)
        abort();
    json_decref(value);
    *ret_verdict = JANSSON_READ;
    return again;
}
