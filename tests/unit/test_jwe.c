/* sec/jwe: what was encrypted comes back, and nothing else does. */
#include "base/base64.h"
#include "base/mem.h"
#include "sec/cbc_hmac.h"
#include "sec/jwe.h"
#include "unit.h"

static const unsigned char key[JWE_KEY_SIZE] = "0123456789abcdef0123456789abcdef"
                                               "ABCDEFGHIJKLMNOPABCDEFGHIJKLMNO";
static const char plain[] = "{\"a\":\"text that is to be kept\"}";

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

static char *encrypted(void *ctx)
{
    char *value = NULL;

    assert_int_equal(jwe_encrypt(ctx, key, plain, &value), ERR_OK);
    return value;
}

static void assert_refused(void *ctx, const unsigned char *with, const char *value)
{
    char *text = NULL;
    size_t len = 0;

    if (jwe_decrypt(ctx, with, value, &text, &len) != ERR_BAD_VALUE)
        fail_msg("accepted: %s", value);
    assert_null(text);
}

static void an_encrypted_text_comes_back(void **state)
{
    const char *value = encrypted(*state);
    char *text = NULL;
    size_t len = 0;

    assert_null(strstr(value, plain));
    assert_int_equal(jwe_decrypt(*state, key, value, &text, &len), ERR_OK);
    assert_string_equal(text, plain);
    assert_int_equal(len, strlen(plain));
}

static void no_two_are_the_same(void **state)
{
    assert_string_not_equal(encrypted(*state), encrypted(*state));
}

static void another_key_opens_nothing(void **state)
{
    unsigned char other[JWE_KEY_SIZE];

    for (size_t i = 0; i < JWE_KEY_SIZE; i++) {
        memcpy(other, key, sizeof other);
        other[i] ^= 1;
        assert_refused(*state, other, encrypted(*state));
    }
}

static void every_changed_character_is_noticed(void **state)
{
    char *value = encrypted(*state);

    for (char *at = value; *at != '\0'; at++) {
        char was = *at;
        static const char others[] = "A-.=";
        for (size_t i = 0; i < strlen(others); i++) {
            *at = others[i];
            if (others[i] != was)
                assert_refused(*state, key, value);
        }
        *at = was;
    }
}

static void other_forms_are_refused(void **state)
{
    const char *value = encrypted(*state);
    const char *const values[] = {
        "",
        "....",
        ".....",
        mem_printf(*state, "%s.", value),
        mem_printf(*state, ".%s", value),
        mem_printf(*state, " %s", value),
        mem_printf(*state, "%s=", value),
        mem_strndup(*state, value, strlen(value) - 1),
        mem_strndup(*state, value, strcspn(value, ".") + 1),
        "eyJhbGciOiJIUzI1NiJ9.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };

    for (size_t i = 0; i < COUNT(values); i++)
        assert_refused(*state, key, values[i]);
}

/* A value with HEADER, rightly encrypted and authenticated; KEY_PART is the second part. */
static const char *with_header(void *ctx, const char *header, const char *key_part)
{
    static const unsigned char iv[CBC_HMAC_IV_SIZE] = {7};
    unsigned char *cipher = NULL, tag[CBC_HMAC_TAG_SIZE];
    size_t len = 0;
    const char *part =
        base64_encode(ctx, BASE64_URL, (const unsigned char *)header, strlen(header));
    const struct cbc_hmac with = {.key = key, .iv = iv, .data = part, .data_len = strlen(part)};

    assert_int_equal(cbc_hmac_encrypt(ctx, &with, plain, strlen(plain), &cipher, &len, tag),
                     ERR_OK);
    return mem_printf(ctx, "%s.%s.%s.%s.%s", part, key_part,
                      base64_encode(ctx, BASE64_URL, iv, sizeof iv),
                      base64_encode(ctx, BASE64_URL, cipher, len),
                      base64_encode(ctx, BASE64_URL, tag, sizeof tag));
}

/* Who has the key may mean something by them that we do not know. */
static void other_headers_are_refused(void **state)
{
    const char *value = encrypted(*state);
    unsigned char *header = NULL;
    size_t len = 0;
    char *text = NULL;

    assert_int_equal(base64_decode(*state, BASE64_URL, value, strcspn(value, "."), &header, &len),
                     ERR_OK);
    const char *good = (const char *)header, *kid = strstr(good, "\"kid\"");
    assert_non_null(kid);
    const char *const headers[] = {
        "{\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\"}",
        mem_printf(*state, "{\"alg\":\"dir\",\"enc\":\"A256GCM\",%s", kid),
        mem_printf(*state, "{\"alg\":\"A256KW\",\"enc\":\"A256CBC-HS512\",%s", kid),
        mem_printf(*state, "{\"zip\":\"DEF\",\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\",%s", kid),
        mem_printf(*state, "{\"crit\":[],\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\",%s", kid),
        "{\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\",\"kid\":\"another\"}",
        "[]",
        "",
    };
    for (size_t i = 0; i < COUNT(headers); i++)
        assert_refused(*state, key, with_header(*state, headers[i], ""));
    assert_refused(*state, key, with_header(*state, good, "AAAA"));
    assert_int_equal(jwe_decrypt(*state, key, with_header(*state, good, ""), &text, &len), ERR_OK);
    assert_string_equal(text, plain);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(an_encrypted_text_comes_back), T(no_two_are_the_same),
        T(another_key_opens_nothing),    T(every_changed_character_is_noticed),
        T(other_forms_are_refused),      T(other_headers_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
