#include "sec/refresh_token.h"

#include <sodium.h>
#include <string.h>

#include "base/base64.h"
#include "base/id.h"
#include "sec/mac.h"

#define LENGTH 43 /* of 62 characters each: 256 bits */

/* Keeps this use of the secret apart from all others. */
static const char label[] = "taskgate refresh token successor";

char *refresh_token_new(void *ctx)
{
    return id_sized(ctx, LENGTH);
}

char *refresh_token_successor(void *ctx, const struct secret *secret, const char *parent)
{
    unsigned char key[MAC_SIZE], mac[MAC_SIZE];

    mac_sign(secret, label, strlen(label), key);
    mac_sign(&(struct secret){.data = key, .len = sizeof key}, parent, strlen(parent), mac);
    char *token = base64_encode(ctx, BASE64_URL, mac, sizeof mac);
    sodium_memzero(key, sizeof key);
    sodium_memzero(mac, sizeof mac);
    return token;
}
