#include "api/route.h"

#include <string.h>

#include "api/form.h"
#include "base/buf.h"

#define TASKS (ROUTE_SLASH | ROUTE_PRIVATE | ROUTE_ASKS)
#define AUTH  (ROUTE_PRIVATE)
#define BA    (ROUTE_PRIVATE | ROUTE_BETTER_AUTH)

static const struct route routes[] = {
    /* First what is asked for most: routes are tried in this order. */
    {METHOD_GET, "/api/tasks", NEED_USER, TASKS, task_list, NULL},
    {METHOD_POST, "/api/tasks", NEED_USER, TASKS | ROUTE_BODY, task_create, NULL},
    {METHOD_GET, "/api/tasks/:id", NEED_USER, TASKS, task_get, NULL},
    {METHOD_PUT, "/api/tasks/:id", NEED_USER, TASKS | ROUTE_BODY, task_change, NULL},
    {METHOD_PATCH, "/api/tasks/:id", NEED_USER, TASKS | ROUTE_BODY, task_change, NULL},
    {METHOD_DELETE, "/api/tasks/:id", NEED_USER, TASKS, task_delete, NULL},
    {METHOD_PATCH, "/api/tasks/:id/complete", NEED_USER, TASKS | ROUTE_OPTIONAL_BODY, task_toggle,
     NULL},

    {METHOD_GET, "/api/:user/tasks", NEED_OWNER, TASKS, task_list, NULL},
    {METHOD_POST, "/api/:user/tasks", NEED_OWNER, TASKS | ROUTE_BODY, task_create, NULL},
    {METHOD_GET, "/api/:user/tasks/:id", NEED_OWNER, TASKS, task_get, NULL},
    {METHOD_PUT, "/api/:user/tasks/:id", NEED_OWNER, TASKS | ROUTE_BODY, task_change, NULL},
    {METHOD_PATCH, "/api/:user/tasks/:id", NEED_OWNER, TASKS | ROUTE_BODY, task_change, NULL},
    {METHOD_DELETE, "/api/:user/tasks/:id", NEED_OWNER, TASKS, task_delete, NULL},
    {METHOD_PATCH, "/api/:user/tasks/:id/complete", NEED_OWNER, TASKS | ROUTE_OPTIONAL_BODY,
     task_toggle, NULL},

    {METHOD_GET, "/", NEED_NOTHING, 0, meta_root, NULL},
    {METHOD_GET, "/health", NEED_NOTHING, ROUTE_PRIVATE, meta_health, NULL},
    {METHOD_GET, "/api/health", NEED_NOTHING, ROUTE_PRIVATE, meta_health, NULL},

    {METHOD_POST, "/api/auth/sign-up", NEED_ORIGIN, AUTH | ROUTE_BODY | ROUTE_SLOW, sign_up, NULL},
    {METHOD_POST, "/api/auth/signup", NEED_ORIGIN, AUTH | ROUTE_BODY | ROUTE_SLOW, sign_up, NULL},
    {METHOD_POST, "/api/auth/sign-in", NEED_ORIGIN, AUTH | ROUTE_BODY | ROUTE_SLOW, sign_in, NULL},
    {METHOD_POST, "/api/auth/login", NEED_ORIGIN, AUTH | ROUTE_BODY | ROUTE_SLOW, sign_in, NULL},
    {METHOD_POST, "/api/auth/logout", NEED_ORIGIN, AUTH, sign_out_short, NULL},
    {METHOD_POST, "/api/auth/refresh", NEED_ORIGIN, AUTH, refresh, NULL},
    {METHOD_GET, "/api/auth/refresh", NEED_ORIGIN, AUTH, refresh, NULL},

    {METHOD_POST, "/api/auth/sign-up/email", NEED_ORIGIN,
     BA | ROUTE_BODY | ROUTE_SIGN_IN | ROUTE_SLOW, sign_up_email, form_sign_up},
    {METHOD_POST, "/api/auth/sign-in/email", NEED_ORIGIN,
     BA | ROUTE_BODY | ROUTE_SIGN_IN | ROUTE_SLOW, sign_in_email, form_sign_in},
    {METHOD_POST, "/api/auth/sign-out", NEED_ORIGIN, BA | ROUTE_OPTIONAL_BODY, sign_out,
     form_empty},
    {METHOD_GET, "/api/auth/get-session", NEED_GUEST, BA | ROUTE_JWT | ROUTE_CACHE, session_get,
     NULL},
    {METHOD_POST, "/api/auth/get-session", NEED_ORIGIN, BA | ROUTE_OPTIONAL_BODY, session_get_post,
     NULL},
    {METHOD_GET, "/api/auth/session", NEED_GUEST, BA | ROUTE_JWT | ROUTE_CACHE, session_get, NULL},
    {METHOD_GET, "/api/auth/list-sessions", NEED_FRESH, BA, session_list, NULL},
    {METHOD_POST, "/api/auth/revoke-session", NEED_SESSION, BA | ROUTE_BODY, session_revoke,
     form_token},
    {METHOD_POST, "/api/auth/revoke-sessions", NEED_SESSION, BA | ROUTE_OPTIONAL_BODY,
     session_revoke_all, NULL},
    {METHOD_POST, "/api/auth/revoke-other-sessions", NEED_SESSION, BA | ROUTE_OPTIONAL_BODY,
     session_revoke_others, NULL},
    {METHOD_GET, "/api/auth/list-accounts", NEED_SESSION, BA, account_list, NULL},
    {METHOD_POST, "/api/auth/update-user", NEED_SESSION, BA | ROUTE_BODY, account_update_user,
     form_update_user},
    {METHOD_POST, "/api/auth/update-session", NEED_SESSION, BA | ROUTE_BODY, account_update_session,
     form_empty},
    {METHOD_POST, "/api/auth/change-password", NEED_SESSION, BA | ROUTE_BODY | ROUTE_SLOW,
     account_change_password, form_change_password},
    {METHOD_POST, "/api/auth/verify-password", NEED_SESSION, BA | ROUTE_BODY | ROUTE_SLOW,
     account_verify_password, form_password},
    {METHOD_POST, "/api/auth/request-password-reset", NEED_ORIGIN, BA | ROUTE_BODY | ROUTE_SLOW,
     password_reset_request, form_reset_request},
    {METHOD_GET, "/api/auth/reset-password/:token", NEED_NOTHING, AUTH, password_reset_link, NULL},
    {METHOD_POST, "/api/auth/reset-password", NEED_ORIGIN, BA | ROUTE_BODY | ROUTE_SLOW,
     password_reset, form_reset},
    {METHOD_POST, "/api/auth/send-verification-email", NEED_GUEST, BA | ROUTE_BODY | ROUTE_SLOW,
     verify_email_request, form_verification},
    {METHOD_GET, "/api/auth/verify-email", NEED_GUEST, BA | ROUTE_SLOW, verify_email_link, NULL},
    {METHOD_POST, "/api/auth/change-email", NEED_SESSION, BA | ROUTE_BODY | ROUTE_SLOW,
     change_email, form_change_email},
    {METHOD_POST, "/api/auth/delete-user", NEED_SESSION, BA | ROUTE_BODY | ROUTE_SLOW, delete_user,
     form_delete_user},
    {METHOD_GET, "/api/auth/delete-user/callback", NEED_GUEST, BA, delete_user_link, NULL},
    {METHOD_GET, "/api/auth/ok", NEED_NOTHING, AUTH | ROUTE_VERIFIER, meta_ok, NULL},
    {METHOD_GET, "/api/auth/error", NEED_NOTHING, AUTH, meta_error, NULL},

    {METHOD_GET, "/api/auth/token", NEED_SESSION, AUTH | ROUTE_BETTER_AUTH | ROUTE_JWT,
     access_token, NULL},
    {METHOD_GET, "/api/auth/jwks", NEED_NOTHING, ROUTE_VERIFIER, jwks, NULL},

    {METHOD_GET, "/api/proxy/:user/tasks", NEED_PROXY, TASKS, task_list, NULL},
    {METHOD_POST, "/api/proxy/:user/tasks", NEED_PROXY, TASKS | ROUTE_BODY, task_create, NULL},
    {METHOD_GET, "/api/proxy/:user/tasks/:id", NEED_PROXY, TASKS, task_get, NULL},
    {METHOD_PUT, "/api/proxy/:user/tasks/:id", NEED_PROXY, TASKS | ROUTE_BODY, task_change, NULL},
    {METHOD_PATCH, "/api/proxy/:user/tasks/:id", NEED_PROXY, TASKS | ROUTE_BODY, task_change, NULL},
    {METHOD_DELETE, "/api/proxy/:user/tasks/:id", NEED_PROXY, TASKS, task_delete, NULL},
    {METHOD_PATCH, "/api/proxy/:user/tasks/:id/complete", NEED_PROXY, TASKS | ROUTE_OPTIONAL_BODY,
     task_toggle, NULL},
};

/* First segments under /api that are never a user's id (contract.md section 4). */
static const char *const reserved_users[] = {"auth", "proxy", "tasks"};

#define ROUTES (sizeof routes / sizeof routes[0])

static const char *const method_names[] = {
    [METHOD_GET] = "GET",     [METHOD_POST] = "POST",     [METHOD_PUT] = "PUT",
    [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE", [METHOD_OPTIONS] = "OPTIONS",
    [METHOD_OTHER] = "other",
};

#define METHODS (sizeof method_names / sizeof method_names[0])

static bool is_reserved(const char *user)
{
    for (size_t i = 0; i < sizeof reserved_users / sizeof reserved_users[0]; i++) {
        if (strcmp(reserved_users[i], user) == 0) {
            return true;
        }
    }
    return false;
}

/* Compares one segment of PATTERN (LEN bytes) with SEGMENT; captures what a name matches. */
static bool match_segment(const char *pattern, size_t len, const char *segment, struct call *call)
{
    if (pattern[0] != ':') {
        return strlen(segment) == len && memcmp(pattern, segment, len) == 0;
    }
    if (strncmp(pattern, ":user", len) == 0) {
        call->path_user = segment;
        return !is_reserved(segment);
    }
    call->path_id = segment;
    return true;
}

static bool match(const struct route *route, struct call *call)
{
    const struct path *path = &call->request.path;
    const char *at = route->pattern + 1;
    size_t index = 0;

    call->path_user = NULL;
    call->path_id = NULL;
    while (*at != '\0') {
        size_t len = strcspn(at, "/");
        if (index == path->count || !match_segment(at, len, path->segments[index], call)) {
            return false;
        }
        index++;
        at += len + (at[len] == '/' ? 1 : 0);
    }
    return index == path->count && (!path->trailing_slash || (route->flags & ROUTE_SLASH) != 0);
}

static void add_allowed(struct buf *allow, enum method method, bool has_head)
{
    buf_puts(allow, method_names[method]);
    buf_puts(allow, method == METHOD_GET && has_head ? ", HEAD, " : ", ");
}

/* What else the path may be asked with. */
static enum err find_others(struct call *call, bool has_head, const char **ret_allow)
{
    struct buf *allow = buf_new(call->ctx);

    for (size_t i = 0; i < ROUTES; i++) {
        if (match(&routes[i], call)) {
            add_allowed(allow, routes[i].method, has_head);
        }
    }
    if (allow->len == 0) {
        return ERR_NOT_FOUND;
    }
    buf_puts(allow, "OPTIONS");
    *ret_allow = allow->data;
    return ERR_METHOD;
}

enum err route_find(struct call *call, const struct route **ret_route, const char **ret_allow)
{
    /* HEAD is to be safe (RFC 9110 section 9.2.1), which GET is not everywhere under /api/auth;
     * Better Auth does not know it there. */
    bool has_head = !route_is_auth(&call->request.path);

    for (size_t i = 0; i < ROUTES && (has_head || !call->request.head); i++) {
        if (routes[i].method == call->request.method && match(&routes[i], call)) {
            *ret_route = &routes[i];
            return ERR_OK;
        }
    }
    return find_others(call, has_head, ret_allow);
}

bool route_is_auth(const struct path *path)
{
    return path->count >= 2 && strcmp(path->segments[0], "api") == 0 &&
           strcmp(path->segments[1], "auth") == 0;
}

bool route_is_guarded(const struct path *path)
{
    return path->count >= 1 && strcmp(path->segments[0], "api") == 0 && !route_is_auth(path);
}

const struct metric_pair *route_metrics(size_t *ret_count)
{
    static struct metric_pair list[ROUTES + METHODS];

    for (size_t i = 0; i < ROUTES; i++) {
        list[i] = (struct metric_pair){method_names[routes[i].method], routes[i].pattern};
    }
    for (size_t i = 0; i < METHODS; i++) {
        list[ROUTES + i] = (struct metric_pair){method_names[i], "none"};
    }
    *ret_count = ROUTES + METHODS;
    return list;
}

size_t route_metric(const struct route *route, const struct request *request)
{
    if (route != NULL) {
        return (size_t)(route - routes);
    }
    /* A request that could not be read has no method either. */
    return ROUTES + (request->method_name == NULL ? METHOD_OTHER : request->method);
}
