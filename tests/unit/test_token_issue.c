/* Tokens that we make: every front end can decode them, and every verifier accepts them. */
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "sec/token.h"
#include "unit.h"
#include "unit_suite.h"
#include "unit_token.h"

static int set_up(void **state)
{
    (void)state;
    return suite_begin(UNIT_SECRET, NULL);
}

static const struct token_subject subject = {
    .user_id = "u1", .email = "a@b.co", .name = "Ann", .session_id = "s1"};

/* The payload of TOKEN as text. */
static const char *payload_of(void *ctx, const char *token, size_t *ret_len)
{
    const char *start = strchr(token, '.') + 1;
    unsigned char *data = NULL;
    assert_int_equal(base64_decode(ctx, BASE64_URL, start, (size_t)(strrchr(token, '.') - start),
                                   &data, ret_len),
                     ERR_OK);
    return (const char *)data;
}

static void all_claims_of_the_contract_are_in_it(void **state)
{
    (void)state;
    char *token = token_issue(suite.ctx, suite.config, &subject, UNIT_NOW + 999, CLOCK_HOUR);
    static const char header[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";
    assert_memory_equal(token, header, sizeof header - 1);
    size_t len = 0;
    const char *payload = payload_of(suite.ctx, token, &len);
    static const char expected[] =
        "{\"sub\":\"u1\",\"user_id\":\"u1\",\"userId\":\"u1\",\"email\":\"a@b.co\",\"name\":"
        "\"Ann\","
        "\"sessionId\":\"s1\",\"iss\":\"better-auth\",\"iat\":1795218180,\"exp\":1795221780,"
        "\"jti\":\"tg_";
    assert_memory_equal(payload, expected, sizeof expected - 1);
    assert_int_equal(len, sizeof expected - 1 + ID_LENGTH + strlen("\"}"));
}

static void what_is_issued_is_verified(void **state)
{
    (void)state;
    char *token = token_issue(suite.ctx, suite.config, &subject, UNIT_NOW, CLOCK_HOUR);
    struct token_claims *claims = NULL;
    assert_int_equal(
        token_verify(suite.ctx, suite.config, NULL, token, strlen(token), UNIT_NOW, &claims),
        ERR_OK);
    assert_string_equal(claims->user_id, "u1");
    assert_string_equal(claims->email, "a@b.co");
    assert_string_equal(claims->name, "Ann");
    assert_string_equal(claims->session_id, "s1");
    assert_true(claims->issued_here);
    assert_int_equal(claims->expires_at, UNIT_NOW + CLOCK_HOUR);
    assert_int_equal(token_verify(suite.ctx, suite.config, NULL, token, strlen(token),
                                  UNIT_NOW + CLOCK_HOUR, &claims),
                     ERR_TOKEN_EXPIRED);
}

static void two_tokens_are_never_the_same(void **state)
{
    (void)state;
    assert_string_not_equal(token_issue(suite.ctx, suite.config, &subject, UNIT_NOW, 1000),
                            token_issue(suite.ctx, suite.config, &subject, UNIT_NOW, 1000));
}

static void what_is_not_known_is_not_claimed(void **state)
{
    (void)state;
    static const struct token_subject bare = {.user_id = "u1"};
    char *token = token_issue(suite.ctx, suite.config, &bare, UNIT_NOW, CLOCK_HOUR);
    struct token_claims *claims = NULL;
    assert_int_equal(
        token_verify(suite.ctx, suite.config, NULL, token, strlen(token), UNIT_NOW, &claims),
        ERR_OK);
    assert_null(claims->email);
    assert_null(claims->name);
    assert_null(claims->session_id);
}

static void our_own_tokens_pass_where_issuer_and_audience_are_required(void **state)
{
    (void)state;
    struct config config = *suite.config;
    config.jwt_require_iss_aud = true;
    struct token_claims *claims = NULL;
    char *token = token_issue(suite.ctx, &config, &subject, UNIT_NOW, CLOCK_HOUR);
    assert_int_equal(
        token_verify(suite.ctx, &config, NULL, token, strlen(token), UNIT_NOW, &claims), ERR_OK);
    token = token_issue(suite.ctx, suite.config, &subject, UNIT_NOW, CLOCK_HOUR);
    size_t len = 0;
    assert_null(strstr(payload_of(suite.ctx, token, &len), "\"aud\""));
}

static uint32_t random_state = 4711;

static uint32_t next_random(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % limit;
}

/* A name of everything that could put six one bits into a row. */
static const char *random_name(void *ctx)
{
    static const char *const pieces[] = {">",
                                         "?",
                                         "~",
                                         "\x7f",
                                         "\x01",
                                         "\x1f",
                                         "\n",
                                         "\"",
                                         "\\",
                                         "/",
                                         "\xc3\xbf",
                                         "a",
                                         "-",
                                         "_",
                                         "\xef\xbf\xbf",
                                         "\xf0\x9f\x98\x80",
                                         "\xf4\x8f\xbf\xbf",
                                         "\xf0\x9d\xa0\x80",
                                         "z",
                                         "\xe2\x82\xac"};
    char *name = mem_strdup(ctx, "");
    uint32_t count = next_random(40);
    for (uint32_t i = 0; i < count; i++) {
        name = mem_printf(ctx, "%s%s", name, pieces[next_random(COUNT(pieces))]);
    }
    return name;
}

static void every_payload_is_plain_base64_too(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        void *ctx = mem_context(NULL);
        struct token_subject someone = subject;
        someone.name = random_name(ctx);
        someone.email = random_name(ctx);
        someone.user_id = mem_printf(ctx, "u%d", round);
        char *token = token_issue(ctx, suite.config, &someone, UNIT_NOW, CLOCK_HOUR);
        const char *payload = strchr(token, '.') + 1;
        size_t len = (size_t)(strrchr(token, '.') - payload);
        if (memchr(payload, '-', len) || memchr(payload, '_', len)) {
            fail_msg("not for atob(): %s", token);
        }
        struct token_claims *claims = NULL;
        assert_int_equal(
            token_verify(ctx, suite.config, NULL, token, strlen(token), UNIT_NOW, &claims), ERR_OK);
        assert_string_equal(claims->name, someone.name);
        assert_string_equal(claims->email, someone.email);
        talloc_free(ctx);
    }
}

static void a_name_that_is_too_long_is_left_out(void **state)
{
    (void)state;
    char name[4000];
    memset(name, 'n', sizeof name);
    struct token_subject someone = subject;
    someone.name = name;
    bool with_name = false;
    bool without_name = false;
    for (size_t len = 2000; len < sizeof name; len += 97) {
        void *ctx = mem_context(NULL);
        name[len] = '\0';
        char *token = token_issue(ctx, suite.config, &someone, UNIT_NOW, CLOCK_HOUR);
        name[len] = 'n';
        struct token_claims *claims = NULL;
        assert_int_equal(
            token_verify(ctx, suite.config, NULL, token, strlen(token), UNIT_NOW, &claims), ERR_OK);
        with_name = with_name || claims->name;
        without_name = without_name || !claims->name;
        talloc_free(ctx);
    }
    assert_true(with_name);
    assert_true(without_name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_claims_of_the_contract_are_in_it),
        cmocka_unit_test(what_is_issued_is_verified),
        cmocka_unit_test(two_tokens_are_never_the_same),
        cmocka_unit_test(what_is_not_known_is_not_claimed),
        cmocka_unit_test(our_own_tokens_pass_where_issuer_and_audience_are_required),
        cmocka_unit_test(every_payload_is_plain_base64_too),
        cmocka_unit_test(a_name_that_is_too_long_is_left_out),
    };
    return cmocka_run_group_tests(tests, set_up, suite_end);
}
