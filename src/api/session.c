/* Sessions as Better Auth's client sees them: the current one, all of a user's, their end. */
#include "api/session.h"

#include <string.h>

#include "api/access_token.h"
#include "api/auth_result.h"
#include "api/form.h"
#include "api/session_cookies.h"
#include "api/user_json.h"
#include "auth/authn.h"
#include "base/json.h"
#include "base/log.h"
#include "http/query.h"
#include "sec/compare.h"

#define HEADER_TOKEN_MAX 1536

/* Whether the time that it was extended last is long ago. */
static bool is_due(const struct call *call, const struct session *session)
{
    const struct config *config = call->app->config;

    return session->expires_at - config->session_ttl + config->session_update_age <= call->now;
}

void session_slide(struct call *call)
{
    struct principal *principal = &call->principal;
    struct session *extended;

    if (principal->session == NULL || principal->cached || principal->proof == PROOF_JWT ||
        authn_is_forgetful(call->ctx, call->app->config, &call->request) ||
        query_is_true(call->ctx, call->request.path.query, "disableRefresh")) {
        return;
    }
    if (!is_due(call, principal->session)) {
        session_cookies_set_cache(call, principal->session, principal->user, true);
        return;
    }
    enum err error = store_session_extend(call->app->store, call->ctx, principal->session->id,
                                          auth_session_end(call, true), call->now, &extended);
    if (error == ERR_ABSENT) {
        *principal = (struct principal){.proof = PROOF_NONE, .ended = true};
    } else if (error != ERR_OK) {
        log_warn("a session was not extended; its next use tries again");
    } else {
        principal->session = extended;
        session_cookies_set(call, extended, principal->user, true);
    }
}

/* Better Auth's JWT plugin: a token for other services with every living session. Without its key
 * (that is in the log) the session is answered all the same, and so it is when the token would not
 * fit into the web server's header buffer; /token has it then. */
static void put_jwt(struct call *call)
{
    const char *token = NULL;

    if (access_token_make(call, call->principal.user, &token) == ERR_OK &&
        strlen(token) <= HEADER_TOKEN_MAX) {
        resp_header(call->response, "set-auth-jwt", token);
    }
}

enum err session_get(struct call *call)
{
    const struct principal *principal = &call->principal;

    resp_header(call->response, "Pragma", "no-cache");
    if (!principal->ended && call->app->config->cookie_cache == COOKIE_CACHE_OFF) {
        session_cookies_clear_cache(call);
    }
    if (principal->session == NULL) {
        return auth_answer(call, "null");
    }
    put_jwt(call);
    struct buf *body = buf_new(call->ctx);
    buf_puts(body, "{\"session\":");
    user_json_put_session(body, principal->session);
    buf_puts(body, ",\"user\":");
    user_json_put(body, principal->user, false);
    buf_puts(body, ",\"expiresAt\":");
    buf_int(body, principal->session->expires_at);
    buf_putc(body, '}');
    resp_json(call->response, 200, body);
    return ERR_OK;
}

/* Better Auth's way to ask for a session without extending it: it has to be switched on there. */
enum err session_get_post(struct call *call)
{
    (void)call;
    return ERR_GET_ONLY;
}

static void put_session(struct buf *body, const void *rows, size_t index)
{
    struct session *const *sessions = rows;

    user_json_put_session(body, sessions[index]);
}

enum err session_list(struct call *call)
{
    struct session **sessions;
    size_t count;
    enum err error = store_session_list(call->app->store, call->ctx, call->principal.user_id,
                                        call->now, &sessions, &count);

    return error == ERR_OK ? auth_answer_list(call, sessions, count, put_session) : error;
}

/* Says the same whether there was such a session or not, and whose it was. */
enum err session_revoke(struct call *call)
{
    const char *token = form_text(call->form, "token", NULL);
    enum err error = store_session_end_own(call->app->store, token, call->principal.user_id);

    if (error != ERR_OK) {
        return error;
    }
    if (compare_text(token, call->principal.session->token)) {
        session_cookies_clear(call);
    }
    audit_user(&call->source, AUDIT_REVOKE_SESSION, call->principal.user_id);
    return auth_answer(call, "{\"status\":true}");
}

enum err session_revoke_all(struct call *call)
{
    enum err error = store_session_end_all(call->app->store, call->principal.user_id);

    if (error != ERR_OK) {
        return error;
    }
    session_cookies_clear(call);
    audit_user(&call->source, AUDIT_REVOKE_SESSIONS, call->principal.user_id);
    return auth_answer(call, "{\"status\":true}");
}

enum err session_revoke_others(struct call *call)
{
    enum err error = store_session_end_others(call->app->store, call->principal.user_id,
                                              call->principal.session_id);

    if (error != ERR_OK) {
        return error;
    }
    audit_user(&call->source, AUDIT_REVOKE_OTHER_SESSIONS, call->principal.user_id);
    return auth_answer(call, "{\"status\":true}");
}
