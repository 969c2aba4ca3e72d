/* The URLs among the settings: origins and databases. Private to conf/. */
#ifndef TASKGATE_CONF_ADDRESS_H
#define TASKGATE_CONF_ADDRESS_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/conf.h"

/* TEXT as browsers write an origin: "scheme://host[:port]", http or https, lower case, without the
 * scheme's own port. ERR_BAD_VALUE when it is anything else or has more. Owned by CTX. */
enum err address_origin(void *ctx, const char *text, char **ret_origin) WARN_UNUSED;

/* The kind of database and what struct config holds of it. ERR_BAD_VALUE. Owned by CTX. */
enum err address_database(void *ctx, const char *text, enum store_kind *ret_store,
                          const char **ret_database) WARN_UNUSED;

/* A sender of letters, "ADDRESS" or "NAME <ADDRESS>": an address in ASCII that needs no quoting,
 * and a name (NULL = none) without control characters. ERR_BAD_VALUE. Owned by CTX. */
enum err address_sender(void *ctx, const char *text, const char **ret_address,
                        const char **ret_name) WARN_UNUSED;

/* Whether TEXT is a URL to fetch keys from: https, or http to a loopback address, without a user or
 * a fragment. */
bool address_is_keys_url(const char *text);

/* A database URL with all that could be a password replaced by "***", owned by CTX. */
char *address_public(void *ctx, const char *text);

#endif
