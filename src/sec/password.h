/*
 * Password hashes of two kinds: argon2id by libsodium, 19 MiB and two passes (R29), and Better
 * Auth's scrypt, for a database that its server shares (R30). Both are verified whatever the
 * setting, and bcrypt too, of accounts that were imported. The password is normalised (NFKC) first,
 * as Better Auth does, so that one keyboard's "é" is another's. Hashing takes its time: the routes
 * that do it are ROUTE_SLOW.
 */
#ifndef TASKGATE_SEC_PASSWORD_H
#define TASKGATE_SEC_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "conf/conf.h"

/* A hash of PASSWORD as text for the account row, owned by CTX. ERR_BAD_INPUT when it is too long
 * in normal form (R36). ERR_BUSY when memory for the hash could not be had (R32): never a verdict
 * on the password. */
enum err password_hash(void *ctx, enum password_scheme scheme, const char *password, size_t len,
                       char **ret_hash) WARN_UNUSED;

/*
 * Compares PASSWORD with STORED; stored may be NULL (no such account), then a dummy hash of SCHEME
 * is computed and the answer is ERR_BAD_PASSWORD. Formats with parameters out of bounds (R31) and
 * unknown formats are ERR_BAD_PASSWORD after the same work. ERR_BUSY as above. *ret_rehash: STORED
 * is not what password_hash would make today for SCHEME and should be replaced.
 */
enum err password_verify(enum password_scheme scheme, const char *stored, const char *password,
                         size_t len, bool *ret_rehash) WARN_UNUSED;

/* The kind of STORED in a word ("argon2id", "scrypt", "bcrypt"); "unknown" when password_verify
 * would refuse any password for it. */
const char *password_kind(const char *stored);

#endif
