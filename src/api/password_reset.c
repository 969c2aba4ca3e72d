/* A new password by letter: Better Auth's request-password-reset and reset-password. */
#include "api/account_password.h"
#include "api/auth_result.h"
#include "api/form.h"
#include "api/letters.h"
#include "api/link.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/sendmail.h"

#define IDENTIFIER   "reset-password:"
#define TOKEN_LENGTH 24

static void send_letter(struct call *call, const struct user *user)
{
    const char *callback = form_text(call->form, "redirectTo", NULL);
    const char *token = id_sized(call->ctx, TOKEN_LENGTH);
    struct buf *url = buf_new(call->ctx);

    if (letters_new_link(call, IDENTIFIER, token, user->id, CLOCK_HOUR) != ERR_OK) {
        audit_user(&call->source, AUDIT_REQUEST_RESET_UNAVAILABLE, user->id);
        return;
    }
    audit_user(&call->source, AUDIT_REQUEST_RESET, user->id);
    buf_printf(url, "%s/api/auth/reset-password/%s?callbackURL=", call->app->config->base_url,
               token);
    query_encode(url, callback == NULL ? "" : callback);
    letters_send(call, &(struct letter){
                           .kind = TEMPLATE_RESET_PASSWORD,
                           .user = user,
                           .to = user->email,
                           .about = user->email,
                           .url = url->data,
                           .token = token,
                       });
}

/* All that depends on the account, after the answer. */
static void look_and_send(struct call *call, const void *arg)
{
    const char *email = text_email(call->ctx, form_text(call->form, "email", NULL));
    struct user *user;
    const char *hash;

    (void)arg;
    switch ((int)store_user_by_email(call->app->store, call->ctx, email, &user, &hash)) {
    case ERR_OK:
        send_letter(call, user);
        break;
    case ERR_ABSENT:
        audit_account(&call->source, AUDIT_REQUEST_RESET_NO_ACCOUNT, NULL, email);
        break;
    default:
        audit_account(&call->source, AUDIT_REQUEST_RESET_UNAVAILABLE, NULL, email);
    }
}

enum err password_reset_request(struct call *call)
{
    if (!sendmail_is_set(call->app->config)) {
        return ERR_RESET_DISABLED;
    }
    call->rest.run = look_and_send;
    return auth_answer(call, "{\"status\":true,\"message\":\"If this email exists in our system, "
                             "check your email for the reset link\"}");
}

/* The link of the letter: goes on to the page that asks for the password, if the link is good. */
enum err password_reset_link(struct call *call)
{
    const char *identifier = mem_printf(call->ctx, IDENTIFIER "%s", call->path_id);
    const char *user_id;
    struct query query;
    enum err error = link_read(call, "callbackURL", &query);

    if (error != ERR_OK) {
        return error;
    }
    const char *callback = link_callback(&query);
    if (callback == NULL) {
        return link_go_with(call, "/api/auth/error", true, "error", "INVALID_TOKEN");
    }
    if (!app_is_ready(call->app)) {
        return ERR_STORE_DOWN;
    }
    error = store_verification_find(call->app->store, call->ctx, identifier, call->now, &user_id);
    if (error == ERR_ABSENT || error == ERR_BAD_VALUE) {
        audit_user(&call->source, AUDIT_RESET_PASSWORD_LINK, NULL);
        return link_go_with(call, callback, true, "error", "INVALID_TOKEN");
    }
    return error == ERR_OK ? link_go_with(call, callback, true, "token", call->path_id) : error;
}

/* The token of the body, else of the query; NULL when there is none. */
static const char *given_token(struct call *call)
{
    const char *token = form_text(call->form, "token", NULL);
    struct query query;

    if (token != NULL && *token != '\0') {
        return token;
    }
    if (query_parse(call->ctx, call->request.path.query, &query) != ERR_OK) {
        return NULL;
    }
    token = query_get(&query, "token");
    return token == NULL || *token == '\0' ? NULL : token;
}

/* The user whose link it is: before the password is hashed, which is dear. */
static enum err find_user(struct call *call, const char *identifier, struct user **ret_user)
{
    const char *user_id;
    enum err error =
        store_verification_find(call->app->store, call->ctx, identifier, call->now, &user_id);

    if (error == ERR_ABSENT || error == ERR_BAD_VALUE) {
        return ERR_RESET_TOKEN;
    }
    if (error == ERR_OK) {
        error = store_user_by_id(call->app->store, call->ctx, user_id, ret_user);
    }
    return error == ERR_ABSENT ? ERR_RESET_USER : error;
}

/* *ret_user is set as soon as it is known whose password it is. */
static enum err set_password(struct call *call, struct user **ret_user)
{
    size_t len;
    const char *password = form_text(call->form, "newPassword", &len);
    const char *token = given_token(call);
    char *hash;
    enum err error;

    if (token == NULL) {
        return ERR_RESET_TOKEN;
    }
    const char *identifier = mem_printf(call->ctx, IDENTIFIER "%s", token);
    if ((error = account_password_length(call->app->config, password, len)) != ERR_OK ||
        (error = find_user(call, identifier, ret_user)) != ERR_OK ||
        (error = account_password_hash(call, password, len, &hash)) != ERR_OK) {
        return error;
    }
    const struct account_reset reset = {
        .identifier = identifier,
        .user_id = (*ret_user)->id,
        .account_id = id_new(call->ctx),
        .hash = hash,
        .now = call->now,
    };
    error = store_account_reset(call->app->store, &reset);
    if (error == ERR_ABSENT) { /* used up since we looked */
        return ERR_RESET_TOKEN;
    }
    return error == ERR_MISSING_PARENT ? ERR_RESET_USER : error;
}

enum err password_reset(struct call *call)
{
    struct user *user = NULL;
    enum err error = set_password(call, &user);
    const char *user_id = user == NULL ? NULL : user->id;

    if (error == ERR_RESET_TOKEN || error == ERR_RESET_USER) {
        audit_user(&call->source, AUDIT_RESET_PASSWORD_LINK, user_id);
    }
    if (error != ERR_OK) {
        return error;
    }
    audit_user(&call->source, AUDIT_RESET_PASSWORD, user_id);
    return auth_answer(call, "{\"status\":true}");
}
