/* A token that was found right is believed for a while, to its last byte and no longer than it says
 * itself. */
#include "base/clock.h"
#include "sec/token_cache.h"
#include "unit.h"
#include "unit_keys.h"

#define LIFETIME (5 * CLOCK_SECOND)

#define HEADER "{\"alg\":\"EdDSA\"," KID "}"

/* A token of user U1 that ends SECONDS after VECTOR_KEYS_NOW. */
static const char *token_for(const char *user, int64_t seconds)
{
    return signed_token(HEADER,
                        mem_printf(suite.ctx, "{\"sub\":\"%s\",\"sessionId\":\"s1\",\"exp\":%lld}",
                                   user, (long long)(VECTOR_KEYS_NOW / CLOCK_SECOND + seconds)));
}

static struct token_keys cached_keys(void)
{
    return (struct token_keys){
        .cache = token_cache_new(suite.ctx, LIFETIME), .find = find, .arg = &suite};
}

static enum err ask(const struct token_keys *with, const char *token, int64_t later,
                    struct token_claims **ret_claims)
{
    return token_verify(suite.ctx, suite.config, with, token, strlen(token),
                        VECTOR_KEYS_NOW + later, ret_claims);
}

static void a_known_token_says_the_same_without_its_key(void **state)
{
    (void)state;
    const struct token_keys with = cached_keys();
    const char *token = token_for("u1", 600);
    struct token_claims *first = NULL, *second = NULL;

    assert_int_equal(ask(&with, token, 0, &first), ERR_OK);
    suite.failure = ERR_ABSENT;
    assert_int_equal(ask(&with, token, LIFETIME - 1, &second), ERR_OK);
    assert_int_equal(suite.finds, 1);
    assert_ptr_not_equal(first, second);
    talloc_free(first);
    assert_string_equal(second->user_id, "u1");
    assert_string_equal(second->session_id, "s1");
    assert_null(second->email);
    assert_null(second->name);
    assert_int_equal(second->expires_at, VECTOR_KEYS_NOW + 600 * CLOCK_SECOND);
    assert_false(second->issued_here);
}

static void it_is_looked_at_again_when_its_time_is_over(void **state)
{
    (void)state;
    const struct token_keys with = cached_keys();
    const char *token = token_for("u1", 600);
    struct token_claims *claims = NULL;

    assert_int_equal(ask(&with, token, 0, &claims), ERR_OK);
    assert_int_equal(ask(&with, token, LIFETIME, &claims), ERR_OK);
    assert_int_equal(suite.finds, 2);
    suite.failure = ERR_ABSENT;
    assert_int_equal(ask(&with, token, 2 * LIFETIME, &claims), ERR_TOKEN_INVALID);
    /* Before it was seen, too: the clock was set back. */
    assert_int_equal(ask(&with, token, -1, &claims), ERR_TOKEN_INVALID);
}

static void none_outlives_its_own_end(void **state)
{
    (void)state;
    const struct token_keys with = cached_keys();
    const char *token = token_for("u1", 2);
    struct token_claims *claims = NULL;

    assert_int_equal(ask(&with, token, 0, &claims), ERR_OK);
    assert_int_equal(ask(&with, token, 2 * CLOCK_SECOND - 1, &claims), ERR_OK);
    assert_int_equal(ask(&with, token, 2 * CLOCK_SECOND, &claims), ERR_TOKEN_EXPIRED);
}

static void a_byte_that_differs_makes_another_token(void **state)
{
    (void)state;
    const struct token_keys with = cached_keys();
    const char *token = token_for("u1", 600);
    size_t len = strlen(token);
    struct token_claims *claims = NULL;

    assert_int_equal(ask(&with, token, 0, &claims), ERR_OK);
    for (size_t i = 0; i < len; i++) {
        char *other = mem_strdup(suite.ctx, token);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        check(other, ask(&with, other, 0, &claims), ERR_TOKEN_INVALID);
        check("cut",
              token_verify(suite.ctx, suite.config, &with, token, i, VECTOR_KEYS_NOW, &claims),
              ERR_TOKEN_INVALID);
    }
}

static void what_was_refused_is_not_known(void **state)
{
    (void)state;
    const struct token_keys with = cached_keys();
    const char *token = token_for("u1", 600);
    struct token_claims *claims = NULL;

    suite.failure = ERR_ABSENT;
    assert_int_equal(ask(&with, token, 0, &claims), ERR_TOKEN_INVALID);
    suite.failure = ERR_STORE_DOWN;
    assert_int_equal(ask(&with, token, 0, &claims), ERR_STORE_DOWN);
    suite.failure = ERR_OK;
    assert_int_equal(ask(&with, token, 0, &claims), ERR_OK);
    assert_int_equal(suite.finds, 3);
}

/* More than there is room for: each is still its own user's. */
static void many_tokens_push_each_other_out_and_are_never_mixed_up(void **state)
{
    (void)state;
    const struct token_keys with = cached_keys();
    const char *tokens[3000];
    struct token_claims *claims = NULL;

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT(tokens); i++) {
            const char *user = mem_printf(suite.ctx, "u%zu", i);
            tokens[i] = round == 0 ? token_for(user, 600) : tokens[i];
            assert_int_equal(ask(&with, tokens[i], round, &claims), ERR_OK);
            assert_string_equal(claims->user_id, user);
        }
    }
    assert_true(suite.finds > (int)COUNT(tokens));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_known_token_says_the_same_without_its_key),
        T(it_is_looked_at_again_when_its_time_is_over),
        T(none_outlives_its_own_end),
        T(a_byte_that_differs_makes_another_token),
        T(what_was_refused_is_not_known),
        T(many_tokens_push_each_other_out_and_are_never_mixed_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
