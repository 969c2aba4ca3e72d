/* POST /api/auth/sign-in: a new session for a known account. */
#include "api/auth_result.h"
#include "base/log.h"
#include "sec/password.h"

/*
 * Verifies inside the gate. HASH is NULL for an unknown address: then the same work is done for
 * nothing, so that neither text, status nor time tells which of the two was wrong.
 */
static enum err verify(struct call *call, const struct credentials *form, const char *hash,
                       bool *ret_rehash)
{
    enum err error = gate_enter(call->app->gate);

    if (error != ERR_OK) {
        return error;
    }
    error = password_verify(hash, form->password, form->password_len, ret_rehash);
    gate_leave(call->app->gate);
    return error;
}

/* Replaces a hash made with older parameters, now that the password is at hand. A failure costs
 * nothing: the next sign-in tries again. */
static void rehash(struct call *call, const struct credentials *form, const struct user *user,
                   const char *old)
{
    char *hash;
    enum err error = gate_enter(call->app->gate);

    if (error != ERR_OK) {
        return;
    }
    error = password_hash(call->ctx, form->password, form->password_len, &hash);
    gate_leave(call->app->gate);
    if (error == ERR_OK) {
        error = store_account_rehash(call->app->store, user->id, old, hash, call->now);
    }
    if (error != ERR_OK) {
        log_warn(
            "a password hash with old parameters was not replaced; the next sign-in tries again");
    }
}

enum err sign_in(struct call *call)
{
    struct store *store = call->app->store;
    struct credentials form;
    struct user *user = NULL;
    const char *hash = NULL;
    bool old_hash = false;
    const char *refresh_token;
    enum err error;

    if ((error = auth_read_credentials(call, &form)) != ERR_OK) {
        return error;
    }
    error = store_user_by_email(store, call->ctx, form.email, &user, &hash);
    if (error != ERR_OK && error != ERR_ABSENT) {
        return error;
    }
    error = verify(call, &form, hash, &old_hash);
    if (error == ERR_BAD_PASSWORD) {
        auth_audit(call, "sign-in", "refused", user == NULL ? NULL : user->id);
    }
    if (error != ERR_OK) {
        return error;
    }
    if (old_hash) {
        rehash(call, &form, user, hash);
    }

    const struct session *session = auth_new_session(call, user->id, &refresh_token);
    error = store_session_insert(store, session);
    if (error == ERR_MISSING_PARENT) { /* deleted since we looked */
        return ERR_BAD_PASSWORD;
    }
    if (error != ERR_OK) {
        return error;
    }
    auth_result(call, 200, user, session, refresh_token);
    auth_audit(call, "sign-in", "success", user->id);
    return ERR_OK;
}
