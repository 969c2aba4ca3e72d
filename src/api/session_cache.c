#include "api/session_cache.h"

#include "api/session_cookies.h"
#include "api/user_json.h"
#include "auth/authn.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/query.h"
#include "sec/compare.h"
#include "sec/cookie_cache.h"

/* Session and user that the cookie VALUE holds for the session TOKEN. */
static enum err open_value(struct call *call, const char *value, const char *token,
                           struct session **ret_session, struct user **ret_user)
{
    struct json *payload;
    const struct json *part;
    enum err error = cookie_cache_open(call->ctx, call->app->config, value, call->now, &payload);

    if (error == ERR_OK) {
        error = json_get_object(call->ctx, payload, "session", &part) == JSON_FOUND
                    ? user_json_read_session(call->ctx, part, ret_session)
                    : ERR_BAD_VALUE;
    }
    if (error == ERR_OK) {
        error = json_get_object(call->ctx, payload, "user", &part) == JSON_FOUND
                    ? user_json_read(call->ctx, part, ret_user)
                    : ERR_BAD_VALUE;
    }
    if (error == ERR_OK &&
        (!compare_text((*ret_session)->token, token) || (*ret_session)->expires_at < call->now ||
         !compare_text((*ret_session)->user_id, (*ret_user)->id))) {
        error = ERR_BAD_VALUE;
    }
    return error;
}

bool session_cache_read(struct call *call)
{
    struct principal *principal = &call->principal;
    struct session *session;
    struct user *user;

    if (call->app->config->cookie_cache == COOKIE_CACHE_OFF || principal->offered == NULL ||
        principal->wants_session ||
        query_is_true(call->ctx, call->request.path.query, "disableCookieCache")) {
        return false;
    }
    const char *value = authn_cache_cookie(call->ctx, &call->request);
    if (value == NULL) {
        return false;
    }
    if (open_value(call, value, principal->offered, &session, &user) != ERR_OK) {
        session_cookies_clear_cache(call);
        return false;
    }
    authn_accept(principal, session, user);
    principal->cached = true;
    return true;
}

const char *session_cache_make(struct call *call, const struct session *session,
                               const struct user *user, bool remember)
{
    const struct config *config = call->app->config;
    int64_t life = config->cookie_cache_max_age;
    struct buf *members = buf_new(call->ctx);
    char *value = NULL;

    buf_puts(members, "\"session\":");
    user_json_put_session(members, session);
    buf_puts(members, ",\"user\":");
    user_json_put(members, user, false);
    if (cookie_cache_close(call->ctx, config, members->data, call->now,
                           remember || life < CLOCK_MINUTE ? life : CLOCK_MINUTE,
                           &value) != ERR_OK) {
        log_error("the cookie cache could not be encrypted: not sent");
    }
    return value;
}
