/* Tokens for Better Auth's /token: what they say of a user, byte for byte as its server writes it.
 */
#include <sodium.h>
#include <stdlib.h>

#include "base/clock.h"
#include "unit.h"
#include "unit_keys.h"

static void better_auths_token_is_made_byte_for_byte(void **state)
{
    (void)state;
    const struct token_profile profile = {
        .id = VECTOR_USER,
        .name = VECTOR_NAME,
        .email = VECTOR_EMAIL,
        .created_at = VECTOR_USER_TIME,
        .updated_at = VECTOR_USER_TIME,
    };
    assert_string_equal(token_issue_profile(suite.ctx, suite.config, &profile, suite.key,
                                            VECTOR_KEYS_NOW - CLOCK_SECOND),
                        vector_eddsa_tokens[0].token);
}

/* Ed25519 gives one signature: the key makes those of all tokens that it signed, and no other. */
static void better_auths_signatures_are_made_byte_for_byte(void **state)
{
    size_t made = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(vector_eddsa_tokens); i++) {
        const char *token = vector_eddsa_tokens[i].token;
        const char *end = strrchr(token, '.');
        unsigned char signature[ED25519_SIGNATURE];
        ed25519_sign(suite.key, token, (size_t)(end - token), signature);
        bool same =
            strcmp(end + 1, base64_encode(suite.ctx, BASE64_URL, signature, sizeof signature)) == 0;
        if (vector_eddsa_tokens[i].answer == ERR_OK) {
            assert_true(same);
        }
        made += same;
    }
    /* All that are good in form and signature, whatever their claims; and the one with "crit". */
    assert_int_equal(made, 9);
}

static void texts_of_a_profile_are_written_as_javascript_does(void **state)
{
    (void)state;
    const struct token_profile profile = {
        .id = VECTOR_USER,
        .name = "Zo\xc3\xab \"/\\\x01\x7f\n\xf0\x9f\xa6\x8a \xe2\x80\xa8<",
        .email = VECTOR_EMAIL,
        .email_verified = true,
        .image = "https://x.example/a?b=\"c\"",
    };
    const char *token =
        token_issue_profile(suite.ctx, suite.config, &profile, suite.key, VECTOR_KEYS_NOW);
    const char *start = strchr(token, '.') + 1;
    unsigned char *payload = NULL;
    size_t len = 0;
    assert_int_equal(base64_decode(suite.ctx, BASE64_URL, start,
                                   (size_t)(strrchr(token, '.') - start), &payload, &len),
                     ERR_OK);
    assert_non_null(strstr((const char *)payload,
                           ",\"name\":\"Zo\xc3\xab \\\"/\\\\\\u0001\x7f\\n\xf0\x9f\xa6\x8a "
                           "\xe2\x80\xa8<\",\"email\":"));
    assert_non_null(strstr((const char *)payload,
                           ",\"emailVerified\":true,\"image\":\"https://x.example/a?b=\\\"c\\\"\","
                           "\"createdAt\":\"1970-01-01T00:00:00.000Z\""));
    assert_int_equal(verify(token), ERR_OK);
}

static void a_profile_that_is_too_long_loses_its_image_then_its_name(void **state)
{
    (void)state;
    char *text = mem_bytes(suite.ctx, 6001);
    memset(text, 'i', 6000);
    text[6000] = '\0';
    struct token_profile profile = {
        .id = VECTOR_USER, .name = "short", .email = VECTOR_EMAIL, .image = text};
    struct token_claims *claims = NULL;
    for (int round = 0; round < 2; round++) {
        const char *token =
            token_issue_profile(suite.ctx, suite.config, &profile, suite.key, VECTOR_KEYS_NOW);
        assert_true(strlen(token) <= TOKEN_MAX_LENGTH);
        assert_int_equal(token_verify(suite.ctx, suite.config, &keys, token, strlen(token),
                                      VECTOR_KEYS_NOW, &claims),
                         ERR_OK);
        assert_string_equal(claims->name, round == 0 ? "short" : "");
        profile.name = text;
    }
}

static void with_hs256_the_same_claims_are_signed_with_the_secret(void **state)
{
    (void)state;
    const struct token_profile profile = {.id = VECTOR_USER, .name = "n", .email = VECTOR_EMAIL};
    const char *token =
        token_issue_profile(suite.ctx, suite.config, &profile, NULL, VECTOR_KEYS_NOW);
    struct token_claims *claims = NULL;
    assert_int_equal(
        token_verify(suite.ctx, suite.config, NULL, token, strlen(token), VECTOR_KEYS_NOW, &claims),
        ERR_OK);
    assert_string_equal(claims->user_id, VECTOR_USER);
    assert_int_equal(claims->expires_at, VECTOR_KEYS_NOW + 900 * CLOCK_SECOND);
    assert_false(claims->issued_here);
    struct config other = *suite.config;
    other.base_url = "https://other.example";
    assert_int_equal(
        token_verify(suite.ctx, &other, NULL, token, strlen(token), VECTOR_KEYS_NOW, &claims),
        ERR_TOKEN_INVALID);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(better_auths_token_is_made_byte_for_byte),
        T(better_auths_signatures_are_made_byte_for_byte),
        T(texts_of_a_profile_are_written_as_javascript_does),
        T(a_profile_that_is_too_long_loses_its_image_then_its_name),
        T(with_hs256_the_same_claims_are_signed_with_the_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
