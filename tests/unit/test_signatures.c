/* sec/jwk, sec/ed25519 and sec/token against signatures that were derived without any library
 * (make_signatures.py): the right ones are made and accepted, no wrong one is accepted. */
#include <sodium.h>

#include "base/mem.h"
#include "sec/ed25519.h"
#include "sec/jwk.h"
#include "sec/mac.h"
#include "sec/token.h"
#include "signatures.h"
#include "unit.h"
#include "unit_token.h"

static int set_up(void **state)
{
    *state = mem_context(NULL);
    return sodium_init() < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    talloc_free(*state);
    return 0;
}

/* The bytes that HEX spells. */
static unsigned char *bytes(void *ctx, const char *hex, size_t *ret_len)
{
    unsigned char *data = mem_bytes(ctx, strlen(hex) / 2 + 1);

    assert_int_equal(
        sodium_hex2bin(data, strlen(hex) / 2 + 1, hex, strlen(hex), NULL, ret_len, NULL), 0);
    return data;
}

/* The key with PUBLIC (hexadecimal), as a JWK. */
static const struct jwk *jwk_of(void *ctx, const char *public)
{
    size_t len = 0;
    const unsigned char *data = bytes(ctx, public, &len);
    const char *text = mem_printf(ctx, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}",
                                  base64_encode(ctx, BASE64_URL, data, len));
    struct json *object = NULL;
    struct jwk *jwk = NULL;

    assert_int_equal(json_parse_object(ctx, text, strlen(text), &object), ERR_OK);
    assert_int_equal(jwk_read(ctx, object, NULL, &jwk), ERR_OK);
    return jwk;
}

static void right_signatures_are_made_and_accepted(void **state)
{
    for (size_t i = 0; i < COUNT(right_signatures); i++) {
        void *ctx = mem_context(*state);
        struct ed25519 key = {.kid = "k"};
        unsigned char made[ED25519_SIGNATURE];
        size_t len = 0;
        memcpy(key.seed, bytes(ctx, right_signatures[i].seed, &len), sizeof key.seed);
        memcpy(key.public, bytes(ctx, right_signatures[i].public, &len), sizeof key.public);
        const unsigned char *expected = bytes(ctx, right_signatures[i].signature, &len);
        assert_int_equal(len, sizeof made);
        const char *message = (const char *)bytes(ctx, right_signatures[i].message, &len);

        ed25519_sign(&key, message, len, made);
        assert_memory_equal(made, expected, sizeof made);
        assert_true(
            jwk_verify(jwk_of(ctx, right_signatures[i].public), message, len, made, sizeof made));
        talloc_free(ctx);
    }
}

static void no_wrong_signature_is_accepted(void **state)
{
    const struct jwk *jwk = jwk_of(*state, WRONG_PUBLIC);
    size_t message_len = 0;
    const char *message = (const char *)bytes(*state, WRONG_MESSAGE, &message_len);

    for (size_t i = 0; i < COUNT(wrong_signatures); i++) {
        size_t len = 0;
        const unsigned char *signature = bytes(*state, wrong_signatures[i].signature, &len);
        if (jwk_verify(jwk, message, message_len, signature, len)) {
            fail_msg("accepted: %s", wrong_signatures[i].what);
        }
    }
}

/* Under a key of small order, R of small order and S = 0 fit every few messages. */
static void keys_of_small_order_verify_nothing(void **state)
{
    for (size_t k = 0; k < COUNT(weak_keys); k++) {
        const struct jwk *jwk = jwk_of(*state, weak_keys[k].public);
        for (size_t r = 0; r < COUNT(weak_keys); r++) {
            unsigned char signature[ED25519_SIGNATURE] = {0};
            size_t len = 0;
            memcpy(signature, bytes(*state, weak_keys[r].public, &len), ED25519_SIZE);
            for (int message = 0; message < 64; message++) {
                const char *text = mem_printf(*state, "message %d", message);
                if (jwk_verify(jwk, text, strlen(text), signature, sizeof signature)) {
                    fail_msg("the key %s verifies with %s", weak_keys[k].what, weak_keys[r].what);
                }
            }
        }
    }
}

static enum err verify(void *ctx, const unsigned char *mac, size_t mac_len)
{
    struct secret key = mem_secret(mem_strdup(ctx, WRONG_SECRET), strlen(WRONG_SECRET));
    struct config config = {.secrets = &key, .secret_count = 1};
    struct token_claims *claims = NULL;
    const char *token =
        mem_printf(ctx, "%s.%s", WRONG_TOKEN, base64_encode(ctx, BASE64_URL, mac, mac_len));

    return token_verify(ctx, &config, NULL, token, strlen(token), UNIT_NOW, &claims);
}

static void right_macs_of_keys_of_any_length_are_made(void **state)
{
    for (size_t i = 0; i < COUNT(right_macs); i++) {
        void *ctx = mem_context(*state);
        size_t key_len = 0;
        size_t len = 0;
        unsigned char made[MAC_SIZE];
        char *key = (char *)bytes(ctx, right_macs[i].key, &key_len);
        const struct secret secret = mem_secret(key, key_len);
        const unsigned char *expected = bytes(ctx, right_macs[i].mac, &len);
        assert_int_equal(len, MAC_SIZE);
        const char *message = (const char *)bytes(ctx, right_macs[i].message, &len);

        mac_sign(&secret, message, len, made);
        assert_memory_equal(made, expected, MAC_SIZE);
        talloc_free(ctx);
    }
}

static void no_wrong_mac_makes_a_token(void **state)
{
    void *ctx = *state;
    const struct secret key = mem_secret(mem_strdup(ctx, WRONG_SECRET), strlen(WRONG_SECRET));
    unsigned char good[MAC_SIZE];

    mac_sign(&key, WRONG_TOKEN, strlen(WRONG_TOKEN), good);
    assert_int_equal(verify(ctx, good, sizeof good), ERR_OK);
    for (size_t i = 0; i < COUNT(wrong_macs); i++) {
        size_t len = 0;
        const unsigned char *mac = bytes(ctx, wrong_macs[i].mac, &len);
        if (verify(ctx, mac, len) != ERR_TOKEN_INVALID) {
            fail_msg("accepted: %s", wrong_macs[i].what);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_signatures_are_made_and_accepted),
        cmocka_unit_test(no_wrong_signature_is_accepted),
        cmocka_unit_test(keys_of_small_order_verify_nothing),
        cmocka_unit_test(right_macs_of_keys_of_any_length_are_made),
        cmocka_unit_test(no_wrong_mac_makes_a_token),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
