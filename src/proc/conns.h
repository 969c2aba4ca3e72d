/* All connections of a worker, and the epoll set that tells which of them can go on. */
#ifndef TASKGATE_PROC_CONNS_H
#define TASKGATE_PROC_CONNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proc/conn.h"

struct conns {
    int epoll;
    size_t count;
    size_t max;
    size_t timed;       /* those with a deadline */
    struct conn *first; /* the one that has been quiet for longest */
    struct conn *last;
    int64_t next_expiry; /* when deadlines are looked at again */
};

/* Whether the limit of descriptors leaves a worker, which inherits all that is open now and closes
 * CLOSED of it, what it needs to serve one connection. ERR_CONFIG; one line in PROBLEM says how
 * many it takes. */
enum err conns_check_limit(int closed, struct buf *problem) WARN_UNUSED;

/* An empty set, owned by CTX, for as many connections as the limit of descriptors allows.
 * ERR_INTERNAL (no descriptors or memory left). */
enum err conns_new(void *ctx, struct conns **ret_conns) WARN_UNUSED;

/* Takes in CONN, which is not watched yet. */
void conns_add(struct conns *conns, struct conn *conn);

/* Whether one more can be taken in, if need be in the place of one between two requests. */
bool conns_have_room(const struct conns *conns);

/* Waits from now on for what CONN's state needs; closes one that is CONN_GONE. */
void conns_update(struct conns *conns, struct conn *conn);

/* Closes the one between two requests that has been quiet for longest; false when there is none.
 * One that has brought no request yet will, so it stays for its time. */
bool conns_evict(struct conns *conns);

/* Calls CUT_OFF, which may close it, with each whose deadline is over; looks at most once a second.
 */
void conns_expire(struct conns *conns, int64_t now, void (*cut_off)(void *arg, struct conn *conn),
                  void *arg);

#endif
