/* api/route: what a path says, and which parts of the tree are told apart. */
#include "unit_route.h"

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
        cmocka_unit_test(reserved_names_are_never_users),
        cmocka_unit_test(user_and_id_are_what_stands_in_the_path),
        cmocka_unit_test(head_is_no_method_under_auth),
        cmocka_unit_test(allow_lists_are_complete),
        cmocka_unit_test(parts_of_the_tree_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
