/* What the program says about itself. */
#include "api/app.h"
#include "base/clock.h"
#include "base/json.h"

enum err meta_root(struct call *call)
{
    struct buf *body = buf_new(call->ctx);

    buf_puts(body, "{\"message\":\"Todo API with Authentication\"}");
    resp_json(call->response, 200, body);
    return ERR_OK;
}

enum err meta_health(struct call *call)
{
    bool up = app_is_ready(call->app) && store_ping(call->app->store) == ERR_OK;
    struct buf *body = buf_new(call->ctx);

    buf_puts(body, up ? "{\"status\":\"healthy\"" : "{\"status\":\"unhealthy\"");
    buf_puts(body, ",\"timestamp\":");
    json_put_time(body, call->now);
    buf_puts(body, up ? ",\"database\":\"up\"}" : ",\"database\":\"down\"}");
    resp_json(call->response, up ? 200 : 503, body);
    if (!up) {
        resp_header(call->response, "Retry-After", "1");
    }
    return ERR_OK;
}
