#include "sec/digest.h"

#include <sodium.h>
#include <string.h>

#include "base/base64.h"

char *digest_text(void *ctx, const char *text)
{
    unsigned char digest[crypto_hash_sha256_BYTES];

    crypto_hash_sha256(digest, (const unsigned char *)text, strlen(text));
    return base64_encode(ctx, BASE64_URL, digest, sizeof digest);
}

uint64_t digest_number(const void *data, size_t len)
{
    unsigned char digest[crypto_generichash_BYTES_MIN];
    uint64_t number = 0;

    crypto_generichash(digest, sizeof digest, data, len, NULL, 0);
    for (size_t i = 0; i < sizeof number; i++) {
        number = number << 8 | digest[i];
    }
    return number;
}
