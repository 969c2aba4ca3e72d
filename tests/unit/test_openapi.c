/*
 * deploy/www/openapi.json describes the routes that the program has, what each of them needs, and
 * the errors that it answers, and no others.
 */
#include <ctype.h>
#include <json.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "unit.h"

/* The table is private to its file. */
#include "api/route.c"

static struct {
    void *ctx;
    struct json_object *document;
} suite;

/* What nginx, lighttpd and Apache answer themselves, with the files in deploy/. */
static const struct {
    int status;
    const char *code;
} web_server[] = {
    {400, "BAD_REQUEST"},           {403, "FORBIDDEN"},           {405, "METHOD_NOT_ALLOWED"},
    {408, "REQUEST_TIMEOUT"},       {411, "LENGTH_REQUIRED"},     {413, "PAYLOAD_TOO_LARGE"},
    {414, "URI_TOO_LONG"},          {417, "EXPECTATION_FAILED"},  {431, "HEADERS_TOO_LARGE"},
    {500, "INTERNAL_SERVER_ERROR"}, {501, "NOT_IMPLEMENTED"},     {502, "SERVICE_UNAVAILABLE"},
    {503, "SERVICE_UNAVAILABLE"},   {504, "SERVICE_UNAVAILABLE"},
};

/* The paths of ADMIN_LISTEN, which have no route. */
static const char *const admin_paths[] = {"/live", "/ready", "/metrics"};

static int setup(void **state)
{
    const char *folder = getenv("srcdir");

    (void)state;
    suite.ctx = mem_context(NULL);
    suite.document = json_object_from_file(
        mem_printf(suite.ctx, "%s/deploy/www/openapi.json", folder == NULL ? "." : folder));
    if (suite.document == NULL) {
        print_error("%s\n", json_util_get_last_err());
        return -1;
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_object_put(suite.document);
    talloc_free(suite.ctx);
    return 0;
}

/* --- reading the document --- */

static struct json_object *member(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    json_object_object_get_ex(object, name, &value);
    return value;
}

static const char *name_of(const struct lh_entry *entry)
{
    return lh_entry_k(entry);
}

static struct json_object *value_of(const struct lh_entry *entry)
{
    return lh_entry_v(entry);
}

/* VALUE, or what its "$ref" names. */
static struct json_object *resolve(struct json_object *value)
{
    const char *ref = json_object_get_string(member(value, "$ref"));
    struct json_object *named = NULL;

    if (ref == NULL) {
        return value;
    }
    if (ref[0] != '#' || json_pointer_get(suite.document, ref + 1, &named) != 0) {
        fail_msg("%s names nothing", ref);
    }
    return named;
}

/* The operation for a METHOD of "/api/:user/tasks", or NULL. */
static struct json_object *operation(const char *method, const char *pattern)
{
    struct buf *path = buf_new(suite.ctx);
    char *name = mem_strdup(suite.ctx, method);

    while (*pattern != '\0') {
        size_t len = strcspn(pattern + 1, "/") + 1;
        if (pattern[1] == ':') {
            buf_puts(path, "/{");
            buf_add(path, pattern + 2, len - 2);
            buf_putc(path, '}');
        } else {
            buf_add(path, pattern, len);
        }
        pattern += len;
    }
    for (char *at = name; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    return member(member(member(suite.document, "paths"), path->data), name);
}

typedef void visitor(int status, const char *code, void *arg);

/* Visits the codes of errors that SCHEMA allows. */
static void visit_schema(struct json_object *schema, int status, visitor *visit, void *arg)
{
    static const char *const lists[] = {"allOf", "oneOf"};
    struct json_object *codes = member(member(member(schema, "properties"), "code"), "enum");

    for (size_t i = 0; codes != NULL && i < json_object_array_length(codes); i++) {
        visit(status, json_object_get_string(json_object_array_get_idx(codes, i)), arg);
    }
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct json_object *list = member(schema, lists[i]);
        for (size_t j = 0; list != NULL && j < json_object_array_length(list); j++) {
            visit_schema(json_object_array_get_idx(list, j), status, visit, arg);
        }
    }
}

/* Visits all errors of an operation; "default" is status 0. */
static void visit_operation(struct json_object *operation, visitor *visit, void *arg)
{
    const struct lh_entry *entry;

    lh_foreach(json_object_get_object(member(operation, "responses")), entry)
    {
        struct json_object *content = member(resolve(value_of(entry)), "content");
        struct json_object *schema = member(member(content, "application/json"), "schema");
        visit_schema(schema, atoi(name_of(entry)), visit, arg);
    }
}

static bool is_method(const char *name)
{
    static const char *const names[] = {"get", "post", "put", "patch", "delete", "options", "head"};

    for (size_t i = 0; i < COUNT(names); i++) {
        if (strcmp(names[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void visit_document(visitor *visit, void *arg)
{
    const struct lh_entry *path, *item;

    lh_foreach(json_object_get_object(member(suite.document, "paths")), path)
    {
        lh_foreach(json_object_get_object(value_of(path)), item)
        {
            if (is_method(name_of(item))) {
                visit_operation(value_of(item), visit, arg);
            }
        }
    }
}

/* --- routes --- */

static void every_route_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTES; i++) {
        const char *method = method_names[routes[i].method];
        if (operation(method, routes[i].pattern) == NULL) {
            fail_msg("%s %s is missing", method, routes[i].pattern);
        }
    }
}

static bool has_route(struct json_object *wanted)
{
    for (size_t i = 0; i < ROUTES; i++) {
        if (operation(method_names[routes[i].method], routes[i].pattern) == wanted) {
            return true;
        }
    }
    return false;
}

static bool is_admin(const char *path)
{
    for (size_t i = 0; i < COUNT(admin_paths); i++) {
        if (strcmp(admin_paths[i], path) == 0) {
            return true;
        }
    }
    return false;
}

/* What has no route is the admin socket's, and says so by a server of its own. */
static void every_operation_has_a_route(void **state)
{
    const struct lh_entry *path, *item;

    (void)state;
    lh_foreach(json_object_get_object(member(suite.document, "paths")), path)
    {
        bool admin = is_admin(name_of(path));
        assert_int_equal(member(value_of(path), "servers") != NULL, admin);
        lh_foreach(json_object_get_object(value_of(path)), item)
        {
            if (is_method(name_of(item)) && !admin && !has_route(value_of(item))) {
                fail_msg("there is no route for %s %s", name_of(item), name_of(path));
            }
        }
    }
    for (size_t i = 0; i < COUNT(admin_paths); i++) {
        assert_non_null(operation("GET", admin_paths[i]));
    }
}

struct wanted {
    int status;
    const char *code;
    bool found;
};

static void look_for(int status, const char *code, void *arg)
{
    struct wanted *wanted = arg;

    wanted->found = wanted->found || (status == wanted->status && strcmp(code, wanted->code) == 0);
}

/* ROUTE may answer this error exactly IF. */
static void assert_error(const struct route *route, int status, const char *code, bool is)
{
    const char *method = method_names[route->method];
    struct wanted wanted = {.status = status, .code = code};

    visit_operation(operation(method, route->pattern), look_for, &wanted);
    if (wanted.found != is) {
        fail_msg("%s %s: %d %s %s", method, route->pattern, status, code,
                 is ? "is missing" : "cannot be");
    }
}

static bool has_security(const struct route *route, const char *name)
{
    struct json_object *list =
        member(operation(method_names[route->method], route->pattern), "security");

    for (size_t i = 0; i < json_object_array_length(list); i++) {
        if (member(json_object_array_get_idx(list, i), name) != NULL) {
            return true;
        }
    }
    return false;
}

static void what_a_route_needs_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTES; i++) {
        const struct route *route = &routes[i];
        enum need need = route->need;
        bool bearer = need == NEED_USER || need == NEED_OWNER;
        bool session = need == NEED_SESSION || need == NEED_FRESH || need == NEED_PROXY;
        bool unsafe = route->method != METHOD_GET;
        bool better_auth = (route->flags & ROUTE_BETTER_AUTH) != 0;

        assert_error(route, 401, "MISSING_CREDENTIALS", bearer);
        assert_error(route, 401, "UNAUTHORIZED", session);
        assert_error(route, 403, "SESSION_NOT_FRESH", need == NEED_FRESH);
        assert_error(route, 403, "INVALID_ORIGIN",
                     need == NEED_ORIGIN || (unsafe && (better_auth || need == NEED_PROXY)));
        if (need == NEED_OWNER || need == NEED_PROXY) {
            assert_error(route, 403, "USER_MISMATCH", true);
        }
        if (bearer) {
            assert_true(has_security(route, "bearer"));
            assert_false(has_security(route, "sessionCookie"));
        }
        if (session) {
            assert_true(has_security(route, "sessionCookie"));
        }
        if (need == NEED_GUEST || need == NEED_SESSION || need == NEED_FRESH) {
            bool jwt = (route->flags & ROUTE_JWT) != 0;
            assert_int_equal(has_security(route, "sessionTokenOrJwt"), jwt);
            assert_int_equal(has_security(route, "sessionToken"), !jwt);
        }
    }
}

static void what_a_route_reads_is_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUTES; i++) {
        const struct route *route = &routes[i];
        bool needed = (route->flags & ROUTE_BODY) != 0;
        bool body = needed || (route->flags & ROUTE_OPTIONAL_BODY) != 0;
        struct json_object *op = operation(method_names[route->method], route->pattern);
        struct json_object *request = resolve(member(op, "requestBody"));

        assert_int_equal(request != NULL, body);
        assert_int_equal(json_object_get_boolean(member(request, "required")), needed);
        assert_error(route, 413, "PAYLOAD_TOO_LARGE", body);
        assert_error(route, 415, "UNSUPPORTED_MEDIA_TYPE", body);
    }
}

/* --- errors --- */

/* What is logged and counted, but has no reader. */
static bool is_answered(enum err error)
{
    return error != ERR_OK && error != ERR_CLIENT_GONE;
}

static void every_code_is_described(void **state)
{
    struct json_object *codes = NULL;

    (void)state;
    assert_int_equal(
        json_pointer_get(suite.document, "/components/schemas/ErrorCode/oneOf", &codes), 0);
    for (enum err error = ERR_OK; error < ERR_COUNT; error++) {
        bool found = false;
        for (size_t i = 0; i < json_object_array_length(codes); i++) {
            struct json_object *code = member(json_object_array_get_idx(codes, i), "const");
            found |= strcmp(json_object_get_string(code), err_info(error)->code) == 0;
        }
        if (found != is_answered(error) && error != ERR_OK) {
            fail_msg("%s %s", err_info(error)->code, found ? "is never answered" : "is missing");
        }
    }
}

/* A status with a code that neither the program nor a web server answers. */
static void check_error(int status, const char *code, void *arg)
{
    (void)arg;
    for (size_t i = 0; i < COUNT(web_server); i++) {
        if (strcmp(web_server[i].code, code) == 0 &&
            (status == 0 || status == web_server[i].status)) {
            return;
        }
    }
    for (enum err error = ERR_OK; error < ERR_COUNT; error++) {
        const struct err_info *info = err_info(error);
        if (is_answered(error) && status == info->status && strcmp(info->code, code) == 0) {
            return;
        }
    }
    fail_msg("nobody answers %d %s", status, code);
}

static void no_error_is_made_up(void **state)
{
    (void)state;
    visit_document(check_error, NULL);
}

static void every_error_is_some_operations(void **state)
{
    (void)state;
    for (enum err error = ERR_OK; error < ERR_COUNT; error++) {
        struct wanted wanted = {.status = err_info(error)->status, .code = err_info(error)->code};
        visit_document(look_for, &wanted);
        /* What the path does not have is no operation's answer. */
        if (is_answered(error) && error != ERR_METHOD && !wanted.found) {
            fail_msg("no operation answers %d %s", wanted.status, wanted.code);
        }
    }
}

static void its_version_is_the_programs(void **state)
{
    (void)state;
    assert_string_equal(json_object_get_string(member(member(suite.document, "info"), "version")),
                        PACKAGE_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(every_operation_has_a_route),
        cmocka_unit_test(what_a_route_needs_is_described),
        cmocka_unit_test(what_a_route_reads_is_described),
        cmocka_unit_test(every_code_is_described),
        cmocka_unit_test(no_error_is_made_up),
        cmocka_unit_test(every_error_is_some_operations),
        cmocka_unit_test(its_version_is_the_programs),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
