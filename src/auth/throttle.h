/*
 * How often somebody may try (contract.md section 7): failed sign-ins of an account, and Better
 * Auth's limits on its own paths. All counts are in the database, so that they are right across
 * processes and machines; when it does not answer, nobody gets through.
 */
#ifndef TASKGATE_AUTH_THROTTLE_H
#define TASKGATE_AUTH_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"
#include "http/path.h"
#include "store/store.h"

/* One limit, for one caller at one time. */
struct throttle {
    struct store *store;
    struct throttle_limit limit;
    int64_t now;
    int64_t retry_after; /* seconds; set together with ERR_LIMITED */
};

/*
 * Failed sign-ins to the account of EMAIL (lower case; it need not exist) from CLIENT, whatever the
 * path: RATE_LIMIT_MAX and RATE_LIMIT_WINDOW. A try is counted before its password is looked at,
 * or many at once would pass; what turns out not to be a wrong password is uncounted. The key is a
 * keyed digest: the table does not say who tries. Owned by CTX.
 */
struct throttle *throttle_sign_in(void *ctx, const struct config *config, struct store *store,
                                  const char *email, const char *client, int64_t now);

/*
 * Better Auth's limit for PATH and CLIENT, owned by CTX; NULL when there is none: outside of
 * /api/auth, on the short paths of the integration guides, or with PATH_RATE_LIMIT=off. All paths
 * that are not ROUTED share one count, and links that differ in their tokens 64 of them.
 */
struct throttle *throttle_path(void *ctx, const struct config *config, struct store *store,
                               const struct path *path, bool routed, const char *client,
                               int64_t now);

/* Letters to the address TO, whoever asks for them: ten, then none for ten minutes. Nobody is to be
 * flooded by way of this server, from however many addresses. Owned by CTX. */
struct throttle *throttle_letters(void *ctx, const struct config *config, struct store *store,
                                  const char *to, int64_t now);

/* ERR_LIMITED when a try would not be counted now. */
enum err throttle_look(struct throttle *throttle) WARN_UNUSED;

/* Counts a try. ERR_LIMITED: it may not take place. */
enum err throttle_count(struct throttle *throttle) WARN_UNUSED;

/* Uncounts this try; uncounts all tries. */
enum err throttle_take_back(struct throttle *throttle) WARN_UNUSED;
enum err throttle_clear(struct throttle *throttle) WARN_UNUSED;

#endif
