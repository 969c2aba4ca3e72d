/*
 * JSON Web Tokens as Better Auth signs them for itself: HS256 with the first secret, the header
 * {"alg":"HS256"} (RFC 7515 section 7.1). Those of a sign-in are sec/token's.
 */
#ifndef TASKGATE_SEC_HS256_H
#define TASKGATE_SEC_HS256_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "conf/conf.h"

/* A token with PAYLOAD, the JSON of an object, owned by CTX. */
char *hs256_sign(void *ctx, const struct config *config, const char *payload);

/* The payload of TEXT, owned by CTX. ERR_BAD_VALUE unless it is rightly signed and has this very
 * header; compared in constant time. What the payload says is not looked at. */
enum err hs256_open(void *ctx, const struct config *config, const char *text,
                    struct json **ret_payload) WARN_UNUSED;

/* Whether HEADER is the one that these tokens have. */
bool hs256_is_header(const struct json *header);

#endif
