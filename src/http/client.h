/* Which address a request came from (security.md R44). */
#ifndef TASKGATE_HTTP_CLIENT_H
#define TASKGATE_HTTP_CLIENT_H

#include "conf/conf.h"
#include "http/cgi.h"

/*
 * The client's address as ip_bucket spells it, owned by CTX: REMOTE_ADDR, and as long as that is a
 * TRUSTED_PROXIES one the next address to the left in X-Forwarded-For, which that proxy wrote.
 * "" when that leads to something that is no address: such clients are told apart by nothing.
 */
const char *client_address(void *ctx, const struct config *config, const struct request *request);

#endif
