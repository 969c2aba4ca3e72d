/* The life of a request. */
#ifndef TASKGATE_API_DISPATCH_H
#define TASKGATE_API_DISPATCH_H

#include "api/app.h"

/*
 * Does what the request asks for that PARAMS ("NAME=value", NULL-terminated) and what EDGE reads
 * make. Never fails: whatever goes wrong becomes the answer. Everything belongs to CTX. NULL:
 * another worker answers.
 */
struct call *dispatch(const struct app *app, void *ctx, char *const *params,
                      const struct edge *edge);

struct answer {
    struct buf *head; /* the header block */
    struct buf *body; /* NULL: the answer has none (HEAD) */
};

/* Makes the answer, logs and counts the request; once, when what was done is certain. */
void dispatch_answer(struct call *call, struct answer *ret_answer);

/* Does what is left to do; to be called when the answer was sent, or could not be. */
void dispatch_rest(struct call *call);

#endif
