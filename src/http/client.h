/* Which address a request came from (security.md R44). */
#ifndef TASKGATE_HTTP_CLIENT_H
#define TASKGATE_HTTP_CLIENT_H

#include "conf/conf.h"
#include "http/cgi.h"

/* Both are "" when the address is not known: such clients are told apart by nothing. */
struct client {
    const char *address; /* as it is, for the log */
    const char *bucket;  /* as ip_bucket spells it, for limits and sessions */
};

/*
 * The client's address: REMOTE_ADDR, and as long as that is a TRUSTED_PROXIES one the next address
 * to the left in X-Forwarded-For, which that proxy wrote. Not known when that leads to something
 * that is no address. Texts are owned by CTX.
 */
struct client client_find(void *ctx, const struct config *config, const struct request *request);

#endif
