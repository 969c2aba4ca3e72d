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

/* Wrong with the message it was made for, whichever of the right ones it is. */
static void a_right_signature_is_of_one_key_and_one_message(void **state)
{
    for (size_t i = 0; i < COUNT(right_signatures); i++) {
        void *ctx = mem_context(*state);
        const struct jwk *jwk = jwk_of(ctx, right_signatures[i].public);
        size_t len = 0;
        const unsigned char *signature = bytes(ctx, right_signatures[i].signature, &len);
        for (size_t j = 0; j < COUNT(right_signatures); j++) {
            size_t message_len = 0;
            const char *message =
                (const char *)bytes(ctx, right_signatures[j].message, &message_len);
            bool same = strcmp(right_signatures[i].message, right_signatures[j].message) == 0;
            assert_int_equal(jwk_verify(jwk, message, message_len, signature, len), same);
            const struct jwk *other = jwk_of(ctx, right_signatures[j].public);
            size_t own_len = 0;
            const char *own = (const char *)bytes(ctx, right_signatures[i].message, &own_len);
            same = strcmp(right_signatures[i].public, right_signatures[j].public) == 0;
            assert_int_equal(jwk_verify(other, own, own_len, signature, len), same);
        }
        talloc_free(ctx);
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

/* The one key that the shaped tokens name. */
static enum err find_key(void *arg, void *ctx, const char *kid, bool needed,
                         const struct jwk **ret_key)
{
    (void)arg;
    (void)needed;
    if (strcmp(kid, "k") != 0) {
        return ERR_ABSENT;
    }
    *ret_key = jwk_of(ctx, WRONG_PUBLIC);
    return ERR_OK;
}

/* Each is rightly signed as it stands: only its form decides. */
static void a_token_has_one_form_however_rightly_it_is_signed(void **state)
{
    struct secret key = mem_secret(mem_strdup(*state, WRONG_SECRET), strlen(WRONG_SECRET));
    const struct config config = {.secrets = &key, .secret_count = 1};
    const struct token_keys keys = {.find = find_key};

    for (size_t i = 0; i < COUNT(shaped_tokens); i++) {
        void *ctx = mem_context(*state);
        const char *token = shaped_tokens[i].token;
        struct token_claims *claims = NULL;
        enum err error = token_verify(ctx, &config, &keys, token, strlen(token), UNIT_NOW, &claims);
        if (error != (shaped_tokens[i].good ? ERR_OK : ERR_TOKEN_INVALID)) {
            fail_msg("%s: answer %d", shaped_tokens[i].what, (int)error);
        }
        talloc_free(ctx);
    }
}

static void there_are_as_many_cases_as_in_public_collections(void **state)
{
    size_t hs256 = COUNT(wrong_macs);
    size_t ed25519 = COUNT(right_signatures) + COUNT(wrong_signatures) + COUNT(weak_keys);

    (void)state;
    for (size_t i = 0; i < COUNT(shaped_tokens); i++) {
        *(strncmp(shaped_tokens[i].what, "HS256", 5) == 0 ? &hs256 : &ed25519) += 1;
    }
    assert_in_range(hs256, 40, 1000);
    assert_in_range(ed25519, 150, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_signatures_are_made_and_accepted),
        cmocka_unit_test(no_wrong_signature_is_accepted),
        cmocka_unit_test(a_right_signature_is_of_one_key_and_one_message),
        cmocka_unit_test(keys_of_small_order_verify_nothing),
        cmocka_unit_test(right_macs_of_keys_of_any_length_are_made),
        cmocka_unit_test(no_wrong_mac_makes_a_token),
        cmocka_unit_test(a_token_has_one_form_however_rightly_it_is_signed),
        cmocka_unit_test(there_are_as_many_cases_as_in_public_collections),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
