/*
 * URLs to go on to. The input is one; what is taken for safe leads a browser to the page's own
 * origin or a trusted one, as the URL standard of the WHATWG reads it, told here in a few lines of
 * its own.
 */
#include "fuzz.h"

#include <string.h>
#include <strings.h>

#include "auth/callback.h"
#include "base/mem.h"

static bool is_slash(char byte)
{
    return byte == '/' || byte == '\\';
}

/* URL without what browsers leave out: spaces and controls around it, tabs and line ends in it. */
static char *clean(void *ctx, const char *url)
{
    char *kept = mem_strdup(ctx, url), *to = kept;

    while (*url > '\0' && *url <= ' ')
        url++;
    for (; *url != '\0'; url++) {
        if (*url != '\t' && *url != '\r' && *url != '\n')
            *to++ = *url;
    }
    while (to > kept && to[-1] > '\0' && to[-1] <= ' ')
        to--;
    *to = '\0';
    return kept;
}

/* The origin that a browser on BASE goes to; NULL: none that this target understands. */
static const char *destination(void *ctx, const char *base, const char *url)
{
    static const char *const schemes[] = {"http:", "https:"};
    static const char *const ports[] = {":80", ":443"}; /* which nobody needs to write */
    const char *text = clean(ctx, url);

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t len = strlen(schemes[i]);
        if (strncasecmp(text, schemes[i], len) == 0) {
            const char *authority = text + len;
            while (is_slash(*authority))
                authority++;
            size_t size = strcspn(authority, "/\\?#"), port = strlen(ports[i]);
            if (size > port && memcmp(authority + size - port, ports[i], port) == 0)
                size -= port;
            return mem_printf(ctx, "%s//%.*s", schemes[i], (int)size, authority);
        }
    }
    return is_slash(text[0]) && !is_slash(text[1]) ? base : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    const struct config *config = fuzz_config(ctx);
    const char *url = mem_strndup(ctx, (const char *)data, size);

    if (callback_is_safe(config, url)) {
        const char *found = destination(ctx, config->base_url, url);
        bool trusted = false;
        for (size_t i = 0; found != NULL && i < config->origins.count; i++)
            trusted = trusted || strcasecmp(found, config->origins.items[i]) == 0;
        FUZZ_PROMISE(trusted);
        FUZZ_PROMISE(strpbrk(url, "\r\n\t") == NULL);
    }
    talloc_free(ctx);
    return 0;
}
