/* The life of a request. */
#ifndef TASKGATE_API_DISPATCH_H
#define TASKGATE_API_DISPATCH_H

#include "api/app.h"

/*
 * Answers the request that PARAMS ("NAME=value", NULL-terminated) and BODY make. Never fails:
 * whatever goes wrong becomes a response. Everything belongs to CTX. *ret_head is the header block
 * to send; *ret_body is NULL when the answer has no body (HEAD).
 */
void dispatch(const struct app *app, void *ctx, char *const *params, const struct body_source *body,
              struct buf **ret_head, struct buf **ret_body);

#endif
