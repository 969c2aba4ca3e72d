#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define EDIT_SIZE 3

_Noreturn void fuzz_broken(const char *file, int line, const char *promise)
{
    fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, promise);
    abort();
}

struct config *fuzz_config(void *ctx)
{
    static struct secret secret;
    static char words[] = "a secret of the fuzz target, long enough";
    static char issuer[] = "better-auth", audience[] = "fastapi-backend";
    static char base[] = "https://app.example.org", front[] = "http://localhost:3000";
    static char *issuers[] = {issuer}, *audiences[] = {audience}, *origins[] = {front, base};
    struct config *config = mem_new(ctx, struct config);

    if (secret.data == NULL)
        secret = mem_secret(words, strlen(words));
    *config = (struct config){
        .secrets = &secret,
        .secret_count = 1,
        .base_url = base,
        .base_https = true,
        .origins = {.items = origins, .count = 2},
        .jwt_issuers = {.items = issuers, .count = 1},
        .jwt_audiences = {.items = audiences, .count = 1},
        .auth_routes = true,
        .cookie_cache_max_age = CLOCK_MINUTE,
        .max_body = 65536,
    };
    return config;
}

char *fuzz_edit(void *ctx, const char *text, const uint8_t *edits, size_t size, size_t *ret_len)
{
    size_t len = strlen(text);
    char *edited = mem_bytes(ctx, len + size / EDIT_SIZE + 1);

    memcpy(edited, text, len);
    for (; size >= EDIT_SIZE && len > 0; edits += EDIT_SIZE, size -= EDIT_SIZE) {
        size_t at = ((size_t)(edits[0] >> 2) << 8 | edits[1]) % len;
        switch (edits[0] & 3) {
        case 0:
            edited[at] = (char)edits[2];
            break;
        case 1:
            memmove(edited + at + 1, edited + at, len++ - at);
            edited[at] = (char)edits[2];
            break;
        case 2:
            memmove(edited + at, edited + at + 1, --len - at);
            break;
        default:
            len = at;
        }
    }
    edited[len] = '\0';
    *ret_len = len;
    return edited;
}
