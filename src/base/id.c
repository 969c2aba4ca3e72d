#include "base/id.h"

#include <sodium.h>

#include "base/mem.h"

char *id_new(void *ctx)
{
    return id_sized(ctx, ID_LENGTH);
}

char *id_sized(void *ctx, size_t length)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    if (sodium_init() < 0 || length == SIZE_MAX) {
        mem_fail();
    }
    char *id = mem_bytes(ctx, length + 1);
    for (size_t i = 0; i < length; i++) {
        id[i] = alphabet[randombytes_uniform(sizeof alphabet - 1)];
    }
    id[length] = '\0';
    return id;
}
