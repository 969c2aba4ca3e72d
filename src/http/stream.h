/*
 * The bytes of one FastCGI connection, collected into one request after the other: bounded, and
 * only records that belong to the request (security.md R8, R9, R14). Reads from no descriptor: who
 * owns the connection puts the bytes in. libfcgi gets the part that http/screen has let pass; the
 * body it never sees.
 */
#ifndef TASKGATE_HTTP_STREAM_H
#define TASKGATE_HTTP_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct stream;

enum stream_state {
    STREAM_MORE,  /* right so far, but not all is there */
    STREAM_WHOLE, /* a request to be answered */
    STREAM_REFUSED,
};

/* What a STREAM_WHOLE request is; it lives until stream_next. */
struct stream_request {
    const unsigned char *head; /* the records up to the end of the parameters */
    size_t head_len;
    unsigned request_id;
    bool keep;   /* the web server wants to send another one behind it */
    bool safe;   /* its method only reads */
    bool intact; /* its body is here; false: it is longer than announced or than it may be */
    bool ended;  /* false: not all of it was read, and nothing else can be read behind it */
};

/* A stream owned by CTX whose bodies may have MAX_BODY bytes. */
struct stream *stream_new(void *ctx, size_t max_body);

/* Room for bytes from the connection, *RET_LEN of them, at least one. */
void *stream_room(struct stream *stream, size_t *ret_len);

/* Takes note that LEN bytes were put there. */
enum stream_state stream_add(struct stream *stream, size_t len);

/* Whether nothing of a next request has come yet. */
bool stream_is_empty(const struct stream *stream);

/* All the bytes of the request so far, to be put into another process's stream. */
const void *stream_bytes(const struct stream *stream, size_t *ret_len);

struct stream_request stream_request(const struct stream *stream);

/* The body as a C string in wiped memory of CTX. ERR_BAD_REQUEST when it is not exactly LEN bytes.
 */
enum err stream_body(const struct stream *stream, void *ctx, size_t len,
                     char **ret_body) WARN_UNUSED;

/* Forgets the request and wipes it. */
void stream_next(struct stream *stream);

#endif
