/* The outer form of tokens: parts, base64url, length, and every bit of them. */
#include <stdlib.h>

#include "base/mem.h"
#include "sec/token.h"
#include "unit.h"
#include "unit_suite.h"
#include "unit_token.h"

/* A good token, whole and in its parts. */
static struct {
    char *text;
    const char *header;
    const char *payload;
    const char *signature;
} good;

static int set_up(void **state)
{
    (void)state;
    suite_begin(UNIT_SECRET, NULL);
    good.text =
        unit_token(suite.ctx, UNIT_HEADER, strlen(UNIT_HEADER), UNIT_PAYLOAD, strlen(UNIT_PAYLOAD));
    char *rest = mem_strdup(suite.ctx, good.text);
    good.header = strsep(&rest, ".");
    good.payload = strsep(&rest, ".");
    good.signature = rest;
    return 0;
}

static void only_three_parts_in_plain_base64url_are_a_token(void **state)
{
    (void)state;
    assert_int_equal(unit_verify(suite.config, good.text, strlen(good.text)), ERR_OK);
    void *ctx = mem_context(NULL);
    const char *h = good.header;
    const char *p = good.payload;
    const char *s = good.signature;
    const char *const texts[] = {
        "",
        ".",
        "..",
        "...",
        "x",
        h,
        s,
        mem_printf(ctx, "%s.%s", h, p),
        mem_printf(ctx, "%s.%s.", h, p),
        mem_printf(ctx, "%s..%s", h, s),
        mem_printf(ctx, ".%s.%s", p, s),
        mem_printf(ctx, "%s.%s.%s.", h, p, s),
        mem_printf(ctx, ".%s.%s.%s", h, p, s),
        mem_printf(ctx, "%s.%s.%s.%s", h, p, s, s),
        mem_printf(ctx, "%s.%s.%s..", h, p, s),
        mem_printf(ctx, "%s.%s.%s.%s.%s", h, p, s, p, s), /* as many as encrypted tokens have */
        mem_printf(ctx, " %s.%s.%s", h, p, s),
        mem_printf(ctx, "%s.%s.%s ", h, p, s),
        mem_printf(ctx, "%s.%s.%s\n", h, p, s),
        mem_printf(ctx, "%s .%s.%s", h, p, s),
        mem_printf(ctx, "%s.%s.\t%s", h, p, s),
        mem_printf(ctx, "%s=.%s.%s", h, p, s),
        mem_printf(ctx, "%s.%s=.%s", h, p, s),
        mem_printf(ctx, "%s.%s.%s=", h, p, s),
        mem_printf(ctx, "%s.%s.%s==", h, p, s),
        mem_printf(ctx, "%s%%2E%s.%s", h, p, s),
        mem_printf(ctx, "%s.%s.%%%s", h, p, s),
        mem_printf(ctx, "!%s.%s.%s", h, p, s),
        mem_printf(ctx, "%s.!%s.%s", h, p, s),
        mem_printf(ctx, "%s.%s.!%s", h, p, s),
        mem_printf(ctx, "Bearer %s.%s.%s", h, p, s),
        mem_printf(ctx, "\"%s.%s.%s\"", h, p, s),
        mem_printf(ctx, "%s,%s,%s", h, p, s),
        mem_printf(ctx, "%s.%s.%s%s", h, p, s, s),
        mem_printf(ctx, "{\"protected\":\"%s\",\"payload\":\"%s\",\"signature\":\"%s\"}", h, p, s),
        mem_printf(ctx, "%s.%s.%s", h, p, h),
        mem_printf(ctx, "%s.%s.%s", p, h, s),
        mem_printf(ctx, "%s.%s.%s", h, s, p),
        mem_printf(ctx, "%s.%s.%s", h, h, s),
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (unit_verify(suite.config, texts[i], strlen(texts[i])) != ERR_TOKEN_INVALID) {
            fail_msg("accepted: %s", texts[i]);
        }
    }
    talloc_free(ctx);
}

static void bytes_behind_a_nul_count(void **state)
{
    (void)state;
    size_t len = strlen(good.text);
    assert_int_equal(unit_verify(suite.config, good.text, len + 1), ERR_TOKEN_INVALID);
    char *longer = mem_bytes(suite.ctx, len + 6);
    memcpy(longer, good.text, len + 1);
    memcpy(longer + len + 1, "extra", 5);
    assert_int_equal(unit_verify(suite.config, longer, len + 6), ERR_TOKEN_INVALID);
}

/* The next character of the alphabet: for one with unused bits, another spelling of the same. */
static char next_character(char byte)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_A";
    return strchr(alphabet, byte)[1];
}

static void no_part_has_a_second_spelling(void **state)
{
    (void)state;
    /* The last of 43 characters for 32 bytes has two unused bits. */
    char *signature = mem_strdup(suite.ctx, good.signature);
    char *last = signature + strlen(signature) - 1;
    *last = next_character(*last);
    char *token = mem_printf(suite.ctx, "%s.%s.%s", good.header, good.payload, signature);
    assert_int_equal(unit_verify(suite.config, token, strlen(token)), ERR_TOKEN_INVALID);

    /* Signed over the other spelling, so that only the spelling is wrong. */
    static const char *const padded[] = {"{\"alg\":\"HS256\"} ", "{\"alg\":\"HS256\"}  "};
    for (size_t i = 0; i < COUNT(padded); i++) {
        char *header = unit_base64(suite.ctx, padded[i], strlen(padded[i]));
        assert_int_not_equal(strlen(header) % 4, 0);
        for (int other = 0; other < 2; other++) {
            char *signed_part = mem_printf(suite.ctx, "%s.%s", header, good.payload);
            token = unit_sign(suite.ctx, signed_part, UNIT_SECRET, strlen(UNIT_SECRET));
            assert_int_equal(unit_verify(suite.config, token, strlen(token)),
                             other ? ERR_TOKEN_INVALID : ERR_OK);
            char *end = header + strlen(header) - 1;
            *end = next_character(*end);
        }
    }
    static const char spaced[] = "{\"sub\":\"u1\",\"exp\":1795218181}  ";
    char *payload = unit_base64(suite.ctx, spaced, strlen(spaced));
    assert_int_not_equal(strlen(payload) % 4, 0);
    for (int other = 0; other < 2; other++) {
        char *signed_part = mem_printf(suite.ctx, "%s.%s", good.header, payload);
        token = unit_sign(suite.ctx, signed_part, UNIT_SECRET, strlen(UNIT_SECRET));
        assert_int_equal(unit_verify(suite.config, token, strlen(token)),
                         other ? ERR_TOKEN_INVALID : ERR_OK);
        char *end = payload + strlen(payload) - 1;
        *end = next_character(*end);
    }
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    size_t len = strlen(good.text);
    for (size_t at = 0; at < len; at++) {
        for (int bit = 0; bit < 8; bit++) {
            good.text[at] = (char)(good.text[at] ^ 1 << bit);
            if (unit_verify(suite.config, good.text, len) != ERR_TOKEN_INVALID) {
                fail_msg("bit %d of byte %zu", bit, at);
            }
            good.text[at] = (char)(good.text[at] ^ 1 << bit);
        }
    }
    assert_int_equal(unit_verify(suite.config, good.text, len), ERR_OK);
}

static unsigned char *good_signature(size_t *ret_len)
{
    unsigned char *mac = NULL;

    assert_int_equal(
        base64_decode(suite.ctx, BASE64_URL, good.signature, strlen(good.signature), &mac, ret_len),
        ERR_OK);
    return mac;
}

static void every_flipped_bit_of_the_signature_is_noticed(void **state)
{
    (void)state;
    size_t len;
    unsigned char *mac = good_signature(&len);
    for (size_t bit = 0; bit < len * 8; bit++) {
        void *ctx = mem_context(NULL);
        mac[bit / 8] = (unsigned char)(mac[bit / 8] ^ 1 << bit % 8);
        char *token = mem_printf(ctx, "%s.%s.%s", good.header, good.payload,
                                 base64_encode(ctx, BASE64_URL, mac, len));
        assert_int_equal(unit_verify(suite.config, token, strlen(token)), ERR_TOKEN_INVALID);
        mac[bit / 8] = (unsigned char)(mac[bit / 8] ^ 1 << bit % 8);
        talloc_free(ctx);
    }
}

static void no_cut_signature_is_right(void **state)
{
    (void)state;
    size_t len;
    unsigned char *mac = good_signature(&len);
    for (size_t cut = 0; cut < len; cut++) {
        char *token = mem_printf(suite.ctx, "%s.%s.%s", good.header, good.payload,
                                 base64_encode(suite.ctx, BASE64_URL, mac, cut));
        assert_int_equal(unit_verify(suite.config, token, strlen(token)), ERR_TOKEN_INVALID);
    }
    for (size_t cut = 0; cut < strlen(good.text); cut++) {
        assert_int_equal(unit_verify(suite.config, good.text, cut), ERR_TOKEN_INVALID);
    }
}

/* A good token of exactly LEN characters, or one that is good but for its length. */
static char *token_of_length(void *ctx, size_t len)
{
    for (size_t filling = len / 2; filling < len; filling++) {
        char *filled = mem_bytes(ctx, filling + 1);
        memset(filled, 'x', filling);
        filled[filling] = '\0';
        char *payload = mem_printf(ctx, "{\"sub\":\"u1\",\"exp\":1795218181,\"x\":\"%s\"}", filled);
        char *token = unit_token(ctx, UNIT_HEADER, strlen(UNIT_HEADER), payload, strlen(payload));
        if (strlen(token) >= len) {
            return token;
        }
    }
    return NULL;
}

static void a_token_has_at_most_4096_characters(void **state)
{
    (void)state;
    void *ctx = mem_context(NULL);
    char *token = token_of_length(ctx, TOKEN_MAX_LENGTH);
    assert_int_equal(strlen(token), TOKEN_MAX_LENGTH);
    assert_int_equal(unit_verify(suite.config, token, strlen(token)), ERR_OK);
    token = token_of_length(ctx, TOKEN_MAX_LENGTH + 1);
    assert_int_equal(strlen(token), TOKEN_MAX_LENGTH + 1);
    assert_int_equal(unit_verify(suite.config, token, strlen(token)), ERR_TOKEN_INVALID);

    size_t huge = (size_t)20 * 1024 * 1024;
    char *text = mem_bytes(ctx, huge);
    memset(text, 'A', huge);
    text[100] = '.';
    text[huge - 100] = '.';
    assert_int_equal(unit_verify(suite.config, text, huge), ERR_TOKEN_INVALID);
    talloc_free(ctx);
}

static void no_byte_behind_the_token_is_read(void **state)
{
    (void)state;
    size_t len = strlen(good.text);
    char *exact = malloc(len); /* without a NUL: a sanitizer sees a read behind it */
    memcpy(exact, good.text, len);
    assert_int_equal(unit_verify(suite.config, exact, len), ERR_OK);
    free(exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_three_parts_in_plain_base64url_are_a_token),
        cmocka_unit_test(bytes_behind_a_nul_count),
        cmocka_unit_test(no_part_has_a_second_spelling),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(every_flipped_bit_of_the_signature_is_noticed),
        cmocka_unit_test(no_cut_signature_is_right),
        cmocka_unit_test(a_token_has_at_most_4096_characters),
        cmocka_unit_test(no_byte_behind_the_token_is_read),
    };
    return cmocka_run_group_tests(tests, set_up, suite_end);
}
