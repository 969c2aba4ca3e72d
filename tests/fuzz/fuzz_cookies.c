/*
 * Cookies: the input as a Cookie header, as a signed cookie, and as changes to one of ours. A name
 * has one value or none, and only what we signed is accepted.
 */
#include "fuzz.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "http/cookie.h"
#include "sec/cookie_sig.h"

static const char value[] = "qZXBiSWrGrObfIJO22gSyX3NcRblHNKI";

static void check_signed(void *ctx, const struct config *config, const char *text)
{
    char *found = NULL;

    if (cookie_unsign(ctx, config, text, &found) == ERR_OK)
        FUZZ_PROMISE(strcmp(found, value) == 0);
    if (*text != '\0' && text_is_utf8(text, strlen(text))) {
        FUZZ_PROMISE(cookie_unsign(ctx, config, cookie_sign(ctx, config, text), &found) == ERR_OK);
        FUZZ_PROMISE(strcmp(found, text) == 0);
    }
}

/* With OTHER in a second header. */
static const char *get_with(void *ctx, const char *header, const char *other)
{
    const struct request request = {.cookies = {header, other}, .cookie_count = 2};

    return cookie_get(ctx, &request, "name");
}

static void check_header(void *ctx, const char *header)
{
    const struct request request = {.cookies = {header}, .cookie_count = 1};
    const char *found = cookie_get(ctx, &request, "name");
    size_t parts = 0;

    cookie_get_parts(ctx, &request, "name", &parts);
    FUZZ_PROMISE(parts <= COOKIE_MAX_PARTS);
    if (found != NULL) {
        const char *same = get_with(ctx, header, mem_printf(ctx, "a=b; name=%s", found));
        FUZZ_PROMISE(strpbrk(found, ";,") == NULL);
        FUZZ_PROMISE(strstr(header, "name=") != NULL && strstr(header, found) != NULL);
        FUZZ_PROMISE(same == NULL || strcmp(same, found) == 0);
        FUZZ_PROMISE(get_with(ctx, header, mem_printf(ctx, "name=%s.", found)) == NULL);
        FUZZ_PROMISE(strcmp(cookie_get_either(ctx, &request, "name", "other"), found) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    const struct config *config = fuzz_config(ctx);
    const char *text = mem_strndup(ctx, (const char *)data, size);
    size_t len = 0;

    check_header(ctx, text);
    check_signed(ctx, config, text);
    check_signed(ctx, config, fuzz_edit(ctx, cookie_sign(ctx, config, value), data, size, &len));
    talloc_free(ctx);
    return 0;
}
