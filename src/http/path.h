/*
 * The canonical path (security.md R41): REQUEST_URI is the only source, decoded once, segment by
 * segment. What is ambiguous is refused, never repaired: web servers normalise differently.
 */
#ifndef TASKGATE_HTTP_PATH_H
#define TASKGATE_HTTP_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define PATH_MAX_SEGMENTS 8
#define PATH_MAX_LENGTH   4096 /* bytes of path and query together, as sent */

struct path {
    const char *raw; /* as sent, without authority and query: canonical characters only */
    const char *segments[PATH_MAX_SEGMENTS]; /* decoded, valid UTF-8, no control bytes */
    size_t count;
    bool trailing_slash;
    const char *query; /* behind '?', as sent; "" when there is none */
};

/*
 * Reads a request target in origin form or absolute form (RFC 9112 section 3.2). Texts are owned by
 * CTX. ERR_BAD_PATH for: malformed %, encoded slash, backslash or NUL, control bytes, invalid
 * UTF-8, empty segments, "." and "..", ';', bytes that RFC 3986 doesn't allow raw, too many
 * segments.
 */
enum err path_parse(void *ctx, const char *target, struct path *ret_path) WARN_UNUSED;

/* Decodes LEN bytes of percent-encoded text (PLUS: '+' is a space) into CTX. ERR_BAD_VALUE for a
 * malformed escape, control bytes or invalid UTF-8. */
enum err path_decode(void *ctx, const char *text, size_t len, bool plus,
                     char **ret_text) WARN_UNUSED;

#endif
