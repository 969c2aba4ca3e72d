#include "sec/mac.h"

#include <sodium.h>

/* libsodium's one-shot call takes keys of exactly 32 bytes; a setting may be longer. */
void mac_sign(const struct secret *key, const char *data, size_t len, unsigned char out[MAC_SIZE])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key->data, key->len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)data, len);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}
