#include "api/dispatch.h"

#include <string.h>
#include <strings.h>

#include "api/cors.h"
#include "api/form.h"
#include "api/route.h"
#include "api/session.h"
#include "api/session_cache.h"
#include "api/session_cookies.h"
#include "auth/authn.h"
#include "auth/origin.h"
#include "auth/throttle.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/client.h"

/* What the request alone says about who asks. */
static enum err identify(struct call *call, enum need need, unsigned flags)
{
    const struct app *app = call->app;

    switch (need) {
    case NEED_USER:
    case NEED_OWNER:
        return authn_bearer(call->ctx, app->config, app->keys, &call->request, call->now,
                            &call->principal);
    case NEED_GUEST:
    case NEED_SESSION:
    case NEED_FRESH:
        authn_session(call->ctx, app->config, &call->request, (flags & ROUTE_JWT) != 0, call->now,
                      &call->principal);
        return ERR_OK;
    case NEED_PROXY:
        authn_cookie(call->ctx, app->config, &call->request, &call->principal);
        return ERR_OK;
    case NEED_NOTHING:
    case NEED_ORIGIN:
    case NEED_COUNT:
        break;
    }
    return ERR_OK;
}

/* Whether the caller may go on. The store is asked last, and not at all for those whom the guard
 * can refuse without it. */
static enum err admit(struct call *call, enum need need, unsigned flags)
{
    const struct app *app = call->app;
    const struct principal *principal = &call->principal;
    enum err error = identify(call, need, flags);
    /* The store can only end what they are, not change it. */
    bool from_request = principal->offered == NULL && !principal->wants_session;

    if (error == ERR_OK && from_request) {
        error = guard_check(need, principal, call->path_user, call->now);
    }
    if (error == ERR_OK && from_request && (flags & ROUTE_ASKS) != 0) {
        return authn_defer(app->config, &call->principal);
    }
    if (error == ERR_OK && !((flags & ROUTE_CACHE) != 0 && session_cache_read(call))) {
        error = authn_resolve(call->ctx, app->store, app->config, &call->principal, call->now);
    }
    if (error != ERR_OK) {
        return error;
    }
    if (need == NEED_GUEST || need == NEED_SESSION || need == NEED_FRESH) {
        session_slide(call);
    }
    if (principal->ended && need != NEED_USER && need != NEED_OWNER) {
        session_cookies_clear(call);
    }
    return from_request ? ERR_OK : guard_check(need, principal, call->path_user, call->now);
}

/* No route for this path and method. Better Auth's part answers 404 without a body, whatever was
 * asked; elsewhere under /api a caller must be known before it learns what exists. */
static enum err refuse(struct call *call, enum err error, const char *allow)
{
    const struct path *path = &call->request.path;

    if (route_is_auth(path)) {
        resp_empty(call->response, 404);
        call->response->error = ERR_NOT_FOUND;
        return ERR_OK;
    }
    if (error == ERR_NOT_FOUND && route_is_guarded(path)) {
        enum err known = app_is_ready(call->app) ? admit(call, NEED_USER, 0) : ERR_STORE_DOWN;
        return known != ERR_OK ? known : error;
    }
    if (allow != NULL) {
        resp_header(call->response, "Allow", allow);
    }
    if (error == ERR_METHOD && call->request.method == METHOD_OPTIONS) {
        return cors_preflight(call);
    }
    return error;
}

/* What client_find knows, for limits and for the log. */
static void set_client(struct call *call)
{
    const struct request *request = &call->request;
    struct client client = client_find(call->ctx, call->app->config, request);

    call->client = client.bucket;
    call->events = (struct audit_list){.ctx = call->ctx};
    call->source = (struct audit_source){
        .config = call->app->config,
        .list = &call->events,
        .request_id = request->id,
        .client = *client.address == '\0' ? NULL : client.address,
        .peer = *request->remote_addr == '\0' || strcmp(request->remote_addr, client.address) == 0
                    ? NULL
                    : request->remote_addr,
    };
}

/* Better Auth's first step: every request to its paths counts, whatever becomes of it. */
static enum err limit_path(struct call *call, bool routed)
{
    const struct app *app = call->app;
    struct throttle *throttle = throttle_path(call->ctx, app->config, app->store,
                                              &call->request.path, routed, call->client, call->now);

    if (throttle == NULL) {
        return ERR_OK;
    }
    if (!app_is_ready(app)) {
        return ERR_STORE_DOWN;
    }
    enum err error = throttle_count(throttle);
    call->response->retry_after = throttle->retry_after;
    if (error == ERR_LIMITED) {
        audit_user(&call->source, AUDIT_LIMITED, NULL);
    }
    return error;
}

static bool is_json_type(const char *content_type)
{
    static const char json[] = "application/json";

    if (content_type == NULL) {
        return false;
    }
    const char *type = content_type + strspn(content_type, " \t");
    size_t len = strcspn(type, "; \t");
    return len == sizeof json - 1 && strncasecmp(type, json, len) == 0;
}

static enum err read_body(struct call *call, const struct route *route, const struct edge *edge)
{
    struct request *request = &call->request;

    if ((route->flags & ROUTE_BETTER_AUTH) != 0 ||
        (route->flags & (ROUTE_BODY | ROUTE_OPTIONAL_BODY)) == 0) {
        return ERR_OK;
    }
    if (request->content_length == 0 && (route->flags & ROUTE_OPTIONAL_BODY) != 0) {
        return ERR_OK;
    }
    if (request->content_length > call->app->config->max_body) {
        return ERR_BODY_TOO_LARGE;
    }
    if (!is_json_type(request->content_type)) {
        return ERR_MEDIA_TYPE;
    }
    return edge->read_body(edge->arg, call->ctx, request->content_length, &request->body);
}

/* Where the request comes from; with the input of Better Auth's routes, which looks at both in an
 * order of its own: who is told what is wrong with a body need not have a session. */
static enum err check_source(struct call *call, const struct route *route, const struct edge *edge)
{
    const struct config *config = call->app->config;
    bool better_auth = (route->flags & ROUTE_BETTER_AUTH) != 0;
    bool unsafe = call->request.method != METHOD_GET;
    enum err error = ERR_OK;

    if (unsafe && better_auth) {
        error = form_read(call, route, edge);
    }
    if (error == ERR_OK &&
        (route->need == NEED_ORIGIN || (unsafe && (better_auth || route->need == NEED_PROXY)))) {
        error = origin_check(config, &call->request);
    }
    if (error == ERR_OK && unsafe && better_auth) {
        error = form_check_callbacks(call);
    }
    if (error == ERR_OK && unsafe && better_auth) {
        error = form_check(call, route);
    }
    if (error == ERR_OK && (route->flags & ROUTE_SIGN_IN) != 0) {
        error = origin_check_sign_in(config, &call->request);
    }
    return error;
}

/* What the route is for. Whose session has ended is told that and nothing else: the request may not
 * have come to where a statement asks for it. */
static enum err act(struct call *call, const struct route *route, const struct edge *edge)
{
    enum err error = read_body(call, route, edge);

    if (error == ERR_OK) {
        error = route->handle(call);
    }
    if (error != ERR_OK && err_info(error)->status < 500) {
        enum err known = authn_confirm(call->app->store, &call->principal, call->now);
        if (known != ERR_OK) {
            error = known;
            call->response->problem_count = 0;
        }
    }
    return error;
}

/* AUTH_ROUTES=off leaves of /api/auth what verifiers of tokens need. */
static bool is_switched_off(const struct call *call, const struct route *route)
{
    return !call->app->config->auth_routes && route_is_auth(&call->request.path) &&
           (route->flags & ROUTE_VERIFIER) == 0;
}

/* The steps of a request in their order; the first that fails answers. */
static enum err serve(struct call *call, char *const *params, const struct edge *edge)
{
    const struct app *app = call->app;
    const struct route *route = NULL;
    const char *allow = NULL;
    enum err error = cgi_parse(call->ctx, params, &call->request);

    set_client(call); /* first: a request that cannot be read is in the log too */
    if (error != ERR_OK) {
        return error;
    }
    if (call->request.method == METHOD_OPTIONS && call->request.preflight_method != NULL) {
        return cors_preflight(call);
    }
    enum err found = route_find(call, &route, &allow);
    if (found == ERR_OK && is_switched_off(call, route)) {
        found = ERR_NOT_FOUND;
    }
    call->route = route;
    bool for_another =
        found == ERR_OK && (route->flags & ROUTE_SLOW) != 0 && edge->hand_over != NULL;
    bool too_large = call->request.content_length > app->config->max_body;
    if (for_another && !too_large) {
        return ERR_SLOW;
    }
    if ((error = limit_path(call, found != ERR_NOT_FOUND)) != ERR_OK) {
        return error;
    }
    if (found != ERR_OK) {
        return refuse(call, found, allow);
    }
    if (for_another) {
        return ERR_BODY_TOO_LARGE;
    }
    if (route->need != NEED_NOTHING && !app_is_ready(app)) {
        return ERR_STORE_DOWN;
    }
    if ((error = check_source(call, route, edge)) != ERR_OK) {
        return error;
    }
    if ((error = admit(call, route->need, route->flags)) != ERR_OK) {
        return error;
    }
    return act(call, route, edge);
}

static void security_headers(struct call *call)
{
    const struct route *route = call->route;
    struct response *response = call->response;

    resp_header(response, "X-Request-Id", call->request.id);
    resp_header(response, "X-Content-Type-Options", "nosniff");
    resp_header(response, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    resp_header(response, "Referrer-Policy", "no-referrer");
    if (response->error != ERR_OK || (route != NULL && (route->flags & ROUTE_PRIVATE) != 0)) {
        resp_header(response, "Cache-Control", "no-store");
    }
    if (call->request.https) {
        resp_header(response, "Strict-Transport-Security", "max-age=31536000");
    }
}

/* The refusals of a caller, for the audit log. */
static void audit_error(const struct call *call, enum err error)
{
    const struct principal *principal = &call->principal;

    /* A token with which nothing is wrong: what it stands for has ended. */
    if ((error == ERR_TOKEN_INVALID && principal->proof == PROOF_JWT) ||
        ((error == ERR_TOKEN_INVALID || error == ERR_UNAUTHORIZED) && principal->ended)) {
        audit_user(&call->source, AUDIT_TOKEN_ENDED, principal->user_id);
    } else {
        audit_refusal(&call->source, error, principal->user_id);
    }
}

/* What went wrong on our side is a warning: LOG_LEVEL=warn shows it. */
static void log_request(const struct call *call, const struct answer *answer, int64_t duration)
{
    const struct route *route = call->route;
    const struct response *response = call->response;
    const char *code = response->error == ERR_OK ? NULL : err_info(response->error)->code;
    const struct log_field fields[] = {
        LOG_TEXT("id", call->request.id),
        LOG_TEXT("method", call->request.method_name),
        LOG_TEXT("route", route == NULL ? NULL : route->pattern),
        LOG_NUM("status", response->status),
        LOG_TEXT("code", code),
        LOG_MICROSECONDS("ms", duration / 1000),
        LOG_NUM("bytes", answer->body == NULL ? 0 : (int64_t)answer->body->len),
        LOG_TEXT("client", call->source.client),
        LOG_TEXT("peer", call->source.peer),
        LOG_TEXT("user", call->principal.user_id),
    };

    log_event(response->status >= 500 ? LEVEL_WARN : LEVEL_INFO, "request", fields,
              sizeof fields / sizeof fields[0]);
}

static void count_request(const struct call *call, int64_t duration)
{
    const struct response *response = call->response;
    size_t place = route_metric(call->route, &call->request);

    metric_count(METRIC_HTTP_REQUESTS, place, metric_status(response->status));
    metric_observe(METRIC_HTTP_DURATION, place, duration);
    if (response->error != ERR_OK) {
        metric_count(METRIC_HTTP_ERRORS, response->error, 0);
    }
}

/* Gives the request to a worker that may take its time. */
static enum err hand_over(const struct edge *edge)
{
    return edge->hand_over == NULL ? ERR_BUSY : edge->hand_over(edge->arg);
}

struct call *dispatch(const struct app *app, void *ctx, char *const *params,
                      const struct edge *edge)
{
    struct call *call = mem_new(ctx, struct call);

    call->app = app;
    call->ctx = ctx;
    call->started = clock_nanoseconds();
    call->now = clock_now();
    call->client = "";
    call->response = resp_new(ctx);
    call->error = serve(call, params, edge);
    if (call->error == ERR_SLOW) {
        call->error = hand_over(edge);
        return call->error == ERR_OK ? NULL : call;
    }
    return call;
}

void dispatch_answer(struct call *call, struct answer *ret_answer)
{
    log_hold();
    audit_write(&call->source);
    if (call->error != ERR_OK) {
        resp_error(call->response, call->error);
        audit_error(call, call->error);
    }
    cors_headers(call);
    security_headers(call);
    session_cookies_send(call);
    *ret_answer = (struct answer){
        .head = resp_head(call->ctx, call->response),
        .body = call->request.head ? NULL : call->response->body,
    };
    int64_t duration = clock_nanoseconds() - call->started;
    log_request(call, ret_answer, duration);
    log_release();
    count_request(call, duration);
}

void dispatch_rest(struct call *call)
{
    const struct call_rest *rest = &call->rest;

    if (rest->run != NULL) {
        rest->run(call, rest->arg);
    }
}
