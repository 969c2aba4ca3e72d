/* sec/cookie_cache: what Better Auth writes is written and read here, in all three forms. */
#include "sec/cookie_cache.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/clock.h"
#include "sec/hs256.h"
#include "sec/mac.h"
#include "sec/mail_token.h"
#include "unit.h"
#include "unit_config.h"
#include "vectors.h"
#include "vectors_cache.h"

struct suite {
    void *ctx;
    struct config *config;
};

static struct suite suite;

static int set_up(void **state)
{
    (void)state;
    suite.ctx = mem_context(NULL);
    suite.config = unit_config(suite.ctx, VECTOR_SECRET, NULL);
    suite.config->cookie_cache_max_age = VECTOR_CACHE_LIFE;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    talloc_free(suite.ctx);
    return 0;
}

/* Better Auth's cookies. */
static const struct vector {
    enum cookie_cache form;
    const char *value;
    const char *members; /* NULL: not told */
    int64_t made_at;
    const char *token;
} vectors[] = {
    {COOKIE_CACHE_COMPACT, vector_compact, vector_compact_members, VECTOR_COMPACT_TIME,
     VECTOR_COMPACT_TOKEN},
    {COOKIE_CACHE_JWT, vector_jwt, vector_jwt_members, VECTOR_JWT_TIME, VECTOR_JWT_TOKEN},
    {COOKIE_CACHE_JWE, vector_jwe, NULL, VECTOR_JWE_TIME, VECTOR_JWE_TOKEN},
};

static const enum cookie_cache forms[] = {COOKIE_CACHE_COMPACT, COOKIE_CACHE_JWT, COOKIE_CACHE_JWE};

static char *closed(enum cookie_cache form, const char *members, int64_t now, int64_t life)
{
    char *value = NULL;

    suite.config->cookie_cache = form;
    assert_int_equal(cookie_cache_close(suite.ctx, suite.config, members, now, life, &value),
                     ERR_OK);
    return value;
}

static enum err open_as(enum cookie_cache form, const char *value, int64_t now,
                        struct json **ret_payload)
{
    suite.config->cookie_cache = form;
    return cookie_cache_open(suite.ctx, suite.config, value, now, ret_payload);
}

static struct json *opened(enum cookie_cache form, const char *value, int64_t now)
{
    struct json *payload = NULL;

    if (open_as(form, value, now, &payload) != ERR_OK)
        fail_msg("refused in form %d: %s", (int)form, value);
    return payload;
}

static void assert_refused(enum cookie_cache form, const char *value, int64_t now)
{
    struct json *payload = NULL;

    if (open_as(form, value, now, &payload) != ERR_BAD_VALUE)
        fail_msg("accepted in form %d: %s", (int)form, value);
    assert_null(payload);
}

static void assert_text(const struct json *object, const char *name, const char *wanted)
{
    struct json_string text = {.data = NULL};

    assert_int_equal(json_get_string(object, name, &text), JSON_FOUND);
    assert_string_equal(text.data, wanted);
}

/* --- Better Auth's values --- */

static void compact_and_jwt_are_made_byte_for_byte_as_by_better_auth(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(
            closed(vectors[i].form, vectors[i].members, vectors[i].made_at, VECTOR_CACHE_LIFE),
            vectors[i].value);
}

static void what_better_auth_made_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const struct json *payload =
            opened(vectors[i].form, vectors[i].value, vectors[i].made_at + CLOCK_SECOND);
        const struct json *session, *user;
        int64_t updated_at = 0;

        assert_int_equal(json_get_object(suite.ctx, payload, "session", &session), JSON_FOUND);
        assert_int_equal(json_get_object(suite.ctx, payload, "user", &user), JSON_FOUND);
        assert_int_equal(json_get_int(payload, "updatedAt", &updated_at), JSON_FOUND);
        assert_int_equal(updated_at, vectors[i].made_at);
        assert_text(payload, "version", "1");
        assert_text(session, "token", vectors[i].token);
        assert_text(session, "userId", VECTOR_USER);
        assert_text(session, "userAgent", "node");
        assert_text(user, "id", VECTOR_USER);
        assert_text(user, "email", VECTOR_EMAIL);
        assert_text(user, "name", "Vector User");
    }
}

static void an_encrypted_one_names_its_key_as_better_auth_does(void **state)
{
    const char *value = closed(COOKIE_CACHE_JWE, "\"a\":1", VECTOR_JWE_TIME, VECTOR_CACHE_LIFE);
    size_t len = strcspn(vector_jwe, ".");
    unsigned char *header = NULL;
    size_t header_len = 0;

    (void)state;
    assert_int_equal(base64_decode(suite.ctx, BASE64_URL, vector_jwe, len, &header, &header_len),
                     ERR_OK);
    assert_string_equal((const char *)header, vector_jwe_header);
    assert_int_equal(strcspn(value, "."), len);
    assert_memory_equal(value, vector_jwe, len);
}

/* --- ours --- */

static void what_we_make_is_read(void **state)
{
    static const char members[] = "\"session\":{\"a\":\"\\u001f\\\"\\\\/\xc3\xa9\xe2\x80\xa8\"},"
                                  "\"user\":{\"n\":null}";

    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        const struct json *payload =
            opened(forms[i], closed(forms[i], members, CLOCK_DAY, CLOCK_MINUTE), CLOCK_DAY);
        const struct json *session;
        int64_t at = 0;

        assert_int_equal(json_get_object(suite.ctx, payload, "session", &session), JSON_FOUND);
        assert_text(session, "a", "\x1f\"\\/\xc3\xa9\xe2\x80\xa8");
        if (forms[i] != COOKIE_CACHE_COMPACT) {
            assert_int_equal(json_get_int(payload, "iat", &at), JSON_FOUND);
            assert_int_equal(at, 86400);
            assert_int_equal(json_get_int(payload, "exp", &at), JSON_FOUND);
            assert_int_equal(at, 86460);
        }
    }
}

static void it_ends_with_its_life(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        int64_t seconds = vectors[i].made_at / CLOCK_SECOND * CLOCK_SECOND;
        int64_t end = vectors[i].form == COOKIE_CACHE_COMPACT
                          ? vectors[i].made_at + VECTOR_CACHE_LIFE
                          : seconds + VECTOR_CACHE_LIFE - 1;
        opened(vectors[i].form, vectors[i].value, end);
        assert_refused(vectors[i].form, vectors[i].value, end + 1);
    }
}

/* Whoever made it, and however long it was meant to live. */
static void it_ends_with_our_max_age(void **state)
{
    (void)state;
    suite.config->cookie_cache_max_age = 10 * CLOCK_SECOND;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        opened(vectors[i].form, vectors[i].value, vectors[i].made_at + 10 * CLOCK_SECOND);
        assert_refused(vectors[i].form, vectors[i].value,
                       vectors[i].made_at + 10 * CLOCK_SECOND + 1);
    }
}

static void another_secret_opens_nothing(void **state)
{
    (void)state;
    suite.config = unit_config(suite.ctx, VECTOR_SECRET "x", VECTOR_SECRET);
    suite.config->cookie_cache_max_age = VECTOR_CACHE_LIFE;
    for (size_t i = 0; i < COUNT(vectors); i++)
        assert_refused(vectors[i].form, vectors[i].value, vectors[i].made_at);
}

static void every_changed_character_is_noticed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        char *value = mem_strdup(suite.ctx, vectors[i].value);
        for (char *at = value; *at != '\0'; at++) {
            char was = *at;
            *at = was == 'A' ? 'B' : 'A';
            assert_refused(vectors[i].form, value, vectors[i].made_at);
            *at = '.';
            if (was != '.')
                assert_refused(vectors[i].form, value, vectors[i].made_at);
            *at = was;
        }
        opened(vectors[i].form, value, vectors[i].made_at);
        assert_refused(vectors[i].form, mem_printf(suite.ctx, "%s=", value), vectors[i].made_at);
    }
}

static void only_the_configured_form_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        for (size_t j = 0; j < COUNT(forms); j++) {
            if (forms[j] != vectors[i].form)
                assert_refused(forms[j], vectors[i].value, vectors[i].made_at);
        }
    }
}

/* --- compact: where the text ends and the signature begins --- */

static const char *encode(const char *text)
{
    return base64_encode(suite.ctx, BASE64_URL, (const unsigned char *)text, strlen(text));
}

static char *decoded_compact(const char *value)
{
    unsigned char *text = NULL;
    size_t len = 0;

    assert_int_equal(base64_decode(suite.ctx, BASE64_URL, value, strlen(value), &text, &len),
                     ERR_OK);
    return (char *)text;
}

static void compact_in_another_spelling_is_refused(void **state)
{
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"{\"session\":", "{ \"session\":"},
        {"{\"session\":", "{\"sessio\":"},
        {",\"expiresAt\":1", ", \"expiresAt\":1"},
        {",\"expiresAt\":1", ",\"expiresAt\":01"},
        {",\"expiresAt\":1", ",\"expiresAt\":"},
        {",\"expiresAt\":1", ",\"expiresAt\":-1"},
        {",\"expiresAt\":1", ",\"expiresAt\":99999999999999999991"},
        {"},\"expiresAt\"", ",\"expiresAt\""},
        {",\"signature\":\"", ",\"signature\":\"A"},
        {",\"signature\"", ",\"signatur\""},
        {"\"}", "\"} "},
        {"\"}", "\",\"a\":1}"},
    };
    const char *text = decoded_compact(closed(COOKIE_CACHE_COMPACT, "\"session\":{},\"user\":{}",
                                              VECTOR_JWT_TIME, VECTOR_CACHE_LIFE));

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        /* The last one: names inside the payload come before. */
        const char *at = NULL;
        for (const char *next = text; (next = strstr(next, rows[i].from)) != NULL; next++)
            at = next;
        assert_non_null(at);
        assert_refused(COOKIE_CACHE_COMPACT,
                       encode(mem_printf(suite.ctx, "%.*s%s%s", (int)(at - text), text, rows[i].to,
                                         at + strlen(rows[i].from))),
                       VECTOR_JWT_TIME);
    }
    opened(COOKIE_CACHE_COMPACT, encode(text), VECTOR_JWT_TIME);
    for (size_t len = 0; len < strlen(text); len++)
        assert_refused(COOKIE_CACHE_COMPACT, encode(mem_strndup(suite.ctx, text, len)),
                       VECTOR_JWT_TIME);
}

static void compact_without_a_payload_is_refused(void **state)
{
    static const char signature[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    static const char *const payloads[] = {"", "}", "{", "{}", "[]", "\"}", "null"};

    (void)state;
    for (size_t i = 0; i < COUNT(payloads); i++)
        assert_refused(
            COOKIE_CACHE_COMPACT,
            encode(mem_printf(suite.ctx, "{\"session\":%s,\"expiresAt\":1,\"signature\":\"%s\"}",
                              payloads[i], signature)),
            0);
}

/* --- what is said must be said --- */

static void a_payload_without_what_it_needs_is_refused(void **state)
{
    static const struct {
        enum err answer;
        const char *payload; /* of a token made at second 1000 */
    } rows[] = {
        {ERR_OK, "{\"updatedAt\":1000000,\"version\":\"1\",\"exp\":1300}"},
        {ERR_OK, "{\"updatedAt\":1000000,\"exp\":1300}"},
        {ERR_BAD_VALUE, "{\"updatedAt\":1000000,\"version\":\"2\",\"exp\":1300}"},
        {ERR_BAD_VALUE, "{\"updatedAt\":1000000,\"version\":1,\"exp\":1300}"},
        {ERR_BAD_VALUE, "{\"updatedAt\":1000000,\"version\":null,\"exp\":1300}"},
        {ERR_BAD_VALUE, "{\"updatedAt\":1000000,\"version\":\"\",\"exp\":1300}"},
        {ERR_BAD_VALUE, "{\"version\":\"1\",\"exp\":1300}"},
        {ERR_BAD_VALUE, "{\"updatedAt\":\"1000000\",\"version\":\"1\",\"exp\":1300}"},
        {ERR_BAD_VALUE, "{\"updatedAt\":1000000,\"version\":\"1\"}"},
        {ERR_BAD_VALUE, "{\"updatedAt\":1000000,\"version\":\"1\",\"exp\":\"1300\"}"},
        {ERR_BAD_VALUE, "{\"updatedAt\":1000000,\"version\":\"1\",\"exp\":1300.5}"},
        {ERR_BAD_VALUE, "{\"updatedAt\":1000000,\"version\":\"1\",\"exp\":9007199254740991}"},
        {ERR_BAD_VALUE, "{\"updatedAt\":1000000,\"version\":\"1\",\"exp\":-1}"},
        {ERR_BAD_VALUE, "{\"updatedAt\":1000000,\"version\":\"1\",\"exp\":1300,\"exp\":1300}"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct json *payload = NULL;
        const char *value = hs256_sign(suite.ctx, suite.config, rows[i].payload);
        print_message("  %s\n", rows[i].payload);
        assert_int_equal(open_as(COOKIE_CACHE_JWT, value, 1000 * CLOCK_SECOND, &payload),
                         rows[i].answer);
    }
}

static void other_tokens_of_the_secret_are_no_cache(void **state)
{
    const struct mail_token letter = {.email = VECTOR_EMAIL, .user_id = VECTOR_USER};

    (void)state;
    assert_refused(COOKIE_CACHE_JWT,
                   mail_token_issue(suite.ctx, suite.config, &letter, VECTOR_JWT_TIME),
                   VECTOR_JWT_TIME);
    for (size_t i = 0; i < COUNT(vector_tokens); i++)
        assert_refused(COOKIE_CACHE_JWT, vector_tokens[i].token, VECTOR_NOW);
}

static void a_cache_is_no_token_of_a_letter(void **state)
{
    struct mail_token *token = NULL;

    (void)state;
    assert_int_equal(
        mail_token_verify(suite.ctx, suite.config, vector_jwt, VECTOR_JWT_TIME, &token),
        ERR_LINK_INVALID);
    assert_null(token);
}

static void what_is_too_long_is_not_looked_at(void **state)
{
    char *long_text = mem_bytes(suite.ctx, 20001);

    (void)state;
    memset(long_text, 'a', 20000);
    long_text[20000] = '\0';
    for (size_t i = 0; i < COUNT(forms); i++) {
        const char *members = mem_printf(suite.ctx, "\"a\":\"%.11000s\"", long_text);
        opened(forms[i], closed(forms[i], members, CLOCK_DAY, CLOCK_MINUTE), CLOCK_DAY);
        members = mem_printf(suite.ctx, "\"a\":\"%s\"", long_text);
        assert_refused(forms[i], closed(forms[i], members, CLOCK_DAY, CLOCK_MINUTE), CLOCK_DAY);
        assert_refused(forms[i], "", CLOCK_DAY);
    }
}

static void what_is_signed_but_no_base64_is_refused(void **state)
{
    const char *text = "eyJhbGciOiJIUzI1NiJ9.e30=";
    unsigned char mac[MAC_SIZE];

    (void)state;
    mac_sign(&suite.config->secrets[0], text, strlen(text), mac);
    assert_refused(
        COOKIE_CACHE_JWT,
        mem_printf(suite.ctx, "%s.%s", text, base64_encode(suite.ctx, BASE64_URL, mac, sizeof mac)),
        VECTOR_JWT_TIME);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(compact_and_jwt_are_made_byte_for_byte_as_by_better_auth),
        T(what_better_auth_made_is_read),
        T(an_encrypted_one_names_its_key_as_better_auth_does),
        T(what_we_make_is_read),
        T(it_ends_with_its_life),
        T(it_ends_with_our_max_age),
        T(another_secret_opens_nothing),
        T(every_changed_character_is_noticed),
        T(only_the_configured_form_is_read),
        T(compact_in_another_spelling_is_refused),
        T(compact_without_a_payload_is_refused),
        T(a_payload_without_what_it_needs_is_refused),
        T(other_tokens_of_the_secret_are_no_cache),
        T(what_is_signed_but_no_base64_is_refused),
        T(a_cache_is_no_token_of_a_letter),
        T(what_is_too_long_is_not_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
