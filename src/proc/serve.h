/* What a worker does with its connections, and where new ones come from. */
#ifndef TASKGATE_PROC_SERVE_H
#define TASKGATE_PROC_SERVE_H

#include "api/app.h"
#include "proc/conns.h"
#include "proc/worker.h"

/* A queue that brings connections, shared with other workers: the socket, or a channel. */
struct source {
    int fd;
    bool watched;
};

#define SERVE_PATIENCE 1000000000 /* ns (R33) */

#define SERVE_WRITERS 64 /* requests at most whose writes are committed together */

/* A request that may write, and what became of it: certain when all of its group is on the disk. */
struct writer {
    struct conn *conn;
    struct call *call; /* NULL: not begun, or another worker has it */
};

struct serving {
    const struct worker *worker;
    int64_t patience; /* ns: a slow request that has waited longer is refused */
    struct app app;
    struct conns *conns;
    struct writer writers[SERVE_WRITERS];
    size_t writer_count;
    struct source incoming;
    struct source idle; /* the channels; fd -1 = not for this worker's role */
    struct source slow;
    int signals;
    int64_t accept_from;   /* monotonic ms: not before, because there was no room */
    int64_t complain_from; /* the log has been told of that; not again before */
    bool exhausted;        /* they have run out just now */
    int64_t store_next_try;
    bool leaving;  /* one of the signals came */
    bool last;     /* it was SIGQUIT: nobody takes over */
    bool draining; /* what waits in the queue is served first, until: */
    int64_t drain_until;
};

/* Opens the store when it is time to. One that cannot be opened may be there later; until then
 * requests get 503. NOW: monotonic ms, here and below. */
void serve_open_store(struct serving *serving, int64_t now);

/* Goes on with a connection that can be read or written. A request that may write waits for
 * serve_writers(). */
void serve_ready(struct serving *serving, struct conn *conn, int64_t now);

/* Serves the requests that may write, and commits together what they write; behind the last of the
 * functions that look at what connections have brought. */
void serve_writers(struct serving *serving, int64_t now);

/* Takes up to COUNT connections from the socket's queue as long as there is room, and serves what
 * each has brought. */
void serve_accept(struct serving *serving, int count, int64_t now);

/* Takes one connection out of the channel SOURCE, idle or slow of SERVING, and goes on with it. */
void serve_handed(struct serving *serving, const struct source *source, int64_t now);

/* Closes connections that wait for their next request (a web server may keep them for hours) where
 * there are too many, or where descriptors have run out. Not while events of connections are still
 * to be looked at. */
void serve_make_room(struct serving *serving, int64_t now);

/* Gives all idle connections to other workers. */
void serve_leave(struct serving *serving);

/* Closes the connections that take too long. */
void serve_expire(struct serving *serving, int64_t now);

/* Closes all connections: there is no more time for them. */
void serve_end(struct serving *serving);

#endif
