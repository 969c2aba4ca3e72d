/* The addresses that the program listens on, read from LISTEN and ADMIN_LISTEN. */
#ifndef TASKGATE_CONF_ENDPOINT_H
#define TASKGATE_CONF_ENDPOINT_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"

/* What a socket is for: the web server's FastCGI (LISTEN), or metrics and the server's state
 * (ADMIN_LISTEN), which is for this machine alone, and not for everybody on it. */
enum endpoint_kind { ENDPOINT_WEB, ENDPOINT_ADMIN };

struct endpoint {
    const char *setting; /* its name, for messages */
    const char *text;    /* as given */
    const char *path;    /* a Unix socket; NULL: TCP */
    mode_t mode;         /* of a Unix socket */
    gid_t group;         /* (gid_t)-1 = leave */
    bool is_loopback;    /* TCP: cannot be reached from other machines */
    struct sockaddr_storage address;
    socklen_t size;
};

/*
 * Reads TEXT: "unix:PATH[,mode=OCTAL][,group=NAME]" or "HOST:PORT", whose name is looked up; texts
 * are owned by CTX. On ERR_CONFIG one line in PROBLEM says what is wrong; among that is an admin
 * endpoint that others could reach.
 */
enum err endpoint_read(void *ctx, enum endpoint_kind kind, const char *text,
                       struct endpoint *ret_endpoint, struct buf *problem) WARN_UNUSED;

/* Whether the endpoints of CONFIG can be read; the same errors. */
enum err endpoint_check(const struct config *config, struct buf *problem) WARN_UNUSED;

#endif
