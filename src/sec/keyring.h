/* A set of public keys as others publish it: a JWK Set (RFC 7517 section 5). */
#ifndef TASKGATE_SEC_KEYRING_H
#define TASKGATE_SEC_KEYRING_H

#include <stddef.h>

#include "base/err.h"
#include "sec/jwk.h"

#define KEYRING_MAX_TEXT ((size_t)64 * 1024)
#define KEYRING_MAX_KEYS 100

struct keyring;

/*
 * The set that TEXT spells, owned by CTX. Keys that cannot be used (see jwk_read), that have no
 * name or share it with another are left out: *ret_refused says how many. ERR_BAD_VALUE when TEXT
 * is too long, not such a set, or of more than KEYRING_MAX_KEYS keys.
 */
enum err keyring_read(void *ctx, const char *text, size_t len, struct keyring **ret_keyring,
                      size_t *ret_refused) WARN_UNUSED;

/* The key called KID, which lives with KEYRING; NULL when there is none. */
const struct jwk *keyring_find(const struct keyring *keyring, const char *kid);

/* How many keys can be used. */
size_t keyring_count(const struct keyring *keyring);

/*
 * The set in file PATH. ERR_CONFIG with one line in PROBLEM (without its end) when it cannot be
 * read, is none, or has no key that can be used.
 */
enum err keyring_read_file(void *ctx, const char *path, struct keyring **ret_keyring,
                           struct buf *problem) WARN_UNUSED;

/* Whether PATH (JWKS_FILE; NULL = not given) holds keys. ERR_CONFIG with a line in PROBLEMS. */
enum err keyring_check_file(const char *path, struct buf *problems) WARN_UNUSED;

#endif
