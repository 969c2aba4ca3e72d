/* The master: holds the socket and the configuration, keeps the pool of workers alive. */
#ifndef TASKGATE_PROC_MASTER_H
#define TASKGATE_PROC_MASTER_H

#include "conf/conf.h"

/*
 * Serves until SIGTERM or SIGINT. SIGHUP reads SOURCE again: a right configuration gets new workers
 * and the old ones finish what they have in hand, a wrong one is logged and nothing changes.
 * Returns the process's exit status: 0, or CONF_EXIT_STATUS when the start failed for a setting,
 * the socket, too few descriptors or the schema.
 */
int master_run(const struct conf_source *source);

#endif
