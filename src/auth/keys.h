/*
 * The public keys whose tokens are accepted: the published ones of the table "jwks", which a Better
 * Auth server may share, then JWKS_FILE, then JWKS_URL. The first that has a name decides.
 */
#ifndef TASKGATE_AUTH_KEYS_H
#define TASKGATE_AUTH_KEYS_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/conf.h"
#include "sec/issuer.h"
#include "sec/jwk.h"
#include "sec/token.h"
#include "store/store.h"

struct keys;

/* The keys of one worker, owned by CTX; ISSUER is NULL without JWKS_URL. FETCH: whether it asks the
 * issuer itself or leaves that to a worker for slow requests. */
struct keys *keys_new(void *ctx, const struct config *config, struct store *store,
                      struct issuer *issuer, enum issuer_fetch fetch);

/* How token_verify finds them, with the tokens that they verified lately (TOKEN_CACHE_SECONDS).
 * Lives as long as KEYS. */
const struct token_keys *keys_for_tokens(const struct keys *keys);

/*
 * The key called KID; ARG is a struct keys. The table is asked each time, the file is read again
 * when it has changed; with NEEDED the URL may be fetched. For struct token_keys. ERR_ABSENT;
 * ERR_BUSY while the keys behind the URL are not known, ERR_SLOW when another worker is to find
 * out; the store's errors.
 */
enum err keys_find(void *arg, void *ctx, const char *kid, bool needed,
                   const struct jwk **ret_key) WARN_UNUSED;

#endif
