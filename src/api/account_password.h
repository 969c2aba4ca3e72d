/* The password of a user: the one that is stored, and a new one. */
#ifndef TASKGATE_API_ACCOUNT_PASSWORD_H
#define TASKGATE_API_ACCOUNT_PASSWORD_H

#include <stddef.h>

#include "api/app.h"

/*
 * Is PASSWORD the one of the user who is signed in? *ret_hash is what is stored. Wrong ones count
 * as failed sign-ins: a stolen session is no way around the limit. ERR_PASSWORD_LONG,
 * ERR_WRONG_PASSWORD, ERR_NO_PASSWORD, ERR_LIMITED (a wrong one and this are in the audit log
 * then), ERR_BUSY, the store's errors.
 */
enum err account_password_check(struct call *call, const char *password, size_t len,
                                const char **ret_hash) WARN_UNUSED;

/* ERR_PASSWORD_SHORT, ERR_PASSWORD_LONG, as MIN_PASSWORD_LENGTH and MAX_PASSWORD_LENGTH say. */
enum err account_password_length(const struct config *config, const char *password,
                                 size_t len) WARN_UNUSED;

/* A hash of PASSWORD, owned by the call. ERR_PASSWORD_LONG. */
enum err account_password_hash(struct call *call, const char *password, size_t len,
                               char **ret_hash) WARN_UNUSED;

#endif
