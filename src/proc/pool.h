/* One generation of workers: processes that were started with the same configuration. */
#ifndef TASKGATE_PROC_POOL_H
#define TASKGATE_PROC_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/conf.h"
#include "proc/worker.h"

struct pool;

/*
 * A pool of CONFIG's size, owned by CTX together with CONFIG; no worker runs yet. They serve
 * LISTEN_FD, and close OTHER_FD (-1 = none), which is none of their business. A quarter of them
 * (one at least) hashes passwords and sends letters, the others never wait for that (R33); a pool
 * of one does both.
 */
struct pool *pool_new(void *ctx, struct config *config, int listen_fd, int other_fd,
                      const struct channels *channels);

/* Says to the workers that the schema is right: until then they answer 503. */
void pool_set_ready(struct pool *pool);

/* Shows the pool's sizes in the metrics, as those that serve from now on. */
void pool_publish(const struct pool *pool);

const struct config *pool_config(const struct pool *pool);

/* Starts every worker that is missing and whose back-off is over. Returns the monotonic time (ms)
 * at which the next one is due, or 0 when none is missing. */
int64_t pool_start(struct pool *pool);

/* Takes note that PID ended with wait status STATUS. False when it is not of this pool. */
bool pool_reap(struct pool *pool, pid_t pid, int status);

/* Sends SIGNAL to all workers, to those for slow requests when the others have ended and can send
 * them none; none is started again. Those still there after the time that a request may take are
 * killed by pool_expire. */
void pool_stop(struct pool *pool, int signal);
void pool_expire(struct pool *pool);

/* Whether no worker is left. */
bool pool_is_empty(const struct pool *pool);

#endif
