#include "base/id.h"

#include <sodium.h>

#include "base/mem.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

#define LOWER_SIZE 36 /* how many of them are no capitals */

static char *draw(void *ctx, size_t length, uint32_t size)
{
    if (sodium_init() < 0 || length == SIZE_MAX) {
        mem_fail();
    }
    char *id = mem_bytes(ctx, length + 1);
    for (size_t i = 0; i < length; i++) {
        id[i] = alphabet[randombytes_uniform(size)];
    }
    id[length] = '\0';
    return id;
}

char *id_new(void *ctx)
{
    return id_sized(ctx, ID_LENGTH);
}

char *id_sized(void *ctx, size_t length)
{
    return draw(ctx, length, sizeof alphabet - 1);
}

char *id_lower(void *ctx)
{
    return draw(ctx, ID_LENGTH, LOWER_SIZE);
}
