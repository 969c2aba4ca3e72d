/* bcrypt hashes that other programs made (Apache's htpasswd and crypt(3)). */
#include "base/mem.h"
#include "sec/password.h"
#include "unit.h"

#define SALT "abcdefghijklmnopqrstuu"

static enum err verify(const char *stored, const char *password, size_t len, bool *ret_rehash)
{
    return password_verify(PASSWORD_ARGON2ID, stored, password, len, ret_rehash);
}

static void hashes_of_other_programs_verify_and_ask_for_a_new_one(void **state)
{
    static const struct {
        const char *stored, *password;
    } rows[] = {
        {"$2b$04$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6fO", "violet Harbor 27"},
        {"$2a$04$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6fO", "violet Harbor 27"},
        {"$2y$05$" SALT "UjKc1FGHv.NarZJ6huyoAPi0YKc/4HG", "violet Harbor 27"},
        {"$2y$05$9htolIV6s22yL3f8GovVSui8RW7MbVJLwQPqDNh22QGOojTtxaW82", "violet Harbor 27"},
        {"$2y$05$Bm.OFoZK8l3ybs8EJuH6ju1XIZ4GXy5wpBpqzwFtAc6nuSCWzLkQa", "caf\xc3\xa9"},
        {"$2b$04$" SALT "usvfeYzFuQdqd.KjimlRKkZ2QcoHWhO", "cafe\xcc\x81"}, /* in normal form */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool rehash = false;
        print_message("  %s\n", rows[i].stored);
        assert_int_equal(
            verify(rows[i].stored, rows[i].password, strlen(rows[i].password), &rehash), ERR_OK);
        assert_true(rehash);
        assert_string_equal(password_kind(rows[i].stored), "bcrypt");
        assert_int_equal(verify(rows[i].stored, "violet Harbor 28", 16, &rehash), ERR_BAD_PASSWORD);
        assert_int_equal(verify(rows[i].stored, "", 0, &rehash), ERR_BAD_PASSWORD);
    }
}

static void a_password_is_not_the_same_with_a_nul_and_more_behind_it(void **state)
{
    static const char stored[] = "$2b$04$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6fO";
    bool rehash = false;

    (void)state;
    assert_int_equal(verify(stored, "violet Harbor 27\0more", 21, &rehash), ERR_BAD_PASSWORD);
}

/* What is refused is told in no time: nothing of it is computed. */
static void other_forms_and_costs_are_unknown(void **state)
{
    static const char *const rows[] = {
        "$2b$03$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6fO",
        "$2b$15$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6fO",
        "$2b$31$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6fO",
        "$2b$4$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6fO",
        "$2x$04$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6fO",
        "$2$04$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6fO",
        "$2b$04$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6f",
        "$2b$04$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6fOO",
        "$2b$04$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6f\n",
        "$2b$04$" SALT "LEH.bJNlYtRUyE05x8IUHhxQjphZ6f$",
        "$2b$04$",
        "$2",
        "$2b",
        "$6$rounds=999999999$salt$abc", /* what else crypt(3) knows */
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "aaVrhr4nZMD7A",
        "$y$j9T$abc$def",
    };
    bool rehash = true;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s\n", rows[i]);
        assert_string_equal(password_kind(rows[i]), "unknown");
        assert_int_equal(verify(rows[i], "violet Harbor 27", 16, &rehash), ERR_BAD_PASSWORD);
    }
}

static void the_other_kinds_have_their_names(void **state)
{
    (void)state;
    assert_string_equal(password_kind("$argon2id$v=19$m=19456,t=2,p=1$"
                                      "vGQ0uSeuA75UuZIVwQRkCw$I0IbpI0TRCqy8VnmFTw2yfYQf5IhZv3riGLc"
                                      "ev7DnNQ"),
                        "argon2id");
    assert_string_equal(password_kind("$argon2id$v=19$m=999999999,t=2,p=1$"
                                      "vGQ0uSeuA75UuZIVwQRkCw$I0IbpI0TRCqy8VnmFTw2yfYQf5IhZv3riGLc"
                                      "ev7DnNQ"),
                        "unknown");
    assert_string_equal(
        password_kind("00000000000000000000000000000000:"
                      "0000000000000000000000000000000000000000000000000000000000000"
                      "0000000000000000000000000000000000000000000000000000000000000"
                      "000000"),
        "scrypt");
    assert_string_equal(password_kind(""), "unknown");
}

static void what_nobody_writes_is_no_argon2id_hash(void **state)
{
    static const char *const rows[] = {
        "$argon2id$v=19$m=019456,t=2,p=1$vGQ0uSeuA75UuZIVwQRkCw$"
        "I0IbpI0TRCqy8VnmFTw2yfYQf5IhZv3riGLcev7DnNQ",
        "$argon2id$v=19$m=19456,t=02,p=1$vGQ0uSeuA75UuZIVwQRkCw$"
        "I0IbpI0TRCqy8VnmFTw2yfYQf5IhZv3riGLcev7DnNQ",
        "$argon2id$v=19$m=19456,t=2,p=1$\xecGQ0uSeuA75UuZIVwQRkCw$"
        "I0IbpI0TRCqy8VnmFTw2yfYQf5IhZv3riGLcev7DnNQ",
        "$argon2id$v=19$m=19456,t=2,p=1$vGQ0uSeuA75UuZIVwQRkCw$"
        "I0IbpI0TRCqy8VnmFTw2yfYQf5IhZv3riGLcev7Dn\xecQ",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(password_kind(rows[i]), "unknown");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_of_other_programs_verify_and_ask_for_a_new_one),
        cmocka_unit_test(a_password_is_not_the_same_with_a_nul_and_more_behind_it),
        cmocka_unit_test(other_forms_and_costs_are_unknown),
        cmocka_unit_test(the_other_kinds_have_their_names),
        cmocka_unit_test(what_nobody_writes_is_no_argon2id_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
