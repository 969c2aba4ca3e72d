/* The path parser: whatever it accepts is canonical, and reading it again gives the same segments.
 */
#include "fuzz.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "http/path.h"

static void check_segment(const char *segment)
{
    FUZZ_PROMISE(segment[0] != '\0');
    FUZZ_PROMISE(strcmp(segment, ".") != 0 && strcmp(segment, "..") != 0);
    FUZZ_PROMISE(strpbrk(segment, "/\\") == NULL);
    FUZZ_PROMISE(text_is_utf8(segment, strlen(segment)));
    for (const char *byte = segment; *byte != '\0'; byte++)
        FUZZ_PROMISE((unsigned char)*byte >= 0x20 && *byte != 0x7f);
}

static void check(void *ctx, const char *target)
{
    struct path path;
    if (path_parse(ctx, target, &path) != ERR_OK)
        return;
    FUZZ_PROMISE(path.raw[0] == '/');
    FUZZ_PROMISE(path.count <= PATH_MAX_SEGMENTS);
    for (size_t i = 0; i < path.count; i++)
        check_segment(path.segments[i]);

    struct path again;
    FUZZ_PROMISE(path_parse(ctx, path.raw, &again) == ERR_OK);
    FUZZ_PROMISE(again.count == path.count && again.trailing_slash == path.trailing_slash);
    for (size_t i = 0; i < path.count; i++)
        FUZZ_PROMISE(strcmp(again.segments[i], path.segments[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    check(ctx, mem_strndup(ctx, (const char *)data, size));
    talloc_free(ctx);
    return 0;
}
