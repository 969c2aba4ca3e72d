/* POST /api/auth/sign-in and sign-in/email: a new session for a known account. */
#include "api/auth_result.h"
#include "api/ban.h"
#include "api/form.h"
#include "api/sign_in_check.h"
#include "base/mem.h"
#include "base/text.h"

/* Who signs in, and the session that begins. */
struct entry {
    struct user *user;
    const char *hash;
    const struct session *session;
    const char *refresh_token;
};

/* Writes the session. ERR_RACE: the password was changed since it was verified. */
static enum err begin_session(struct call *call, bool remember, struct entry *entry)
{
    const struct user *user = entry->user;

    if (call->app->config->require_verification && !user->email_verified) {
        audit_account(&call->source, AUDIT_SIGN_IN_UNVERIFIED, user->id, user->email);
        return ERR_EMAIL_UNVERIFIED;
    }
    enum err error = ban_check_sign_in(call, user);
    if (error != ERR_OK) {
        return error;
    }
    struct session *session = auth_new_session(call, user->id, remember, &entry->refresh_token);
    session->hash = entry->hash;
    error = store_session_insert(call->app->store, session);

    if (error == ERR_MISSING_PARENT) { /* deleted since we looked */
        audit_account(&call->source, AUDIT_SIGN_IN_GONE, user->id, user->email);
        return ERR_BAD_PASSWORD;
    }
    if (error != ERR_OK && error != ERR_RACE) {
        audit_account(&call->source, AUDIT_SIGN_IN_UNAVAILABLE, user->id, user->email);
    }
    if (error == ERR_OK) {
        audit_account(&call->source, AUDIT_SIGN_IN, user->id, user->email);
        entry->session = session;
    }
    return error;
}

/* A hash that is another by now need not be another password's: a sign-in at the same time may have
 * replaced an old one. So it is verified once more. */
static enum err enter(struct call *call, const char *email, const char *password, size_t len,
                      bool remember, struct entry *ret_entry)
{
    enum err error = ERR_RACE;

    for (int tries = 0; error == ERR_RACE && tries < 2; tries++) {
        error = sign_in_check(call, email, password, len, &ret_entry->user, &ret_entry->hash);
        if (error == ERR_OK) {
            error = begin_session(call, remember, ret_entry);
        }
    }
    if (error == ERR_RACE) {
        audit_account(&call->source, AUDIT_SIGN_IN_PASSWORD, ret_entry->user->id, email);
        error = ERR_BAD_PASSWORD;
    }
    return error;
}

enum err sign_in(struct call *call)
{
    struct credentials form;
    struct entry entry;
    enum err error = auth_read_credentials(call, &form);

    if (error == ERR_OK) {
        error = enter(call, form.email, form.password, form.password_len, true, &entry);
    }
    if (error == ERR_OK) {
        auth_result(call, 200, entry.user, entry.session, entry.refresh_token, true);
    }
    return error;
}

enum err sign_in_email(struct call *call)
{
    bool remember = form_bool(call->form, "rememberMe", true);
    const char *url = form_text(call->form, "callbackURL", NULL);
    size_t len, password_len;
    const char *given = form_text(call->form, "email", &len);
    const char *password = form_text(call->form, "password", &password_len);
    struct entry entry;

    if (!text_is_email(given, len)) {
        return ERR_BAD_EMAIL;
    }
    if (text_utf16_length(password, password_len) > (size_t)call->app->config->max_password) {
        return ERR_PASSWORD_LONG;
    }
    enum err error =
        enter(call, text_email(call->ctx, given), password, password_len, remember, &entry);
    if (error == ERR_OK) {
        auth_result_sign_in(call, entry.user, entry.session, entry.refresh_token, remember,
                            url == NULL || *url == '\0' ? NULL : url);
    }
    return error;
}
