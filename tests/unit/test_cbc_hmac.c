/* sec/cbc_hmac: A256CBC-HS512 as RFC 7518 has it. */
#include <sodium.h>

#include "base/mem.h"
#include "sec/cbc_hmac.h"
#include "unit.h"

/* RFC 7518 appendix B.3; the key is the bytes 0 to 63. */
static const char plain[] = "A cipher system must not be required to be secret, and it must be "
                            "able to fall into the hands of the enemy without inconvenience";
static const char data[] = "The second principle of Auguste Kerckhoffs";
static const char iv_hex[] = "1af38c2dc2b96ffdd86694092341bc04";
static const char cipher_hex[] =
    "4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd822c301dd67c373bccb584ad3e9279"
    "c2e6d12a1374b77f077553df829410446b36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f"
    "09b3a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950bbe2638d09dd7a4930930806d07"
    "03b1f6";
static const char tag_hex[] = "4dd3b4c088a7f45c216839645b2012bf2e6269a8c56a816dbc1b267761955bc5";

struct suite {
    void *ctx;
    unsigned char key[CBC_HMAC_KEY_SIZE];
    unsigned char iv[CBC_HMAC_IV_SIZE];
    struct cbc_hmac with;
};

static struct suite suite;

static int set_up(void **state)
{
    (void)state;
    suite.ctx = mem_context(NULL);
    for (unsigned char i = 0; i < sizeof suite.key; i++)
        suite.key[i] = i;
    sodium_hex2bin(suite.iv, sizeof suite.iv, iv_hex, strlen(iv_hex), NULL, NULL, NULL);
    suite.with =
        (struct cbc_hmac){.key = suite.key, .iv = suite.iv, .data = data, .data_len = strlen(data)};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    talloc_free(suite.ctx);
    return 0;
}

static const char *hex(const unsigned char *bytes, size_t len)
{
    char *text = mem_bytes(suite.ctx, 2 * len + 1);

    return sodium_bin2hex(text, 2 * len + 1, bytes, len);
}

static void the_example_of_rfc_7518_is_made_and_read(void **state)
{
    unsigned char *cipher = NULL, tag[CBC_HMAC_TAG_SIZE];
    char *text = NULL;
    size_t len = 0, text_len = 0;

    (void)state;
    assert_int_equal(
        cbc_hmac_encrypt(suite.ctx, &suite.with, plain, strlen(plain), &cipher, &len, tag), ERR_OK);
    assert_string_equal(hex(cipher, len), cipher_hex);
    assert_string_equal(hex(tag, sizeof tag), tag_hex);
    assert_int_equal(cbc_hmac_decrypt(suite.ctx, &suite.with, cipher, len, tag, &text, &text_len),
                     ERR_OK);
    assert_int_equal(text_len, strlen(plain));
    assert_string_equal(text, plain);
}

static void texts_of_every_length_come_back(void **state)
{
    (void)state;
    for (size_t size = 0; size < 50; size++) {
        unsigned char *cipher = NULL, tag[CBC_HMAC_TAG_SIZE];
        char *text = NULL;
        size_t len = 0, text_len = 0;

        assert_int_equal(cbc_hmac_encrypt(suite.ctx, &suite.with, plain, size, &cipher, &len, tag),
                         ERR_OK);
        assert_int_equal(len, size / 16 * 16 + 16);
        assert_int_equal(
            cbc_hmac_decrypt(suite.ctx, &suite.with, cipher, len, tag, &text, &text_len), ERR_OK);
        assert_int_equal(text_len, size);
        assert_memory_equal(text, plain, size);
    }
}

/* Whatever byte of key, IV, data, cipher or tag is another: nothing is decrypted. */
static void every_change_is_noticed(void **state)
{
    unsigned char *cipher = NULL, tag[CBC_HMAC_TAG_SIZE];
    char changed[sizeof data];
    size_t len = 0;

    (void)state;
    assert_int_equal(
        cbc_hmac_encrypt(suite.ctx, &suite.with, plain, strlen(plain), &cipher, &len, tag), ERR_OK);
    memcpy(changed, data, sizeof data);
    suite.with.data = changed;
    const struct {
        unsigned char *bytes;
        size_t len;
    } parts[] = {
        {suite.key, CBC_HMAC_KEY_SIZE / 2},
        {suite.iv, sizeof suite.iv},
        {(unsigned char *)changed, strlen(data)},
        {cipher, len},
        {tag, sizeof tag},
    };
    for (size_t i = 0; i < COUNT(parts); i++) {
        for (size_t at = 0; at < parts[i].len; at++) {
            char *text = NULL;
            size_t text_len = 0;
            parts[i].bytes[at] ^= 1;
            assert_int_equal(
                cbc_hmac_decrypt(suite.ctx, &suite.with, cipher, len, tag, &text, &text_len),
                ERR_BAD_VALUE);
            assert_null(text);
            parts[i].bytes[at] ^= 1;
        }
    }
}

static void what_has_a_right_tag_and_is_no_cipher_is_refused(void **state)
{
    /* The tags of no bytes, and of ones that do not fill a block or have no padding inside. */
    static const unsigned char ciphers[17] = {0};
    static const size_t lengths[] = {0, 1, 15, 16, 17};

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        unsigned char whole[crypto_auth_hmacsha512_BYTES];
        crypto_auth_hmacsha512_state hmac;
        static const unsigned char bits[8] = {0, 0, 0, 0, 0, 0, 1, 0x50};
        char *text = NULL;
        size_t text_len = 0;

        crypto_auth_hmacsha512_init(&hmac, suite.key, CBC_HMAC_KEY_SIZE / 2);
        crypto_auth_hmacsha512_update(&hmac, (const unsigned char *)data, strlen(data));
        crypto_auth_hmacsha512_update(&hmac, suite.iv, sizeof suite.iv);
        crypto_auth_hmacsha512_update(&hmac, ciphers, lengths[i]);
        crypto_auth_hmacsha512_update(&hmac, bits, sizeof bits);
        crypto_auth_hmacsha512_final(&hmac, whole);
        assert_int_equal(
            cbc_hmac_decrypt(suite.ctx, &suite.with, ciphers, lengths[i], whole, &text, &text_len),
            ERR_BAD_VALUE);
        assert_null(text);
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(the_example_of_rfc_7518_is_made_and_read),
        T(texts_of_every_length_come_back),
        T(every_change_is_noticed),
        T(what_has_a_right_tag_and_is_no_cipher_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
