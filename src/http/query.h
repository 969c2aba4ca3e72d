/* The query string as named values: "a=1&b=two+words". */
#ifndef TASKGATE_HTTP_QUERY_H
#define TASKGATE_HTTP_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define QUERY_MAX_FIELDS 32

struct query {
    struct {
        const char *name;
        const char *value;
    } fields[QUERY_MAX_FIELDS];
    size_t count;
};

/* Decodes TEXT; texts are owned by CTX. ERR_BAD_VALUE for malformed escapes, control bytes, invalid
 * UTF-8, a name that occurs twice, or more than QUERY_MAX_FIELDS fields. */
enum err query_parse(void *ctx, const char *text, struct query *ret_query) WARN_UNUSED;

/* The value of NAME, or NULL. */
const char *query_get(const struct query *query, const char *name);

/* Whether NAME has a value that is not empty in the query string TEXT: what Better Auth takes for
 * true, "false" too. */
bool query_is_true(void *ctx, const char *text, const char *name);

/* Appends TEXT percent-encoded: everything but letters, digits and "-._~". */
void query_encode(struct buf *buf, const char *text);

#endif
