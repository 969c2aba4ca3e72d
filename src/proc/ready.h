/* Whether the server lives and whether it is ready for requests, as /live and /ready tell it. */
#ifndef TASKGATE_PROC_READY_H
#define TASKGATE_PROC_READY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum ready {
    READY,
    READY_NOT_MASTER,   /* the master does not go round its loop */
    READY_NOT_DRAINING, /* the server is being stopped */
    READY_NOT_SCHEMA,   /* the database's schema has not been seen to be right */
    READY_NOT_WORKERS,  /* none is alive */
    READY_NOT_DATABASE, /* it does not answer */
    READY_NOT_IN_TIME,  /* it has not answered yet */
    READY_NOT_WRITABLE, /* a write failed a moment ago, and none has succeeded since */
    READY_COUNT
};

/* How long a write that failed counts when there is no other: who is not ready gets none. */
#define READY_TROUBLE_SECONDS 10

/* The master is taken for dead when it shows no life for so long; it does so every ten seconds. */
#define READY_BEAT_SECONDS 30

/* What is known without asking the database; times are monotonic. */
enum ready ready_live(int64_t now);
enum ready ready_before(int64_t now);

/* Adds the answer to OUT, a JSON object: {"status":"ready"}, or {"status":"unavailable"} with the
 * members reason (a fixed word) and detail. With LIVE the first is {"status":"live"}. */
void ready_print(struct buf *out, enum ready ready, bool live);

#endif
