#include "base/id.h"

#include <sodium.h>

#include "base/mem.h"

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

#define LOWER_SIZE 36 /* how many of them are no capitals */

/* Random bytes come in one go: each call costs a system call. Those beyond the last whole multiple
 * of SIZE are left out, so that every letter is as likely as any other. */
static char *draw(void *ctx, size_t length, unsigned size)
{
    const unsigned limit = 256 - 256 % size;
    unsigned char bytes[64];
    size_t left = 0;

    if (sodium_init() < 0 || length == SIZE_MAX) {
        mem_fail();
    }
    char *id = mem_bytes(ctx, length + 1);
    for (size_t done = 0; done < length;) {
        if (left == 0) {
            left = sizeof bytes;
            randombytes_buf(bytes, sizeof bytes);
        }
        unsigned byte = bytes[--left];
        if (byte < limit) {
            id[done++] = alphabet[byte % size];
        }
    }
    sodium_memzero(bytes, sizeof bytes);
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
