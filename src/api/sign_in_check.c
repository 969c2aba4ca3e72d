#include "api/sign_in_check.h"

#include "base/log.h"
#include "sec/password.h"

struct attempt {
    const char *password;
    size_t password_len;
    struct throttle *throttle;
    const char *hash; /* NULL: no such account, or one without a password */
    bool old_hash;
};

enum err sign_in_verify(struct call *call, struct throttle *throttle, const char *stored,
                        const char *password, size_t len, bool *ret_old)
{
    enum err error = throttle_count(throttle);

    if (error != ERR_OK) {
        return error;
    }
    error = password_verify(call->app->config->password_scheme, stored, password, len, ret_old);
    if (error == ERR_OK) {
        return throttle_clear(throttle);
    }
    if (error != ERR_BAD_PASSWORD && throttle_take_back(throttle) != ERR_OK) {
        log_warn("a password that could not be verified counts as a wrong one");
    }
    return error;
}

/* Replaces a hash that is not made as today's are, now that the password is at hand. A failure
 * costs nothing: the next sign-in tries again. */
static void rehash(struct call *call, struct attempt *attempt, const struct user *user)
{
    char *hash;
    enum err error = password_hash(call->ctx, call->app->config->password_scheme, attempt->password,
                                   attempt->password_len, &hash);
    if (error == ERR_OK) {
        error = store_account_rehash(call->app->store, user->id, attempt->hash, hash, call->now);
    }
    if (error != ERR_OK) {
        log_warn("an old password hash was not replaced; the next sign-in tries again");
        return;
    }
    attempt->hash = hash;
}

/* What the client is not told. */
static enum audit refusal(enum err error, const struct user *user, const char *hash)
{
    if (error == ERR_LIMITED) {
        return AUDIT_SIGN_IN_LIMITED;
    }
    if (error != ERR_BAD_PASSWORD) {
        return AUDIT_SIGN_IN_UNAVAILABLE;
    }
    if (user == NULL) {
        return AUDIT_SIGN_IN_NO_ACCOUNT;
    }
    return hash == NULL ? AUDIT_SIGN_IN_NO_HASH : AUDIT_SIGN_IN_PASSWORD;
}

enum err sign_in_check(struct call *call, const char *email, const char *password,
                       size_t password_len, struct user **ret_user, const char **ret_hash)
{
    struct store *store = call->app->store;
    struct user *user = NULL;
    struct attempt attempt = {
        .password = password,
        .password_len = password_len,
        .throttle =
            throttle_sign_in(call->ctx, call->app->config, store, email, call->client, call->now),
    };
    /* Before all else: those who are limited cost no hash. */
    enum err error = throttle_look(attempt.throttle);

    if (error == ERR_OK) {
        error = store_user_by_email(store, call->ctx, email, &user, &attempt.hash);
        if (error == ERR_OK || error == ERR_ABSENT) {
            error = sign_in_verify(call, attempt.throttle, attempt.hash, password, password_len,
                                   &attempt.old_hash);
        }
    }
    if (error != ERR_OK) {
        call->response->retry_after = attempt.throttle->retry_after;
        audit_account(&call->source, refusal(error, user, attempt.hash),
                      user == NULL ? NULL : user->id, email);
        return error;
    }
    if (attempt.old_hash) {
        rehash(call, &attempt, user);
    }
    *ret_user = user;
    *ret_hash = attempt.hash;
    return ERR_OK;
}
