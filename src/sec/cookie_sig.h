/* Better Auth's signed cookie values: VALUE "." base64(HMAC-SHA256(secret, VALUE)),
 * percent-encoded. */
#ifndef TASKGATE_SEC_COOKIE_SIG_H
#define TASKGATE_SEC_COOKIE_SIG_H

#include "base/err.h"
#include "conf/conf.h"

/* VALUE signed with the first secret, as it goes on the wire, owned by CTX. */
char *cookie_sign(void *ctx, const struct config *config, const char *value);

/* The same before it is percent-encoded: the form of a bearer token. */
char *cookie_sign_plain(void *ctx, const struct config *config, const char *value);

/* The value inside WIRE (percent-encoded or not), owned by CTX. ERR_BAD_VALUE when it is not signed
 * with the first secret; compared in constant time. */
enum err cookie_unsign(void *ctx, const struct config *config, const char *wire,
                       char **ret_value) WARN_UNUSED;

#endif
