/*
 * Hands open connections from one worker to another (SCM_RIGHTS). A channel is made by the master
 * and shared by all its workers of all generations, so what a leaving worker puts in is taken by
 * those that stay.
 */
#ifndef TASKGATE_PROC_HANDOVER_H
#define TASKGATE_PROC_HANDOVER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct handover {
    int in;       /* where connections are put in */
    int out;      /* where they come out; readable when there is one; both are non-blocking */
    char *packet; /* where this process receives one */
};

/* What comes out of a channel. */
struct handed {
    int fd;           /* the caller's to close */
    int64_t deadline; /* of struct conn: it goes on wherever the connection is */
    int64_t put_at;   /* clock_nanoseconds of who put it in */
    char *bytes;      /* what was read from it, NUL behind */
    size_t len;
};

/* Makes a channel, owned by CTX. ERR_INTERNAL (no descriptors or memory left). */
enum err handover_new(void *ctx, struct handover **ret_channel) WARN_UNUSED;

/*
 * Puts in connection FD with its DEADLINE and the LEN bytes (may be 0) that were read from it. The
 * caller still has to close its descriptor. ERR_BUSY: the channel is full; ERR_BODY_TOO_LARGE: so
 * many bytes never fit.
 */
enum err handover_put(const struct handover *channel, int fd, int64_t deadline, const void *bytes,
                      size_t len) WARN_UNUSED;

/* Takes one out, its bytes owned by CTX. ERR_NOT_FOUND: there is none. ERR_BUSY: this process has
 * no descriptor left for it; what there is stays in the channel. (Only where the whole machine has
 * none left at that moment, a connection may be lost.) */
enum err handover_take(struct handover *channel, void *ctx, struct handed *ret_handed) WARN_UNUSED;

#endif
