#include <sodium.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "sec/password_kind.h"

/*
 * Better Auth's only parameters (RFC 7914): 32 MiB. A stored hash does not name them, so there is
 * nothing in it that could ask for more work (R31).
 */
#define COST_N 16384
#define COST_R 16
#define COST_P 1

/* "SALT:KEY" in lower-case hexadecimal. */
#define SALT_SIZE   16
#define KEY_SIZE    64
#define SALT_LENGTH ((size_t)2 * SALT_SIZE)
#define KEY_LENGTH  ((size_t)2 * KEY_SIZE)

/* The 32 characters of the salt are the salt, not the 16 bytes that they spell. */
static enum err make_key(const char *salt, const char *password, size_t len,
                         unsigned char key[static KEY_SIZE])
{
    if (crypto_pwhash_scryptsalsa208sha256_ll((const uint8_t *)password, len, (const uint8_t *)salt,
                                              SALT_LENGTH, COST_N, COST_R, COST_P, key,
                                              KEY_SIZE) != 0) {
        return ERR_BUSY; /* the parameters are good: only memory can be missing */
    }
    return ERR_OK;
}

static enum err make_hash(void *ctx, const char *password, size_t len, char **ret_hash)
{
    unsigned char random[SALT_SIZE];
    unsigned char key[KEY_SIZE];
    char salt[SALT_LENGTH + 1];
    char key_text[KEY_LENGTH + 1];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(salt, sizeof salt, random, sizeof random);
    enum err error = make_key(salt, password, len, key);
    if (error == ERR_OK) {
        sodium_bin2hex(key_text, sizeof key_text, key, sizeof key);
        *ret_hash = mem_printf(ctx, "%s:%s", salt, key_text);
    }
    return error;
}

/* Whether STORED is a hash of this kind; its key. */
static bool read_hash(const char *stored, unsigned char key[static KEY_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t decoded = 0;
    return strspn(stored, digits) == SALT_LENGTH && stored[SALT_LENGTH] == ':' &&
           strspn(stored + SALT_LENGTH + 1, digits) == KEY_LENGTH &&
           stored[SALT_LENGTH + 1 + KEY_LENGTH] == '\0' &&
           sodium_hex2bin(key, KEY_SIZE, stored + SALT_LENGTH + 1, KEY_LENGTH, NULL, &decoded,
                          NULL) == 0 &&
           decoded == KEY_SIZE;
}

static enum err compare(const char *stored, const char *password, size_t len, bool *ret_old)
{
    unsigned char wanted[KEY_SIZE];
    unsigned char key[KEY_SIZE];
    if (!read_hash(stored, wanted)) {
        return ERR_BAD_VALUE;
    }
    enum err error = make_key(stored, password, len, key);
    if (error != ERR_OK) {
        return error;
    }
    bool differs = sodium_memcmp(key, wanted, sizeof key) != 0;
    sodium_memzero(key, sizeof key);
    if (!differs) {
        *ret_old = false;
    }
    return differs ? ERR_BAD_PASSWORD : ERR_OK;
}

static enum err waste(void)
{
    unsigned char key[KEY_SIZE];
    return make_key("00000000000000000000000000000000", "", 0, key);
}

static bool accepts(const char *stored)
{
    unsigned char key[KEY_SIZE];
    return read_hash(stored, key);
}

const struct password_kind password_scrypt = {
    .name = "scrypt",
    .accepts = accepts,
    .hash = make_hash,
    .compare = compare,
    .waste = waste,
};
