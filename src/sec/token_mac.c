#include "sec/token_mac.h"

#include <errno.h>
#include <jwt.h>
#include <limits.h>
#include <sodium.h>
#include <string.h>

#include "base/mem.h"
#include "sec/mac.h"

/* {"alg":"HS256","typ":"JWT"}, the same the other way round, {"alg":"HS256"} */
static const char *const headers[] = {
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9",
    "eyJhbGciOiJIUzI1NiJ9",
};

static bool is_plain_hs256(const struct token_mac *mac)
{
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        if (strlen(headers[i]) == mac->header_len &&
            memcmp(headers[i], mac->text, mac->header_len) == 0) {
            return true;
        }
    }
    return false;
}

bool token_mac_is_wrong(const struct config *config, const struct token_mac *mac)
{
    unsigned char right[MAC_SIZE];

    if (!is_plain_hs256(mac)) {
        return false;
    }
    for (size_t i = 0; mac->signature_len == MAC_SIZE && i < config->secret_count; i++) {
        mac_sign(&config->secrets[i], mac->text, mac->signed_len, right);
        if (sodium_memcmp(right, mac->signature, MAC_SIZE) == 0) {
            return false;
        }
    }
    return true;
}

/*
 * Without a key libjwt would accept any token, so it never gets an empty one. When it runs out of
 * memory it can answer "good" with an empty set of claims (R1).
 */
static bool is_signed_with(const char *text, const struct secret *key, int64_t exp)
{
    if (key->len == 0 || key->len > INT_MAX) {
        return false;
    }
    jwt_t *jwt = NULL;
    int status = jwt_decode(&jwt, text, key->data, (int)key->len);
    if (status == ENOMEM) {
        mem_fail();
    }
    bool good = status == 0 && jwt && jwt_get_alg(jwt) == JWT_ALG_HS256 &&
                jwt_get_grant_int(jwt, "exp") == exp;
    jwt_free(jwt);
    return good;
}

bool token_mac_is_right(const struct config *config, const struct token_mac *mac, int64_t exp)
{
    for (size_t i = 0; mac->signature_len == MAC_SIZE && i < config->secret_count; i++) {
        if (is_signed_with(mac->text, &config->secrets[i], exp)) {
            return true;
        }
    }
    return false;
}
