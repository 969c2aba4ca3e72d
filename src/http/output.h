/* An answer on its way to the web server, as FastCGI records. */
#ifndef TASKGATE_HTTP_OUTPUT_H
#define TASKGATE_HTTP_OUTPUT_H

#include "base/buf.h"
#include "base/err.h"

struct output;

/* The answer HEAD and BODY (may be NULL) to request REQUEST_ID; owned by CTX, which owns both. */
struct output *output_new(void *ctx, unsigned request_id, struct buf *head, struct buf *body);

/* Sends as much as the non-blocking socket FD takes. ERR_BUSY: there is more to send when it is
 * writable again. ERR_CLIENT_GONE: nobody takes it. */
enum err output_send(struct output *output, int fd) WARN_UNUSED;

#endif
