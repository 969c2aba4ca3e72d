/* POST or GET /api/auth/refresh: new tokens for the refresh cookie, which is used up. */
#include "api/auth_result.h"
#include "api/session_cookies.h"
#include "auth/authn.h"
#include "sec/digest.h"

enum err refresh(struct call *call)
{
    const struct app *app = call->app;
    const char *offered = authn_refresh_cookie(call->ctx, &call->request);
    struct user *user = NULL;
    struct session *session;
    struct refresh *next;

    if (offered == NULL) {
        return ERR_REFRESH_INVALID;
    }
    bool remember = !authn_is_forgetful(call->ctx, app->config, &call->request);
    const char *token = auth_new_refresh(call, remember, &next);
    enum err error = store_refresh_use(app->store, call->ctx, digest_text(call->ctx, offered), next,
                                       auth_session_end(call, remember), &user, &session);
    if (error == ERR_CONFLICT) {
        audit_user(&call->source, AUDIT_REFRESH_REUSED, user->id);
    } else if (error == ERR_ABSENT || error == ERR_BAD_VALUE) {
        audit_user(&call->source, AUDIT_REFRESH_UNKNOWN, NULL);
    }
    /* Another tab was faster: the cookies of this browser are its new ones, and stay. */
    if (error == ERR_RACE) {
        return ERR_REFRESH_INVALID;
    }
    if (error == ERR_CONFLICT || error == ERR_ABSENT || error == ERR_BAD_VALUE) {
        session_cookies_clear(call);
        return ERR_REFRESH_INVALID;
    }
    if (error != ERR_OK) {
        return error;
    }
    auth_result(call, 200, user, session, token, remember);
    audit_user(&call->source, AUDIT_REFRESH, user->id);
    return ERR_OK;
}
