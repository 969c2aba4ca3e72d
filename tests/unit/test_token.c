/*
 * Forged, confused and malformed tokens. Each is wrong in one thing only and signed with the right
 * key wherever that is not the thing, so that no other check can be the one that refuses it.
 */
#include "base/mem.h"
#include "sec/token.h"
#include "unit.h"
#include "unit_suite.h"
#include "unit_token.h"

static int set_up(void **state)
{
    (void)state;
    return suite_begin(UNIT_SECRET, NULL);
}

static void check_refused(const char *what, const char *text, size_t len)
{
    enum err error = unit_verify(suite.config, text, len);
    if (error != ERR_TOKEN_INVALID) {
        fail_msg("%s: answer %d instead of ERR_TOKEN_INVALID", what, (int)error);
    }
}

/* A literal with its length: some have a NUL inside. */
struct part {
    const char *text;
    size_t len;
};

#define PART(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static void the_token_that_all_attacks_start_from_is_good(void **state)
{
    (void)state;
    char *token =
        unit_token(suite.ctx, UNIT_HEADER, strlen(UNIT_HEADER), UNIT_PAYLOAD, strlen(UNIT_PAYLOAD));
    assert_int_equal(unit_verify(suite.config, token, strlen(token)), ERR_OK);
    static const char bare[] = "{\"alg\":\"HS256\"}";
    token = unit_token(suite.ctx, bare, strlen(bare), UNIT_PAYLOAD, strlen(UNIT_PAYLOAD));
    assert_int_equal(unit_verify(suite.config, token, strlen(token)), ERR_OK);
}

static void no_header_but_ours_is_accepted(void **state)
{
    (void)state;
    static const struct part headers[] = {
        /* The algorithm belongs to the key. */
        PART("{\"alg\":\"none\"}"),
        PART("{\"alg\":\"None\"}"),
        PART("{\"alg\":\"nOnE\"}"),
        PART("{\"alg\":\"NONE\"}"),
        PART("{\"alg\":\"\"}"),
        PART("{}"),
        PART("{\"typ\":\"JWT\"}"),
        PART("{\"alg\":256}"),
        PART("{\"alg\":[\"HS256\"]}"),
        PART("{\"alg\":null}"),
        PART("{\"alg\":true}"),
        PART("{\"alg\":{\"HS256\":\"HS256\"}}"),
        PART("{\"alg\":\"none\",\"alg\":\"HS256\"}"),
        PART("{\"alg\":\"HS256\",\"alg\":\"none\"}"),
        PART("{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}"),
        PART("{\"alg\":\"hs256\"}"),
        PART("{\"alg\":\"Hs256\"}"),
        PART("{\"alg\":\"HS256 \"}"),
        PART("{\"alg\":\" HS256\"}"),
        PART("{\"alg\":\"HS256\\u0000\"}"),
        PART("{\"ALG\":\"HS256\"}"),
        PART("{\"alg\":\"HS2567\"}"),
        PART("{\"alg\":\"HS384\"}"),
        PART("{\"alg\":\"HS512\"}"),
        PART("{\"alg\":\"RS256\"}"),
        PART("{\"alg\":\"RS512\"}"),
        PART("{\"alg\":\"PS256\"}"),
        PART("{\"alg\":\"ES256\"}"),
        PART("{\"alg\":\"ES384\"}"),
        PART("{\"alg\":\"EdDSA\"}"),
        PART("{\"alg\":\"dir\"}"),
        /* What changes the meaning of the rest. */
        PART("{\"alg\":\"HS256\",\"crit\":[\"exp\"]}"),
        PART("{\"alg\":\"HS256\",\"crit\":[\"x\"]}"),
        PART("{\"alg\":\"HS256\",\"crit\":[]}"),
        PART("{\"alg\":\"HS256\",\"crit\":\"exp\"}"),
        PART("{\"alg\":\"HS256\",\"crit\":null}"),
        PART("{\"alg\":\"HS256\",\"b64\":false}"),
        PART("{\"alg\":\"HS256\",\"b64\":true}"),
        PART("{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}"),
        PART("{\"alg\":\"HS256\",\"cty\":\"JWT\"}"),
        /* Another kind of token. */
        PART("{\"alg\":\"HS256\",\"typ\":\"jwt\"}"),
        PART("{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}"),
        PART("{\"alg\":\"HS256\",\"typ\":\"JOSE\"}"),
        PART("{\"alg\":\"HS256\",\"typ\":\"\"}"),
        PART("{\"alg\":\"HS256\",\"typ\":1}"),
        PART("{\"alg\":\"HS256\",\"typ\":null}"),
        PART("{\"alg\":\"HS256\",\"typ\":[\"JWT\"]}"),
        /* No key is chosen by the header, but it has to be well-formed. */
        PART("{\"alg\":\"HS256\",\"kid\":1}"),
        PART("{\"alg\":\"HS256\",\"kid\":null}"),
        PART("{\"alg\":\"HS256\",\"kid\":[\"a\"]}"),
        PART("{\"alg\":\"HS256\",\"kid\":\"a\\u0000b\"}"),
        /* Not the JSON that all readers agree on. */
        PART("[\"HS256\"]"),
        PART("\"HS256\""),
        PART("null"),
        PART("{\"alg\":\"HS256\""),
        PART("{\"alg\":\"HS256\"}x"),
        PART("{\"alg\":\"HS256\"}\0"),
        PART("{'alg':'HS256'}"),
        PART("{\"alg\":\"HS256\",}"),
        PART("{\"alg\":\"HS256\",\"x\":NaN}"),
        PART("\xef\xbb\xbf{\"alg\":\"HS256\"}"),
        PART("{\"alg\":\"HS256\",\"x\":\"\xc0\xae\"}"),
        PART("{\"alg\":\"HS256\",\"x\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}"),
        PART("{\"alg\":\"HS256\",\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1}"),
    };
    for (size_t i = 0; i < COUNT(headers); i++) {
        char *token = unit_token(suite.ctx, headers[i].text, headers[i].len, UNIT_PAYLOAD,
                                 strlen(UNIT_PAYLOAD));
        check_refused(headers[i].text, token, strlen(token));
    }
}

static void stronger_macs_with_the_right_key_are_refused(void **state)
{
    (void)state;
    static const char *const tokens[] = {
        "eyJhbGciOiJIUzM4NCIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1MSIsImV4cCI6MjAwMDAwMDAwMH0."
        "RkYiFy7umrl4X4BVaA4AeezmjAkXD0or7_XKLCYwtwNpql3MXpC3YEh7iurig-mT",
        "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1MSIsImV4cCI6MjAwMDAwMDAwMH0."
        "KfYZ4-rufaOfs12REaDVB4d2ieYE7myi0d4-YO3Ap53a__WD1oOYLHSx8etf4ICAb-lsFJgfEmjh7JxEbDfSuA",
    };
    static const char hs256[] =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1MSIsImV4cCI6MjAwMDAwMDAwMH0."
        "VOeHAA4DWMA6WYkrEkfzlVFK47wOAgrg4JOzrNIdaGk";
    assert_int_equal(unit_verify(suite.config, hs256, strlen(hs256)), ERR_OK);
    for (size_t i = 0; i < COUNT(tokens); i++) {
        check_refused("HS384 or HS512", tokens[i], strlen(tokens[i]));
    }
}

static void no_payload_but_good_claims_is_accepted(void **state)
{
    (void)state;
    static const struct part payloads[] = {
        PART("{\"sub\":\"u1\"}"),
        PART("{\"sub\":\"u1\",\"exp\":\"1795218181\"}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181.5}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181.0}"),
        PART("{\"sub\":\"u1\",\"exp\":1.8e9}"),
        PART("{\"sub\":\"u1\",\"exp\":null}"),
        PART("{\"sub\":\"u1\",\"exp\":true}"),
        PART("{\"sub\":\"u1\",\"exp\":[1795218181]}"),
        PART("{\"sub\":\"u1\",\"exp\":{}}"),
        PART("{\"sub\":\"u1\",\"exp\":-1}"),
        PART("{\"sub\":\"u1\",\"exp\":0}"),
        PART("{\"sub\":\"u1\",\"exp\":-1795218181}"),
        PART("{\"sub\":\"u1\",\"exp\":9007199254740992}"),
        PART("{\"sub\":\"u1\",\"exp\":9223372036854775807}"),
        PART("{\"sub\":\"u1\",\"exp\":9223372036854775808}"),
        PART("{\"sub\":\"u1\",\"exp\":18446744073709551616}"),
        PART("{\"sub\":\"u1\",\"exp\":1e400}"),
        PART("{\"sub\":\"u1\",\"exp\":NaN}"),
        PART("{\"sub\":\"u1\",\"exp\":Infinity}"),
        PART("{\"sub\":\"u1\",\"exp\":1,\"exp\":1795218181}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"\\u0065xp\":1}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"nbf\":1795218241}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"nbf\":\"1\"}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"nbf\":1.5}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"nbf\":null}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"nbf\":9223372036854775807}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"iat\":1795218241}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"iat\":\"1\"}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"iat\":false}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"iat\":null}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":\"other\"}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":\"fastapi-backend \"}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":\"\"}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":[\"other\"]}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":[]}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":[\"fastapi-backend\",1]}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":[[\"fastapi-backend\"]]}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":1}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"aud\":null}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":\"evil\"}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":\"better-auth/\"}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":\"better-aut\"}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":\"\"}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":[\"better-auth\"]}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":1}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"iss\":null}"),
        PART("{\"sub\":1,\"exp\":1795218181}"),
        PART("{\"sub\":null,\"exp\":1795218181}"),
        PART("{\"sub\":true,\"exp\":1795218181}"),
        PART("{\"sub\":[\"u1\"],\"exp\":1795218181}"),
        PART("{\"sub\":{\"id\":\"u1\"},\"exp\":1795218181}"),
        PART("{\"sub\":\"u1\\u0000x\",\"exp\":1795218181}"),
        PART("{\"sub\":\"u1\",\"sub\":\"u2\",\"exp\":1795218181}"),
        PART("{\"sub\":\"u1\",\"user_id\":\"u2\",\"exp\":1795218181}"),
        PART("{\"sub\":\"u1\",\"userId\":\"u1 \",\"exp\":1795218181}"),
        PART("{\"user_id\":\"u1\",\"userId\":\"U1\",\"exp\":1795218181}"),
        PART("{\"sub\":\"u1\",\"userId\":1,\"exp\":1795218181}"),
        PART("{\"sub\":\"u1\",\"user_id\":null,\"exp\":1795218181}"),
        PART("{\"sub\":\"\",\"user_id\":\"u1\",\"exp\":1795218181}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"sessionId\":7}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181,\"sessionId\":[]}"),
        PART("[{\"sub\":\"u1\",\"exp\":1795218181}]"),
        PART("\"u1\""),
        PART("1795218181"),
        PART("null"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181}x"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181}\0{}"),
        PART("{\"sub\":\"u1\",\"exp\":1795218181"),
        PART("{'sub':'u1','exp':1795218181}"),
        PART("{\"sub\":\"u\xff\",\"exp\":1795218181}"),
        PART("{\"sub\":\"\\ud800\",\"exp\":1795218181}"),
        PART("{\"sub\":\"u\n1\",\"exp\":1795218181}"),
        PART("sub=u1&exp=1795218181"),
    };
    for (size_t i = 0; i < COUNT(payloads); i++) {
        char *token = unit_token(suite.ctx, UNIT_HEADER, strlen(UNIT_HEADER), payloads[i].text,
                                 payloads[i].len);
        check_refused(payloads[i].text, token, strlen(token));
    }
}

static void user_ids_are_not_endless(void **state)
{
    (void)state;
    char id[5001];
    memset(id, 'u', sizeof id);
    id[256] = '\0';
    char *payload = mem_printf(suite.ctx, "{\"sub\":\"%s\",\"exp\":1795218181}", id);
    char *token = unit_token(suite.ctx, UNIT_HEADER, strlen(UNIT_HEADER), payload, strlen(payload));
    check_refused("256 bytes", token, strlen(token));
    id[256] = 'u';
    id[5000] = '\0';
    payload = mem_printf(suite.ctx, "{\"sub\":\"%s\",\"exp\":1795218181}", id);
    token = unit_token(suite.ctx, UNIT_HEADER, strlen(UNIT_HEADER), payload, strlen(payload));
    check_refused("5 kB", token, strlen(token));
}

static void no_other_key_signs(void **state)
{
    (void)state;
    static const char zeros[32] = {0};
    static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
                              "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
                              "-----END PUBLIC KEY-----\n";
    static const struct part keys[] = {
        PART(""),
        {zeros, sizeof zeros},
        PART("\0"),
        PART("secret"),
        PART("null"),
        PART("unit-test-Zk3v8Qw1Xp7Lr5Tn9Bd2Hy6Mc"),
        PART(UNIT_SECRET "\n"),
        PART(UNIT_SECRET " "),
        PART("UNIT-TEST-Zk3v8Qw1Xp7Lr5Tn9Bd2Hy6Mc4"),
        {pem, sizeof pem - 1},
        PART("{\"kty\":\"oct\",\"k\":\"AA\"}"),
    };
    /* Headers that point at a key of the attacker's. */
    static const char *const headers[] = {
        UNIT_HEADER,
        "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"}}",
        "{\"alg\":\"HS256\",\"jku\":\"https://evil.example/jwks.json\"}",
        "{\"alg\":\"HS256\",\"x5u\":\"https://evil.example/cert.pem\"}",
        "{\"alg\":\"HS256\",\"x5c\":[\"AA\"]}",
        "{\"alg\":\"HS256\",\"kid\":\"../../../../dev/null\"}",
        "{\"alg\":\"HS256\",\"kid\":\"/dev/null\"}",
        "{\"alg\":\"HS256\",\"kid\":\"' UNION SELECT '' --\"}",
        "{\"alg\":\"HS256\",\"kid\":\"\"}",
    };
    for (size_t h = 0; h < COUNT(headers); h++) {
        for (size_t k = 0; k < COUNT(keys); k++) {
            void *ctx = mem_context(NULL);
            char *signed_part =
                mem_printf(ctx, "%s.%s", unit_base64(ctx, headers[h], strlen(headers[h])),
                           unit_base64(ctx, UNIT_PAYLOAD, strlen(UNIT_PAYLOAD)));
            char *token = unit_sign(ctx, signed_part, keys[k].text, keys[k].len);
            check_refused(headers[h], token, strlen(token));
            talloc_free(ctx);
        }
    }
}

static void an_empty_secret_accepts_nothing(void **state)
{
    (void)state;
    struct config config = *suite.config;
    char nothing[] = "";
    struct secret empty = mem_secret(nothing, 0);
    config.secrets = &empty;
    char *signed_part =
        mem_printf(suite.ctx, "%s.%s", unit_base64(suite.ctx, UNIT_HEADER, strlen(UNIT_HEADER)),
                   unit_base64(suite.ctx, UNIT_PAYLOAD, strlen(UNIT_PAYLOAD)));
    char *token = unit_sign(suite.ctx, signed_part, "", 0);
    struct token_claims *claims = NULL;
    assert_int_equal(
        token_verify(suite.ctx, &config, NULL, token, strlen(token), UNIT_NOW, &claims),
        ERR_TOKEN_INVALID);
    config.secret_count = 0;
    assert_int_equal(
        token_verify(suite.ctx, &config, NULL, token, strlen(token), UNIT_NOW, &claims),
        ERR_TOKEN_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_token_that_all_attacks_start_from_is_good),
        cmocka_unit_test(no_header_but_ours_is_accepted),
        cmocka_unit_test(stronger_macs_with_the_right_key_are_refused),
        cmocka_unit_test(no_payload_but_good_claims_is_accepted),
        cmocka_unit_test(user_ids_are_not_endless),
        cmocka_unit_test(no_other_key_signs),
        cmocka_unit_test(an_empty_secret_accepts_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, suite_end);
}
