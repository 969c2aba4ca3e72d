#include "api/link.h"

#include <string.h>

#include "auth/callback.h"
#include "base/mem.h"

#define URL_MAX 1024 /* bytes of a URL to go on to, as sent: it must fit into a header */

/* LEN bytes of a URL as a header can hold them: browsers read a backslash before the query as a
 * slash, and encode the rest the same way (WHATWG URL standard). */
static void put_url(struct buf *out, const char *url, size_t len)
{
    size_t query = strcspn(url, "?#");

    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)url[i];
        if (byte == '\\' && i < query) {
            buf_putc(out, '/');
        } else if (byte <= 0x20 || byte >= 0x7f || strchr("\"<>\\^`{|}", byte) != NULL) {
            buf_printf(out, "%%%02X", (unsigned)byte);
        } else {
            buf_putc(out, url[i]);
        }
    }
}

static bool fits_header(void *ctx, const char *url)
{
    struct buf *sent = buf_new(ctx);

    put_url(sent, url, strlen(url));
    return sent->len <= URL_MAX;
}

enum err link_read(struct call *call, const char *required, struct query *ret_query)
{
    struct query query;

    if (query_parse(call->ctx, call->request.path.query, &query) != ERR_OK) {
        return ERR_BAD_REQUEST;
    }
    if (query_get(&query, required) == NULL) {
        static const char text[] = "Invalid input: expected string, received undefined";
        resp_problem(call->response, required, text);
        resp_text(call->response, mem_printf(call->ctx, "[query.%s] %s", required, text));
        return ERR_BAD_INPUT;
    }
    const char *callback = link_callback(&query);
    if (callback != NULL &&
        (!fits_header(call->ctx, callback) || !callback_is_safe(call->app->config, callback))) {
        return ERR_CALLBACK_URL;
    }
    *ret_query = query;
    return ERR_OK;
}

const char *link_callback(const struct query *query)
{
    const char *callback = query_get(query, "callbackURL");

    return callback == NULL || *callback == '\0' ? NULL : callback;
}

static enum err redirect(struct call *call, const struct buf *url)
{
    resp_empty(call->response, 302);
    resp_header(call->response, "Location", url->data);
    return ERR_OK;
}

enum err link_go(struct call *call, const char *url)
{
    struct buf *location = buf_new(call->ctx);

    put_url(location, url, strlen(url));
    return redirect(call, location);
}

enum err link_go_with(struct call *call, const char *url, bool whole, const char *name,
                      const char *value)
{
    struct buf *location = buf_new(call->ctx);
    size_t before = strcspn(url, "#");

    if (whole && *url == '/') {
        buf_puts(location, call->app->config->base_url);
    }
    put_url(location, url, before);
    buf_putc(location, memchr(url, '?', before) == NULL ? '?' : '&');
    buf_printf(location, "%s=", name);
    query_encode(location, value);
    put_url(location, url + before, strlen(url + before));
    return redirect(call, location);
}

enum err link_refuse(struct call *call, const char *callback, enum err error)
{
    if (callback == NULL) {
        return error;
    }
    return link_go_with(call, callback, false, "error", err_info(error)->code);
}
