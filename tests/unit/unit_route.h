/* Calls for a path, with any method. */
#ifndef TASKGATE_TESTS_UNIT_ROUTE_H
#define TASKGATE_TESTS_UNIT_ROUTE_H

#include "api/route.h"
#include "base/mem.h"
#include "unit.h"

static const enum method all_methods[] = {METHOD_GET,    METHOD_POST,    METHOD_PUT,  METHOD_PATCH,
                                          METHOD_DELETE, METHOD_OPTIONS, METHOD_OTHER};

static inline struct call *new_call(void *ctx, enum method method, const char *target)
{
    struct call *call = mem_new(ctx, struct call);

    call->ctx = call;
    call->request.method = method;
    assert_int_equal(path_parse(call, target, &call->request.path), ERR_OK);
    return call;
}

#endif
