/*
 * Texts encrypted in the database: the input as one, and as changes to one of ours. Only what we
 * closed is opened, whatever is changed about its spelling.
 */
#include "fuzz.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "sec/seal.h"

/* "{\"kty\":\"OKP\"}", closed with the secret of fuzz_config. */
static const char text[] = "{\"kty\":\"OKP\"}";
static const char *sealed(const struct config *config)
{
    static char *made;

    if (made == NULL)
        made = seal_close(NULL, config, text, strlen(text));
    return made;
}

/* Whether OFFERED spells the same bytes as SEALED: in either case, behind a version. */
static bool is_ours(const struct config *config, const char *offered, size_t len)
{
    const char *dollar = memrchr(offered, '$', len);

    if (dollar != NULL) {
        FUZZ_PROMISE(strncmp(offered, "$ba$", 4) == 0);
        len -= (size_t)(dollar + 1 - offered);
        offered = dollar + 1;
    }
    return len == strlen(sealed(config)) && strncasecmp(offered, sealed(config), len) == 0;
}

static void check(void *ctx, const struct config *config, const char *offered, size_t len)
{
    char *opened = NULL;
    size_t opened_len = 0;

    if (seal_open(ctx, config, offered, len, &opened, &opened_len) == ERR_OK) {
        FUZZ_PROMISE(is_ours(config, offered, len));
        FUZZ_PROMISE(opened_len == strlen(text) && strcmp(opened, text) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    const struct config *config = fuzz_config(ctx);
    size_t len = 0;
    const char *edited = fuzz_edit(ctx, sealed(config), data, size, &len);
    char *opened = NULL;
    size_t opened_len = 0;

    check(ctx, config, (const char *)data, size);
    check(ctx, config, edited, len);
    check(ctx, config, mem_printf(ctx, "$ba$1$%s", edited), strlen(edited) + 6);
    /* Whatever is closed can be opened. */
    const char *closed = seal_close(ctx, config, (const char *)data, size);
    FUZZ_PROMISE(seal_open(ctx, config, closed, strlen(closed), &opened, &opened_len) == ERR_OK);
    FUZZ_PROMISE(opened_len == size && memcmp(opened, data, size) == 0);
    talloc_free(ctx);
    return 0;
}
