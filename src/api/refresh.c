/* POST or GET /api/auth/refresh: new tokens for the refresh cookie, which is used up. */
#include "api/auth_result.h"
#include "api/session_cookies.h"
#include "auth/authn.h"
#include "sec/digest.h"
#include "sec/refresh_token.h"

/* What a refresh comes to. */
struct outcome {
    const char *token; /* the refresh token for the client */
    struct user *user;
    struct session *session;
};

/* Uses up OFFERED for a new token: one that can be made again where it may be asked for again. */
static enum err use(struct call *call, const char *offered, bool remember, struct outcome *outcome)
{
    const struct config *config = call->app->config;
    int64_t grace = config->refresh_reuse_grace;

    outcome->token = grace > 0 ? refresh_token_successor(call->ctx, &config->secrets[0], offered)
                               : refresh_token_new(call->ctx);
    const struct refresh_use use = {
        .digest = digest_text(call->ctx, offered),
        .next = auth_new_refresh(call, outcome->token, remember),
        .session_expires_at = auth_session_end(call, remember),
        .grace = grace,
    };
    return store_refresh_use(call->app->store, call->ctx, &use, &outcome->user, &outcome->session);
}

/* The loser of a race gets the token that the winner got. The winner may have had another secret,
 * while secrets are being changed. */
static enum err follow(struct call *call, const char *offered, struct outcome *outcome)
{
    const struct config *config = call->app->config;
    enum err error = ERR_ABSENT;

    for (size_t i = 0; i < config->secret_count && error == ERR_ABSENT; i++) {
        outcome->token = refresh_token_successor(call->ctx, &config->secrets[i], offered);
        error = store_refresh_follow(call->app->store, call->ctx,
                                     digest_text(call->ctx, outcome->token), call->now,
                                     &outcome->user, &outcome->session);
    }
    return error == ERR_ABSENT ? ERR_RACE : error;
}

enum err refresh(struct call *call)
{
    const char *offered = authn_refresh_cookie(call->ctx, &call->request);
    bool remember = !authn_is_forgetful(call->ctx, call->app->config, &call->request);
    struct outcome outcome = {.token = NULL};

    if (offered == NULL) {
        return ERR_REFRESH_INVALID;
    }
    enum err error = use(call, offered, remember, &outcome);
    if (error == ERR_RACE && call->app->config->refresh_reuse_grace > 0) {
        error = follow(call, offered, &outcome);
    }
    if (error == ERR_CONFLICT) {
        audit_user(&call->source, AUDIT_REFRESH_REUSED, outcome.user->id);
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
    auth_result(call, 200, outcome.user, outcome.session, outcome.token, remember);
    audit_user(&call->source, AUDIT_REFRESH, outcome.user->id);
    return ERR_OK;
}
