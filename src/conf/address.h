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

/* A database URL with all that could be a password replaced by "***", owned by CTX. */
char *address_public(void *ctx, const char *text);

#endif
