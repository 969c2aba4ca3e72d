/*
 * Another address: Better Auth's change-email. A proven address is asked first whether it may be
 * replaced; then the new one is asked. Nothing changes before both have said yes.
 */
#include "api/change_email.h"

#include <string.h>
#include <strings.h>

#include "api/auth_result.h"
#include "api/form.h"
#include "api/letters.h"
#include "api/link.h"
#include "api/session_cookies.h"
#include "api/user_json.h"
#include "auth/authn.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/sendmail.h"

/* A change on its way; for the call's rest. */
struct change {
    const struct user *user;
    const char *to;
    const char *callback;
};

static void ask(struct call *call, const struct change *change, enum template_kind kind,
                const char *request_type)
{
    const struct user *user = change->user;
    const struct mail_token token = {
        .email = user->email,
        .update_to = change->to,
        .request_type = request_type,
        .user_id = user->id,
    };
    struct letter letter = {
        .kind = kind,
        .user = user,
        .to = kind == TEMPLATE_CONFIRM_CHANGE ? user->email : change->to,
        .about = change->to,
    };

    letters_send_token(call, &letter, &token, change->callback);
}

static void ask_new_address(struct call *call, const void *arg)
{
    ask(call, arg, TEMPLATE_VERIFY_CHANGE, MAIL_TOKEN_MOVE);
}

/* The answer does not tell whether the new address is taken, so that is asked after it. */
static void look_and_ask(struct call *call, const void *arg)
{
    const struct change *change = arg;
    struct user *taken;
    const char *hash;
    enum err error = store_user_by_email(call->app->store, call->ctx, change->to, &taken, &hash);

    if (error != ERR_ABSENT) {
        audit_user(&call->source,
                   error == ERR_OK ? AUDIT_REQUEST_CHANGE_EMAIL_TAKEN
                                   : AUDIT_REQUEST_CHANGE_EMAIL_UNAVAILABLE,
                   change->user->id);
        return;
    }
    audit_user(&call->source, AUDIT_REQUEST_CHANGE_EMAIL, change->user->id);
    if (change->user->email_verified) {
        ask(call, change, TEMPLATE_CONFIRM_CHANGE, MAIL_TOKEN_CONFIRM);
    } else {
        ask_new_address(call, change);
    }
}

static struct change *new_change(struct call *call, const struct user *user, const char *to,
                                 const char *callback)
{
    struct change *change = mem_new(call->ctx, struct change);

    *change = (struct change){.user = user, .to = to, .callback = callback};
    return change;
}

enum err change_email(struct call *call)
{
    const struct user *user = call->principal.user;
    const char *to = text_email(call->ctx, form_text(call->form, "newEmail", NULL));

    if (!sendmail_is_set(call->app->config)) {
        return ERR_CHANGE_EMAIL_DISABLED;
    }
    if (strcmp(to, user->email) == 0) {
        return ERR_EMAIL_SAME;
    }
    call->rest = (struct call_rest){
        .run = look_and_ask,
        .arg = new_change(call, user, to, form_text(call->form, "callbackURL", NULL)),
    };
    return auth_answer(call, "{\"status\":true}");
}

/* --- the links --- */

/*
 * Nothing is stored of the link, so what ends it is asked here: a ban, or another password since it
 * was made. Who had got into the account, and asked for another address, would have the account
 * back by such a link. ERR_LINK_INVALID.
 */
static enum err check_standing(struct call *call, const struct mail_token *token,
                               const struct user *user)
{
    struct account **accounts;
    size_t count;

    if (store_user_is_banned(user, call->now)) {
        return ERR_LINK_INVALID;
    }
    enum err error = store_account_list(call->app->store, call->ctx, user->id, &accounts, &count);
    for (size_t i = 0; error == ERR_OK && i < count; i++) {
        bool is_password = strcmp(accounts[i]->account_id, user->id) == 0 &&
                           strcmp(accounts[i]->provider_id, "credential") == 0;
        /* A token knows whole seconds only. */
        if (is_password && accounts[i]->updated_at >= token->issued_at + CLOCK_SECOND) {
            error = ERR_LINK_INVALID;
        }
    }
    return error;
}

/* The user who asked, whose address is still the one that was to be replaced. */
static enum err find_user(struct call *call, const struct mail_token *token, struct user **ret_user)
{
    const struct principal *principal = &call->principal;
    struct user *user;

    if (token->user_id == NULL) {
        return ERR_LINK_INVALID;
    }
    enum err error = store_user_by_id(call->app->store, call->ctx, token->user_id, &user);
    if (error == ERR_ABSENT || error == ERR_BAD_VALUE) {
        return ERR_LINK_USER;
    }
    if (error != ERR_OK) {
        return error;
    }
    if (strcasecmp(user->email, token->email) != 0) {
        return ERR_LINK_INVALID;
    }
    if (principal->session != NULL && strcmp(principal->user_id, user->id) != 0) {
        return ERR_LINK_OTHER_USER;
    }
    error = check_standing(call, token, user);
    if (error == ERR_OK) {
        *ret_user = user;
    }
    return error;
}

/* The new address takes the old one's place; it counts as proven as the old one did. */
static enum err move(struct call *call, const struct mail_token *token, struct user *user)
{
    const struct principal *principal = &call->principal;
    enum err error =
        store_user_move(call->app->store, user->id, user->email, token->update_to, call->now);

    if (error == ERR_ABSENT) { /* replaced since we looked */
        return ERR_LINK_INVALID;
    }
    if (error == ERR_CONFLICT) {
        return ERR_USER_EXISTS;
    }
    if (error != ERR_OK) {
        return error;
    }
    user->email = token->update_to;
    user->updated_at = call->now;
    if (principal->session != NULL) {
        session_cookies_set(call, principal->session, user,
                            !authn_is_forgetful(call->ctx, call->app->config, &call->request));
    }
    audit_user(&call->source, AUDIT_CHANGE_EMAIL, user->id);
    return ERR_OK;
}

static enum err answer_moved(struct call *call, const struct user *user)
{
    struct buf *body = buf_new(call->ctx);

    buf_puts(body, "{\"status\":true,\"user\":");
    user_json_put(body, user, false);
    buf_putc(body, '}');
    resp_json(call->response, 200, body);
    return ERR_OK;
}

/* Whether the token asks for something that we know. */
static bool is_request(const struct mail_token *token, const char *type)
{
    return token->request_type != NULL && strcmp(token->request_type, type) == 0;
}

enum err change_email_link(struct call *call, const struct mail_token *token, const char *callback)
{
    bool confirms = is_request(token, MAIL_TOKEN_CONFIRM);
    struct user *user;
    enum err error = find_user(call, token, &user);

    if (error == ERR_OK && !confirms) {
        error = is_request(token, MAIL_TOKEN_MOVE) ? move(call, token, user) : ERR_LINK_INVALID;
    } else if (error == ERR_OK && sendmail_is_set(call->app->config)) {
        call->rest = (struct call_rest){
            .run = ask_new_address,
            .arg = new_change(call, user, token->update_to, callback),
        };
    }
    switch ((int)error) {
    case ERR_OK:
        break;
    case ERR_LINK_INVALID:
    case ERR_LINK_USER:
    case ERR_LINK_OTHER_USER:
    case ERR_USER_EXISTS:
        audit_user(&call->source,
                   error == ERR_USER_EXISTS ? AUDIT_CHANGE_EMAIL_TAKEN : AUDIT_CHANGE_EMAIL_LINK,
                   token->user_id);
        return link_refuse(call, callback, error);
    default:
        return error;
    }
    if (callback != NULL) {
        return link_go(call, callback);
    }
    return confirms ? auth_answer(call, "{\"status\":true}") : answer_moved(call, user);
}
