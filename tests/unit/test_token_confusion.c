/* No confusion of keys, algorithms and names gets a token accepted. */
#include <sodium.h>
#include <stdlib.h>

#include "base/clock.h"
#include "unit.h"
#include "unit_keys.h"

#define GOOD_CLAIMS "{\"sub\":\"" VECTOR_USER "\",\"exp\":4102444800}"

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

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_key_is_used_with_its_own_algorithm_and_name_only),
        T(a_name_of_ten_kilobytes_is_not_looked_for),
        T(nothing_public_is_a_secret),
        T(algorithms_of_one_kind_of_key_are_not_exchanged),
        T(of_two_keys_with_one_name_neither_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
