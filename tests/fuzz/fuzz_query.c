/* Query strings: what is read has each name once, and spelled again it reads the same. */
#include "fuzz.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "http/query.h"

static void check_text(const char *text)
{
    FUZZ_PROMISE(text_is_utf8(text, strlen(text)));
    for (; *text != '\0'; text++)
        FUZZ_PROMISE((unsigned char)*text >= 0x20 && *text != 0x7f);
}

/* QUERY in canonical spelling. */
static const char *spell(void *ctx, const struct query *query)
{
    struct buf *text = buf_new(ctx);

    for (size_t i = 0; i < query->count; i++) {
        query_encode(text, query->fields[i].name);
        buf_putc(text, '=');
        query_encode(text, query->fields[i].value);
        buf_putc(text, '&');
    }
    return text->data;
}

static void check(void *ctx, const struct query *query)
{
    struct query again;

    FUZZ_PROMISE(query->count <= QUERY_MAX_FIELDS);
    FUZZ_PROMISE(query_parse(ctx, spell(ctx, query), &again) == ERR_OK);
    FUZZ_PROMISE(again.count == query->count);
    for (size_t i = 0; i < query->count; i++) {
        const char *name = query->fields[i].name, *value = query->fields[i].value;
        check_text(name);
        check_text(value);
        FUZZ_PROMISE(strcmp(again.fields[i].name, name) == 0);
        FUZZ_PROMISE(strcmp(again.fields[i].value, value) == 0);
        /* Only the first would be found if there were two. */
        FUZZ_PROMISE(query_get(query, name) == value);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    const char *text = mem_strndup(ctx, (const char *)data, size);
    struct query query;

    if (query_parse(ctx, text, &query) == ERR_OK)
        check(ctx, &query);
    else
        FUZZ_PROMISE(!query_is_true(ctx, text, "a"));
    talloc_free(ctx);
    return 0;
}
