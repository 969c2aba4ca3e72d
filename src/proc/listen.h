/* The listening socket: our own, or one that somebody opened for us (security.md R7, R10, R11). */
#ifndef TASKGATE_PROC_LISTEN_H
#define TASKGATE_PROC_LISTEN_H

#include "base/buf.h"
#include "base/err.h"

struct listener {
    int fd;           /* non-blocking, close-on-exec */
    const char *name; /* for messages */
    const char *path; /* the Unix socket we made and remove again, or NULL */
};

/*
 * Takes over the socket that systemd passed (LISTEN_FDS) or that is on descriptor 0 (lighttpd,
 * spawn-fcgi); else opens ADDRESS: "unix:PATH[,mode=0660][,group=G]" or "HOST:PORT". Owned by CTX.
 * On ERR_CONFIG one line in PROBLEM says what is wrong.
 */
enum err listen_open(void *ctx, const char *address, struct listener **ret_listener,
                     struct buf *problem) WARN_UNUSED;

/* Whether ADDRESS is one that listen_open could open, as far as that can be told without opening
 * it: its form, its options, its host. On ERR_CONFIG as there; CTX is for scratch. */
enum err listen_check(void *ctx, const char *address, struct buf *problem) WARN_UNUSED;

/* Removes the socket's path, so that nobody new connects; the descriptor stays open. */
void listen_remove(struct listener *listener);

#endif
