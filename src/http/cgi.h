/*
 * The CGI environment (RFC 3875 and what FastCGI web servers add) becomes a struct request, once.
 * Nothing above this file sees a CGI parameter.
 */
#ifndef TASKGATE_HTTP_CGI_H
#define TASKGATE_HTTP_CGI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "http/path.h"

#define CGI_MAX_PARAMS      128
#define CGI_MAX_PARAM_BYTES (64 * 1024)
#define CGI_MAX_COOKIES     4
#define CGI_MAX_ID          64

enum method {
    METHOD_GET, /* HEAD too: the answer's body is left out at the end */
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER, /* anything else, TRACE among it: always 405 */
};

struct request {
    /* Names this request in the log and in the answer: the web server's name for it (REQUEST_ID, or
     * Apache's UNIQUE_ID), else one of our own. Never the client's. */
    const char *id;
    enum method method;
    const char *method_name; /* for the log; a fixed text */
    bool head;
    struct path path;

    /* Headers; NULL = not sent. */
    const char *authorization;
    const char *cookies[CGI_MAX_COOKIES]; /* one per Cookie header */
    size_t cookie_count;
    const char *origin;
    const char *referer;
    const char *fetch_site; /* Sec-Fetch-Site, -Mode, -Dest */
    const char *fetch_mode;
    const char *fetch_dest;
    const char *content_type;
    const char *preflight_method; /* Access-Control-Request-Method */
    const char *user_agent;       /* "" when missing or not printable UTF-8 */

    /* X-Forwarded-For; "" when it came more than once: no telling which one a proxy wrote. */
    const char *forwarded_for;

    /* What the web server says. */
    const char *remote_addr; /* "" when unknown */
    bool https;
    const char *list_shape; /* TASKS_LIST_SHAPE, or NULL */
    /* TASKGATE_STRICT_CGI: to this web server "Location" is a redirect, whatever the status (RFC
     * 3875 section 6.2). */
    bool strict_cgi;
    size_t content_length;

    /* The body once it has been read: content_length bytes and a NUL; NULL before. */
    char *body;
};

/*
 * Reads PARAMS ("NAME=value" texts, NULL-terminated) into *REQUEST, whose texts are owned by CTX.
 * On an error the members read so far are set (for the log and for CORS). ERR_BAD_REQUEST: too many
 * or too large parameters, a security-relevant one twice or with control bytes, a bad length.
 * ERR_BAD_PATH; ERR_INTERNAL when the web server passes no method or no REQUEST_URI (R42, logged).
 */
enum err cgi_parse(void *ctx, char *const *params, struct request *request) WARN_UNUSED;

/* What the connection's side does for the request. */
struct edge {
    /* Reads the body, exactly LEN bytes, into a wiped allocation of CTX with a NUL behind.
     * ERR_BAD_REQUEST when it is shorter or longer. */
    enum err (*read_body)(void *arg, void *ctx, size_t len, char **ret_body);

    /* Hands the request to a worker for slow ones; it is then no longer ours. NULL: there is none,
     * this process does everything. ERR_BUSY when too many wait there. */
    enum err (*hand_over)(void *arg);

    void *arg;
};

#endif
