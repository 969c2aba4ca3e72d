/* api/route: every route of the contract is reachable, and nothing else is. */
#include "base/mem.h"
#include "unit.h"

/* The table is private to its file; that nothing else is in it can be seen only from inside. */
#include "api/route.c"

/* What contract.md promises, in words of its own: ":user" and ":id" are any segment. */
static const struct promise {
    enum method method;
    const char *pattern;
    enum need need;
    handler *handle;
    bool body; /* a JSON body is read: always, or where there is one */
} promises[] = {
    {METHOD_GET, "/", NEED_NOTHING, meta_root, false},
    {METHOD_GET, "/health", NEED_NOTHING, meta_health, false},
    {METHOD_GET, "/api/health", NEED_NOTHING, meta_health, false},
    {METHOD_POST, "/api/auth/sign-up", NEED_ORIGIN, sign_up, true},
    {METHOD_POST, "/api/auth/signup", NEED_ORIGIN, sign_up, true},
    {METHOD_POST, "/api/auth/sign-in", NEED_ORIGIN, sign_in, true},
    {METHOD_POST, "/api/auth/login", NEED_ORIGIN, sign_in, true},
    {METHOD_POST, "/api/auth/sign-out", NEED_ORIGIN, sign_out, true},
    {METHOD_POST, "/api/auth/sign-up/email", NEED_ORIGIN, sign_up_email, true},
    {METHOD_POST, "/api/auth/sign-in/email", NEED_ORIGIN, sign_in_email, true},
    {METHOD_GET, "/api/auth/get-session", NEED_GUEST, session_get, false},
    {METHOD_POST, "/api/auth/get-session", NEED_ORIGIN, session_get_post, true},
    {METHOD_GET, "/api/auth/session", NEED_GUEST, session_get, false},
    {METHOD_GET, "/api/auth/list-sessions", NEED_FRESH, session_list, false},
    {METHOD_POST, "/api/auth/revoke-session", NEED_SESSION, session_revoke, true},
    {METHOD_POST, "/api/auth/revoke-sessions", NEED_SESSION, session_revoke_all, true},
    {METHOD_POST, "/api/auth/revoke-other-sessions", NEED_SESSION, session_revoke_others, true},
    {METHOD_GET, "/api/auth/list-accounts", NEED_SESSION, account_list, false},
    {METHOD_POST, "/api/auth/update-user", NEED_SESSION, account_update_user, true},
    {METHOD_POST, "/api/auth/update-session", NEED_SESSION, account_update_session, true},
    {METHOD_POST, "/api/auth/change-password", NEED_SESSION, account_change_password, true},
    {METHOD_POST, "/api/auth/verify-password", NEED_SESSION, account_verify_password, true},
    {METHOD_POST, "/api/auth/request-password-reset", NEED_ORIGIN, password_reset_request, true},
    {METHOD_GET, "/api/auth/reset-password/:token", NEED_NOTHING, password_reset_link, false},
    {METHOD_POST, "/api/auth/reset-password", NEED_ORIGIN, password_reset, true},
    {METHOD_POST, "/api/auth/send-verification-email", NEED_GUEST, verify_email_request, true},
    {METHOD_GET, "/api/auth/verify-email", NEED_GUEST, verify_email_link, false},
    {METHOD_POST, "/api/auth/change-email", NEED_SESSION, change_email, true},
    {METHOD_POST, "/api/auth/delete-user", NEED_SESSION, delete_user, true},
    {METHOD_GET, "/api/auth/delete-user/callback", NEED_GUEST, delete_user_link, false},
    {METHOD_GET, "/api/auth/ok", NEED_NOTHING, meta_ok, false},
    {METHOD_GET, "/api/auth/error", NEED_NOTHING, meta_error, false},
    {METHOD_GET, "/api/auth/token", NEED_SESSION, access_token, false},
    {METHOD_GET, "/api/auth/jwks", NEED_NOTHING, jwks, false},
    {METHOD_POST, "/api/auth/logout", NEED_ORIGIN, sign_out_short, false},
    {METHOD_POST, "/api/auth/refresh", NEED_ORIGIN, refresh, false},
    {METHOD_GET, "/api/auth/refresh", NEED_ORIGIN, refresh, false},
    {METHOD_GET, "/api/tasks", NEED_USER, task_list, false},
    {METHOD_POST, "/api/tasks", NEED_USER, task_create, true},
    {METHOD_GET, "/api/tasks/:id", NEED_USER, task_get, false},
    {METHOD_PUT, "/api/tasks/:id", NEED_USER, task_change, true},
    {METHOD_PATCH, "/api/tasks/:id", NEED_USER, task_change, true},
    {METHOD_DELETE, "/api/tasks/:id", NEED_USER, task_delete, false},
    {METHOD_PATCH, "/api/tasks/:id/complete", NEED_USER, task_toggle, true},
    {METHOD_GET, "/api/:user/tasks", NEED_OWNER, task_list, false},
    {METHOD_POST, "/api/:user/tasks", NEED_OWNER, task_create, true},
    {METHOD_GET, "/api/:user/tasks/:id", NEED_OWNER, task_get, false},
    {METHOD_PUT, "/api/:user/tasks/:id", NEED_OWNER, task_change, true},
    {METHOD_PATCH, "/api/:user/tasks/:id", NEED_OWNER, task_change, true},
    {METHOD_DELETE, "/api/:user/tasks/:id", NEED_OWNER, task_delete, false},
    {METHOD_PATCH, "/api/:user/tasks/:id/complete", NEED_OWNER, task_toggle, true},
    {METHOD_GET, "/api/proxy/:user/tasks", NEED_PROXY, task_list, false},
    {METHOD_POST, "/api/proxy/:user/tasks", NEED_PROXY, task_create, true},
    {METHOD_GET, "/api/proxy/:user/tasks/:id", NEED_PROXY, task_get, false},
    {METHOD_PUT, "/api/proxy/:user/tasks/:id", NEED_PROXY, task_change, true},
    {METHOD_PATCH, "/api/proxy/:user/tasks/:id", NEED_PROXY, task_change, true},
    {METHOD_DELETE, "/api/proxy/:user/tasks/:id", NEED_PROXY, task_delete, false},
    {METHOD_PATCH, "/api/proxy/:user/tasks/:id/complete", NEED_PROXY, task_toggle, true},
};

static const enum method all_methods[] = {METHOD_GET,    METHOD_POST,    METHOD_PUT,  METHOD_PATCH,
                                          METHOD_DELETE, METHOD_OPTIONS, METHOD_OTHER};

static struct call *new_call(void *ctx, enum method method, const char *target)
{
    struct call *call = mem_new(ctx, struct call);

    call->ctx = call;
    call->request.method = method;
    assert_int_equal(path_parse(call, target, &call->request.path), ERR_OK);
    return call;
}

/* PATTERN with "u1" for the user and "7" for the id. */
static char *example(void *ctx, const char *pattern)
{
    struct buf *target = buf_new(ctx);

    while (*pattern != '\0') {
        size_t len = strcspn(pattern + 1, "/") + 1;
        if (len == 6 && memcmp(pattern, "/:user", len) == 0) {
            buf_puts(target, "/u1");
        } else if (len == 4 && memcmp(pattern, "/:id", len) == 0) {
            buf_puts(target, "/7");
        } else {
            buf_add(target, pattern, len);
        }
        pattern += len;
    }
    return target->data;
}

static void every_route_is_reachable(void **state)
{
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(promises); i++) {
        const struct promise *promise = &promises[i];
        struct call *call = new_call(ctx, promise->method, example(ctx, promise->pattern));
        const struct route *route = NULL;
        const char *allow = NULL;
        print_message("  %s\n", promise->pattern);
        assert_int_equal(route_find(call, &route, &allow), ERR_OK);
        assert_int_equal(route->method, promise->method);
        assert_string_equal(route->pattern, promise->pattern);
        assert_int_equal(route->need, promise->need);
        assert_true(route->handle == promise->handle);
        assert_int_equal((route->flags & (ROUTE_BODY | ROUTE_OPTIONAL_BODY)) != 0, promise->body);
        assert_null(allow);
    }
    talloc_free(ctx);
}

static void the_table_has_what_was_promised_and_no_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(routes); i++) {
        size_t found = 0;
        print_message("  %s\n", routes[i].pattern);
        for (size_t j = 0; j < COUNT(promises); j++) {
            found += promises[j].method == routes[i].method &&
                     strcmp(promises[j].pattern, routes[i].pattern) == 0;
        }
        assert_int_equal(found, 1);
    }
    assert_int_equal(COUNT(routes), COUNT(promises));
}

/* R51: all but the greeting is somebody's own, or of this moment. */
static void answers_are_private(void **state)
{
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 1; i < COUNT(promises); i++) {
        struct call *call = new_call(ctx, promises[i].method, example(ctx, promises[i].pattern));
        const struct route *route = NULL;
        const char *allow;
        assert_int_equal(route_find(call, &route, &allow), ERR_OK);
        if (route->handle != jwks) /* public keys, to be kept for a while */
            assert_true((route->flags & ROUTE_PRIVATE) != 0);
    }
    talloc_free(ctx);
}

/* --- every path of some words against the promises --- */

static bool segment_fits(const char *pattern, size_t len, const char *segment)
{
    if (len == 5 && memcmp(pattern, ":user", 5) == 0) {
        return strcmp(segment, "auth") != 0 && strcmp(segment, "proxy") != 0 &&
               strcmp(segment, "tasks") != 0;
    }
    if (len == 3 && memcmp(pattern, ":id", 3) == 0) {
        return true;
    }
    return strlen(segment) == len && memcmp(pattern, segment, len) == 0;
}

static bool fits(const char *pattern, const struct path *path)
{
    size_t used = 0;
    bool task_route = strstr(pattern, "/tasks") != NULL;

    for (const char *at = pattern + 1; *at != '\0'; used++) {
        size_t len = strcspn(at, "/");
        if (used == path->count || !segment_fits(at, len, path->segments[used])) {
            return false;
        }
        at += at[len] == '/' ? len + 1 : len;
    }
    return used == path->count && (task_route || !path->trailing_slash);
}

static void check_path(void *ctx, const struct path *path, enum method method)
{
    struct call *call = mem_new(ctx, struct call);
    const struct promise *promise = NULL;
    const struct route *route = NULL;
    const char *allow = NULL;
    bool exists = false;

    for (size_t i = 0; i < COUNT(promises); i++) {
        if (!fits(promises[i].pattern, path)) {
            continue;
        }
        exists = true;
        if (promises[i].method == method && promise == NULL) {
            promise = &promises[i];
        }
    }
    call->ctx = call;
    call->request.method = method;
    call->request.path = *path;
    enum err error = route_find(call, &route, &allow);
    if (promise == NULL) {
        assert_int_equal(error, exists ? ERR_METHOD : ERR_NOT_FOUND);
        assert_int_equal(allow != NULL, exists);
        assert_null(route);
    } else {
        assert_int_equal(error, ERR_OK);
        assert_string_equal(route->pattern, promise->pattern);
        assert_true(route->handle == promise->handle);
    }
    talloc_free(call);
}

static void check_words(void *ctx, const char *const *words, size_t count, size_t depth,
                        struct path *path)
{
    for (size_t i = 0; i < COUNT(all_methods); i++) {
        path->trailing_slash = false;
        check_path(ctx, path, all_methods[i]);
        path->trailing_slash = path->count > 0;
        check_path(ctx, path, all_methods[i]);
    }
    if (path->count == depth) {
        return;
    }
    size_t at = path->count++;
    for (size_t i = 0; i < count; i++) {
        path->segments[at] = words[i];
        check_words(ctx, words, count, depth, path);
    }
    path->count = at;
}

static void nothing_else_is_reachable(void **state)
{
    static const char *const many[] = {
        "api",   "auth",   "tasks",    "proxy",   "health", "sign-up", "signup", "sign-in",
        "login", "logout", "sign-out", "refresh", "u1",     "Auth",    ":user",  "complete",
    };
    static const char *const better_auth[] = {
        "sign-up",
        "sign-in",
        "email",
        "get-session",
        "session",
        "list-sessions",
        "revoke-session",
        "list-accounts",
        "revoke-sessions",
        "update-user",
        "revoke-other-sessions",
        "update-session",
        "ok",
        "change-password",
        "error",
        "verify-password",
        "token",
        "jwks",
        "sign-out",
        "Ok",
    };
    static const char *const few[] = {"api", "auth", "tasks", "complete", "u1", "7"};
    void *ctx = mem_context(NULL);
    struct path path = {.count = 0};

    (void)state;
    check_words(ctx, many, COUNT(many), 3, &path);
    check_words(ctx, few, COUNT(few), 5, &path);
    path.segments[path.count++] = "api";
    path.segments[path.count++] = "auth";
    check_words(ctx, better_auth, COUNT(better_auth), 4, &path);
    path.segments[1] = "proxy";
    check_words(ctx, few, COUNT(few), 6, &path);
    talloc_free(ctx);
}

/* --- */

static void reserved_names_are_never_users(void **state)
{
    static const char *const targets[] = {
        "/api/auth/tasks",
        "/api/proxy/tasks",
        "/api/auth/tasks/7",
        "/api/proxy/tasks/7",
        "/api/tasks/tasks/7",
        "/api/%61uth/tasks",
        "/api/prox%79/tasks",
        "/api/t%61sks/tasks/7",
        "/api/auth/tasks/7/complete",
        "/api/tasks/tasks/7/complete",
        "/api/proxy/auth/tasks",
        "/api/proxy/proxy/tasks/7",
        "/api/proxy/tasks/tasks",
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(targets); i++) {
        for (size_t j = 0; j < COUNT(all_methods); j++) {
            const struct route *route;
            const char *allow;
            struct call *call = new_call(ctx, all_methods[j], targets[i]);
            print_message("  %s\n", targets[i]);
            assert_int_equal(route_find(call, &route, &allow), ERR_NOT_FOUND);
        }
    }
    talloc_free(ctx);
}

static void user_and_id_are_what_stands_in_the_path(void **state)
{
    static const struct {
        const char *target, *user, *id;
    } rows[] = {
        {"/api/tasks", NULL, NULL},
        {"/api/tasks/", NULL, NULL},
        {"/api/tasks/7", NULL, "7"},
        {"/api/tasks/7/", NULL, "7"},
        {"/api/tasks/tasks", NULL, "tasks"},
        {"/api/u1/tasks", "u1", NULL},
        {"/api/u1/tasks/7", "u1", "7"},
        {"/api/proxy/u1/tasks", "u1", NULL},
        {"/api/proxy/u1/tasks/7/", "u1", "7"},
        {"/api/u%201/tasks/%37", "u 1", "7"},
        {"/api/%252f/tasks", "%2f", NULL},
        {"/api/AUTH/tasks", "AUTH", NULL},
        {"/api/health/tasks", "health", NULL},
        {"/api/tasks%20/tasks", "tasks ", NULL},
        {"/api/auth/reset-password/aB3", NULL, "aB3"},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct call *call = new_call(ctx, METHOD_GET, rows[i].target);
        const struct route *route;
        const char *allow;
        print_message("  %s\n", rows[i].target);
        assert_int_equal(route_find(call, &route, &allow), ERR_OK);
        assert_int_equal(route->need == NEED_OWNER || route->need == NEED_PROXY,
                         rows[i].user != NULL);
        assert_int_equal(call->path_user != NULL, rows[i].user != NULL);
        if (rows[i].user != NULL) {
            assert_string_equal(call->path_user, rows[i].user);
        }
        assert_int_equal(call->path_id != NULL, rows[i].id != NULL);
        if (rows[i].id != NULL) {
            assert_string_equal(call->path_id, rows[i].id);
        }
    }
    talloc_free(ctx);
}

/* RFC 9110 section 9.2.1: HEAD is safe, but GET is not safe for every route under /api/auth. */
static void head_is_no_method_under_auth(void **state)
{
    static const struct {
        const char *target;
        enum err found;
    } rows[] = {
        {"/", ERR_OK},
        {"/api/health", ERR_OK},
        {"/api/tasks/7", ERR_OK},
        {"/api/u1/tasks", ERR_OK},
        {"/api/auth/refresh", ERR_METHOD},
        {"/api/auth/verify-email", ERR_METHOD},
        {"/api/auth/delete-user/callback", ERR_METHOD},
        {"/api/auth/reset-password/aB3", ERR_METHOD},
        {"/api/auth/get-session", ERR_METHOD},
        {"/api/auth/ok", ERR_METHOD},
        {"/api/%61uth/refresh", ERR_METHOD},
        {"/api/auth/unknown", ERR_NOT_FOUND},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct route *route;
        const char *allow;
        struct call *call = new_call(ctx, METHOD_GET, rows[i].target);
        call->request.head = true;
        print_message("  %s\n", rows[i].target);
        assert_int_equal(route_find(call, &route, &allow), rows[i].found);
    }
    talloc_free(ctx);
}

static void allow_lists_are_complete(void **state)
{
    static const struct {
        const char *target, *allow;
    } rows[] = {
        {"/", "GET, HEAD, OPTIONS"},
        {"/health", "GET, HEAD, OPTIONS"},
        {"/api/health", "GET, HEAD, OPTIONS"},
        {"/api/auth/sign-in", "POST, OPTIONS"},
        {"/api/auth/refresh", "POST, GET, OPTIONS"},
        {"/api/tasks", "GET, HEAD, POST, OPTIONS"},
        {"/api/tasks/7", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
        {"/api/tasks/7/complete", "PATCH, OPTIONS"},
        {"/api/u1/tasks/", "GET, HEAD, POST, OPTIONS"},
        {"/api/u1/tasks/7", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
        {"/api/u1/tasks/7/complete/", "PATCH, OPTIONS"},
        {"/api/proxy/u1/tasks", "GET, HEAD, POST, OPTIONS"},
        {"/api/proxy/u1/tasks/7", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct route *route;
        const char *allow = NULL;
        struct call *call = new_call(ctx, METHOD_OTHER, rows[i].target);
        assert_int_equal(route_find(call, &route, &allow), ERR_METHOD);
        assert_string_equal(allow, rows[i].allow);
    }
    talloc_free(ctx);
}

static void parts_of_the_tree_are_told_apart(void **state)
{
    static const struct {
        const char *target;
        bool auth, guarded;
    } rows[] = {
        {"/", false, false},
        {"/health", false, false},
        {"/apis/auth", false, false},
        {"/x/api/auth", false, false},
        {"/API", false, false},
        {"/api", false, true},
        {"/api/", false, true},
        {"/api/u1/tasks", false, true},
        {"/api/authx", false, true},
        {"/api/Auth/x", false, true},
        {"/api/auth", true, false},
        {"/api/auth/", true, false},
        {"/api/auth/x/y/z", true, false},
        {"/%61pi/%61uth/x", true, false},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct call *call = new_call(ctx, METHOD_GET, rows[i].target);
        assert_int_equal(route_is_auth(&call->request.path), rows[i].auth);
        assert_int_equal(route_is_guarded(&call->request.path), rows[i].guarded);
    }
    talloc_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_reachable),
        cmocka_unit_test(the_table_has_what_was_promised_and_no_more),
        cmocka_unit_test(answers_are_private),
        cmocka_unit_test(nothing_else_is_reachable),
        cmocka_unit_test(reserved_names_are_never_users),
        cmocka_unit_test(user_and_id_are_what_stands_in_the_path),
        cmocka_unit_test(head_is_no_method_under_auth),
        cmocka_unit_test(head_is_no_method_under_auth),
        cmocka_unit_test(allow_lists_are_complete),
        cmocka_unit_test(parts_of_the_tree_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
