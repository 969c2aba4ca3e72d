/*
 * The head of a plain HTTP/1 request (RFC 9112), as the admin socket gets it. Strict, and without
 * what that socket has no use for: a body, another form of target, more than 8 KiB.
 */
#ifndef TASKGATE_HTTP_HTTP1_H
#define TASKGATE_HTTP_HTTP1_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP1_MAX_HEAD   8192 /* bytes */
#define HTTP1_MAX_FIELDS 64

enum http1_method { HTTP1_GET, HTTP1_HEAD, HTTP1_OTHER };

struct http1_request {
    enum http1_method method;
    const char *path; /* into the data that was read: the target up to "?" */
    size_t path_len;
};

/*
 * Reads the LEN bytes of DATA that have come so far. 200: a whole head, *ret_request is set; 0:
 * more is needed; else the status to refuse it with: 400 (not a request, or one with a body), 431
 * (too long), 505 (another version).
 */
int http1_read(const char *data, size_t len, struct http1_request *ret_request);

/* Whether the request's path is PATH. */
bool http1_is_path(const struct http1_request *request, const char *path);

#endif
