#include "base/base64.h"
#include "base/mem.h"
#include "unit.h"

static enum err decode(enum base64_form form, const char *text, unsigned char **ret_data,
                       size_t *ret_len)
{
    return base64_decode(NULL, form, text, strlen(text), ret_data, ret_len);
}

static void both_forms_have_the_texts_of_rfc_4648(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        const char *standard;
        const char *url;
    } pairs[] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xfb\xff\xbf", "+/+/", "-_-_"},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        const char *texts[] = {pairs[i].url, pairs[i].standard};
        const enum base64_form forms[] = {BASE64_URL, BASE64_STANDARD};
        for (int f = 0; f < 2; f++) {
            size_t len = strlen(pairs[i].data);
            char *text = base64_encode(NULL, forms[f], (const unsigned char *)pairs[i].data, len);
            assert_string_equal(text, texts[f]);
            talloc_free(text);
            unsigned char *data = NULL;
            size_t decoded = 99;
            assert_int_equal(decode(forms[f], texts[f], &data, &decoded), ERR_OK);
            assert_int_equal(decoded, len);
            assert_memory_equal(data, pairs[i].data, len + 1);
            talloc_free(data);
        }
    }
}

static void what_is_not_canonical_is_refused(void **state)
{
    (void)state;
    static const struct {
        enum base64_form form;
        const char *text;
    } texts[] = {
        {BASE64_URL, "Z"},  /* six bits are no byte */
        {BASE64_URL, "Zh"}, /* bits behind the last byte */
        {BASE64_URL, "QR"},
        {BASE64_URL, "Zm9"},
        {BASE64_URL, "Zg=="}, /* padding */
        {BASE64_URL, "Zm8="},
        {BASE64_URL, "+/+/"}, /* the other alphabet */
        {BASE64_URL, " Zg"},
        {BASE64_URL, "Zg\n"},
        {BASE64_URL, "Zm 9v"},
        {BASE64_URL, "Zm%39v"},
        {BASE64_URL, "Zm9v\xc3\xb6"},
        {BASE64_URL, "Zm9\xec"}, /* the decoder of libsodium takes it for an "A" */
        {BASE64_URL, "\xff\xfb\xef\xbe"},
        {BASE64_STANDARD, "Zg"}, /* no padding */
        {BASE64_STANDARD, "Zg="},
        {BASE64_STANDARD, "Zg==="},
        {BASE64_STANDARD, "Zh=="},
        {BASE64_STANDARD, "Zm9v===="},
        {BASE64_STANDARD, "=Zg="},
        {BASE64_STANDARD, "-_-_"},
        {BASE64_STANDARD, "Zm8=\n"},
        {BASE64_STANDARD, "Zm9\xec"},
        {BASE64_BARE, "Zg=="},
        {BASE64_BARE, "Zh"},
        {BASE64_BARE, "-_-_"},
        {BASE64_BARE, "Zm9\xec"},
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        unsigned char *data = NULL;
        size_t len = 99;
        if (decode(texts[i].form, texts[i].text, &data, &len) != ERR_BAD_VALUE) {
            fail_msg("\"%s\" was decoded", texts[i].text);
        }
        assert_null(data);
        assert_int_equal(len, 99);
    }
    unsigned char *data = NULL;
    size_t len = 0;
    assert_int_equal(base64_decode(NULL, BASE64_URL, "Zm9v\0", 5, &data, &len), ERR_BAD_VALUE);
    assert_int_equal(base64_decode(NULL, BASE64_URL, "Zm\0v", 4, &data, &len), ERR_BAD_VALUE);
}

static void every_length_and_byte_comes_back(void **state)
{
    (void)state;
    unsigned char data[512];
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (unsigned char)(i * 167 + i / 256);
    }
    for (size_t len = 0; len <= sizeof data; len++) {
        void *ctx = mem_context(NULL);
        char *text = base64_encode(ctx, BASE64_URL, data, len);
        assert_int_equal(strlen(text), (len * 4 + 2) / 3);
        unsigned char *back = NULL;
        size_t back_len = 0;
        assert_int_equal(base64_decode(ctx, BASE64_URL, text, strlen(text), &back, &back_len),
                         ERR_OK);
        assert_int_equal(back_len, len);
        assert_memory_equal(back, data, len);
        talloc_free(ctx);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_have_the_texts_of_rfc_4648),
        cmocka_unit_test(what_is_not_canonical_is_refused),
        cmocka_unit_test(every_length_and_byte_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
