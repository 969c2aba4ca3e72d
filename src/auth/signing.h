/* The private key that signs tokens: the newest of the table "jwks" that has not expired. */
#ifndef TASKGATE_AUTH_SIGNING_H
#define TASKGATE_AUTH_SIGNING_H

#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"
#include "sec/ed25519.h"
#include "store/store.h"

/* The key that signs at NOW, owned by CTX; it is made when there is none. ERR_INTERNAL (logged:
 * what to do) when no secret of ours opens it; the store's errors. */
enum err signing_key(void *ctx, const struct config *config, struct store *store, int64_t now,
                     struct ed25519 **ret_key) WARN_UNUSED;

/* Has the keys that sign expire at NOW and makes a new one; *ret_id is its name, owned by CTX. */
enum err signing_rotate(void *ctx, const struct config *config, struct store *store, int64_t now,
                        const char **ret_id) WARN_UNUSED;

#endif
