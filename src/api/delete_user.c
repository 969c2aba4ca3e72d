/* The end of an account: Better Auth's delete-user, and the link of its letter. */
#include "api/account_password.h"
#include "api/auth_result.h"
#include "api/form.h"
#include "api/letters.h"
#include "api/link.h"
#include "api/session_cookies.h"
#include "auth/guard.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "mail/sendmail.h"

#define IDENTIFIER "delete-account-"

/* With a TOKEN (may be NULL) only if it is that of a link for this user. */
static enum err end_account(struct call *call, const char *token)
{
    const char *user_id = call->principal.user_id;
    const char *identifier = token == NULL ? NULL : mem_printf(call->ctx, IDENTIFIER "%s", token);
    enum err error = store_user_delete(call->app->store, user_id, identifier, call->now);

    if (error == ERR_ABSENT || error == ERR_BAD_VALUE) {
        audit_user(&call->source, AUDIT_DELETE_USER_LINK, user_id);
        return ERR_DELETE_TOKEN;
    }
    if (error != ERR_OK) {
        return error;
    }
    session_cookies_clear(call);
    audit_user(&call->source, AUDIT_DELETE_USER, user_id);
    return auth_answer(call, "{\"success\":true,\"message\":\"User deleted\"}");
}

static void send_letter(struct call *call, const void *arg)
{
    const struct user *user = call->principal.user;
    const char *callback = form_text(call->form, "callbackURL", NULL);
    const char *token = arg;
    struct buf *url = buf_new(call->ctx);

    buf_printf(url, "%s/api/auth/delete-user/callback?token=%s&callbackURL=",
               call->app->config->base_url, token);
    query_encode(url, callback == NULL || *callback == '\0' ? "/" : callback);
    letters_send(call, &(struct letter){
                           .kind = TEMPLATE_DELETE_ACCOUNT,
                           .user = user,
                           .to = user->email,
                           .about = user->email,
                           .url = url->data,
                           .token = token,
                       });
}

/* With a letter or, where none can be sent, a password or a session that was made not long ago. */
static enum err confirm(struct call *call, size_t password_len)
{
    const struct principal *principal = &call->principal;

    if (sendmail_is_set(call->app->config)) {
        const char *token = id_lower(call->ctx);
        enum err error = letters_new_link(call, IDENTIFIER, token, principal->user_id, CLOCK_DAY);
        if (error != ERR_OK) {
            return error;
        }
        call->rest = (struct call_rest){.run = send_letter, .arg = token};
        audit_user(&call->source, AUDIT_REQUEST_DELETE_USER, principal->user_id);
        return auth_answer(call, "{\"success\":true,\"message\":\"Verification email sent\"}");
    }
    if (password_len == 0 && call->now - principal->session->created_at >= GUARD_FRESH_AGE) {
        return ERR_SESSION_OLD;
    }
    return end_account(call, NULL);
}

enum err delete_user(struct call *call)
{
    const char *ignored;
    size_t len;
    const char *password = form_text(call->form, "password", &len);
    const char *token = form_text(call->form, "token", NULL);

    if (!call->app->config->delete_user) { /* Better Auth's form of it: JSON of no length */
        resp_json(call->response, 404, buf_new(call->ctx));
        call->response->error = ERR_NOT_FOUND;
        return ERR_OK;
    }
    if (len > 0) {
        enum err error = account_password_check(call, password, len, &ignored);
        if (error != ERR_OK) {
            return error;
        }
    }
    return token != NULL && *token != '\0' ? end_account(call, token) : confirm(call, len);
}

enum err delete_user_link(struct call *call)
{
    struct query query;
    enum err error = link_read(call, "token", &query);

    if (error != ERR_OK) {
        return error;
    }
    if (!call->app->config->delete_user) {
        return ERR_NOT_FOUND;
    }
    if (call->principal.session == NULL) {
        return ERR_NO_USER_INFO;
    }
    const char *callback = link_callback(&query);
    error = end_account(call, query_get(&query, "token"));
    return error == ERR_OK && callback != NULL ? link_go(call, callback) : error;
}
