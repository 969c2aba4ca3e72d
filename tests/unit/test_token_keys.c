/* Tokens signed with public keys: those of Better Auth and of another issuer are understood. */
#include <sodium.h>
#include <stdlib.h>

#include "base/clock.h"
#include "unit.h"
#include "unit_keys.h"

static void better_auths_tokens_are_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vector_eddsa_tokens); i++) {
        check(vector_eddsa_tokens[i].what, verify(vector_eddsa_tokens[i].token),
              vector_eddsa_tokens[i].answer);
    }
}

static void without_keys_no_such_token_is_good(void **state)
{
    (void)state;
    struct token_claims *claims = NULL;
    const char *token = vector_eddsa_tokens[0].token;
    assert_int_equal(
        token_verify(suite.ctx, suite.config, NULL, token, strlen(token), VECTOR_KEYS_NOW, &claims),
        ERR_TOKEN_INVALID);
}

static void another_issuers_tokens_are_understood(void **state)
{
    (void)state;
    suite.keyring = keyring_of(vector_issuer_jwks);
    const struct config *config = issuer_config();
    for (size_t i = 0; i < COUNT(vector_issuer_tokens); i++) {
        check(vector_issuer_tokens[i].what, verify_with(config, vector_issuer_tokens[i].token),
              vector_issuer_tokens[i].answer);
    }
    /* Who is not listed is no issuer, whatever was signed. */
    check("not listed", verify(vector_issuer_tokens[0].token), ERR_TOKEN_INVALID);
}

/* RSA and EC signatures, one bit wrong in each byte, and cut. */
static void no_bit_of_a_signature_can_change(void **state)
{
    (void)state;
    suite.keyring = keyring_of(vector_issuer_jwks);
    const struct config *config = issuer_config();
    for (size_t i = 0; i < COUNT(vector_issuer_tokens); i++) {
        void *ctx = mem_context(suite.ctx);
        const char *token = vector_issuer_tokens[i].token;
        const char *part = strrchr(token, '.') + 1;
        unsigned char *signature = NULL;
        size_t len = 0;
        assert_int_equal(base64_decode(ctx, BASE64_URL, part, strlen(part), &signature, &len),
                         ERR_OK);
        /* There is a zero behind the bytes. */
        check("longer",
              verify_with(config, mem_printf(ctx, "%.*s%s", (int)(part - token), token,
                                             base64_encode(ctx, BASE64_URL, signature, len + 1))),
              ERR_TOKEN_INVALID);
        for (size_t at = 0; at < len; at++) {
            signature[at] ^= (unsigned char)(1U << at % 8);
            check("flipped",
                  verify_with(config, mem_printf(ctx, "%.*s%s", (int)(part - token), token,
                                                 base64_encode(ctx, BASE64_URL, signature, len))),
                  ERR_TOKEN_INVALID);
            signature[at] ^= (unsigned char)(1U << at % 8);
            if (at > 0) {
                check(
                    "cut",
                    verify_with(config, mem_printf(ctx, "%.*s%s", (int)(part - token), token,
                                                   base64_encode(ctx, BASE64_URL, signature, at))),
                    ERR_TOKEN_INVALID);
            }
        }
        talloc_free(ctx);
    }
}

static void a_failure_to_look_is_no_verdict(void **state)
{
    (void)state;
    static const enum err failures[] = {ERR_STORE_DOWN, ERR_BUSY, ERR_INTERNAL};
    for (size_t i = 0; i < COUNT(failures); i++) {
        suite.failure = failures[i];
        assert_int_equal(verify(vector_eddsa_tokens[0].token), failures[i]);
        assert_true(suite.needed);
    }
    suite.failure = ERR_ABSENT;
    assert_int_equal(verify(vector_eddsa_tokens[0].token), ERR_TOKEN_INVALID);
}

static void what_ends_with_a_session_of_ours_is_only_what_the_secret_signed(void **state)
{
    (void)state;
    check("a foreign jti with our mark",
          verify(signed_token("{\"alg\":\"EdDSA\"," KID "}",
                              "{\"sub\":\"" VECTOR_USER "\",\"exp\":4102444800,\"jti\":\"tg_x\"}")),
          ERR_OK);
}

static void the_token_of_a_verification_letter_is_understood(void **state)
{
    (void)state;
    struct token_claims *claims = NULL;
    assert_int_equal(token_verify(suite.ctx, suite.config, NULL, vector_verify_email,
                                  strlen(vector_verify_email), VECTOR_KEYS_NOW, &claims),
                     ERR_OK);
    assert_string_equal(claims->user_id, VECTOR_USER);
    assert_string_equal(claims->email, "vector@example.com");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(better_auths_tokens_are_understood),
        T(without_keys_no_such_token_is_good),
        T(another_issuers_tokens_are_understood),
        T(no_bit_of_a_signature_can_change),
        T(a_failure_to_look_is_no_verdict),
        T(what_ends_with_a_session_of_ours_is_only_what_the_secret_signed),
        T(the_token_of_a_verification_letter_is_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
