/*
 * The bytes of one FastCGI connection, read by us: bounded, and only records that belong to the
 * request. libfcgi gets the part that http/screen has let pass; the body it never sees.
 */
#ifndef TASKGATE_HTTP_STREAM_H
#define TASKGATE_HTTP_STREAM_H

#include <stddef.h>

#include "base/err.h"

struct stream {
    int fd;
    unsigned request_id;
    size_t head_len; /* the first bytes of data are the request up to the end of its parameters */
    size_t len;      /* bytes received */
    size_t at;       /* those of them that were used */
    unsigned char *data; /* SCREEN_MAX bytes */
};

/* Receives from FD (blocking, with a time-out) until the parameters are complete; owned by CTX. The
 * socket stays the caller's. ERR_CLIENT_GONE when they are refused, cut off or do not come. */
enum err stream_read_head(void *ctx, int fd, struct stream **ret_stream) WARN_UNUSED;

/* Receives the body, exactly LEN bytes and the end of the stream. ERR_BAD_REQUEST for anything
 * else: more, less, or a record that is not the body's. */
enum err stream_read_body(struct stream *stream, char *body, size_t len) WARN_UNUSED;

#endif
