#include "sec/password.h"

#include <sodium.h>

#include "base/mem.h"
#include "base/text.h"
#include "sec/password_kind.h"

/* R36: what is hashed at all, after NFKC. */
#define MAX_CHARACTERS 128
#define MAX_BYTES      512

/* By their number those that are made, then those that are only verified. */
static const struct password_kind *const kinds[] = {
    [PASSWORD_ARGON2ID] = &password_argon2id,
    [PASSWORD_SCRYPT] = &password_scrypt,
    &password_bcrypt,
};

/*
 * The form of PASSWORD that is hashed, wiped with CTX; NULL when there is none: NFKC may make a
 * short text long.
 */
static char *normalise(void *ctx, const char *password, size_t len, size_t *ret_len)
{
    if (!text_is_utf8(password, len)) {
        return NULL;
    }
    size_t normal_len = 0;
    char *normal = mem_wiped(text_nfkc(ctx, password, len, &normal_len));
    if (normal_len > MAX_BYTES || text_length(normal, normal_len) > MAX_CHARACTERS) {
        return NULL;
    }
    *ret_len = normal_len;
    return normal;
}

enum err password_hash(void *ctx, enum password_scheme scheme, const char *password, size_t len,
                       char **ret_hash)
{
    enum err error = ERR_BAD_INPUT;
    void *work = mem_context(ctx);
    size_t normal_len = 0;
    const char *normal = normalise(work, password, len, &normal_len);
    if (sodium_init() < 0) {
        mem_fail();
    }
    if (normal) {
        error = kinds[scheme]->hash(ctx, normal, normal_len, ret_hash);
    }
    talloc_free(work);
    return error;
}

const char *password_kind(const char *stored)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i]->accepts(stored)) {
            return kinds[i]->name;
        }
    }
    return "unknown";
}

/* Asks each kind whether STORED is one of its hashes. ERR_BAD_VALUE: none's. */
static enum err compare(enum password_scheme scheme, const char *stored, const char *normal,
                        size_t len, bool *ret_rehash)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        bool old = false;
        enum err error = kinds[i]->compare(stored, normal, len, &old);
        if (error == ERR_OK) {
            *ret_rehash = old || i != (unsigned)scheme;
        }
        if (error != ERR_BAD_VALUE) {
            return error;
        }
    }
    return ERR_BAD_VALUE;
}

enum err password_verify(enum password_scheme scheme, const char *stored, const char *password,
                         size_t len, bool *ret_rehash)
{
    enum err error = ERR_BAD_VALUE;
    void *work = mem_context(NULL);
    size_t normal_len = 0;
    const char *normal = normalise(work, password, len, &normal_len);
    if (sodium_init() < 0) {
        mem_fail();
    }
    if (stored && normal) {
        error = compare(scheme, stored, normal, normal_len, ret_rehash);
    }
    if (error == ERR_BAD_VALUE) { /* nothing to compare: as much work as for most accounts */
        error = kinds[scheme]->waste();
        error = error == ERR_OK ? ERR_BAD_PASSWORD : error;
    }
    talloc_free(work);
    return error;
}
