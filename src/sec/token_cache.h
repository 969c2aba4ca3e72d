/*
 * Tokens that were found right a moment ago, so that their signature need not be checked again: a
 * front end asks several things in a row. In the memory of one worker, of bounded size, known by a
 * keyed digest of all their bytes; the tokens themselves are not kept.
 */
#ifndef TASKGATE_SEC_TOKEN_CACHE_H
#define TASKGATE_SEC_TOKEN_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sec/token.h"

struct token_cache;

/* An empty cache, owned by CTX, that knows a token for LIFETIME ms and never past its "exp". */
struct token_cache *token_cache_new(void *ctx, int64_t lifetime);

/* The claims of TEXT as token_verify found them, copied to CTX; false when it is not known at time
 * NOW (ms). A clock that went back knows none. */
bool token_cache_find(const struct token_cache *cache, void *ctx, const char *text, size_t len,
                      int64_t now, struct token_claims **ret_claims) WARN_UNUSED;

/* Keeps a copy of the CLAIMS that token_verify found in TEXT at time NOW. The oldest of a few
 * others makes room. */
void token_cache_add(struct token_cache *cache, const char *text, size_t len, int64_t now,
                     const struct token_claims *claims);

#endif
