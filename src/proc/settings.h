/* The settings as the master reads them: nobody sits before it, so problems go to the log. */
#ifndef TASKGATE_PROC_SETTINGS_H
#define TASKGATE_PROC_SETTINGS_H

#include "conf/conf.h"

/* Loads the settings, with the keys that they name, and logs what is wrong with them, a line each.
 * Owned by CTX. ERR_CONFIG. */
enum err settings_load(void *ctx, const struct conf_source *source,
                       struct config **ret_config) WARN_UNUSED;

/* Says in the log which socket is another in NOW than in BEFORE: a reload leaves it as it is. */
void settings_warn_of_sockets(const struct config *before, const struct config *now);

/* Says in the log what CONFIG makes of this server, which serves on SOCKET. */
void settings_describe(const struct config *config, const char *socket);

#endif
