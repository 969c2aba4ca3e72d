/*
 * A process that asks the database whether it answers, so that its parent never waits for it: a
 * database that is frozen lets a question stand for seconds.
 */
#ifndef TASKGATE_PROC_PROBE_H
#define TASKGATE_PROC_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

struct probe;

/* A probe of CONFIG's database, owned by CTX. FORGET (with ARG) is called in its process, to close
 * what that has no business with. No process runs before the first question. */
struct probe *probe_new(void *ctx, const struct config *config, void (*forget)(void *arg),
                        void *arg);

/* Asks, unless a question stands already. NOW is monotonic. */
void probe_ask(struct probe *probe, int64_t now);

/* What to wait for input on, or -1. */
int probe_fd(const struct probe *probe);

enum probe_answer { PROBE_NONE, PROBE_UP, PROBE_DOWN };

/* The answer to the question, if it is there. A process that died has answered PROBE_DOWN; another
 * is started for the next question, a second later at the earliest. */
enum probe_answer probe_read(struct probe *probe, int64_t now);

#endif
