/* sec/jwk and sec/keyring: which keys of others are used, and which sets are read at all. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/mem.h"
#include "sec/asymmetric.h"
#include "sec/keyring.h"
#include "unit.h"
#include "unit_token.h"
#include "vectors_keys.h"

static int set_up(void **state)
{
    *state = mem_context(NULL);
    return 0;
}

static int tear_down(void **state)
{
    talloc_free(*state);
    return 0;
}

static enum err read_key(void *ctx, const char *text, const char *alg, struct jwk **ret_jwk)
{
    struct json *object = NULL;

    assert_int_equal(json_parse_object(ctx, text, strlen(text), &object), ERR_OK);
    return jwk_read(ctx, object, alg, ret_jwk);
}

#define OKP                                                                                        \
    "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlc\""
#define X     "OTYkxetgGtH11tcSg6TmaqpmIWq4moLqh2HIpstV2Ow"
#define Y     "9-0FKdGLVzEUHkFrF7T87omwdELAj5Zc5E8cf3yTJeU"
#define X256  "\"x\":\"" X "\""
#define Y256  "\"y\":\"" Y "\""
#define EC256 "\"kty\":\"EC\",\"crv\":\"P-256\"," X256 "," Y256

/* The JWK of an RSA key with a modulus of BITS bits (all ones but the second) and EXPONENT. */
static const char *rsa(void *ctx, size_t bits, const char *exponent, const char *more)
{
    size_t len = (bits + 7) / 8;
    unsigned char *modulus = mem_bytes(ctx, len);

    memset(modulus, 0xff, len);
    modulus[0] = (unsigned char)(0xff >> (len * 8 - bits));
    modulus[1] = 0x7f;
    return mem_printf(ctx, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s}",
                      base64_encode(ctx, BASE64_URL, modulus, len), exponent, more);
}

static void a_key_without_an_algorithm_has_the_one_of_its_kind(void **state)
{
    const struct {
        const char *text;
        enum jwk_alg alg;
    } rows[] = {
        {"{" OKP "}", JWK_EDDSA},
        {"{" EC256 "}", JWK_ES256},
        {rsa(*state, 2048, "AQAB", ""), JWK_RS256},
        {rsa(*state, 2048, "AQAB", ",\"alg\":\"PS384\""), JWK_PS384},
        {"{" OKP ",\"alg\":\"EdDSA\",\"use\":\"sig\",\"key_ops\":[\"verify\"],\"x5t\":\"a\"}",
         JWK_EDDSA},
        {"{" OKP ",\"key_ops\":[\"sign\",\"verify\"]}", JWK_EDDSA},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct jwk *jwk = NULL;
        assert_int_equal(read_key(*state, rows[i].text, NULL, &jwk), ERR_OK);
        assert_int_equal(jwk_alg_of(jwk), rows[i].alg);
    }
}

static void keys_that_could_be_misused_are_refused(void **state)
{
    const char *const texts[] = {
        "{}",
        "{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"alg\":\"HS256\"}",
        /* Not its algorithm */
        "{" OKP ",\"alg\":\"RS256\"}",
        "{" OKP ",\"alg\":\"HS256\"}",
        "{" OKP ",\"alg\":\"none\"}",
        "{" OKP ",\"alg\":\"\"}",
        "{" OKP ",\"alg\":1}",
        "{" OKP ",\"alg\":null}",
        "{" EC256 ",\"alg\":\"ES384\"}",
        "{" EC256 ",\"alg\":\"ES256K\"}",
        "{" EC256 ",\"alg\":\"ECDH-ES\"}",
        rsa(*state, 2048, "AQAB", ",\"alg\":\"RSA-OAEP\""),
        /* Not for this */
        "{" OKP ",\"use\":\"enc\"}",
        "{" OKP ",\"use\":null}",
        "{" OKP ",\"use\":[\"sig\"]}",
        "{" OKP ",\"key_ops\":[\"sign\"]}",
        "{" OKP ",\"key_ops\":[]}",
        "{" OKP ",\"key_ops\":{}}",
        /* A private key was published: whoever reads the set can sign with it */
        "{" OKP ",\"d\":\"PhrozCtvln8l8bRkrYvN36oPIShnt8GRFJ9FoBNyp_0\"}",
        "{" OKP ",\"d\":null}",
        rsa(*state, 2048, "AQAB", ",\"p\":\"AQAB\""),
        /* Ed25519 */
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":"
        "\"fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlc\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlc\"}",
        "{\"kty\":\"okp\",\"crv\":\"Ed25519\",\"x\":"
        "\"fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlc\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlc="
        "\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
        "\"fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIg\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":"
        "\"fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlcA\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":7}",
        /* EC: off the curve, the point at infinity, wrong lengths, another curve */
        "{\"kty\":\"EC\",\"crv\":\"P-256\"," X256
        ",\"y\":\"9-0FKdGLVzEUHkFrF7T87omwdELAj5Zc5E8cf3yTJeY\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
        "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"__________________________________________8\","
        "\"y\":\"__________________________________________8\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\"," X256 "}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\"," X256 ",\"y\":\"AA\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-384\"," X256 "," Y256 "}",
        "{\"kty\":\"EC\",\"crv\":\"secp256k1\"," X256 "," Y256 "}",
        "{\"kty\":\"EC\"," X256 "," Y256 "}",
        /* RSA: the modulus and the exponent */
        rsa(*state, 512, "AQAB", ""),
        rsa(*state, 1024, "AQAB", ""),
        rsa(*state, 2047, "AQAB", ""),
        rsa(*state, 8193, "AQAB", ""),
        rsa(*state, 16384, "AQAB", ""),
        rsa(*state, 2048, "AQ", ""),
        rsa(*state, 2048, "Aw", ""),
        rsa(*state, 2048, "AQAA", ""),
        rsa(*state, 2048, "AQAC", ""),
        rsa(*state, 2048, "AQAAAAE", ""),
        rsa(*state, 2048, "", ""),
        rsa(*state, 2048, "AQAB", ",\"kid\":\"a\",\"alg\":\"EdDSA\""),
        "{\"kty\":\"RSA\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct jwk *jwk = NULL;
        if (read_key(*state, texts[i], NULL, &jwk) != ERR_BAD_VALUE) {
            fail_msg("accepted: %s", texts[i]);
        }
    }
}

static void sizes_at_the_limits_are_accepted(void **state)
{
    struct jwk *jwk = NULL;

    assert_int_equal(read_key(*state, rsa(*state, 2048, "AQAB", ""), NULL, &jwk), ERR_OK);
    assert_int_equal(read_key(*state, rsa(*state, 8192, "_____w", ""), NULL, &jwk), ERR_OK);
}

static void an_algorithm_that_is_stored_with_the_key_decides(void **state)
{
    struct jwk *jwk = NULL;

    assert_int_equal(read_key(*state, "{" OKP "}", "EdDSA", &jwk), ERR_OK);
    assert_int_equal(
        read_key(*state, rsa(*state, 2048, "AQAB", ",\"alg\":\"RS256\""), "PS256", &jwk), ERR_OK);
    assert_int_equal(jwk_alg_of(jwk), JWK_PS256);
    jwk = NULL;
    assert_int_equal(read_key(*state, "{" OKP "}", "ES256", &jwk), ERR_BAD_VALUE);
    assert_int_equal(read_key(*state, "{" OKP "}", "HS256", &jwk), ERR_BAD_VALUE);
    assert_int_equal(read_key(*state, "{" OKP "}", "", &jwk), ERR_BAD_VALUE);
}

static void only_public_members_are_published(void **state)
{
    static const char text[] = "{" OKP ",\"d\":\"secret\",\"k\":\"secret\",\"alg\":\"EdDSA\","
                               "\"ext\":true,\"n\":5,\"p\":\"secret\",\"x5c\":[\"secret\"]}";
    struct json *object = NULL;
    struct buf *buf = buf_new(*state);

    assert_int_equal(json_parse_object(*state, text, strlen(text), &object), ERR_OK);
    jwk_put_members(buf, object);
    assert_string_equal(buf->data,
                        ",\"crv\":\"Ed25519\","
                        "\"x\":\"fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlc\",\"kty\":\"OKP\"");
}

/* --- sets --- */

static enum err read_set(void *ctx, const char *text, struct keyring **ret_keyring)
{
    size_t refused = 0;

    return keyring_read(ctx, text, strlen(text), ret_keyring, &refused);
}

static void a_set_is_an_object_with_an_array_of_objects(void **state)
{
    static const char *const texts[] = {"",
                                        "[]",
                                        "null",
                                        "{}",
                                        "{\"keys\":null}",
                                        "{\"keys\":{}}",
                                        "{\"keys\":\"\"}",
                                        "{\"keys\":[1]}",
                                        "{\"keys\":[[]]}",
                                        "{\"keys\":[{},null]}",
                                        "{\"keys\":[{},\"a\"]}",
                                        "{\"keys\":[]",
                                        "{\"keys\":[]}x",
                                        "{\"keys\":[],\"keys\":[]}",
                                        "{\"Keys\":[]}"};
    struct keyring *keyring = NULL;

    for (size_t i = 0; i < COUNT(texts); i++) {
        if (read_set(*state, texts[i], &keyring) != ERR_BAD_VALUE) {
            fail_msg("accepted: %s", texts[i]);
        }
    }
    assert_int_equal(read_set(*state, "{\"keys\":[],\"x\":1}", &keyring), ERR_OK);
    assert_int_equal(keyring_count(keyring), 0);
}

static void keys_that_cannot_be_used_are_counted_and_left_out(void **state)
{
    static const char text[] = "{\"keys\":[{" OKP ",\"kid\":\"good\"},{" OKP "},{" OKP
                               ",\"kid\":\"\"},{" OKP ",\"kid\":7},{\"kty\":\"oct\",\"kid\":\"o\","
                               "\"k\":\"AAAA\"},{}]}";
    struct keyring *keyring = NULL;
    size_t refused = 0;

    assert_int_equal(keyring_read(*state, text, strlen(text), &keyring, &refused), ERR_OK);
    assert_int_equal(refused, 5);
    assert_int_equal(keyring_count(keyring), 1);
    assert_non_null(keyring_find(keyring, "good"));
    assert_null(keyring_find(keyring, "o"));
    assert_null(keyring_find(keyring, ""));
}

/* COUNT keys, and spaces up to SIZE bytes. */
static const char *set_of(void *ctx, int count, size_t size)
{
    struct buf *text = buf_new(ctx);

    buf_puts(text, "{\"keys\":[");
    for (int i = 0; i < count; i++) {
        buf_printf(text, "%s{" OKP ",\"kid\":\"k%d\"}", i == 0 ? "" : ",", i);
    }
    buf_puts(text, "]}");
    while (text->len < size) {
        buf_putc(text, ' ');
    }
    return text->data;
}

static void sets_are_bounded(void **state)
{
    struct keyring *keyring = NULL;

    assert_int_equal(read_set(*state, set_of(*state, 100, KEYRING_MAX_TEXT), &keyring), ERR_OK);
    assert_int_equal(keyring_count(keyring), 100);
    assert_non_null(keyring_find(keyring, "k99"));
    assert_int_equal(read_set(*state, set_of(*state, 1, KEYRING_MAX_TEXT + 1), &keyring),
                     ERR_BAD_VALUE);
    assert_int_equal(read_set(*state, set_of(*state, 101, 0), &keyring), ERR_BAD_VALUE);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void a_file_without_usable_keys_is_refused_in_words(void **state)
{
    const char *tmp = getenv("TMPDIR");
    char *path = mem_printf(*state, "%s/taskgate-jwks-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    int fd = mkstemp(path);
    const struct {
        const char *text;
        const char *words;
    } rows[] = {
        {"", "is not a JSON Web Key Set"},
        {"hello", "is not a JSON Web Key Set"},
        {"{\"keys\":[]}", "no key that can be used"},
        {"{\"keys\":[{" OKP "}]}", "no key that can be used"},
        {set_of(*state, 1, KEYRING_MAX_TEXT + 1), "is not a JSON Web Key Set"},
        {set_of(*state, 1, 3 * KEYRING_MAX_TEXT), "is not a JSON Web Key Set"},
    };
    struct keyring *keyring = NULL;

    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf *problem = buf_new(*state);
        write_file(path, rows[i].text);
        assert_int_equal(keyring_read_file(*state, path, &keyring, problem), ERR_CONFIG);
        assert_non_null(strstr(problem->data, rows[i].words));
        assert_non_null(strstr(problem->data, path));
    }
    struct buf *problems = buf_new(*state);
    write_file(path, set_of(*state, 2, KEYRING_MAX_TEXT));
    assert_int_equal(keyring_read_file(*state, path, &keyring, problems), ERR_OK);
    assert_int_equal(keyring_count(keyring), 2);
    assert_int_equal(keyring_check_file(path, problems), ERR_OK);
    assert_int_equal(keyring_check_file(NULL, problems), ERR_OK);
    assert_int_equal(problems->len, 0);
    unlink(path);
    assert_int_equal(keyring_check_file(path, problems), ERR_CONFIG);
    assert_non_null(strstr(problems->data, "JWKS_FILE: "));
    assert_non_null(strstr(problems->data, "No such file or directory\n"));
    assert_int_equal(keyring_check_file("/", problems), ERR_CONFIG);
    assert_int_equal(keyring_check_file("/no\033[2Jt\nhere", problems), ERR_CONFIG);
    assert_non_null(strstr(problems->data, "JWKS_FILE: /no\\x1b[2Jt\\x0ahere: "));
}

static const char *issuer_token(const char *what)
{
    for (size_t i = 0; i < COUNT(vector_issuer_tokens); i++) {
        if (strcmp(vector_issuer_tokens[i].what, what) == 0) {
            return vector_issuer_tokens[i].token;
        }
    }
    fail_msg("there is no token \"%s\"", what);
    return NULL;
}

static struct asymmetric_number number_of(void *ctx, const char *text)
{
    unsigned char *data = NULL;
    size_t len = 0;

    assert_int_equal(base64_decode(ctx, BASE64_URL, text, strlen(text), &data, &len), ERR_OK);
    return (struct asymmetric_number){.data = data, .len = len};
}

/* A signature of two numbers is none for the other schemes, however right it is. */
static void a_curve_verifies_nothing_by_a_scheme_of_rsa(void **state)
{
    static const enum asymmetric_scheme others[] = {ASYMMETRIC_PKCS1, ASYMMETRIC_PSS};
    const char *token = issuer_token("ES256: valid");
    const char *dot = strrchr(token, '.');
    struct asymmetric_number x = number_of(*state, X), y = number_of(*state, Y);
    struct asymmetric_number signature = number_of(*state, dot + 1);
    struct asymmetric *key = NULL;

    assert_int_equal(asymmetric_ec(*state, ASYMMETRIC_256, x, y, &key), ERR_OK);
    assert_true(asymmetric_verify(key, ASYMMETRIC_ECDSA, ASYMMETRIC_256, token,
                                  (size_t)(dot - token), signature));
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_false(asymmetric_verify(key, others[i], ASYMMETRIC_256, token, (size_t)(dot - token),
                                       signature));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_without_an_algorithm_has_the_one_of_its_kind),
        cmocka_unit_test(keys_that_could_be_misused_are_refused),
        cmocka_unit_test(sizes_at_the_limits_are_accepted),
        cmocka_unit_test(an_algorithm_that_is_stored_with_the_key_decides),
        cmocka_unit_test(only_public_members_are_published),
        cmocka_unit_test(a_set_is_an_object_with_an_array_of_objects),
        cmocka_unit_test(keys_that_cannot_be_used_are_counted_and_left_out),
        cmocka_unit_test(sets_are_bounded),
        cmocka_unit_test(a_file_without_usable_keys_is_refused_in_words),
        cmocka_unit_test(a_curve_verifies_nothing_by_a_scheme_of_rsa),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
