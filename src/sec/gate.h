/*
 * The hashing gate (R33): how many processes of the pool may compute a password hash at the same
 * time, and how many more may wait for it. Shared by the workers of one pool, in memory made before
 * they are forked. A worker that dies inside frees its place (robust mutexes).
 */
#ifndef TASKGATE_SEC_GATE_H
#define TASKGATE_SEC_GATE_H

#include "base/err.h"

struct gate;

/*
 * A gate for WORKERS processes: max(1, workers/4) hash, half the pool at most hashes or waits, so
 * that the other half always answers the task API. Mapped shared; a process that frees it (talloc)
 * unmaps it for itself.
 */
struct gate *gate_new(int workers);

/* Shows how many slots and places there are in the metrics. */
void gate_publish(const struct gate *gate);

/* Waits at most a second for a slot. ERR_BUSY at once when too many wait already, or after it. */
enum err gate_enter(struct gate *gate) WARN_UNUSED;

/* Gives the slot back. */
void gate_leave(struct gate *gate);

#endif
