/*
 * The published keys of an issuer elsewhere (JWKS_URL), fetched by whichever worker of the pool
 * needs them and shared with the others in memory made before they are forked.
 *
 * One worker at a time fetches, for FETCH_SECONDS at most and twice a minute at most; the others do
 * not wait. Only a worker for slow requests fetches, where there is one. Keys stay in use while the
 * issuer does not answer.
 */
#ifndef TASKGATE_SEC_ISSUER_H
#define TASKGATE_SEC_ISSUER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sec/jwk.h"

struct issuer;

/* The issuer at URL, owned by CTX, which must outlive it; nothing is fetched yet. */
struct issuer *issuer_new(void *ctx, const char *url);

/* Who may fetch the set. */
enum issuer_fetch {
    ISSUER_NOBODY,   /* the token may not deserve it */
    ISSUER_SOMEBODY, /* another worker, who is to be given the request */
    ISSUER_THIS_ONE,
};

/*
 * The key called KID, which lives until the next call. The set may be fetched for it when there is
 * no such key in it, or when it is older than ten minutes. ERR_ABSENT when the issuer has no such
 * key; ERR_BUSY when that is not known now; ERR_SLOW when ISSUER_SOMEBODY is to fetch.
 */
enum err issuer_find(struct issuer *issuer, const char *kid, enum issuer_fetch fetch,
                     const struct jwk **ret_key) WARN_UNUSED;

#endif
