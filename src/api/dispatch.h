/* The life of a request. */
#ifndef TASKGATE_API_DISPATCH_H
#define TASKGATE_API_DISPATCH_H

#include "api/app.h"

struct answer {
    struct buf *head; /* the header block; NULL: another worker answers */
    struct buf *body; /* NULL: the answer has none (HEAD) */
    struct call *call;
};

/*
 * Answers the request that PARAMS ("NAME=value", NULL-terminated) and what EDGE reads make. Never
 * fails: whatever goes wrong becomes a response. Everything belongs to CTX.
 */
void dispatch(const struct app *app, void *ctx, char *const *params, const struct edge *edge,
              struct answer *ret_answer);

/* Does what is left to do; to be called when the answer was sent, or could not be. */
void dispatch_rest(const struct answer *answer);

#endif
