#include "http/cookie.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static const char *skip_spaces(const char *text)
{
    return text + strspn(text, " \t");
}

/* The value of NAME if the pair that starts at TEXT has that name; owned by CTX. */
static char *pair_value(void *ctx, const char *text, size_t len, const char *name)
{
    size_t name_len = strlen(name);

    if (len <= name_len || memcmp(text, name, name_len) != 0 || text[name_len] != '=') {
        return NULL;
    }
    const char *value = text + name_len + 1;
    size_t size = len - name_len - 1;
    while (size > 0 && (value[size - 1] == ' ' || value[size - 1] == '\t')) {
        size--;
    }
    if (size >= 2 && value[0] == '"' && value[size - 1] == '"') {
        value++;
        size -= 2;
    }
    return mem_strndup(ctx, value, size);
}

/* How many cookies NAME were sent; *ret_value is the first, *ret_same whether all are equal. */
static size_t find(void *ctx, const struct request *request, const char *name,
                   const char **ret_value, bool *ret_same)
{
    size_t count = 0;

    *ret_value = NULL;
    *ret_same = true;
    for (size_t i = 0; i < request->cookie_count; i++) {
        const char *at = skip_spaces(request->cookies[i]);
        while (*at != '\0') {
            /* ',' too: some servers join two Cookie headers with it, and no value of ours has one.
             */
            size_t len = strcspn(at, ";,");
            char *value = pair_value(ctx, at, len, name);
            if (value != NULL && count++ == 0) {
                *ret_value = value;
            } else if (value != NULL && strcmp(value, *ret_value) != 0) {
                *ret_same = false;
            }
            at = skip_spaces(at + len + (at[len] != '\0' ? 1 : 0));
        }
    }
    return count;
}

const char *cookie_get(void *ctx, const struct request *request, const char *name)
{
    const char *value;
    bool same;

    return find(ctx, request, name, &value, &same) > 0 && same ? value : NULL;
}

const char *cookie_get_either(void *ctx, const struct request *request, const char *secure_name,
                              const char *name)
{
    const char *value;
    bool same;

    if (find(ctx, request, secure_name, &value, &same) > 0) {
        return same ? value : NULL;
    }
    return cookie_get(ctx, request, name);
}

const char *cookie_get_parts(void *ctx, const struct request *request, const char *name,
                             size_t *ret_parts)
{
    const char *whole = cookie_get(ctx, request, name), *part;
    struct buf *joined = buf_new(ctx);
    size_t parts = 0;

    while (parts < COOKIE_MAX_PARTS &&
           (part = cookie_get(ctx, request, mem_printf(ctx, "%s.%zu", name, parts))) != NULL) {
        buf_puts(joined, part);
        parts++;
    }
    *ret_parts = parts;
    return whole != NULL || parts == 0 ? whole : joined->data;
}

static struct buf *make_line(struct response *resp, const struct cookie *cookie)
{
    struct buf *line = buf_new(resp);

    buf_printf(line, "%s=%s", cookie->name, cookie->value);
    if (cookie->max_age != COOKIE_UNTIL_CLOSE) {
        buf_printf(line, "; Max-Age=%lld", (long long)cookie->max_age);
    }
    buf_printf(line, "; Path=%s; HttpOnly%s; SameSite=%s", cookie->path,
               cookie->secure ? "; Secure" : "", cookie->same_site);
    return line;
}

void cookie_set(struct response *resp, const struct cookie *cookie)
{
    resp_header(resp, "Set-Cookie", make_line(resp, cookie)->data);
}

bool cookie_set_if_room(struct response *resp, const struct cookie *cookie)
{
    const struct buf *line = make_line(resp, cookie);

    if (line->len + strlen("Set-Cookie: \r\n") > resp_room(resp)) {
        return false;
    }
    resp_header(resp, "Set-Cookie", line->data);
    return true;
}
