#include "base/base64.h"

#include <sodium.h>
#include <stdbool.h>

#include "base/mem.h"

static int variant(enum base64_form form)
{
    static const int variants[] = {
        [BASE64_URL] = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
        [BASE64_STANDARD] = sodium_base64_VARIANT_ORIGINAL,
        [BASE64_BARE] = sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
    };
    return variants[form];
}

/* What is beyond ASCII libsodium 1.0.18 takes for characters of the alphabet. */
static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

char *base64_encode(void *ctx, enum base64_form form, const unsigned char *data, size_t len)
{
    if (len > SIZE_MAX / 2) {
        mem_fail();
    }
    size_t size = sodium_base64_encoded_len(len, variant(form));
    char *text = mem_bytes(ctx, size);
    return sodium_bin2base64(text, size, data, len, variant(form));
}

/* libsodium's decoder is strict when it has no place to report where it stopped (R5). */
enum err base64_decode(void *ctx, enum base64_form form, const char *text, size_t len,
                       unsigned char **ret_data, size_t *ret_len)
{
    size_t size = len / 4 * 3 + 3;
    unsigned char *data = mem_bytes(ctx, size);
    size_t decoded = 0;
    if (!is_ascii(text, len) ||
        sodium_base642bin(data, size - 1, text, len, NULL, &decoded, NULL, variant(form)) != 0) {
        talloc_free(data);
        return ERR_BAD_VALUE;
    }
    data[decoded] = '\0';
    *ret_data = data;
    *ret_len = decoded;
    return ERR_OK;
}
