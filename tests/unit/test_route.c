/* api/route: every route of the contract is reachable, and nothing else is. */
#include "unit_route.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_reachable),
        cmocka_unit_test(the_table_has_what_was_promised_and_no_more),
        cmocka_unit_test(answers_are_private),
        cmocka_unit_test(nothing_else_is_reachable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
