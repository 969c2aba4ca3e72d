#include "api/route.h"

#include <string.h>

#include "base/buf.h"

#define TASKS (ROUTE_SLASH | ROUTE_PRIVATE)
#define AUTH  (ROUTE_PRIVATE)

static const struct route routes[] = {
    {METHOD_GET, "/", NEED_NOTHING, 0, meta_root},
    {METHOD_GET, "/health", NEED_NOTHING, ROUTE_PRIVATE, meta_health},
    {METHOD_GET, "/api/health", NEED_NOTHING, ROUTE_PRIVATE, meta_health},

    {METHOD_POST, "/api/auth/sign-up", NEED_ORIGIN, AUTH | ROUTE_BODY, sign_up},
    {METHOD_POST, "/api/auth/signup", NEED_ORIGIN, AUTH | ROUTE_BODY, sign_up},
    {METHOD_POST, "/api/auth/sign-in", NEED_ORIGIN, AUTH | ROUTE_BODY, sign_in},
    {METHOD_POST, "/api/auth/login", NEED_ORIGIN, AUTH | ROUTE_BODY, sign_in},
    {METHOD_POST, "/api/auth/sign-out", NEED_ORIGIN, AUTH, sign_out},
    {METHOD_POST, "/api/auth/logout", NEED_ORIGIN, AUTH, sign_out_short},
    {METHOD_POST, "/api/auth/refresh", NEED_ORIGIN, AUTH, refresh},
    {METHOD_GET, "/api/auth/refresh", NEED_ORIGIN, AUTH, refresh},

    {METHOD_GET, "/api/tasks", NEED_USER, TASKS, task_list},
    {METHOD_POST, "/api/tasks", NEED_USER, TASKS | ROUTE_BODY, task_create},
    {METHOD_GET, "/api/tasks/:id", NEED_USER, TASKS, task_get},
    {METHOD_PUT, "/api/tasks/:id", NEED_USER, TASKS | ROUTE_BODY, task_change},
    {METHOD_PATCH, "/api/tasks/:id", NEED_USER, TASKS | ROUTE_BODY, task_change},
    {METHOD_DELETE, "/api/tasks/:id", NEED_USER, TASKS, task_delete},
    {METHOD_PATCH, "/api/tasks/:id/complete", NEED_USER, TASKS | ROUTE_OPTIONAL_BODY, task_toggle},

    {METHOD_GET, "/api/:user/tasks", NEED_OWNER, TASKS, task_list},
    {METHOD_POST, "/api/:user/tasks", NEED_OWNER, TASKS | ROUTE_BODY, task_create},
    {METHOD_GET, "/api/:user/tasks/:id", NEED_OWNER, TASKS, task_get},
    {METHOD_PUT, "/api/:user/tasks/:id", NEED_OWNER, TASKS | ROUTE_BODY, task_change},
    {METHOD_PATCH, "/api/:user/tasks/:id", NEED_OWNER, TASKS | ROUTE_BODY, task_change},
    {METHOD_DELETE, "/api/:user/tasks/:id", NEED_OWNER, TASKS, task_delete},
    {METHOD_PATCH, "/api/:user/tasks/:id/complete", NEED_OWNER, TASKS | ROUTE_OPTIONAL_BODY,
     task_toggle},
};

/* First segments under /api that are never a user's id (contract.md section 4). */
static const char *const reserved_users[] = {"auth", "proxy", "tasks"};

static const struct {
    enum method method;
    const char *names;
} allow_names[] = {
    {METHOD_GET, "GET, HEAD"}, {METHOD_POST, "POST"},     {METHOD_PUT, "PUT"},
    {METHOD_PATCH, "PATCH"},   {METHOD_DELETE, "DELETE"},
};

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

static void add_allowed(struct buf *allow, enum method method)
{
    for (size_t i = 0; i < sizeof allow_names / sizeof allow_names[0]; i++) {
        if (allow_names[i].method == method) {
            buf_puts(allow, allow_names[i].names);
            buf_puts(allow, ", ");
        }
    }
}

enum err route_find(struct call *call, const struct route **ret_route, const char **ret_allow)
{
    struct buf *allow = buf_new(call->ctx);

    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (!match(&routes[i], call)) {
            continue;
        }
        if (routes[i].method == call->request.method) {
            *ret_route = &routes[i];
            return ERR_OK;
        }
        add_allowed(allow, routes[i].method);
    }
    if (allow->len == 0) {
        return ERR_NOT_FOUND;
    }
    buf_puts(allow, "OPTIONS");
    *ret_allow = allow->data;
    return ERR_METHOD;
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
