/* auth/guard: every need against every principal, decided one by one. */
#include "auth/guard.h"
#include "unit.h"

static const struct principal nobody = {.proof = PROOF_NONE};
static const struct principal alice = {.proof = PROOF_JWT, .user_id = "alice"};
/* Two that a bug elsewhere could make: a name without a proof, a proof without a name. */
static const struct principal unproved = {.proof = PROOF_NONE, .user_id = "alice"};
static const struct principal nameless = {.proof = PROOF_JWT};

static const struct row {
    enum need need;
    const struct principal *principal;
    const char *path_user;
    enum err outcome;
} rows[] = {
    {NEED_NOTHING, &nobody, NULL, ERR_OK},
    {NEED_NOTHING, &alice, NULL, ERR_OK},
    {NEED_NOTHING, &unproved, NULL, ERR_OK},
    {NEED_NOTHING, &nameless, NULL, ERR_OK},
    {NEED_NOTHING, &nobody, "bob", ERR_OK},

    {NEED_ORIGIN, &nobody, NULL, ERR_OK},
    {NEED_ORIGIN, &alice, NULL, ERR_OK},
    {NEED_ORIGIN, &unproved, NULL, ERR_OK},
    {NEED_ORIGIN, &nameless, NULL, ERR_OK},

    {NEED_USER, &nobody, NULL, ERR_NO_CREDENTIAL},
    {NEED_USER, &alice, NULL, ERR_OK},
    {NEED_USER, &unproved, NULL, ERR_NO_CREDENTIAL},
    {NEED_USER, &nameless, NULL, ERR_NO_CREDENTIAL},

    {NEED_OWNER, &nobody, "alice", ERR_NO_CREDENTIAL},
    {NEED_OWNER, &nobody, NULL, ERR_NO_CREDENTIAL},
    {NEED_OWNER, &unproved, "alice", ERR_NO_CREDENTIAL},
    {NEED_OWNER, &nameless, "alice", ERR_NO_CREDENTIAL},
    {NEED_OWNER, &nameless, NULL, ERR_NO_CREDENTIAL},
    {NEED_OWNER, &nameless, "", ERR_NO_CREDENTIAL},
    {NEED_OWNER, &alice, "alice", ERR_OK},
    {NEED_OWNER, &alice, NULL, ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, "", ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, "bob", ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, "a", ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, "alic", ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, "alice2", ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, "alice ", ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, " alice", ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, "xlice", ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, "Alice", ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, "me", ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, "%61lice", ERR_USER_MISMATCH},
    {NEED_OWNER, &alice, "alic\xc3\xa9", ERR_USER_MISMATCH},

    /* A need that is none opens nothing. */
    {NEED_COUNT, &nobody, NULL, ERR_INTERNAL},
    {NEED_COUNT, &alice, "alice", ERR_INTERNAL},
};

static void every_pair_of_need_and_principal_is_decided(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        print_message("  row %zu\n", i);
        assert_int_equal(guard_check(row->need, row->principal, row->path_user), row->outcome);
    }
}

/* The table above has all pairs: a need that is added to the enum must be added here too. */
static void the_table_is_complete(void **state)
{
    static const struct principal *const principals[] = {&nobody, &alice, &unproved, &nameless};

    (void)state;
    for (enum need need = NEED_NOTHING; need < NEED_COUNT; need++) {
        for (size_t i = 0; i < COUNT(principals); i++) {
            bool found = false;
            for (size_t j = 0; j < COUNT(rows); j++) {
                found = found || (rows[j].need == need && rows[j].principal == principals[i]);
            }
            assert_true(found);
        }
    }
}

/* Only equal texts are equal, wherever they differ and however long they are. */
static void one_different_byte_anywhere_is_another_user(void **state)
{
    char id[256], other[256];

    (void)state;
    for (size_t len = 1; len < sizeof id; len += 11) {
        const struct principal user = {.proof = PROOF_JWT, .user_id = id};
        memset(id, 'u', len);
        id[len] = '\0';
        assert_int_equal(guard_check(NEED_OWNER, &user, id), ERR_OK);
        for (size_t at = 0; at < len; at++) {
            memcpy(other, id, len + 1);
            other[at] = 'v';
            assert_int_equal(guard_check(NEED_OWNER, &user, other), ERR_USER_MISMATCH);
        }
        memcpy(other, id, len + 1);
        other[len - 1] = '\0';
        assert_int_equal(guard_check(NEED_OWNER, &user, other), ERR_USER_MISMATCH);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_need_and_principal_is_decided),
        cmocka_unit_test(the_table_is_complete),
        cmocka_unit_test(one_different_byte_anywhere_is_another_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
