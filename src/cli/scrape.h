/* Reads one page from the admin socket of a server that runs. */
#ifndef TASKGATE_CLI_SCRAPE_H
#define TASKGATE_CLI_SCRAPE_H

#include "base/buf.h"
#include "base/err.h"
#include "conf/endpoint.h"

#define SCRAPE_SECONDS 2         /* in all */
#define SCRAPE_MAX     (4 << 20) /* bytes */

/* The body behind PATH, owned by CTX. ERR_STORE_DOWN with one line in PROBLEM (without its end)
 * unless the server answers with 200, in time, and with at most SCRAPE_MAX bytes. */
enum err scrape_page(void *ctx, const struct endpoint *endpoint, const char *path,
                     struct buf **ret_body, struct buf *problem) WARN_UNUSED;

#endif
