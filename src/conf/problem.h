/* What is wrong with a setting, in words. Private to conf/. */
#ifndef TASKGATE_CONF_PROBLEM_H
#define TASKGATE_CONF_PROBLEM_H

#include "base/buf.h"
#include "conf/setting.h"

/* Adds a line that begins with WHERE: what a value of SETTING must be, and that TEXT is not. Of
 * TEXT nothing is shown that may be a secret, nor the password of a URL; it is escaped. */
void problem_value(struct buf *problems, const char *where, const struct setting *setting,
                   const char *text);

#endif
