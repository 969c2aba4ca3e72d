#include "api/ban.h"

#include "api/session_cookies.h"
#include "auth/authn.h"

enum err ban_check_sign_in(struct call *call, const struct user *user)
{
    if (store_user_is_banned(user, call->now)) {
        audit_account(&call->source, AUDIT_SIGN_IN_BANNED, user->id, user->email);
        return ERR_USER_BANNED;
    }
    return user->banned ? store_user_unban(call->app->store, user->id, call->now) : ERR_OK;
}

enum err ban_refuse_ended(struct call *call)
{
    call->principal.ended = true;
    if (call->principal.proof != PROOF_COOKIE) {
        return ERR_TOKEN_INVALID;
    }
    session_cookies_clear(call);
    return ERR_UNAUTHORIZED;
}

enum err ban_check_absent(struct call *call)
{
    const struct principal *who = &call->principal;
    struct user *user = NULL;

    if (who->session != NULL) { /* it was alive when the request began */
        enum err known =
            store_session_alive(call->app->store, who->session_id, who->user_id, call->now);
        return known == ERR_ABSENT ? ban_refuse_ended(call) : known;
    }
    if (who->unconfirmed != NULL) { /* one that is alive has a user who is not */
        return authn_confirm(call->app->store, &call->principal, call->now);
    }
    enum err error = store_user_by_id(call->app->store, call->ctx, who->user_id, &user);
    if (error == ERR_ABSENT || error == ERR_BAD_VALUE) {
        return who->at_home ? ERR_TOKEN_INVALID : ERR_OK;
    }
    if (error == ERR_OK && store_user_is_banned(user, call->now)) {
        audit_user(&call->source, AUDIT_ACCESS_BANNED, user->id);
        return ERR_USER_BANNED;
    }
    return error;
}
