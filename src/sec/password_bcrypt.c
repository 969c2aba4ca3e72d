#include <crypt.h>
#include <sodium.h>
#include <string.h>

#include "base/mem.h"
#include "sec/password_kind.h"

/*
 * bcrypt, as other programs have hashed: only for accounts that were imported, and replaced at
 * their next sign-in. It sees the first 72 bytes of a password and none behind a NUL.
 */

/* "$2b$12$", 22 characters of salt and 31 of hash. */
#define PREFIX_LENGTH 7
#define LENGTH        60

/* R31: a stored hash may ask for 2^14 rounds, about a second. */
#define COST_MIN 4
#define COST_MAX 14

static bool accepts(const char *stored)
{
    static const char digits[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    /* "2x" marks hashes of a program that lost bits of some passwords. */
    if (strncmp(stored, "$2", 2) != 0 || stored[2] == '\0' || strchr("aby", stored[2]) == NULL ||
        stored[3] != '$' || stored[4] < '0' || stored[4] > '9' || stored[5] < '0' ||
        stored[5] > '9' || stored[6] != '$') {
        return false;
    }
    int cost = (stored[4] - '0') * 10 + (stored[5] - '0');
    return cost >= COST_MIN && cost <= COST_MAX &&
           strspn(stored + PREFIX_LENGTH, digits) == LENGTH - PREFIX_LENGTH &&
           stored[LENGTH] == '\0';
}

static enum err compare(const char *stored, const char *password, size_t len, bool *ret_old)
{
    if (!accepts(stored)) {
        return ERR_BAD_VALUE;
    }
    struct crypt_data *data = mem_wiped(mem_new(NULL, struct crypt_data));
    /* Not crypt_r: of that, sanitizers put a version of their own between us and the library. */
    const char *made = crypt_rn(password, stored, data, (int)sizeof *data);
    enum err error = ERR_BAD_PASSWORD;
    if (made == NULL || strlen(made) != LENGTH) {
        error = ERR_BUSY;
    } else if (sodium_memcmp(made, stored, LENGTH) == 0 && memchr(password, '\0', len) == NULL) {
        *ret_old = true;
        error = ERR_OK;
    }
    talloc_free(data);
    return error;
}

const struct password_kind password_bcrypt = {
    .name = "bcrypt",
    .accepts = accepts,
    .compare = compare,
};
