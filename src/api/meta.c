/* What the program says about itself. */
#include <string.h>

#include "api/app.h"
#include "base/clock.h"
#include "base/json.h"
#include "http/query.h"

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

enum err meta_ok(struct call *call)
{
    struct buf *body = buf_new(call->ctx);

    buf_puts(body, "{\"ok\":true}");
    resp_json(call->response, 200, body);
    return ERR_OK;
}

static void put_html(struct buf *body, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            buf_puts(body, "&amp;");
            break;
        case '<':
            buf_puts(body, "&lt;");
            break;
        case '>':
            buf_puts(body, "&gt;");
            break;
        case '"':
            buf_puts(body, "&quot;");
            break;
        case '\'':
            buf_puts(body, "&#39;");
            break;
        default:
            buf_putc(body, *text);
        }
    }
}

/* What the query says about NAME, or FALLBACK. */
static const char *told(const struct query *query, const char *name, const char *fallback)
{
    const char *value = query_get(query, name);

    return value == NULL || *value == '\0' ? fallback : value;
}

/* The page that links in letters lead to when they have no other. Its texts are anybody's. */
enum err meta_error(struct call *call)
{
    static const char code_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789_-'";
    struct query query = {.count = 0};
    struct buf *body = buf_new(call->ctx);

    if (query_parse(call->ctx, call->request.path.query, &query) != ERR_OK) {
        query.count = 0;
    }
    const char *code = told(&query, "error", "UNKNOWN");
    if (code[strspn(code, code_bytes)] != '\0') {
        code = "UNKNOWN";
    }
    buf_puts(body, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
                   "<title>Error</title></head>\n<body>\n<h1>Something went wrong</h1>\n<p>");
    put_html(body, told(&query, "error_description", "The request could not be completed."));
    buf_puts(body, "</p>\n<p>Code: <code>");
    put_html(body, code);
    buf_puts(body, "</code></p>\n</body>\n</html>\n");
    resp_html(call->response, 200, body);
    return ERR_OK;
}
