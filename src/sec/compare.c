#include "sec/compare.h"

#include <sodium.h>
#include <string.h>

bool compare_text(const char *a, const char *b)
{
    unsigned char digest_a[crypto_generichash_BYTES];
    unsigned char digest_b[crypto_generichash_BYTES];

    crypto_generichash(digest_a, sizeof digest_a, (const unsigned char *)a, strlen(a), NULL, 0);
    crypto_generichash(digest_b, sizeof digest_b, (const unsigned char *)b, strlen(b), NULL, 0);
    return sodium_memcmp(digest_a, digest_b, sizeof digest_a) == 0;
}
