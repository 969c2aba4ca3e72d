/* Public keys and tokens signed with them, for the tests of token_verify. */
#ifndef TASKGATE_TESTS_UNIT_KEYS_H
#define TASKGATE_TESTS_UNIT_KEYS_H

#include "sec/ed25519.h"
#include "sec/keyring.h"
#include "sec/token.h"
#include "unit_token.h"
#include "vectors.h"
#include "vectors_keys.h"

static struct unit_keys {
    void *ctx;
    struct config *config;
    struct keyring *keyring;
    struct ed25519 *key; /* the private part of VECTOR_KID */
    enum err failure;    /* of find; ERR_OK = none */
    bool needed;         /* as find was last told */
    int finds;
} suite;

static inline enum err find(void *arg, void *ctx, const char *kid, bool needed,
                            const struct jwk **ret_key)
{
    (void)ctx;
    assert_ptr_equal(arg, &suite);
    suite.finds++;
    suite.needed = needed;
    if (suite.failure != ERR_OK) {
        return suite.failure;
    }
    const struct jwk *key = keyring_find(suite.keyring, kid);
    if (!key) {
        return ERR_ABSENT;
    }
    *ret_key = key;
    return ERR_OK;
}

static const struct token_keys keys = {.find = find, .arg = &suite};

static inline struct keyring *keyring_of(const char *text)
{
    struct keyring *keyring = NULL;
    size_t refused = 0;
    assert_int_equal(keyring_read(suite.ctx, text, strlen(text), &keyring, &refused), ERR_OK);
    assert_int_equal(refused, 0);
    return keyring;
}

static inline int set_up(void **state)
{
    (void)state;
    suite = (struct unit_keys){.ctx = mem_context(NULL)};
    suite.config = unit_config(suite.ctx, VECTOR_SECRET, NULL);
    suite.config->base_url = VECTOR_ORIGIN;
    suite.keyring = keyring_of(vector_jwks);
    return ed25519_read(suite.ctx, VECTOR_KID, vector_private_jwk, strlen(vector_private_jwk),
                        &suite.key) == ERR_OK
               ? 0
               : -1;
}

static inline int tear_down(void **state)
{
    (void)state;
    talloc_free(suite.ctx);
    return 0;
}

static inline enum err verify_with(const struct config *config, const char *token)
{
    struct token_claims *claims = NULL;
    enum err error =
        token_verify(suite.ctx, config, &keys, token, strlen(token), VECTOR_KEYS_NOW, &claims);
    assert_true((claims != NULL) == (error == ERR_OK));
    if (claims) {
        assert_string_equal(claims->user_id, VECTOR_USER);
        assert_false(claims->issued_here);
    }
    return error;
}

static inline enum err verify(const char *token)
{
    return verify_with(suite.config, token);
}

static inline void check(const char *what, enum err answer, enum err expected)
{
    if (answer != expected) {
        fail_msg("%s: answer %d instead of %d", what, (int)answer, (int)expected);
    }
}

static inline struct config *issuer_config(void)
{
    static char issuer[] = VECTOR_ISSUER;
    static char audience[] = VECTOR_AUDIENCE;
    static char *issuers[] = {issuer};
    static char *audiences[] = {audience};
    struct config *config = unit_config(suite.ctx, VECTOR_SECRET, NULL);
    config->base_url = VECTOR_ORIGIN;
    config->jwt_issuers = (struct conf_list){.items = issuers, .count = 1};
    config->jwt_audiences = (struct conf_list){.items = audiences, .count = 1};
    return config;
}

#define KID "\"kid\":\"" VECTOR_KID "\""

static inline const char *unsigned_part(const char *header, const char *payload)
{
    return mem_printf(suite.ctx, "%s.%s", unit_base64(suite.ctx, header, strlen(header)),
                      unit_base64(suite.ctx, payload, strlen(payload)));
}

/* HEADER and PAYLOAD, rightly signed with the EdDSA key. */
static inline const char *signed_token(const char *header, const char *payload)
{
    unsigned char signature[ED25519_SIGNATURE];
    const char *part = unsigned_part(header, payload);
    ed25519_sign(suite.key, part, strlen(part), signature);
    return mem_printf(suite.ctx, "%s.%s", part,
                      base64_encode(suite.ctx, BASE64_URL, signature, sizeof signature));
}

#endif
