#include <sodium.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "sec/password.h"
#include "unit.h"

/* Made by this program: rows in databases look like this and must verify for ever. */
#define STORED                                                                                     \
    "$argon2id$v=19$m=19456,t=2,p=1$"                                                              \
    "vGQ0uSeuA75UuZIVwQRkCw$I0IbpI0TRCqy8VnmFTw2yfYQf5IhZv3riGLcev7DnNQ"
#define STORED_PASSWORD "correct horse battery"

static enum err verify(const char *stored, const char *password)
{
    bool rehash = false;
    return password_verify(PASSWORD_ARGON2ID, stored, password, strlen(password), &rehash);
}

static char *hash_of(const char *password, size_t len)
{
    char *hash = NULL;
    assert_int_equal(password_hash(NULL, PASSWORD_ARGON2ID, password, len, &hash), ERR_OK);
    return hash;
}

static void a_hash_is_argon2id_with_19_mib_and_two_passes(void **state)
{
    (void)state;
    char *first = hash_of("password", 8);
    char *second = hash_of("password", 8);
    static const char prefix[] = "$argon2id$v=19$m=19456,t=2,p=1$";
    assert_memory_equal(first, prefix, sizeof prefix - 1);
    assert_string_not_equal(first, second);
    assert_int_equal(verify(first, "password"), ERR_OK);
    assert_int_equal(verify(second, "password"), ERR_OK);
    talloc_free(first);
    talloc_free(second);
}

static void stored_hashes_verify_with_their_password_only(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "correct horse batter", "correct horse battery ",
                                        "Correct horse battery", "x"};
    assert_int_equal(verify(STORED, STORED_PASSWORD), ERR_OK);
    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_int_equal(verify(STORED, wrong[i]), ERR_BAD_PASSWORD);
    }
}

static void keyboards_that_write_the_same_sign_in(void **state)
{
    (void)state;
    char *hash = hash_of("caf\xc3\xa9 \xef\xac\x83", strlen("caf\xc3\xa9 \xef\xac\x83"));
    assert_int_equal(verify(hash, "cafe\xcc\x81 ffi"), ERR_OK);
    assert_int_equal(verify(hash, "cafe ffi"), ERR_BAD_PASSWORD);
    talloc_free(hash);
}

static void every_byte_of_a_password_counts(void **state)
{
    (void)state;
    char *hash = hash_of("pass\0word", 9);
    bool rehash = false;
    assert_int_equal(password_verify(PASSWORD_ARGON2ID, hash, "pass\0word", 9, &rehash), ERR_OK);
    assert_int_equal(password_verify(PASSWORD_ARGON2ID, hash, "pass\0xord", 9, &rehash),
                     ERR_BAD_PASSWORD);
    assert_int_equal(password_verify(PASSWORD_ARGON2ID, hash, "pass", 4, &rehash),
                     ERR_BAD_PASSWORD);
    talloc_free(hash);
}

static void what_is_too_long_after_nfkc_is_never_hashed(void **state)
{
    (void)state;
    char ascii[129];
    memset(ascii, 'p', sizeof ascii);
    char *hash = hash_of(ascii, 128);
    bool rehash = false;
    assert_int_equal(password_verify(PASSWORD_ARGON2ID, hash, ascii, 128, &rehash), ERR_OK);
    assert_int_equal(password_verify(PASSWORD_ARGON2ID, hash, ascii, 129, &rehash),
                     ERR_BAD_PASSWORD);
    talloc_free(hash);

    char faces[129 * 4];
    for (size_t i = 0; i < sizeof faces; i += 4) {
        memcpy(faces + i, "\xf0\x9f\x98\x80", 4);
    }
    talloc_free(hash_of(faces, 512));
    static const char *const long_ones[] = {
        /* Eight characters that are 18 each in normal form. */
        "\xef\xb7\xba\xef\xb7\xba\xef\xb7\xba\xef\xb7\xba\xef\xb7\xba\xef\xb7\xba\xef\xb7\xba"
        "\xef\xb7\xba",
        "not UTF-8 \xff",
    };
    hash = NULL;
    for (size_t i = 0; i < COUNT(long_ones); i++) {
        assert_int_equal(
            password_hash(NULL, PASSWORD_ARGON2ID, long_ones[i], strlen(long_ones[i]), &hash),
            ERR_BAD_INPUT);
        assert_int_equal(verify(STORED, long_ones[i]), ERR_BAD_PASSWORD);
    }
    assert_int_equal(password_hash(NULL, PASSWORD_ARGON2ID, ascii, 129, &hash), ERR_BAD_INPUT);
    assert_int_equal(password_hash(NULL, PASSWORD_ARGON2ID, faces, 516, &hash), ERR_BAD_INPUT);
    assert_null(hash);
}

static void other_parameters_verify_and_ask_for_a_new_hash(void **state)
{
    (void)state;
    char old[crypto_pwhash_STRBYTES];
    assert_int_equal(crypto_pwhash_str_alg(old, "password", 8, 1, (size_t)1024 * 1024,
                                           crypto_pwhash_ALG_ARGON2ID13),
                     0);
    bool rehash = false;
    assert_int_equal(password_verify(PASSWORD_ARGON2ID, old, "password", 8, &rehash), ERR_OK);
    assert_true(rehash);
    rehash = true;
    assert_int_equal(password_verify(PASSWORD_ARGON2ID, STORED, STORED_PASSWORD,
                                     strlen(STORED_PASSWORD), &rehash),
                     ERR_OK);
    assert_false(rehash);
    rehash = true;
    assert_int_equal(password_verify(PASSWORD_ARGON2ID, old, "wrong", 5, &rehash),
                     ERR_BAD_PASSWORD);
    assert_true(rehash);
}

/* The processor time of one verification, milliseconds; the least of three. */
static double cost_of(const char *stored)
{
    double least = 1e9;
    for (int i = 0; i < 3; i++) {
        struct timespec start;
        struct timespec end;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
        assert_int_equal(verify(stored, "some wrong password"), ERR_BAD_PASSWORD);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        double cost =
            (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6;
        least = cost < least ? cost : least;
    }
    return least;
}

static void every_refusal_costs_as_much_as_a_wrong_password(void **state)
{
    (void)state;
    static const char *const stored[] = {
        NULL,
        "",
        "x",
        /* Parameters out of bounds (R31), a second parameter set, other kinds. */
        "$argon2id$v=19$m=262145,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=4294967295,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=99999999999999999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=11,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=2,p=2$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=2,p=1",
        "$argon2id$v=19$m=19456,t=2,p=1$",
        "$argon2id$v=19$m=19456,t=2,p=1$!!!!$!!!!",
        "$argon2id$v=16$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2i$v=19$m=19456,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$2x$12$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "00000000000000000000000000000000:00",
        "plain text password",
        STORED "A",
        STORED "$",
        " " STORED,
    };
    double normal = cost_of(STORED);
    for (size_t i = 0; i < COUNT(stored); i++) {
        double cost = cost_of(stored[i]);
        if (cost < normal / 2 || cost > normal * 2) {
            fail_msg("%s: %.1f ms instead of %.1f ms", stored[i] ? stored[i] : "no account", cost,
                     normal);
        }
    }
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifndef SANITIZED
/* In Better Auth's form, of nobody's password. */
#define SCRYPT_STORED                                                                              \
    "00000000000000000000000000000000:"                                                            \
    "0000000000000000000000000000000000000000000000000000000000000000"                             \
    "0000000000000000000000000000000000000000000000000000000000000000"

/* In a process that gets no more than a few MiB: what all ways of hashing answer. */
static void hash_without_memory(void)
{
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    if (!statm || fscanf(statm, "%lu", &pages) != 1) {
        _exit(10);
    }
    fclose(statm);
    rlim_t size = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (rlim_t)4 * 1024 * 1024;
    const struct rlimit limit = {.rlim_cur = size, .rlim_max = size};
    if (setrlimit(RLIMIT_AS, &limit) != 0) {
        _exit(11);
    }
    char *hash = NULL;
    bool rehash = false;
    if (password_hash(NULL, PASSWORD_ARGON2ID, "password", 8, &hash) != ERR_BUSY || hash) {
        _exit(12);
    }
    if (password_verify(PASSWORD_ARGON2ID, STORED, STORED_PASSWORD, strlen(STORED_PASSWORD),
                        &rehash) != ERR_BUSY) {
        _exit(13);
    }
    if (password_verify(PASSWORD_ARGON2ID, NULL, "password", 8, &rehash) != ERR_BUSY) {
        _exit(14);
    }
    if (password_hash(NULL, PASSWORD_SCRYPT, "password", 8, &hash) != ERR_BUSY || hash) {
        _exit(15);
    }
    if (password_verify(PASSWORD_ARGON2ID, SCRYPT_STORED, "password", 8, &rehash) != ERR_BUSY) {
        _exit(16);
    }
    if (password_verify(PASSWORD_SCRYPT, NULL, "password", 8, &rehash) != ERR_BUSY) {
        _exit(17);
    }
    _exit(0);
}

static void no_memory_is_busy_and_never_a_verdict(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        hash_without_memory();
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_is_argon2id_with_19_mib_and_two_passes),
        cmocka_unit_test(stored_hashes_verify_with_their_password_only),
        cmocka_unit_test(keyboards_that_write_the_same_sign_in),
        cmocka_unit_test(every_byte_of_a_password_counts),
        cmocka_unit_test(what_is_too_long_after_nfkc_is_never_hashed),
        cmocka_unit_test(other_parameters_verify_and_ask_for_a_new_hash),
        cmocka_unit_test(every_refusal_costs_as_much_as_a_wrong_password),
#ifndef SANITIZED /* which needs more memory than a limit leaves */
        cmocka_unit_test(no_memory_is_busy_and_never_a_verdict),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
