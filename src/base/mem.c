#include "base/mem.h"

#include <sodium.h>
#include <stdarg.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"

void mem_fail(void)
{
    log_error("out of memory, this process ends"); /* the log needs none */
    _exit(EX_OSERR);
}

void *mem_checked(void *pointer)
{
    if (!pointer) {
        mem_fail();
    }
    return pointer;
}

void *mem_context(void *ctx)
{
    return mem_checked(talloc_new(ctx));
}

void *mem_pool(size_t size)
{
#ifdef TASKGATE_SANITIZED
    (void)size;
    return mem_context(NULL); /* sanitizers know the borders of what was allocated by itself */
#else
    return mem_checked(talloc_pool(NULL, size));
#endif
}

void *mem_bytes(void *ctx, size_t size)
{
    return mem_checked(talloc_size(ctx, size));
}

char *mem_strdup(void *ctx, const char *text)
{
    return mem_strndup(ctx, text, strlen(text));
}

char *mem_strndup(void *ctx, const char *data, size_t len)
{
    if (len == SIZE_MAX) {
        mem_fail();
    }
    char *copy = mem_bytes(ctx, len + 1);
    if (len > 0) {
        memcpy(copy, data, len);
    }
    copy[len] = '\0';
    return copy;
}

char *mem_printf(void *ctx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = talloc_vasprintf(ctx, format, args);
    va_end(args);
    return mem_checked(text);
}

void mem_move(void *ctx, void *object)
{
    mem_checked(talloc_reparent(talloc_parent(object), ctx, object));
}

static int wipe(void *object)
{
    sodium_memzero(object, talloc_get_size(object));
    return 0;
}

void *mem_wiped(void *object)
{
    talloc_set_destructor(object, wipe);
    return object;
}

void mem_wipe(void *data, size_t len)
{
    sodium_memzero(data, len);
}

struct secret mem_secret(char *data, size_t len)
{
    if (sodium_init() < 0) {
        mem_fail();
    }
    struct secret secret = {.data = mem_checked(sodium_malloc(len)), .len = len};
    memcpy(secret.data, data, len);
    sodium_memzero(data, len);
    /* Best effort: a kernel that refuses leaves the page writable, still guarded. */
    (void)sodium_mprotect_readonly(secret.data);
    return secret;
}

void mem_secret_lock(const struct secret *secret)
{
    (void)sodium_mlock(secret->data, secret->len);
}

void mem_secret_free(struct secret *secret)
{
    sodium_free(secret->data);
    *secret = (struct secret){.data = NULL};
}
