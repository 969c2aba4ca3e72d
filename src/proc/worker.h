/* A worker: one process, many connections, one request at a time, one connection to the database.
 */
#ifndef TASKGATE_PROC_WORKER_H
#define TASKGATE_PROC_WORKER_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "conf/conf.h"
#include "proc/conn.h"
#include "proc/handover.h"
#include "sec/issuer.h"

/* How long a stopping worker serves what waits in the socket's queue. */
#define WORKER_DRAIN_SECONDS 5

/* The channels between workers, of all generations. */
struct channels {
    struct handover *idle; /* connections between two requests, for whoever has time */
    struct handover *slow; /* requests for the workers that hash passwords and send letters */
};

/* What the master tells the workers of a pool while they run, in memory that they share. */
struct told {
    atomic_bool schema_ready;
    atomic_bool no_slow; /* there is no WORKER_SLOW, and no process for one for the time being */
};

struct worker {
    const struct config *config;
    struct issuer *issuer; /* NULL without JWKS_URL */
    const struct told *told;
    struct channels channels;
    int listen_fd;
    int seat; /* base/metric.h */
    enum {
        WORKER_ALL,  /* alone: does everything, also what a generation before it left */
        WORKER_FAST, /* leaves slow requests to the WORKER_SLOW ones (R33) */
        WORKER_SLOW,
    } role;
};

/*
 * Serves until SIGTERM (finish the requests in hand, leave the connections to the other workers) or
 * SIGQUIT (first serve what waits in the queue). Called in a forked child with those signals
 * blocked; never returns.
 */
_Noreturn void worker_run(const struct worker *worker);

#endif
