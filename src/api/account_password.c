#include "api/account_password.h"

#include "api/auth_result.h"
#include "api/form.h"
#include "api/session_cookies.h"
#include "api/sign_in_check.h"
#include "api/user_json.h"
#include "auth/authn.h"
#include "base/json.h"
#include "base/text.h"
#include "sec/password.h"

enum err account_password_check(struct call *call, const char *password, size_t len,
                                const char **ret_hash)
{
    const struct app *app = call->app;
    struct throttle *throttle = throttle_sign_in(
        call->ctx, app->config, app->store, call->principal.user->email, call->client, call->now);

    if (text_utf16_length(password, len) > (size_t)app->config->max_password) {
        return ERR_PASSWORD_LONG;
    }
    bool ignored;
    enum err error = throttle_look(throttle);

    if (error == ERR_OK) {
        error = store_account_hash(app->store, call->ctx, call->principal.user_id, ret_hash);
    }
    if (error == ERR_OK) {
        error = sign_in_verify(call, throttle, *ret_hash, password, len, &ignored);
    }
    call->response->retry_after = throttle->retry_after;
    switch ((int)error) {
    case ERR_BAD_PASSWORD:
        audit_user(&call->source, AUDIT_PASSWORD_WRONG, call->principal.user_id);
        return ERR_WRONG_PASSWORD;
    case ERR_LIMITED:
        audit_user(&call->source, AUDIT_PASSWORD_LIMITED, call->principal.user_id);
        return error;
    case ERR_ABSENT:
        return ERR_NO_PASSWORD;
    default:
        return error;
    }
}

enum err account_password_length(const struct config *config, const char *password, size_t len)
{
    size_t units = text_utf16_length(password, len);

    if (units < (size_t)config->min_password) {
        return ERR_PASSWORD_SHORT;
    }
    return units > (size_t)config->max_password ? ERR_PASSWORD_LONG : ERR_OK;
}

enum err account_password_hash(struct call *call, const char *password, size_t len, char **ret_hash)
{
    enum err error =
        password_hash(call->ctx, call->app->config->password_scheme, password, len, ret_hash);

    return error == ERR_BAD_INPUT ? ERR_PASSWORD_LONG : error;
}

enum err account_verify_password(struct call *call)
{
    const char *ignored;
    size_t len;
    const char *password = form_text(call->form, "password", &len);
    enum err error = account_password_check(call, password, len, &ignored);

    if (error == ERR_NO_PASSWORD) {
        error = ERR_WRONG_PASSWORD;
    }
    return error == ERR_OK ? auth_answer(call, "{\"status\":true}") : error;
}

/* {"token":the new session's or null,"user":User} */
static void answer_changed(struct call *call, const struct session *session)
{
    struct buf *body = buf_new(call->ctx);

    buf_puts(body, "{\"token\":");
    json_put_text(body, session == NULL ? NULL : session->token);
    buf_puts(body, ",\"user\":");
    user_json_put(body, call->principal.user, false);
    buf_putc(body, '}');
    resp_json(call->response, 200, body);
}

enum err account_change_password(struct call *call)
{
    const struct app *app = call->app;
    size_t len, new_len;
    const char *current = form_text(call->form, "currentPassword", &len);
    const char *wanted = form_text(call->form, "newPassword", &new_len);
    bool remember = !authn_is_forgetful(call->ctx, app->config, &call->request);
    struct session *session = NULL;
    const char *old_hash, *refresh_token = NULL;
    char *new_hash;
    enum err error;

    if ((error = account_password_length(app->config, wanted, new_len)) != ERR_OK) {
        return error;
    }
    if ((error = account_password_check(call, current, len, &old_hash)) != ERR_OK ||
        (error = account_password_hash(call, wanted, new_len, &new_hash)) != ERR_OK) {
        return error;
    }
    if (form_bool(call->form, "revokeOtherSessions", false)) {
        session = auth_new_session(call, call->principal.user_id, remember, &refresh_token);
    }
    error = store_account_change(app->store, call->principal.user_id, old_hash, new_hash, call->now,
                                 session);
    if (error == ERR_ABSENT) { /* changed since we looked: what was right is right no more */
        return ERR_WRONG_PASSWORD;
    }
    if (error != ERR_OK) {
        return error;
    }
    if (session != NULL) {
        session_cookies_set(call, session, call->principal.user, remember);
        session_cookies_set_refresh(call, refresh_token);
    }
    audit_user(&call->source, AUDIT_CHANGE_PASSWORD, call->principal.user_id);
    answer_changed(call, session);
    return ERR_OK;
}
