/* One small text by https, from a server that is not trusted with more. The only file that knows
 * libcurl; in a build without it every fetch fails. */
#ifndef TASKGATE_SEC_FETCH_H
#define TASKGATE_SEC_FETCH_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define FETCH_SECONDS 3 /* in all, from the name of the host to the last byte */

/*
 * The body behind URL, owned by CTX. ERR_ABSENT with a line in PROBLEM (without its end) unless the
 * answer is 200, directly and not by a redirection, with at most MAX bytes, in time, and from a
 * server whose certificate is right. Proxies of the environment are not used.
 */
enum err fetch_text(void *ctx, const char *url, size_t max, struct buf **ret_text,
                    struct buf *problem) WARN_UNUSED;

#endif
