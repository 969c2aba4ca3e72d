/*
 * One connection of a web server to this worker: non-blocking, and without epoll, which is the
 * worker's. Between two requests it may go to another worker (proc/handover).
 */
#ifndef TASKGATE_PROC_CONN_H
#define TASKGATE_PROC_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/output.h"
#include "http/stream.h"

/* How long a request may take from its first byte to the last of its answer (R8). */
#define CONN_REQUEST_SECONDS 30

enum conn_state {
    CONN_IDLE,     /* nothing of a request has come */
    CONN_READING,  /* a part of one */
    CONN_WHOLE,    /* one is to be answered */
    CONN_WRITING,  /* the web server does not take the answer as fast as we give it */
    CONN_ANSWERED, /* the answer is sent */
    CONN_DRAINING, /* the same, and what still comes is read and dropped */
    CONN_GONE,     /* to be closed */
};

struct conn {
    int fd;
    enum conn_state state;
    bool keep;   /* another request may follow */
    bool unread; /* the request that is answered was not read to its end */
    uint32_t
        watched; /* the set's (proc/conns): the epoll events that are asked for; 0 = none yet */
    bool timed;  /* the set's: it counts the deadline */
    int64_t deadline; /* monotonic ms; 0 = it may take as long as it likes */
    int64_t waited;   /* ns that its request waited for a slow worker */
    size_t dropped;
    struct stream *stream;
    void *answer;          /* the memory of the call that is being answered; NULL = none is */
    struct output *output; /* owned by answer, and there as long as it is */
    struct conn *prev, *next;
};

/* A connection owned by CTX, with the non-blocking socket FD. */
struct conn *conn_new(void *ctx, int fd, size_t max_body, int64_t now);

/* Puts in bytes that another process has read from it. */
void conn_feed(struct conn *conn, const void *bytes, size_t len);

/* Reads what is there; the state tells what came of it. */
void conn_read(struct conn *conn, int64_t now);

/* Answers with HEAD and BODY, both owned by ANSWER, which becomes the connection's. Sends as much
 * as goes at once. */
void conn_answer(struct conn *conn, void *answer, struct buf *head, struct buf *body);

/* Goes on sending. */
void conn_write(struct conn *conn);

/* Frees the answer of a connection that is CONN_ANSWERED and makes it ready for what follows. */
void conn_settle(struct conn *conn);

/* Closes the descriptor and frees all of it. */
void conn_close(struct conn *conn);

#endif
