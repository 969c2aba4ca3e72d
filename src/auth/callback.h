/* Where a browser may be sent on to: Better Auth's rule for callback URLs. */
#ifndef TASKGATE_AUTH_CALLBACK_H
#define TASKGATE_AUTH_CALLBACK_H

#include <stdbool.h>

#include "conf/conf.h"

/*
 * Whether URL is a path on the page's own origin ("/x", not "//x"; no backslash, control character
 * or encoded slash that a browser could read as another host) or an http(s) URL whose origin is
 * trusted, read as browsers read it.
 */
bool callback_is_safe(const struct config *config, const char *url);

#endif
