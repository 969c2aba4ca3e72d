#include "api/link.h"

#include <string.h>

#include "auth/callback.h"
#include "base/mem.h"

#define URL_MAX 1024 /* bytes of a URL to go on to, as sent: it must fit into a header */

/* LEN bytes of a URL as a header can hold them: browsers read a backslash IN_PATH, before the
 * query, as a slash, and encode the rest the same way (WHATWG URL standard). */
static void put_bytes(struct buf *out, const char *text, size_t len, bool in_path)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte == '\\' && in_path) {
            buf_putc(out, '/');
        } else if (byte <= 0x20 || byte >= 0x7f || strchr("\"<>\\^`{|}", byte) != NULL) {
            buf_printf(out, "%%%02X", (unsigned)byte);
        } else {
            buf_putc(out, text[i]);
        }
    }
}

static void put_url(struct buf *out, const char *url)
{
    size_t path = strcspn(url, "?#");

    put_bytes(out, url, path, true);
    put_bytes(out, url + path, strlen(url + path), false);
}

static bool fits_header(void *ctx, const char *url)
{
    struct buf *sent = buf_new(ctx);

    put_url(sent, url);
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

    put_url(location, url);
    return redirect(call, location);
}

/* The pairs of QUERY, which ends at a '#' or with its text, but those called NAME; behind them what
 * one more begins with. */
static void put_other_pairs(struct buf *out, const char *query, const char *name)
{
    char before = '?';

    while (*query != '\0' && *query != '#') {
        size_t size = strcspn(query, "&#");
        size_t name_size = strcspn(query, "=&#");
        bool same = name_size == strlen(name) && memcmp(query, name, name_size) == 0;
        if (size > 0 && !same) {
            buf_putc(out, before);
            put_bytes(out, query, size, false);
            before = '&';
        }
        query += size + (query[size] == '&' ? 1 : 0);
    }
    buf_putc(out, before);
}

enum err link_go_with(struct call *call, const char *url, bool whole, const char *name,
                      const char *value)
{
    struct buf *location = buf_new(call->ctx);
    size_t path = strcspn(url, "?#");
    const char *fragment = url + strcspn(url, "#");

    if (whole && *url == '/') {
        buf_puts(location, call->app->config->base_url);
    }
    put_bytes(location, url, path, true);
    put_other_pairs(location, url + path + (url[path] == '?' ? 1 : 0), name);
    buf_printf(location, "%s=", name);
    query_encode(location, value);
    put_bytes(location, fragment, strlen(fragment), false);
    return redirect(call, location);
}

enum err link_refuse(struct call *call, const char *callback, enum err error)
{
    if (callback == NULL) {
        return error;
    }
    return link_go_with(call, callback, false, "error", err_info(error)->code);
}
