/* The master's hold on the process behind ADMIN_LISTEN: starts it, again when it dies, and stops it
 * last of all, so that the server can tell how it is being stopped. */
#ifndef TASKGATE_PROC_ADMIN_CHILD_H
#define TASKGATE_PROC_ADMIN_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/conf.h"
#include "proc/listen.h"
#include "proc/worker.h"

struct admin_child;

/* Opens the socket that CONFIG names; owned by CTX. NULL when it names none. On ERR_CONFIG one line
 * in PROBLEM. WEB_FD is the socket of LISTEN, which the process closes, as it does the CHANNELS,
 * which must outlive it. No process runs yet. */
enum err admin_child_open(void *ctx, const struct config *config, int web_fd,
                          const struct channels *channels, struct admin_child **ret_child,
                          struct buf *problem) WARN_UNUSED;

/* The socket, for others to close; -1 when CHILD is NULL, which all of these functions take. */
int admin_child_fd(const struct admin_child *child);

/* Looks after it: starts the process with CONFIG when it is missing and its back-off is over, and
 * measures the workers' memory for it. Returns the monotonic time (ms) at which there is something
 * to do again, or 0. */
int64_t admin_child_tend(struct admin_child *child, const struct config *config);

/* Starts one with the new CONFIG; the old one finishes what it has in hand. */
void admin_child_renew(struct admin_child *child, const struct config *config);

/* Takes note that PID ended with wait status STATUS. False when it is another process. */
bool admin_child_reap(struct admin_child *child, pid_t pid, int status);

/* Stops it and removes the socket. */
void admin_child_stop(struct admin_child *child);

#endif
