/* sec/seal and sec/ed25519: private keys at rest, as Better Auth writes and reads them. */
#include <sodium.h>

#include "sec/ed25519.h"
#include "sec/seal.h"
#include "unit.h"
#include "unit_config.h"
#include "vectors.h"
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

static enum err open_text(void *ctx, const struct config *config, const char *sealed,
                          const char **ret_text)
{
    char *text = NULL;
    size_t len = 0;
    enum err error = seal_open(ctx, config, sealed, strlen(sealed), &text, &len);

    if (error == ERR_OK) {
        assert_int_equal(strlen(text), len);
        *ret_text = text;
    } else {
        assert_null(text);
    }
    return error;
}

static void what_better_auth_sealed_is_opened(void **state)
{
    const struct config *config = unit_config(*state, VECTOR_SECRET, NULL);

    for (size_t i = 0; i < COUNT(vector_sealed); i++) {
        const char *text = NULL;
        assert_int_equal(open_text(*state, config, vector_sealed[i].sealed, &text), ERR_OK);
        assert_string_equal(text, vector_sealed[i].text);
    }
}

static void the_versioned_form_is_opened_with_whichever_secret_fits(void **state)
{
    static const char *const secrets[][2] = {{VECTOR_SECRET_2, NULL},
                                             {VECTOR_SECRET_2, VECTOR_SECRET},
                                             {VECTOR_SECRET, VECTOR_SECRET_2}};
    const char *text = NULL;

    for (size_t i = 0; i < COUNT(secrets); i++) {
        const struct config *config = unit_config(*state, secrets[i][0], secrets[i][1]);
        assert_int_equal(open_text(*state, config, vector_versioned, &text), ERR_OK);
        assert_string_equal(text, VECTOR_VERSIONED_TEXT);
    }
    const struct config *config = unit_config(*state, VECTOR_SECRET, NULL);
    assert_int_equal(open_text(*state, config, vector_versioned, &text), ERR_BAD_VALUE);
}

static void what_we_seal_has_their_form_and_only_the_first_secret(void **state)
{
    const struct config *config = unit_config(*state, VECTOR_SECRET, UNIT_SECRET);
    const struct config *other = unit_config(*state, UNIT_SECRET, NULL);
    const char *text = NULL;

    for (size_t i = 0; i < COUNT(vector_sealed); i++) {
        const char *plain = vector_sealed[i].text;
        const char *sealed = seal_close(*state, config, plain, strlen(plain));
        const char *again = seal_close(*state, config, plain, strlen(plain));
        assert_int_equal(strlen(sealed), strlen(vector_sealed[i].sealed));
        assert_int_equal(strspn(sealed, "0123456789abcdef"), strlen(sealed));
        assert_string_not_equal(sealed, again);
        assert_int_equal(open_text(*state, config, sealed, &text), ERR_OK);
        assert_string_equal(text, plain);
        assert_int_equal(open_text(*state, other, sealed, &text), ERR_BAD_VALUE);
    }
}

/* By the definition alone: nonce, ciphertext and tag, with the key that the vectors name. */
static const char *open_by_definition(void *ctx, const char *sealed)
{
    size_t size = strlen(sealed) / 2;
    unsigned char *blob = mem_bytes(ctx, size + 1);
    unsigned char key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    char *text = mem_bytes(ctx, size);
    unsigned long long len = 0;
    size_t read = 0;

    assert_int_equal(
        sodium_hex2bin(key, sizeof key, VECTOR_KEY_HEX, strlen(VECTOR_KEY_HEX), NULL, &read, NULL),
        0);
    assert_int_equal(read, sizeof key);
    assert_int_equal(sodium_hex2bin(blob, size, sealed, 2 * size, NULL, &read, NULL), 0);
    assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt(
                         (unsigned char *)text, &len, NULL,
                         blob + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
                         size - crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, NULL, 0, blob, key),
                     0);
    text[len] = '\0';
    return text;
}

static void what_we_seal_is_opened_by_the_definition(void **state)
{
    const struct config *config = unit_config(*state, VECTOR_SECRET, NULL);

    for (size_t i = 0; i < COUNT(vector_sealed); i++) {
        const char *plain = vector_sealed[i].text;
        assert_string_equal(open_by_definition(*state, vector_sealed[i].sealed), plain);
        assert_string_equal(
            open_by_definition(*state, seal_close(*state, config, plain, strlen(plain))), plain);
    }
}

static void no_changed_or_cut_text_is_opened(void **state)
{
    const struct config *config = unit_config(*state, VECTOR_SECRET, UNIT_SECRET);
    const char *sealed = vector_sealed[1].sealed;
    const char *text = NULL;

    for (size_t i = 0; i < strlen(sealed); i++) {
        char *changed = mem_strdup(*state, sealed);
        changed[i] = changed[i] == '0' ? '1' : '0';
        assert_int_equal(open_text(*state, config, changed, &text), ERR_BAD_VALUE);
        assert_int_equal(open_text(*state, config, mem_strndup(*state, sealed, i), &text),
                         ERR_BAD_VALUE);
    }
    static const char *const forms[] = {
        "",    "$ba$", "$ba$1", "$ba$1$", "$ba$x$%s", "$ba$$%s",        "ba$1$%s",       "$ba$1%s",
        "%s0", "%s00", " %s",   "%s\n",   "0x%s",     "$ba$1$$ba$1$%s", "{\"a\":\"%s\"}"};
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct buf *wrong = buf_new(*state);
        const char *place = strstr(forms[i], "%s");
        buf_add(wrong, forms[i], place == NULL ? strlen(forms[i]) : (size_t)(place - forms[i]));
        buf_puts(wrong, place == NULL ? "" : sealed);
        buf_puts(wrong, place == NULL ? "" : place + 2);
        assert_int_equal(open_text(*state, config, wrong->data, &text), ERR_BAD_VALUE);
    }
}

static void better_auths_private_key_is_read_and_written_byte_for_byte(void **state)
{
    const struct config *config = unit_config(*state, VECTOR_SECRET, NULL);
    struct ed25519 *key = NULL;
    char hex[2 * ED25519_SIZE + 1];
    const char *quoted =
        mem_strndup(*state, vector_private_key + 1, strlen(vector_private_key) - 2);
    const char *jwk = NULL;

    assert_int_equal(open_text(*state, config, quoted, &jwk), ERR_OK);
    assert_string_equal(jwk, vector_private_jwk);
    assert_int_equal(ed25519_read(*state, VECTOR_KID, jwk, strlen(jwk), &key), ERR_OK);
    assert_string_equal(key->kid, VECTOR_KID);
    assert_string_equal(sodium_bin2hex(hex, sizeof hex, key->seed, ED25519_SIZE), VECTOR_SEED_HEX);
    assert_string_equal(sodium_bin2hex(hex, sizeof hex, key->public, ED25519_SIZE),
                        VECTOR_PUBLIC_HEX);
    assert_string_equal(ed25519_private_jwk(*state, key), vector_private_jwk);
    assert_string_equal(ed25519_public_jwk(*state, key), vector_public_key);
}

static void a_new_key_is_read_again_and_no_two_are_the_same(void **state)
{
    const struct ed25519 *key = ed25519_new(*state);
    const struct ed25519 *other = ed25519_new(*state);
    const char *jwk = ed25519_private_jwk(*state, key);
    struct ed25519 *read = NULL;

    assert_int_equal(ed25519_read(*state, key->kid, jwk, strlen(jwk), &read), ERR_OK);
    assert_memory_equal(read->seed, key->seed, ED25519_SIZE);
    assert_memory_equal(read->public, key->public, ED25519_SIZE);
    assert_memory_not_equal(other->seed, key->seed, ED25519_SIZE);
    assert_string_not_equal(other->kid, key->kid);
    assert_int_equal(strlen(key->kid), 32);
}

static void what_is_no_private_key_is_refused(void **state)
{
#define X "fCP6qCM3eIhdlxRysQagqPNuMzTr2X5jxNSwlbvuIlc"
#define D "PhrozCtvln8l8bRkrYvN36oPIShnt8GRFJ9FoBNyp_0"
    static const char *const texts[] = {
        "", "{}", "null", "[]", "{\"crv\":\"Ed25519\",\"x\":\"" X "\",\"kty\":\"OKP\"}",
        "{\"crv\":\"X25519\",\"d\":\"" D "\",\"x\":\"" X "\",\"kty\":\"OKP\"}",
        "{\"crv\":\"Ed25519\",\"d\":\"" D "\",\"x\":\"" X "\",\"kty\":\"EC\"}",
        "{\"crv\":\"Ed25519\",\"d\":\"" D "\",\"kty\":\"OKP\"}",
        "{\"crv\":\"Ed25519\",\"d\":\"" D "=\",\"x\":\"" X "\",\"kty\":\"OKP\"}",
        "{\"crv\":\"Ed25519\",\"d\":\"" D "AAAA\",\"x\":\"" X "\",\"kty\":\"OKP\"}",
        "{\"crv\":\"Ed25519\",\"d\":1,\"x\":\"" X "\",\"kty\":\"OKP\"}",
        /* The public part is another key's. */
        "{\"crv\":\"Ed25519\",\"d\":\"" X "\",\"x\":\"" X "\",\"kty\":\"OKP\"}",
        "{\"crv\":\"Ed25519\",\"d\":\"" D "\",\"x\":\"" D "\",\"kty\":\"OKP\"}"};
    struct ed25519 *key = NULL;

    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_int_equal(ed25519_read(*state, "k", texts[i], strlen(texts[i]), &key),
                         ERR_BAD_VALUE);
        assert_null(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_better_auth_sealed_is_opened),
        cmocka_unit_test(the_versioned_form_is_opened_with_whichever_secret_fits),
        cmocka_unit_test(what_we_seal_has_their_form_and_only_the_first_secret),
        cmocka_unit_test(what_we_seal_is_opened_by_the_definition),
        cmocka_unit_test(no_changed_or_cut_text_is_opened),
        cmocka_unit_test(better_auths_private_key_is_read_and_written_byte_for_byte),
        cmocka_unit_test(a_new_key_is_read_again_and_no_two_are_the_same),
        cmocka_unit_test(what_is_no_private_key_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
