/*
 * Stored password hashes: what is taken for one costs no more than R31 allows, and libsodium, where
 * it knows the kind, says the same of it.
 */
#include "fuzz.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sec/password.h"

/* What a run may cost here: 64 KiB and two passes are done in less than a millisecond. */
#define CHEAP_KIB    64
#define CHEAP_PASSES 2

static const char password[] = "password";

static void check_argon2id(const char *stored)
{
    unsigned memory = 0, passes = 0, lanes = 0;
    bool rehash = false;

    FUZZ_PROMISE(sscanf(stored, "$argon2id$v=19$m=%u,t=%u,p=%u$", &memory, &passes, &lanes) == 3);
    FUZZ_PROMISE(memory >= 8 && memory <= 256 * 1024);
    FUZZ_PROMISE(passes >= 1 && passes <= 10 && lanes == 1);
    FUZZ_PROMISE(strlen(stored) < crypto_pwhash_STRBYTES);
    FUZZ_PROMISE(crypto_pwhash_str_needs_rehash(stored, passes, (size_t)memory * 1024) == 0);
    if (memory <= CHEAP_KIB && passes <= CHEAP_PASSES) {
        enum err error =
            password_verify(PASSWORD_ARGON2ID, stored, password, strlen(password), &rehash);
        FUZZ_PROMISE(error == ERR_OK || error == ERR_BAD_PASSWORD);
        FUZZ_PROMISE((crypto_pwhash_str_verify(stored, password, strlen(password)) == 0) ==
                     (error == ERR_OK));
        FUZZ_PROMISE(error != ERR_OK || rehash);
    }
}

static void check_bcrypt(const char *stored)
{
    unsigned cost = 0;

    FUZZ_PROMISE(strlen(stored) == 60);
    FUZZ_PROMISE(sscanf(stored, "$2%*[aby]$%2u$", &cost) == 1 && cost >= 4 && cost <= 14);
}

static void check_scrypt(const char *stored)
{
    FUZZ_PROMISE(strlen(stored) == 32 + 1 + 128);
    FUZZ_PROMISE(strspn(stored, "0123456789abcdef") == 32 && stored[32] == ':');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *stored = mem_strndup(NULL, (const char *)data, size);
    const char *kind = password_kind(stored);

    if (strcmp(kind, "argon2id") == 0)
        check_argon2id(stored);
    else if (strcmp(kind, "bcrypt") == 0)
        check_bcrypt(stored);
    else if (strcmp(kind, "scrypt") == 0)
        check_scrypt(stored);
    else
        FUZZ_PROMISE(strcmp(kind, "unknown") == 0);
    talloc_free(stored);
    return 0;
}
