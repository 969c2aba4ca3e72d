/*
 * The kinds of password hashes, a file each. Private to sec/password*.c. A password is in normal
 * form and of bounded length here. ERR_BUSY: no memory for the work.
 */
#ifndef TASKGATE_SEC_PASSWORD_KIND_H
#define TASKGATE_SEC_PASSWORD_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct password_kind {
    const char *name;
    /* Whether STORED is a hash of this kind, within the bounds of what compare would do. */
    bool (*accepts)(const char *stored);
    /* A hash with a new salt, owned by CTX. This and waste are NULL for a kind that is never made.
     */
    enum err (*hash)(void *ctx, const char *password, size_t len, char **ret_hash) WARN_UNUSED;
    /* ERR_OK, ERR_BAD_PASSWORD; ERR_BAD_VALUE at once when STORED is not of this kind or would cost
     * too much (R31). *ret_old: made with other parameters than hash has. */
    enum err (*compare)(const char *stored, const char *password, size_t len,
                        bool *ret_old) WARN_UNUSED;
    /* The work of one compare, for nothing. */
    enum err (*waste)(void) WARN_UNUSED;
};

extern const struct password_kind password_argon2id;
extern const struct password_kind password_bcrypt;
extern const struct password_kind password_scrypt;

#endif
