/*
 * The process behind ADMIN_LISTEN: metrics and the server's state by HTTP, for this machine. It is
 * a child of the master with no part in requests, so it answers while all workers are busy and the
 * database is frozen; it waits for nobody, because its few connections are one poll loop.
 */
#ifndef TASKGATE_PROC_ADMIN_H
#define TASKGATE_PROC_ADMIN_H

#include "conf/conf.h"
#include "proc/worker.h"

struct admin {
    const struct config *config;
    int listen_fd; /* of ADMIN_LISTEN */
    /* The socket of LISTEN and the workers' channels, which are none of its business. */
    int web_fd;
    const struct channels *channels;
};

/* Serves until SIGTERM, then finishes what it has in hand. Called in a forked child with signals
 * blocked; never returns. */
_Noreturn void admin_run(const struct admin *admin);

#endif
