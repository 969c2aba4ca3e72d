#include <sodium.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"
#include "sec/password.h"
#include "unit.h"
#include "vectors_password.h"

#define ARGON2ID_STORED                                                                            \
    "$argon2id$v=19$m=19456,t=2,p=1$"                                                              \
    "vGQ0uSeuA75UuZIVwQRkCw$I0IbpI0TRCqy8VnmFTw2yfYQf5IhZv3riGLcev7DnNQ"
#define ARGON2ID_PASSWORD "correct horse battery"

/* Better Auth's form is one of ours whatever new hashes are made with. */
static void every_hash_that_better_auth_made_verifies(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vector_passwords); i++) {
        bool rehash = true;
        print_message("  %s\n", vector_passwords[i].what);
        assert_int_equal(strlen(vector_passwords[i].hash), 161);
        assert_int_equal(password_verify(PASSWORD_SCRYPT, vector_passwords[i].hash,
                                         vector_passwords[i].password, vector_passwords[i].len,
                                         &rehash),
                         ERR_OK);
        assert_false(rehash);
        assert_int_equal(password_verify(PASSWORD_ARGON2ID, vector_passwords[i].hash,
                                         vector_passwords[i].normal, vector_passwords[i].normal_len,
                                         &rehash),
                         ERR_OK);
        assert_true(rehash);
    }
}

static void every_normal_form_is_better_auths(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vector_passwords); i++) {
        size_t len = 0;
        char *normal = text_nfkc(NULL, vector_passwords[i].password, vector_passwords[i].len, &len);
        assert_int_equal(len, vector_passwords[i].normal_len);
        assert_memory_equal(normal, vector_passwords[i].normal, len);
        talloc_free(normal);
    }
}

static void every_password_that_better_auth_refuses_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vector_wrong_passwords); i++) {
        bool rehash = true;
        assert_int_equal(password_verify(PASSWORD_SCRYPT, vector_wrong_passwords[i].hash,
                                         vector_wrong_passwords[i].password,
                                         strlen(vector_wrong_passwords[i].password), &rehash),
                         ERR_BAD_PASSWORD);
        assert_true(rehash);
    }
}

static void a_password_with_a_nul_counts_to_its_end(void **state)
{
    (void)state;
    static const char hash[] = "1a435a487d79f74efaf46a24085f98fb:"
                               "0788c1427775e812e1de00e5228a519359b89edddd9f18c51e097561e6d4c2e4"
                               "e9ccf70e4ef3d5f1e928e8910c7a937eeb3a5c0044c32a85970d5b1444b12a30";
    bool rehash;
    assert_int_equal(password_verify(PASSWORD_SCRYPT, hash, "abcd\0efgh", 9, &rehash), ERR_OK);
    assert_int_equal(password_verify(PASSWORD_SCRYPT, hash, "abcd\0efgi", 9, &rehash),
                     ERR_BAD_PASSWORD);
    assert_int_equal(password_verify(PASSWORD_SCRYPT, hash, "abcd", 4, &rehash), ERR_BAD_PASSWORD);
}

/* What Better Auth would compute from a hash that we made, by its definition. */
static void a_hash_of_ours_is_what_better_auth_computes(void **state)
{
    (void)state;
    static const char password[] = "right horse";
    char *hash = NULL;
    char *other = NULL;
    bool rehash = true;
    assert_int_equal(password_hash(NULL, PASSWORD_SCRYPT, password, sizeof password - 1, &hash),
                     ERR_OK);
    assert_int_equal(password_hash(NULL, PASSWORD_SCRYPT, password, sizeof password - 1, &other),
                     ERR_OK);
    assert_int_equal(strlen(hash), 161);
    assert_int_equal(strspn(hash, "0123456789abcdef"), 32);
    assert_int_equal(hash[32], ':');
    assert_memory_not_equal(hash, other, 32);

    unsigned char key[VECTOR_SCRYPT_LENGTH];
    char text[2 * sizeof key + 1];
    assert_int_equal(VECTOR_SCRYPT_MEMORY, 128 * VECTOR_SCRYPT_N * VECTOR_SCRYPT_R);
    assert_int_equal(
        crypto_pwhash_scryptsalsa208sha256_ll((const unsigned char *)password, sizeof password - 1,
                                              (const unsigned char *)hash, 32, VECTOR_SCRYPT_N,
                                              VECTOR_SCRYPT_R, VECTOR_SCRYPT_P, key, sizeof key),
        0);
    sodium_bin2hex(text, sizeof text, key, sizeof key);
    assert_string_equal(hash + 33, text);
    assert_int_equal(password_verify(PASSWORD_SCRYPT, hash, password, sizeof password - 1, &rehash),
                     ERR_OK);
    assert_false(rehash);
    talloc_free(hash);
    talloc_free(other);
}

static void an_argon2id_hash_is_to_be_replaced_where_scrypt_is_set(void **state)
{
    (void)state;
    bool rehash = false;
    assert_int_equal(password_verify(PASSWORD_SCRYPT, ARGON2ID_STORED, ARGON2ID_PASSWORD,
                                     sizeof ARGON2ID_PASSWORD - 1, &rehash),
                     ERR_OK);
    assert_true(rehash);
}

static void lengths_are_counted_as_better_auth_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(vector_password_lengths); i++) {
        char *password = mem_strdup(NULL, "");
        for (int j = 0; j < vector_password_lengths[i].times; j++) {
            password =
                mem_checked(talloc_strdup_append(password, vector_password_lengths[i].piece));
        }
        size_t units = text_utf16_length(password, strlen(password));
        assert_int_equal(units < 8     ? VECTOR_TOO_SHORT
                         : units > 128 ? VECTOR_TOO_LONG
                                       : VECTOR_LENGTH_GOOD,
                         vector_password_lengths[i].result);
        talloc_free(password);
    }
}

/* The processor time of one refusal, milliseconds; the least of three. */
static double cost_of(enum password_scheme scheme, const char *stored)
{
    double least = 1e9;
    for (int i = 0; i < 3; i++) {
        bool rehash;
        struct timespec start;
        struct timespec end;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
        assert_int_equal(password_verify(scheme, stored, "some wrong password", 19, &rehash),
                         ERR_BAD_PASSWORD);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        double cost =
            (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6;
        least = cost < least ? cost : least;
    }
    return least;
}

#define SALT "e733a254107e93459b879d43d6c087ee"
#define KEY                                                                                        \
    "6f6e2a603f5c5e95701c92deedad6d3210257b07e8a631c1ee0a1250fe207dc4"                             \
    "67b353bc0dde99cd50d793f14c88f868f3bc0d7a6505c5593b328849c79812c2"

static void every_refusal_costs_as_much_as_a_wrong_password(void **state)
{
    (void)state;
    static const char *const stored[] = {
        NULL,
        "",
        ":",
        SALT,
        SALT KEY,
        SALT ":",
        SALT ":" KEY "0",
        SALT "0:" KEY,
        " " SALT ":" KEY,
        SALT ":" KEY "\n",
        /* Upper case, short, other separators, parameters in front. */
        "E733A254107E93459B879D43D6C087EE:" KEY,
        SALT ":6f6e2a60",
        SALT "$" KEY,
        "65536:32:4:" SALT ":" KEY,
        "$7$F6..../....SodiumChloride$" KEY,
        "$argon2id$v=19$m=262145,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    double normal = cost_of(PASSWORD_SCRYPT, SALT ":" KEY);
    for (size_t i = 0; i < COUNT(stored); i++) {
        double cost = cost_of(PASSWORD_SCRYPT, stored[i]);
        if (cost < normal / 2 || cost > normal * 2) {
            fail_msg("%s: %.1f ms instead of %.1f ms", stored[i] ? stored[i] : "no account", cost,
                     normal);
        }
    }
}

static void what_no_longer_is_its_hash_is_refused(void **state)
{
    (void)state;
    static const char *const stored[] = {SALT KEY, SALT ":" KEY "0", SALT "$" KEY,
                                         "E733A254107E93459B879D43D6C087EE:" KEY};
    for (size_t i = 0; i < COUNT(stored); i++) {
        bool rehash;
        assert_int_equal(password_verify(PASSWORD_SCRYPT, stored[i], "password123", 11, &rehash),
                         ERR_BAD_PASSWORD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_hash_that_better_auth_made_verifies),
        cmocka_unit_test(every_normal_form_is_better_auths),
        cmocka_unit_test(every_password_that_better_auth_refuses_is_refused),
        cmocka_unit_test(a_password_with_a_nul_counts_to_its_end),
        cmocka_unit_test(a_hash_of_ours_is_what_better_auth_computes),
        cmocka_unit_test(an_argon2id_hash_is_to_be_replaced_where_scrypt_is_set),
        cmocka_unit_test(lengths_are_counted_as_better_auth_counts),
        cmocka_unit_test(every_refusal_costs_as_much_as_a_wrong_password),
        cmocka_unit_test(what_no_longer_is_its_hash_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
