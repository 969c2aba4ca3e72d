/* Makes tokens as an attacker would: any header, any payload, any key. */
#ifndef TASKGATE_TESTS_UNIT_TOKEN_H
#define TASKGATE_TESTS_UNIT_TOKEN_H

#include <sodium.h>

#include "base/base64.h"
#include "sec/token.h"
#include "unit_config.h"

#define UNIT_HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
/* 2026-11-20T23:43:00Z, ms, and a payload that is good then. */
#define UNIT_NOW     INT64_C(1795218180000)
#define UNIT_PAYLOAD "{\"sub\":\"u1\",\"exp\":1795218181}"

static inline char *unit_base64(void *ctx, const char *data, size_t len)
{
    return base64_encode(ctx, BASE64_URL, (const unsigned char *)data, len);
}

/* SIGNED_PART "." HMAC-SHA256. */
static inline char *unit_sign(void *ctx, const char *signed_part, const char *key, size_t key_len)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key, key_len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)signed_part, strlen(signed_part));
    crypto_auth_hmacsha256_final(&state, mac);
    return mem_printf(ctx, "%s.%s", signed_part, base64_encode(ctx, BASE64_URL, mac, sizeof mac));
}

static inline char *unit_token(void *ctx, const char *header, size_t header_len,
                               const char *payload, size_t payload_len)
{
    char *signed_part = mem_printf(ctx, "%s.%s", unit_base64(ctx, header, header_len),
                                   unit_base64(ctx, payload, payload_len));
    return unit_sign(ctx, signed_part, UNIT_SECRET, strlen(UNIT_SECRET));
}

/* What token_verify says of TEXT at UNIT_NOW. */
static inline enum err unit_verify(const struct config *config, const char *text, size_t len)
{
    void *ctx = mem_context(NULL);
    struct token_claims *claims = NULL;
    enum err error = token_verify(ctx, config, NULL, text, len, UNIT_NOW, &claims);
    assert_true((claims != NULL) == (error == ERR_OK));
    talloc_free(ctx);
    return error;
}

#endif
