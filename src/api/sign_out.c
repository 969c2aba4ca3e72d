/* POST /api/auth/sign-out: ends the session that the cookie or the bearer token names. */
#include "api/auth_result.h"
#include "api/session_cookies.h"
#include "auth/authn.h"

/*
 * A client that signs out is to end signed out, so a dead or missing session is a success, and an
 * expired or foreign token is no reason to keep the cookies. Only the store's failure is reported.
 */
static enum err end_session(struct call *call)
{
    const struct app *app = call->app;
    const char *user_id = NULL, *named = NULL;
    struct principal session;
    enum err error = ERR_OK;

    authn_session(call->ctx, app->config, &call->request, false, call->now, &session);
    if (session.offered != NULL) {
        error = store_session_end_token(app->store, call->ctx, session.offered, &user_id);
        error = error == ERR_BAD_VALUE ? ERR_OK : error;
    }
    if (error == ERR_OK &&
        authn_bearer(call->ctx, app->config, app->keys, &call->request, call->now,
                     &call->principal) == ERR_OK &&
        call->principal.session_id != NULL) {
        error = store_session_end_id(app->store, call->ctx, call->principal.session_id,
                                     call->principal.user_id, &named);
    }
    if (error != ERR_OK) {
        return error;
    }
    if (user_id == NULL) { /* cookie and token mostly name the same session, which ended once */
        user_id = named;
    }
    session_cookies_clear(call);
    if (user_id != NULL) {
        audit_user(&call->source, AUDIT_SIGN_OUT, user_id);
    }
    return ERR_OK;
}

static enum err answer(struct call *call, const char *text)
{
    enum err error = end_session(call);

    return error == ERR_OK ? auth_answer(call, text) : error;
}

enum err sign_out(struct call *call)
{
    return answer(call, "{\"success\":true}");
}

enum err sign_out_short(struct call *call)
{
    return answer(call, "{\"success\":true,\"message\":\"Signed out\"}");
}
