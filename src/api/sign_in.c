/* POST /api/auth/sign-in and sign-in/email: a new session for a known account. */
#include "api/auth_result.h"
#include "api/ban.h"
#include "api/form.h"
#include "api/sign_in_check.h"
#include "base/mem.h"
#include "base/text.h"

/* The first session of this sign-in, written. */
static enum err begin_session(struct call *call, const struct user *user, bool remember,
                              const struct session **ret_session, const char **ret_refresh_token)
{
    if (call->app->config->require_verification && !user->email_verified) {
        audit_account(&call->source, AUDIT_SIGN_IN_UNVERIFIED, user->id, user->email);
        return ERR_EMAIL_UNVERIFIED;
    }
    enum err error = ban_check_sign_in(call, user);
    if (error != ERR_OK) {
        return error;
    }
    const struct session *session = auth_new_session(call, user->id, remember, ret_refresh_token);
    error = store_session_insert(call->app->store, session);

    if (error == ERR_MISSING_PARENT) { /* deleted since we looked */
        audit_account(&call->source, AUDIT_SIGN_IN_GONE, user->id, user->email);
        return ERR_BAD_PASSWORD;
    }
    if (error != ERR_OK) {
        audit_account(&call->source, AUDIT_SIGN_IN_UNAVAILABLE, user->id, user->email);
        return error;
    }
    audit_account(&call->source, AUDIT_SIGN_IN, user->id, user->email);
    *ret_session = session;
    return ERR_OK;
}

enum err sign_in(struct call *call)
{
    struct credentials form;
    struct user *user;
    const struct session *session;
    const char *refresh_token;
    enum err error;

    if ((error = auth_read_credentials(call, &form)) != ERR_OK) {
        return error;
    }
    error = sign_in_check(call, form.email, form.password, form.password_len, &user);
    if (error == ERR_OK) {
        error = begin_session(call, user, true, &session, &refresh_token);
    }
    if (error != ERR_OK) {
        return error;
    }
    auth_result(call, 200, user, session, refresh_token, true);
    return ERR_OK;
}

enum err sign_in_email(struct call *call)
{
    bool remember = form_bool(call->form, "rememberMe", true);
    const char *url = form_text(call->form, "callbackURL", NULL);
    size_t len, password_len;
    const char *given = form_text(call->form, "email", &len);
    const char *password = form_text(call->form, "password", &password_len);
    struct user *user;
    const struct session *session;
    const char *refresh_token;
    enum err error;

    if (!text_is_email(given, len)) {
        return ERR_BAD_EMAIL;
    }
    if (text_utf16_length(password, password_len) > (size_t)call->app->config->max_password) {
        return ERR_PASSWORD_LONG;
    }
    error = sign_in_check(call, text_email(call->ctx, given), password, password_len, &user);
    if (error == ERR_OK) {
        error = begin_session(call, user, remember, &session, &refresh_token);
    }
    if (error != ERR_OK) {
        return error;
    }
    auth_result_sign_in(call, user, session, refresh_token, remember,
                        url == NULL || *url == '\0' ? NULL : url);
    return ERR_OK;
}
