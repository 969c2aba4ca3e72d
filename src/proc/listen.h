/* The listening sockets: our own, or one that somebody opened for us (security.md R7, R10, R11). */
#ifndef TASKGATE_PROC_LISTEN_H
#define TASKGATE_PROC_LISTEN_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/endpoint.h"

struct listener {
    int fd;           /* non-blocking, close-on-exec */
    const char *name; /* for messages */
    const char *path; /* the Unix socket we made and remove again, or NULL */
};

/*
 * Opens ADDRESS (conf/endpoint.h). For ENDPOINT_WEB the socket that systemd passed (LISTEN_FDS) or
 * that is on descriptor 0 (lighttpd, spawn-fcgi) is taken over instead. Owned by CTX. On ERR_CONFIG
 * one line in PROBLEM says what is wrong.
 */
enum err listen_open(void *ctx, enum endpoint_kind kind, const char *address,
                     struct listener **ret_listener, struct buf *problem) WARN_UNUSED;

/* Removes the socket's path, so that nobody new connects; the descriptor stays open. */
void listen_remove(struct listener *listener);

#endif
