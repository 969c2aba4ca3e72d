/* Tokens signed with public keys: those of Better Auth and of another issuer are understood, and no
 * confusion of keys, algorithms and names gets one accepted. */
#include <sodium.h>
#include <stdlib.h>

#include "base/clock.h"
#include "sec/keyring.h"
#include "sec/token.h"
#include "unit.h"
#include "unit_token.h"
#include "vectors.h"
#include "vectors_keys.h"

struct suite {
    void *ctx;
    struct config *config;
    struct keyring *keyring;
    struct ed25519 *key; /* the private part of VECTOR_KID */
    enum err failure;    /* of find; ERR_OK = none */
    bool needed;         /* as find was last told */
    int finds;
};

static struct suite suite;

static enum err find(void *arg, void *ctx, const char *kid, bool needed, const struct jwk **ret_key)
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

static struct keyring *keyring_of(const char *text)
{
    struct keyring *keyring = NULL;
    size_t refused = 0;
    assert_int_equal(keyring_read(suite.ctx, text, strlen(text), &keyring, &refused), ERR_OK);
    assert_int_equal(refused, 0);
    return keyring;
}

static int set_up(void **state)
{
    (void)state;
    suite = (struct suite){.ctx = mem_context(NULL)};
    suite.config = unit_config(suite.ctx, VECTOR_SECRET, NULL);
    suite.config->base_url = VECTOR_ORIGIN;
    suite.keyring = keyring_of(vector_jwks);
    return ed25519_read(suite.ctx, VECTOR_KID, vector_private_jwk, strlen(vector_private_jwk),
                        &suite.key) == ERR_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    talloc_free(suite.ctx);
    return 0;
}

static enum err verify_with(const struct config *config, const char *token)
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

static enum err verify(const char *token)
{
    return verify_with(suite.config, token);
}

static void check(const char *what, enum err answer, enum err expected)
{
    if (answer != expected) {
        fail_msg("%s: answer %d instead of %d", what, (int)answer, (int)expected);
    }
}

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

static struct config *issuer_config(void)
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

#define GOOD_CLAIMS "{\"sub\":\"" VECTOR_USER "\",\"exp\":4102444800}"

static const char *unsigned_part(const char *header, const char *payload)
{
    return mem_printf(suite.ctx, "%s.%s", unit_base64(suite.ctx, header, strlen(header)),
                      unit_base64(suite.ctx, payload, strlen(payload)));
}

/* HEADER and PAYLOAD, rightly signed with the EdDSA key. */
static const char *signed_token(const char *header, const char *payload)
{
    unsigned char signature[ED25519_SIGNATURE];
    const char *part = unsigned_part(header, payload);
    ed25519_sign(suite.key, part, strlen(part), signature);
    return mem_printf(suite.ctx, "%s.%s", part,
                      base64_encode(suite.ctx, BASE64_URL, signature, sizeof signature));
}

#define KID "\"kid\":\"" VECTOR_KID "\""

static void a_key_is_used_with_its_own_algorithm_and_name_only(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        enum err answer;
    } rows[] = {
        {"{\"alg\":\"EdDSA\"," KID "}", ERR_OK},
        {"{\"alg\":\"EdDSA\"," KID ",\"typ\":\"JWT\"}", ERR_OK},
        {"{\"alg\":\"EdDSA\"," KID ",\"typ\":\"at+jwt\"}", ERR_OK},
        /* Keys that the token brings are not looked at. */
        {"{\"alg\":\"EdDSA\"," KID ",\"jwk\":{\"kty\":\"OKP\"},\"jku\":\"http://127.0.0.1:1/\","
         "\"x5u\":\"file:///etc/passwd\",\"x5c\":[\"AA\"]}",
         ERR_OK},
        {"{\"alg\":\"none\"," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"eddsa\"," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EDDSA\"," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA \"," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"Ed25519\"," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"HS256\"," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"RS256\"," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"PS256\"," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"ES256\"," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"ES256K\"," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"\"," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":[\"EdDSA\"]," KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":null," KID "}", ERR_TOKEN_INVALID},
        {"{" KID "}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\"," KID "}", ERR_TOKEN_INVALID},
        /* The name */
        {"{\"alg\":\"EdDSA\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":\"\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":null}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":1}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":[\"" VECTOR_KID "\"]}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":{}}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":\"" VECTOR_KID "x\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":\"" VECTOR_KID " \"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":\"" VECTOR_KID "\\u0000\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":\"" VECTOR_KID "\\n\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":\"../" VECTOR_KID "\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":\"/dev/null\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":\"%\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":\"' OR '1'='1\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\",\"kid\":\"yVLOJQHYKOSTCKBBYU4127HJ5DR6I3HL\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\"," KID ",\"kid\":\"x\"}", ERR_TOKEN_INVALID},
        /* What changes the meaning of the rest */
        {"{\"alg\":\"EdDSA\"," KID ",\"crit\":[\"exp\"]}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\"," KID ",\"b64\":false}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\"," KID ",\"cty\":\"JWT\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\"," KID ",\"typ\":\"better-auth.session-cache+jwt\"}",
         ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\"," KID ",\"typ\":\"AT+JWT\"}", ERR_TOKEN_INVALID},
        {"{\"alg\":\"EdDSA\"," KID ",\"typ\":null}", ERR_TOKEN_INVALID},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(rows[i].header, verify(signed_token(rows[i].header, GOOD_CLAIMS)), rows[i].answer);
    }
}

static void a_name_of_ten_kilobytes_is_not_looked_for(void **state)
{
    (void)state;
    char name[10001];
    for (size_t len = 255; len <= 10000; len = len == 255 ? 256 : 10000) {
        memset(name, 'k', len);
        name[len] = '\0';
        suite.finds = 0;
        check("a long name",
              verify(signed_token(mem_printf(suite.ctx, "{\"alg\":\"EdDSA\",\"kid\":\"%s\"}", name),
                                  GOOD_CLAIMS)),
              ERR_TOKEN_INVALID);
        assert_int_equal(suite.finds, len == 255 ? 1 : 0);
        if (len == 10000) {
            break;
        }
    }
}

/* HS256 keyed with anything that is public, with and without the key's name. */
static void nothing_public_is_a_secret(void **state)
{
    (void)state;
    static const char x[] = "fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlc";
    static const unsigned char der_head[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                             0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    unsigned char der[sizeof der_head + ED25519_SIZE];
    memcpy(der, der_head, sizeof der_head);
    memcpy(der + sizeof der_head, suite.key->public, ED25519_SIZE);
    const char *pem =
        mem_printf(suite.ctx, "-----BEGIN PUBLIC KEY-----\n%s\n-----END PUBLIC KEY-----",
                   base64_encode(suite.ctx, BASE64_STANDARD, der, sizeof der));
    const char *pem_line = mem_printf(suite.ctx, "%s\n", pem);
    const struct {
        const char *data;
        size_t len;
    } secrets[] = {
        {x, strlen(x)},
        {(const char *)suite.key->public, ED25519_SIZE},
        {(const char *)der, sizeof der},
        {pem, strlen(pem)},
        {pem_line, strlen(pem_line)},
        {vector_public_key, strlen(vector_public_key)},
        {vector_jwks, strlen(vector_jwks)},
        {VECTOR_KID, strlen(VECTOR_KID)},
        {VECTOR_PUBLIC_HEX, strlen(VECTOR_PUBLIC_HEX)},
        {(const char *)suite.key->seed, ED25519_SIZE},
        {"", 0},
    };
    static const char *const headers[] = {"{\"alg\":\"HS256\"," KID "}", "{\"alg\":\"HS256\"}",
                                          "{\"alg\":\"EdDSA\"," KID "}",
                                          "{\"alg\":\"HS512\"," KID "}"};
    for (size_t h = 0; h < COUNT(headers); h++) {
        const char *part = unsigned_part(headers[h], GOOD_CLAIMS);
        for (size_t i = 0; i < COUNT(secrets); i++) {
            check(headers[h], verify(unit_sign(suite.ctx, part, secrets[i].data, secrets[i].len)),
                  ERR_TOKEN_INVALID);
        }
    }
    /* Even the secret itself does not sign in a public key's name; elsewhere it does. */
    check("the secret",
          verify(unit_sign(suite.ctx, unsigned_part(headers[0], GOOD_CLAIMS), VECTOR_SECRET,
                           strlen(VECTOR_SECRET))),
          ERR_TOKEN_INVALID);
    check(
        "the secret, another name",
        verify(unit_sign(suite.ctx, unsigned_part("{\"alg\":\"HS256\",\"kid\":\"x\"}", GOOD_CLAIMS),
                         VECTOR_SECRET, strlen(VECTOR_SECRET))),
        ERR_OK);
    assert_false(suite.needed);
}

/* The key of the same name and another algorithm: RS256 as PS256 and the reverse, ES256 as ES384.
 */
static void algorithms_of_one_kind_of_key_are_not_exchanged(void **state)
{
    (void)state;
    const struct config *config = issuer_config();
    static const char *const algs[] = {"RS256", "RS384", "RS512", "PS256", "PS384",
                                       "PS512", "ES256", "ES384", "ES512"};
    char *set = mem_strdup(suite.ctx, vector_issuer_jwks);
    for (size_t i = 0; i < COUNT(algs); i++) {
        for (size_t j = 0; j < COUNT(algs); j++) {
            char *changed = mem_strdup(suite.ctx, set);
            const char *mark = mem_printf(suite.ctx, "\"alg\":\"%s\"", algs[i]);
            memcpy(strstr(changed, mark) + strlen("\"alg\":\""), algs[j], strlen(algs[j]));
            size_t refused = 0;
            assert_int_equal(
                keyring_read(suite.ctx, changed, strlen(changed), &suite.keyring, &refused),
                ERR_OK);
            /* The good tokens stand at even places, in the order of algs. */
            check(mark, verify_with(config, vector_issuer_tokens[2 * i].token),
                  i == j ? ERR_OK : ERR_TOKEN_INVALID);
        }
    }
}

static void of_two_keys_with_one_name_neither_counts(void **state)
{
    (void)state;
    size_t refused = 0;
    const char *token = vector_eddsa_tokens[0].token;
    const char *key = mem_strndup(suite.ctx, vector_jwks + strlen("{\"keys\":["),
                                  strlen(vector_jwks) - strlen("{\"keys\":[]}"));
    static const char other[] = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_"
                                "7TyWQHOg7hcvPapiMlrwIaaPcHURo\"," KID "}";
    static const char weak[] = "{\"kty\":\"oct\",\"k\":\"AAAA\"," KID "}";
    const char *const sets[] = {
        mem_printf(suite.ctx, "{\"keys\":[%s,%s]}", key, other),
        mem_printf(suite.ctx, "{\"keys\":[%s,%s]}", other, key),
        mem_printf(suite.ctx, "{\"keys\":[%s,%s]}", key, key),
        mem_printf(suite.ctx, "{\"keys\":[%s,%s]}", key, weak),
        mem_printf(suite.ctx, "{\"keys\":[%s,%s]}", weak, key),
        mem_printf(suite.ctx, "{\"keys\":[%s,%s,%s]}", weak, weak, key),
    };
    for (size_t i = 0; i < COUNT(sets); i++) {
        assert_int_equal(
            keyring_read(suite.ctx, sets[i], strlen(sets[i]), &suite.keyring, &refused), ERR_OK);
        assert_int_equal(refused, i == 5 ? 3 : 2);
        assert_int_equal(keyring_count(suite.keyring), 0);
        check(sets[i], verify(token), ERR_TOKEN_INVALID);
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
        T(better_auths_token_is_made_byte_for_byte),
        T(better_auths_signatures_are_made_byte_for_byte),
        T(texts_of_a_profile_are_written_as_javascript_does),
        T(a_profile_that_is_too_long_loses_its_image_then_its_name),
        T(with_hs256_the_same_claims_are_signed_with_the_secret),
        T(another_issuers_tokens_are_understood),
        T(no_bit_of_a_signature_can_change),
        T(a_key_is_used_with_its_own_algorithm_and_name_only),
        T(a_name_of_ten_kilobytes_is_not_looked_for),
        T(nothing_public_is_a_secret),
        T(algorithms_of_one_kind_of_key_are_not_exchanged),
        T(of_two_keys_with_one_name_neither_counts),
        T(a_failure_to_look_is_no_verdict),
        T(what_ends_with_a_session_of_ours_is_only_what_the_secret_signed),
        T(the_token_of_a_verification_letter_is_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
