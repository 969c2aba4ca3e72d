/* Requests to other servers: one small text by https, from a server that is not trusted with more;
 * and for "taskgate check --web" whatever a client could send. The only file that knows libcurl; in
 * a build without it every fetch fails. */
#ifndef TASKGATE_SEC_FETCH_H
#define TASKGATE_SEC_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define FETCH_SECONDS 3 /* in all, from the name of the host to the last byte */

/*
 * The body behind URL, owned by CTX. ERR_ABSENT with a line in PROBLEM (without its end) unless the
 * answer is 200, directly and not by a redirection, with at most MAX bytes, in time, and from a
 * server whose certificate is right. Proxies of the environment are not used.
 */
enum err fetch_text(void *ctx, const char *url, size_t max, struct buf **ret_text,
                    struct buf *problem) WARN_UNUSED;

/* --- any request --- */

#define FETCH_ANSWER_MAX ((size_t)64 * 1024) /* of a body; the rest is thrown away */

struct fetch_request {
    const char *method;
    const char *url;            /* sent as it is, dots and slashes and all */
    const char *const *headers; /* "Name: value", ends with NULL; NULL = none */
    const char *body;           /* NULL = none */
    size_t body_len;
    bool chunked; /* the body goes without its length */
};

struct fetch_answer {
    int status;
    struct buf *headers; /* as they came, a line each */
    struct buf *body;
    const char *local; /* our address on that connection */
    bool connected;    /* a new connection was made for it */
};

/* A client that keeps its connection. Owned by CTX. ERR_CONFIG: built without libcurl. */
struct fetch_client;
enum err fetch_client(void *ctx, struct fetch_client **ret_client) WARN_UNUSED;

/* The answer, whatever its status, owned by CTX; redirections are not followed. ERR_ABSENT with a
 * line in PROBLEM: there was none within 10 seconds. */
enum err fetch_exchange(struct fetch_client *client, void *ctx, const struct fetch_request *request,
                        struct fetch_answer *ret_answer, struct buf *problem) WARN_UNUSED;

#endif
