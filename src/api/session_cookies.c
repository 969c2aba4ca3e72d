#include "api/session_cookies.h"

#include "api/session_cache.h"
#include "auth/authn.h"
#include "base/clock.h"
#include "base/mem.h"
#include "http/cookie.h"
#include "sec/cookie_sig.h"

void session_cookies_set_cache(struct call *call, const struct session *session,
                               const struct user *user, bool remember)
{
    call->cookies.cache_only = call->cookies.session == NULL || call->cookies.cache_only;
    call->cookies.session = session;
    call->cookies.user = user;
    call->cookies.remember = remember;
}

void session_cookies_set(struct call *call, const struct session *session, const struct user *user,
                         bool remember)
{
    session_cookies_set_cache(call, session, user, remember);
    call->cookies.cache_only = false;
    call->cookies.clear = false;
}

void session_cookies_set_refresh(struct call *call, const char *token)
{
    call->cookies.refresh = token;
}

void session_cookies_clear(struct call *call)
{
    call->cookies = (struct call_cookies){.clear = true};
}

void session_cookies_clear_cache(struct call *call)
{
    call->cookies.clear_cache = true;
}

/* Better Auth: the base URL decides about Secure and the name's prefix; COOKIE_SECURE overrides. */
static bool are_secure(const struct call *call)
{
    const struct config *config = call->app->config;

    if (config->cookie_secure == COOKIE_SECURE_AUTO) {
        return config->base_https;
    }
    return config->cookie_secure == COOKIE_SECURE_ON;
}

static const char *same_site(const struct config *config)
{
    switch (config->cookie_samesite) {
    case SAMESITE_STRICT:
        return "Strict";
    case SAMESITE_NONE:
        return "None";
    case SAMESITE_LAX:
        break;
    }
    return "Lax";
}

/* MAX_AGE is 0 for a cookie that is to go. */
static struct cookie make(const struct call *call, const char *name, const char *value,
                          int64_t max_age)
{
    return (struct cookie){
        .name = name,
        .value = value,
        .max_age = max_age,
        .path = "/",
        .same_site = same_site(call->app->config),
        .secure = are_secure(call),
    };
}

static void put(struct call *call, const char *name, const char *value, int64_t max_age)
{
    const struct cookie cookie = make(call, name, value, max_age);

    cookie_set(call->response, &cookie);
}

static void put_named(struct call *call, const char *name, const char *secure_name,
                      const char *value, int64_t max_age)
{
    put(call, are_secure(call) ? secure_name : name, value, max_age);
}

/* The session cookie and its copies (COOKIE_ALIASES). */
static void put_session(struct call *call, const char *value, int64_t max_age)
{
    const struct conf_list *aliases = &call->app->config->cookie_aliases;

    put_named(call, SESSION_COOKIE, SESSION_COOKIE_SECURE, value, max_age);
    for (size_t i = 0; i < aliases->count; i++) {
        put(call, aliases->items[i], value, max_age);
    }
}

/* SameSite=Strict and the narrow path: no link and no other route ever carries it. */
static void put_refresh(struct call *call, const char *value, int64_t max_age)
{
    bool secure = are_secure(call);

    cookie_set(call->response, &(struct cookie){
                                   .name = secure ? REFRESH_COOKIE_SECURE : REFRESH_COOKIE,
                                   .value = value,
                                   .max_age = max_age,
                                   .path = "/api/auth",
                                   .same_site = "Strict",
                                   .secure = secure,
                               });
}

static bool put_cache(struct call *call, const char *name, const char *value, int64_t max_age)
{
    const struct cookie cookie = make(call, name, value, max_age);

    return cookie_set_if_room(call->response, &cookie);
}

/* Better Auth's server splits a long one; a cookie that is not split makes its parts old. */
static void clear_cache_parts(struct call *call, const char *name, size_t parts)
{
    for (size_t i = 0; i < parts; i++) {
        put_cache(call, mem_printf(call->ctx, "%s.%zu", name, i), "", 0);
    }
}

static void send_cache(struct call *call)
{
    const struct config *config = call->app->config;
    const struct call_cookies *cookies = &call->cookies;
    const char *name = are_secure(call) ? CACHE_COOKIE_SECURE : CACHE_COOKIE;
    const char *value = NULL;
    size_t parts;
    bool is_offered = cookie_get_parts(call->ctx, &call->request, name, &parts) != NULL;
    bool is_to_go = cookies->clear_cache;

    if (config->cookie_cache != COOKIE_CACHE_OFF && cookies->session != NULL &&
        call->response->status < 400) {
        value = session_cache_make(call, cookies->session, cookies->user, cookies->remember);
        is_to_go = true;
    }
    if (value != NULL && put_cache(call, name, value,
                                   cookies->remember ? config->cookie_cache_max_age / CLOCK_SECOND
                                                     : COOKIE_UNTIL_CLOSE)) {
        clear_cache_parts(call, name, parts);
    } else if (is_to_go && is_offered) {
        put_cache(call, name, "", 0);
        clear_cache_parts(call, name, parts);
    }
}

static void send_clearing(struct call *call)
{
    const char *cache = are_secure(call) ? CACHE_COOKIE_SECURE : CACHE_COOKIE;
    size_t parts;

    put_session(call, "", 0);
    put(call, cache, "", 0);
    put_named(call, FORGET_COOKIE, FORGET_COOKIE_SECURE, "", 0);
    put_refresh(call, "", 0);
    cookie_get_parts(call->ctx, &call->request, cache, &parts);
    clear_cache_parts(call, cache, parts);
}

/* Better Auth's order: session_token, dont_remember, session_data. */
static void send_session(struct call *call)
{
    const struct config *config = call->app->config;
    const char *token = call->cookies.session->token;
    bool remember = call->cookies.remember;
    bool marked = cookie_get(call->ctx, &call->request, FORGET_COOKIE) != NULL ||
                  cookie_get(call->ctx, &call->request, FORGET_COOKIE_SECURE) != NULL;

    put_session(call, cookie_sign(call->ctx, config, token),
                remember ? config->session_ttl / CLOCK_SECOND : COOKIE_UNTIL_CLOSE);
    if (!remember) {
        put_named(call, FORGET_COOKIE, FORGET_COOKIE_SECURE, cookie_sign(call->ctx, config, "true"),
                  COOKIE_UNTIL_CLOSE);
    } else if (marked) {
        put_named(call, FORGET_COOKIE, FORGET_COOKIE_SECURE, "", 0);
    }
    resp_header(call->response, "set-auth-token", cookie_sign_plain(call->ctx, config, token));
}

void session_cookies_send(struct call *call)
{
    const struct call_cookies *cookies = &call->cookies;

    if (cookies->clear) {
        send_clearing(call);
        return;
    }
    if (cookies->session != NULL && !cookies->cache_only) {
        send_session(call);
    }
    if (cookies->refresh != NULL) {
        put_refresh(call, cookies->refresh,
                    cookies->remember ? call->app->config->refresh_ttl / CLOCK_SECOND
                                      : COOKIE_UNTIL_CLOSE);
    }
    send_cache(call);
}
