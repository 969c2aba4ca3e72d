/* One setting's text becomes a member of struct config. Private to conf/. */
#ifndef TASKGATE_CONF_VALUE_H
#define TASKGATE_CONF_VALUE_H

#include "base/buf.h"
#include "conf/conf.h"
#include "conf/setting.h"

/* So many copies of the session cookie surely fit into a web server's header buffer. */
#define COOKIE_ALIASES_MAX 4

/* Sets the member of SETTING from TEXT (NULL: nothing given and no default). What is wrong is one
 * line in PROBLEMS that begins with WHERE. */
void value_set(struct config *config, const struct setting *setting, const char *text,
               const char *where, struct buf *problems);

#endif
