/* A worker: one process, one request at a time, one connection to the database. */
#ifndef TASKGATE_PROC_WORKER_H
#define TASKGATE_PROC_WORKER_H

#include <signal.h>
#include <stdatomic.h>

#include "conf/conf.h"
#include "sec/gate.h"
#include "sec/issuer.h"

/* A worker may finish the request in hand within this; then the web server is cut off (R8). */
#define WORKER_REQUEST_SECONDS 30

struct worker {
    const struct config *config;
    struct gate *gate;
    struct issuer *issuer; /* NULL without JWKS_URL */
    const atomic_bool *schema_ready;
    int listen_fd;
    int seat; /* base/metric.h */
};

/*
 * Serves until SIGTERM (stop after the request in hand) or SIGQUIT (first serve what waits in the
 * socket's queue). Called in a forked child with those signals blocked; never returns.
 */
_Noreturn void worker_run(const struct worker *worker);

#endif
