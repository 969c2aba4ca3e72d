#include "http/query.h"

#include <string.h>

#include "http/path.h"

static enum err add_field(void *ctx, const char *text, size_t len, struct query *query)
{
    const char *equals = memchr(text, '=', len);
    size_t name_len = equals == NULL ? len : (size_t)(equals - text);
    size_t value_len = equals == NULL ? 0 : len - name_len - 1;
    char *name, *value;

    if (query->count == QUERY_MAX_FIELDS) {
        return ERR_BAD_VALUE;
    }
    if (path_decode(ctx, text, name_len, true, &name) != ERR_OK ||
        path_decode(ctx, text + len - value_len, value_len, true, &value) != ERR_OK) {
        return ERR_BAD_VALUE;
    }
    if (query_get(query, name) != NULL) {
        return ERR_BAD_VALUE;
    }
    query->fields[query->count].name = name;
    query->fields[query->count].value = value;
    query->count++;
    return ERR_OK;
}

enum err query_parse(void *ctx, const char *text, struct query *ret_query)
{
    struct query query = {.count = 0};

    while (*text != '\0') {
        size_t len = strcspn(text, "&");
        if (len > 0) {
            enum err error = add_field(ctx, text, len, &query);
            if (error != ERR_OK) {
                return error;
            }
        }
        text += len + (text[len] == '&' ? 1 : 0);
    }
    *ret_query = query;
    return ERR_OK;
}

const char *query_get(const struct query *query, const char *name)
{
    for (size_t i = 0; i < query->count; i++) {
        if (strcmp(query->fields[i].name, name) == 0) {
            return query->fields[i].value;
        }
    }
    return NULL;
}

bool query_is_true(void *ctx, const char *text, const char *name)
{
    struct query query;

    if (query_parse(ctx, text, &query) != ERR_OK) {
        return false;
    }
    const char *value = query_get(&query, name);
    return value != NULL && *value != '\0';
}

void query_encode(struct buf *buf, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";

    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
            (byte >= '0' && byte <= '9') || strchr("-._~", byte) != NULL) {
            buf_putc(buf, *text);
        } else {
            buf_putc(buf, '%');
            buf_putc(buf, digits[byte >> 4]);
            buf_putc(buf, digits[byte & 15]);
        }
    }
}
