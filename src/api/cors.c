#include "api/cors.h"

#include "auth/origin.h"

enum err cors_preflight(struct call *call)
{
    struct buf *body = buf_new(call->ctx);

    buf_puts(body, "{}");
    resp_json(call->response, 200, body);
    if (call->request.origin == NULL ||
        !origin_is_trusted(call->app->config, call->request.origin)) {
        return ERR_OK;
    }
    resp_header(call->response, "Access-Control-Allow-Methods",
                "GET, POST, PUT, PATCH, DELETE, OPTIONS");
    resp_header(call->response, "Access-Control-Allow-Headers", "Authorization, Content-Type");
    resp_header(call->response, "Access-Control-Max-Age", "600");
    return ERR_OK;
}

void cors_headers(struct call *call)
{
    const char *origin = call->request.origin;

    resp_header(call->response, "Vary", "Origin");
    if (origin == NULL || !origin_is_trusted(call->app->config, origin)) {
        return;
    }
    resp_header(call->response, "Access-Control-Allow-Origin", origin);
    resp_header(call->response, "Access-Control-Allow-Credentials", "true");
    resp_header(call->response, "Access-Control-Expose-Headers",
                "Retry-After, set-auth-token, set-auth-jwt, Link, X-Request-Id");
}
