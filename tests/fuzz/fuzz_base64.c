/* Base64 in both forms: what is decoded has one spelling only, and all bytes have one. */
#include "fuzz.h"

#include <string.h>

#include "base/base64.h"
#include "base/mem.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static void check(void *ctx, enum base64_form form, const char *others, const uint8_t *data,
                  size_t size)
{
    unsigned char *decoded = NULL;
    size_t len = 0;

    if (base64_decode(ctx, form, (const char *)data, size, &decoded, &len) == ERR_OK) {
        const char *again = base64_encode(ctx, form, decoded, len);
        FUZZ_PROMISE(strlen(again) == size && memcmp(again, data, size) == 0);
        FUZZ_PROMISE(decoded[len] == '\0');
    }
    const char *text = base64_encode(ctx, form, data, size);
    for (const char *at = text; *at != '\0'; at++)
        FUZZ_PROMISE(strchr(alphabet, *at) != NULL || strchr(others, *at) != NULL);
    FUZZ_PROMISE(base64_decode(ctx, form, text, strlen(text), &decoded, &len) == ERR_OK);
    FUZZ_PROMISE(len == size && memcmp(decoded, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);

    check(ctx, BASE64_URL, "-_", data, size);
    check(ctx, BASE64_STANDARD, "+/=", data, size);
    talloc_free(ctx);
    return 0;
}
