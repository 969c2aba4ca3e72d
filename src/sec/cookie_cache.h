/*
 * Better Auth's cookie cache (COOKIE_CACHE): what the cookie session_data holds, in its three
 * forms, so that its server reads ours and we read its. All are made with the first secret.
 * "compact": the JSON and an HMAC-SHA256 as one base64url text; "jwt": HS256; "jwe": encrypted, the
 * key made from the secret by HKDF (RFC 5869).
 */
#ifndef TASKGATE_SEC_COOKIE_CACHE_H
#define TASKGATE_SEC_COOKIE_CACHE_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "conf/conf.h"

/*
 * The value of the cookie, owned by CTX: it says MEMBERS, which is JSON like "a":1,"b":{...} in the
 * spelling of JavaScript, until LIFE ms after NOW. COOKIE_CACHE must not be off. ERR_INTERNAL.
 */
enum err cookie_cache_close(void *ctx, const struct config *config, const char *members,
                            int64_t now, int64_t life, char **ret_value) WARN_UNUSED;

/* What VALUE says at NOW, owned by CTX. ERR_BAD_VALUE unless it has the configured form, is rightly
 * signed, has not expired and was made no longer ago than COOKIE_CACHE_MAX_AGE. */
enum err cookie_cache_open(void *ctx, const struct config *config, const char *value, int64_t now,
                           struct json **ret_payload) WARN_UNUSED;

#endif
