/* The static route table: every path the program answers, in one place. */
#ifndef TASKGATE_API_ROUTE_H
#define TASKGATE_API_ROUTE_H

#include "api/app.h"
#include "base/metric.h"

enum route_flags {
    ROUTE_BODY = 1,          /* takes a JSON object; 415 for another media type, 400 without one */
    ROUTE_OPTIONAL_BODY = 2, /* the same, or nothing */
    ROUTE_SLASH = 4,         /* one trailing slash is accepted */
    ROUTE_PRIVATE = 8,       /* the answer is never to be stored (R51) */
    ROUTE_BETTER_AUTH = 16,  /* Better Auth's order of checks: body, Origin, form, session */
    ROUTE_SIGN_IN = 32,      /* takes a posted HTML form too, and needs the Origin rule for those */
    ROUTE_JWT = 64,          /* under /api/auth: a bearer JWT stands for the session it names */
    ROUTE_VERIFIER = 128,    /* under /api/auth: there with AUTH_ROUTES=off too */
    ROUTE_CACHE = 256,       /* the session may be that of the cookie cache */
    ROUTE_SLOW = 512,        /* hashes a password or sends a letter: for the workers that may */
    ROUTE_ASKS = 1024,       /* its statements ask for the session of a token themselves */
};

struct field; /* api/form.h */

struct route {
    enum method method;
    const char *pattern; /* ":user", ":id" and ":token" match one segment */
    enum need need;
    unsigned flags;
    handler *handle;
    const struct field *form; /* what the body holds, checked before the handler; NULL = nothing */
};

/*
 * The route for the call's method and path; sets path_user and path_id. ERR_NOT_FOUND; ERR_METHOD
 * when the path exists for other methods, with *ret_allow (owned by the call) set to them. HEAD
 * goes with GET, but is no method under /api/auth, where a GET may use a token up.
 */
enum err route_find(struct call *call, const struct route **ret_route,
                    const char **ret_allow) WARN_UNUSED;

/* The routes as metrics name them; behind them, for each method, the requests without a route. */
const struct metric_pair *route_metrics(size_t *ret_count);

/* The place of ROUTE, or of a REQUEST without one (NULL), in that list. */
size_t route_metric(const struct route *route, const struct request *request);

/* Whether the path lies under /api/auth, where unknown routes are answered as Better Auth does. */
bool route_is_auth(const struct path *path);

/* Whether the path lies under /api but not under /api/auth: unknown ones there need a token first.
 */
bool route_is_guarded(const struct path *path);

#endif
