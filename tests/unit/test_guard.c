/* auth/guard: every need against every principal, decided one by one. */
#include "auth/guard.h"
#include "store/store.h"
#include "unit.h"

#define NOW INT64_C(1795000000000)

static const struct user user = {.id = "alice"};
/* One made just now, one a day ago less a moment, one exactly a day ago. */
static const struct session fresh = {.id = "s", .token = "t", .created_at = NOW};
static const struct session aging = {.created_at = NOW - GUARD_FRESH_AGE + 1};
static const struct session stale = {.created_at = NOW - GUARD_FRESH_AGE};

#define SESSION(how, row)                                                                          \
    {                                                                                              \
        .proof = (how), .user_id = "alice", .session = &(row), .user = &user                       \
    }

static const struct principal nobody = {.proof = PROOF_NONE};
static const struct principal jwt = {.proof = PROOF_JWT, .user_id = "alice"};
static const struct principal jwt_session = SESSION(PROOF_JWT, fresh);
static const struct principal token = SESSION(PROOF_SESSION, fresh);
static const struct principal cookie = SESSION(PROOF_COOKIE, fresh);
static const struct principal cookie_aging = SESSION(PROOF_COOKIE, aging);
static const struct principal cookie_stale = SESSION(PROOF_COOKIE, stale);
static const struct principal token_stale = SESSION(PROOF_SESSION, stale);
/* What was offered, before the store was asked and after it said no. */
static const struct principal offers_token = {.proof = PROOF_SESSION, .offered = "t"};
static const struct principal offers_cookie = {.proof = PROOF_COOKIE, .offered = "t"};
static const struct principal ended = {.proof = PROOF_NONE, .ended = true};
/* What a bug elsewhere could make: a name or a row without a proof, a proof without a name. */
static const struct principal unproved = SESSION(PROOF_NONE, fresh);
static const struct principal nameless_jwt = {.proof = PROOF_JWT};
static const struct principal nameless_cookie = {.proof = PROOF_COOKIE, .session = &fresh};
static const struct principal rowless = {.proof = PROOF_COOKIE, .user_id = "alice"};

static const struct {
    const char *name;
    const struct principal *principal;
    /* NEED_SESSION, NEED_FRESH, NEED_USER, NEED_OWNER and NEED_PROXY for alice's own path. */
    enum err session, is_fresh, user, owner, proxy;
} rows[] = {
    {"nobody", &nobody, ERR_UNAUTHORIZED, ERR_UNAUTHORIZED, ERR_NO_CREDENTIAL, ERR_NO_CREDENTIAL,
     ERR_NO_SESSION},
    {"a JWT", &jwt, ERR_UNAUTHORIZED, ERR_UNAUTHORIZED, ERR_OK, ERR_OK, ERR_NO_SESSION},
    {"a JWT for its session", &jwt_session, ERR_OK, ERR_OK, ERR_OK, ERR_OK, ERR_NO_SESSION},
    {"a session token", &token, ERR_OK, ERR_OK, ERR_OK, ERR_OK, ERR_NO_SESSION},
    {"a cookie", &cookie, ERR_OK, ERR_OK, ERR_NO_CREDENTIAL, ERR_NO_CREDENTIAL, ERR_OK},
    {"an older cookie", &cookie_aging, ERR_OK, ERR_OK, ERR_NO_CREDENTIAL, ERR_NO_CREDENTIAL,
     ERR_OK},
    {"a day-old cookie", &cookie_stale, ERR_OK, ERR_NOT_FRESH, ERR_NO_CREDENTIAL, ERR_NO_CREDENTIAL,
     ERR_OK},
    {"a day-old token", &token_stale, ERR_OK, ERR_NOT_FRESH, ERR_OK, ERR_OK, ERR_NO_SESSION},
    {"a token offered", &offers_token, ERR_UNAUTHORIZED, ERR_UNAUTHORIZED, ERR_NO_CREDENTIAL,
     ERR_NO_CREDENTIAL, ERR_NO_SESSION},
    {"a cookie offered", &offers_cookie, ERR_UNAUTHORIZED, ERR_UNAUTHORIZED, ERR_NO_CREDENTIAL,
     ERR_NO_CREDENTIAL, ERR_NO_SESSION},
    {"an ended session", &ended, ERR_UNAUTHORIZED, ERR_UNAUTHORIZED, ERR_TOKEN_INVALID,
     ERR_TOKEN_INVALID, ERR_UNAUTHORIZED},
    {"no proof", &unproved, ERR_UNAUTHORIZED, ERR_UNAUTHORIZED, ERR_NO_CREDENTIAL,
     ERR_NO_CREDENTIAL, ERR_NO_SESSION},
    {"a JWT without a user", &nameless_jwt, ERR_UNAUTHORIZED, ERR_UNAUTHORIZED, ERR_NO_CREDENTIAL,
     ERR_NO_CREDENTIAL, ERR_NO_SESSION},
    {"a cookie without a user", &nameless_cookie, ERR_UNAUTHORIZED, ERR_UNAUTHORIZED,
     ERR_NO_CREDENTIAL, ERR_NO_CREDENTIAL, ERR_NO_SESSION},
    {"a cookie without a row", &rowless, ERR_UNAUTHORIZED, ERR_UNAUTHORIZED, ERR_NO_CREDENTIAL,
     ERR_NO_CREDENTIAL, ERR_NO_SESSION},
};

static enum err check(enum need need, const struct principal *principal, const char *path_user)
{
    return guard_check(need, principal, path_user, NOW);
}

static void every_pair_of_need_and_principal_is_decided(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct principal *principal = rows[i].principal;
        print_message("  %s\n", rows[i].name);
        for (enum need need = NEED_NOTHING; need <= NEED_COUNT; need++) {
            enum err expected = ERR_INTERNAL; /* a need that is none opens nothing */
            switch (need) {
            case NEED_NOTHING:
            case NEED_ORIGIN:
            case NEED_GUEST:
                expected = ERR_OK;
                break;
            case NEED_SESSION:
                expected = rows[i].session;
                break;
            case NEED_FRESH:
                expected = rows[i].is_fresh;
                break;
            case NEED_USER:
                expected = rows[i].user;
                break;
            case NEED_OWNER:
                expected = rows[i].owner;
                break;
            case NEED_PROXY:
                expected = rows[i].proxy;
                break;
            case NEED_COUNT:
                break;
            }
            assert_int_equal(check(need, principal, "alice"), expected);
        }
    }
}

/* Who may not on their own path may not on another's; who may is refused there. */
static void only_the_users_own_path_is_theirs(void **state)
{
    static const char *const others[] = {NULL,     "",        "bob",         "a",     "alic",
                                         "alice2", "alice ",  " alice",      "xlice", "Alice",
                                         "me",     "%61lice", "alic\xc3\xa9"};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t j = 0; j < COUNT(others); j++) {
            assert_int_equal(check(NEED_OWNER, rows[i].principal, others[j]),
                             rows[i].owner == ERR_OK ? ERR_USER_MISMATCH : rows[i].owner);
            assert_int_equal(check(NEED_PROXY, rows[i].principal, others[j]),
                             rows[i].proxy == ERR_OK ? ERR_USER_MISMATCH : rows[i].proxy);
        }
    }
}

/* Only equal texts are equal, wherever they differ and however long they are. */
static void one_different_byte_anywhere_is_another_user(void **state)
{
    char id[256], other[256];

    (void)state;
    for (size_t len = 1; len < sizeof id; len += 11) {
        const struct principal who = {.proof = PROOF_JWT, .user_id = id};
        memset(id, 'u', len);
        id[len] = '\0';
        assert_int_equal(check(NEED_OWNER, &who, id), ERR_OK);
        for (size_t at = 0; at < len; at++) {
            memcpy(other, id, len + 1);
            other[at] = 'v';
            assert_int_equal(check(NEED_OWNER, &who, other), ERR_USER_MISMATCH);
        }
        memcpy(other, id, len + 1);
        other[len - 1] = '\0';
        assert_int_equal(check(NEED_OWNER, &who, other), ERR_USER_MISMATCH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_need_and_principal_is_decided),
        cmocka_unit_test(only_the_users_own_path_is_theirs),
        cmocka_unit_test(one_different_byte_anywhere_is_another_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
