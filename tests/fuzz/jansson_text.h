/* A second opinion on JSON, from jansson; its header cannot be had beside that of json-c. */
#ifndef TASKGATE_TESTS_JANSSON_TEXT_H
#define TASKGATE_TESTS_JANSSON_TEXT_H

#include <stddef.h>

enum jansson_verdict {
    JANSSON_READ,
    JANSSON_OVERFLOW, /* JSON, but with a number beyond a double */
    JANSSON_REFUSED,
};

/* What jansson writes of what it read in LEN bytes of TEXT, to be freed; NULL unless JANSSON_READ.
 */
char *jansson_text(const char *text, size_t len, enum jansson_verdict *ret_verdict);

#endif
