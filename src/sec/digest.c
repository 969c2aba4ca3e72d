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
