/* Is an address the user's? Better Auth's send-verification-email and verify-email. */
#include "api/verify_email.h"

#include <string.h>
#include <strings.h>

#include "api/auth_result.h"
#include "api/change_email.h"
#include "api/form.h"
#include "api/letters.h"
#include "api/link.h"
#include "api/session_cookies.h"
#include "auth/authn.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/sendmail.h"

void verify_email_send(struct call *call, const void *arg)
{
    const struct user *user = arg;
    struct letter letter = {
        .kind = TEMPLATE_VERIFY_EMAIL, .user = user, .to = user->email, .about = user->email};

    letters_send_token(call, &letter,
                       &(struct mail_token){.email = user->email, .user_id = user->id},
                       call->form == NULL ? NULL : form_text(call->form, "callbackURL", NULL));
}

/* All that depends on the account, after the answer. */
static void look_and_send(struct call *call, const void *arg)
{
    const char *email = text_email(call->ctx, form_text(call->form, "email", NULL));
    struct user *user;
    const char *hash;

    (void)arg;
    enum err error = store_user_by_email(call->app->store, call->ctx, email, &user, &hash);
    if (error == ERR_OK && !user->email_verified) {
        verify_email_send(call, user);
    } else if (error != ERR_OK && error != ERR_ABSENT) {
        audit_account(&call->source, AUDIT_VERIFY_EMAIL_UNAVAILABLE, NULL, email);
    }
}

enum err verify_email_request(struct call *call)
{
    const struct user *user = call->principal.user;

    if (!sendmail_is_set(call->app->config)) {
        return ERR_VERIFY_DISABLED;
    }
    if (user == NULL) {
        call->rest.run = look_and_send;
        return auth_answer(call, "{\"status\":true}");
    }
    if (strcasecmp(user->email, form_text(call->form, "email", NULL)) != 0) {
        return ERR_EMAIL_MISMATCH;
    }
    if (user->email_verified) {
        return ERR_EMAIL_VERIFIED;
    }
    call->rest = (struct call_rest){.run = verify_email_send, .arg = user};
    return auth_answer(call, "{\"status\":true}");
}

/* The session of this browser, if it is USER's: it may go on when the others end. */
static const char *own_session(const struct call *call, const struct user *user)
{
    const struct principal *principal = &call->principal;

    return principal->session != NULL && strcmp(principal->user_id, user->id) == 0
               ? principal->session->id
               : NULL;
}

static enum err verify(struct call *call, const struct mail_token *token)
{
    struct store *store = call->app->store;
    struct user *user;
    const char *hash;
    enum err error = store_user_by_email(store, call->ctx, token->email, &user, &hash);

    if (error == ERR_ABSENT) {
        return ERR_LINK_USER;
    }
    if (error != ERR_OK) {
        return error;
    }
    if (token->user_id != NULL && strcmp(token->user_id, user->id) != 0) {
        return ERR_LINK_INVALID;
    }
    if (user->email_verified) {
        return ERR_OK;
    }
    error = store_user_verify(store, user->id, user->email, own_session(call, user), call->now);
    if (error == ERR_ABSENT) { /* verified since we looked */
        return ERR_OK;
    }
    if (error == ERR_OK) {
        audit_user(&call->source, AUDIT_VERIFY_EMAIL, user->id);
    }
    if (error == ERR_OK && own_session(call, user) != NULL) {
        user->email_verified = true;
        user->updated_at = call->now;
        session_cookies_set_cache(
            call, call->principal.session, user,
            !authn_is_forgetful(call->ctx, call->app->config, &call->request));
    }
    return error;
}

enum err verify_email_link(struct call *call)
{
    struct query query;
    struct mail_token *token;
    enum err error = link_read(call, "token", &query);

    if (error != ERR_OK) {
        return error;
    }
    const char *callback = link_callback(&query);
    error = mail_token_verify(call->ctx, call->app->config, query_get(&query, "token"), call->now,
                              &token);
    if (error == ERR_OK && token->update_to != NULL) {
        return change_email_link(call, token, callback);
    }
    if (error == ERR_OK) {
        error = verify(call, token);
    }
    switch ((int)error) {
    case ERR_OK:
        return callback != NULL ? link_go(call, callback)
                                : auth_answer(call, "{\"status\":true,\"user\":null}");
    case ERR_LINK_INVALID:
    case ERR_LINK_EXPIRED:
    case ERR_LINK_USER:
        audit_user(&call->source, AUDIT_VERIFY_EMAIL_LINK, NULL);
        return link_refuse(call, callback, error);
    default:
        return error;
    }
}
