/*
 * Refresh tokens: opaque texts of 256 bits, of which only a digest is stored. What takes the place
 * of a used one is random, or is made from it, so that whoever asks a second time can be given it a
 * second time although it was never stored (REFRESH_REUSE_GRACE).
 */
#ifndef TASKGATE_SEC_REFRESH_TOKEN_H
#define TASKGATE_SEC_REFRESH_TOKEN_H

#include "base/mem.h"

/* A random token, owned by CTX. */
char *refresh_token_new(void *ctx);

/* The one token that takes the place of PARENT under SECRET, owned by CTX. Who does not have the
 * secret cannot tell it from a random one. */
char *refresh_token_successor(void *ctx, const struct secret *secret, const char *parent);

#endif
