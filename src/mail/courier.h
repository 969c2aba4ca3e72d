/*
 * Children that wait for mail programs, so that a worker need not: a program may take seconds, or
 * never end. A child begins as a copy of the worker, keeps none of its descriptors but the first
 * three, and ends when its work is done.
 */
#ifndef TASKGATE_MAIL_COURIER_H
#define TASKGATE_MAIL_COURIER_H

#include "base/log.h"

/* So many children of one process work at the same time. */
#define COURIER_MAX 8

struct courier;

/* One that has no children yet, owned by CTX. They log as LOG says, which must outlive it. */
struct courier *courier_new(void *ctx, const struct log_options *log);

/*
 * Has a child call WORK with ARG. Where COURIER_MAX are at work already, or no process is to be
 * had, it is called here, and the caller waits for it: nothing that was sent is lost. The signals
 * that the caller blocks stay blocked in the child.
 */
void courier_send(struct courier *courier, void (*work)(const void *arg), const void *arg);

/* Buries the children that have ended. SIGCHLD says when there are some. */
void courier_reap(struct courier *courier);

/* Waits for all of them. */
void courier_finish(struct courier *courier);

#endif
