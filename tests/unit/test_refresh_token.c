/* sec/refresh_token: tokens nobody can guess, and one that follows from another. */
#include "sec/refresh_token.h"
#include "unit.h"
#include "unit_config.h"

#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

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

static void assert_token(const char *token)
{
    assert_int_equal(strlen(token), 43);
    assert_int_equal(strspn(token, ALPHABET), 43);
}

static void new_tokens_are_all_different(void **state)
{
    const char *one = refresh_token_new(*state);
    const char *other = refresh_token_new(*state);

    assert_token(one);
    assert_token(other);
    assert_string_not_equal(one, other);
}

/* Workers of two versions may serve one database: the value is computed by another program. */
static void the_successor_is_always_the_same(void **state)
{
    const struct config *config = unit_config(*state, UNIT_SECRET, NULL);

    for (int i = 0; i < 2; i++)
        assert_string_equal(refresh_token_successor(*state, &config->secrets[0], "parent token"),
                            "dykO0Qnp_7ehSVjeLdeO0a7uuoDS6oNVch3jLjNoCNY");
}

static void the_successor_depends_on_parent_and_secret(void **state)
{
    const struct config *config = unit_config(*state, UNIT_SECRET, "another secret, long enough");
    const char *one = refresh_token_successor(*state, &config->secrets[0], "one");

    assert_token(one);
    assert_string_not_equal(one, refresh_token_successor(*state, &config->secrets[0], "two"));
    assert_string_not_equal(one, refresh_token_successor(*state, &config->secrets[0], ""));
    assert_string_not_equal(one, refresh_token_successor(*state, &config->secrets[1], "one"));
    assert_string_not_equal(one, refresh_token_successor(*state, &config->secrets[0], one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_tokens_are_all_different),
        cmocka_unit_test(the_successor_is_always_the_same),
        cmocka_unit_test(the_successor_depends_on_parent_and_secret),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
