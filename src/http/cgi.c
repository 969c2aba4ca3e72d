#include "http/cgi.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

/* What cgi_parse looks at. Each may occur once (R13); which of two would count is the web server's
 * accident, so two are refused. Three may come twice and hold anything, because nobody is refused
 * for what most of the time is not looked at (X-Forwarded-For) or only a name (the request's ids).
 * Cookie is not here: HTTP/1.1 servers pass several. */
enum param {
    PARAM_METHOD,
    PARAM_URI,
    PARAM_CONTENT_LENGTH,
    PARAM_CONTENT_TYPE,
    PARAM_AUTHORIZATION,
    PARAM_REDIRECT_AUTHORIZATION,
    PARAM_ORIGIN,
    PARAM_REFERER,
    PARAM_FETCH_SITE,
    PARAM_FETCH_MODE,
    PARAM_FETCH_DEST,
    PARAM_PREFLIGHT_METHOD,
    PARAM_REMOTE_ADDR,
    PARAM_HTTPS,
    PARAM_SCHEME,
    PARAM_LIST_SHAPE,
    PARAM_STRICT_CGI,
    PARAM_USER_AGENT,
    PARAM_FORWARDED_FOR,
    PARAM_REQUEST_ID,
    PARAM_UNIQUE_ID,
    PARAM_COUNT
};

#define NAME(text)                                                                                 \
    {                                                                                              \
        .name = (text), .len = sizeof(text) - 1                                                    \
    }

static const struct {
    const char *name;
    size_t len;
} param_names[PARAM_COUNT] = {
    [PARAM_METHOD] = NAME("REQUEST_METHOD"),
    [PARAM_URI] = NAME("REQUEST_URI"),
    [PARAM_CONTENT_LENGTH] = NAME("CONTENT_LENGTH"),
    [PARAM_CONTENT_TYPE] = NAME("CONTENT_TYPE"),
    [PARAM_AUTHORIZATION] = NAME("HTTP_AUTHORIZATION"),
    /* Apache's rewrite rules leave it under this name (security.md finding 9). */
    [PARAM_REDIRECT_AUTHORIZATION] = NAME("REDIRECT_HTTP_AUTHORIZATION"),
    [PARAM_ORIGIN] = NAME("HTTP_ORIGIN"),
    [PARAM_REFERER] = NAME("HTTP_REFERER"),
    [PARAM_FETCH_SITE] = NAME("HTTP_SEC_FETCH_SITE"),
    [PARAM_FETCH_MODE] = NAME("HTTP_SEC_FETCH_MODE"),
    [PARAM_FETCH_DEST] = NAME("HTTP_SEC_FETCH_DEST"),
    [PARAM_PREFLIGHT_METHOD] = NAME("HTTP_ACCESS_CONTROL_REQUEST_METHOD"),
    [PARAM_REMOTE_ADDR] = NAME("REMOTE_ADDR"),
    [PARAM_HTTPS] = NAME("HTTPS"),
    [PARAM_SCHEME] = NAME("REQUEST_SCHEME"),
    [PARAM_LIST_SHAPE] = NAME("TASKS_LIST_SHAPE"),
    [PARAM_STRICT_CGI] = NAME("TASKGATE_STRICT_CGI"),
    [PARAM_USER_AGENT] = NAME("HTTP_USER_AGENT"),
    [PARAM_FORWARDED_FOR] = NAME("HTTP_X_FORWARDED_FOR"),
    [PARAM_REQUEST_ID] = NAME("REQUEST_ID"),
    [PARAM_UNIQUE_ID] = NAME("UNIQUE_ID"),
};

static const struct {
    const char *name;
    enum method method;
    bool head;
} methods[] = {
    {"GET", METHOD_GET, false},         {"HEAD", METHOD_GET, true},
    {"POST", METHOD_POST, false},       {"PUT", METHOD_PUT, false},
    {"PATCH", METHOD_PATCH, false},     {"DELETE", METHOD_DELETE, false},
    {"OPTIONS", METHOD_OPTIONS, false},
};

static bool has_control_bytes(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            return true;
        }
    }
    return false;
}

static bool is_lenient(size_t param)
{
    return param == PARAM_FORWARDED_FOR || param == PARAM_REQUEST_ID || param == PARAM_UNIQUE_ID;
}

/* One "NAME=value": into VALUES, into the cookies, or past us. */
static enum err take_param(void *ctx, const char *param, const char **values,
                           struct request *request)
{
    const char *equals = strchr(param, '=');
    size_t name_len = equals == NULL ? 0 : (size_t)(equals - param);

    if (equals == NULL) {
        return ERR_BAD_REQUEST;
    }
    const char *value = equals + 1;
    if (name_len == strlen("HTTP_COOKIE") && memcmp(param, "HTTP_COOKIE", name_len) == 0) {
        if (request->cookie_count == CGI_MAX_COOKIES || has_control_bytes(value)) {
            return ERR_BAD_REQUEST;
        }
        request->cookies[request->cookie_count++] = mem_strdup(ctx, value);
        return ERR_OK;
    }
    for (size_t i = 0; i < PARAM_COUNT; i++) {
        if (param_names[i].len != name_len || memcmp(param_names[i].name, param, name_len) != 0) {
            continue;
        }
        if (is_lenient(i)) {
            values[i] = values[i] == NULL ? mem_strdup(ctx, value) : "";
            return ERR_OK;
        }
        if (values[i] != NULL || (i != PARAM_USER_AGENT && has_control_bytes(value))) {
            return ERR_BAD_REQUEST;
        }
        values[i] = mem_strdup(ctx, value);
        return ERR_OK;
    }
    return ERR_OK;
}

static enum err take_params(void *ctx, char *const *params, const char **values,
                            struct request *request)
{
    size_t count = 0, bytes = 0;

    for (; *params != NULL; params++) {
        bytes += strlen(*params);
        if (++count > CGI_MAX_PARAMS || bytes > CGI_MAX_PARAM_BYTES) {
            return ERR_BAD_REQUEST;
        }
        enum err error = take_param(ctx, *params, values, request);
        if (error != ERR_OK) {
            return error;
        }
    }
    return ERR_OK;
}

/* Decimal digits only; an empty text is how nginx says "no body". */
static enum err parse_length(const char *text, size_t *ret_length)
{
    size_t length = 0;

    for (; text != NULL && *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || length > SIZE_MAX / 10 - 1) {
            return ERR_BAD_REQUEST;
        }
        length = length * 10 + (size_t)(*text - '0');
    }
    *ret_length = length;
    return ERR_OK;
}

static void set_method(const char *name, struct request *request)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(methods[i].name, name) == 0) {
            request->method = methods[i].method;
            request->method_name = methods[i].name;
            request->head = methods[i].head;
        }
    }
}

static void set_headers(const char **values, struct request *request)
{
    const char *agent = values[PARAM_USER_AGENT];
    const char *scheme = values[PARAM_SCHEME];
    const char *https = values[PARAM_HTTPS];

    request->authorization = values[PARAM_AUTHORIZATION] != NULL
                                 ? values[PARAM_AUTHORIZATION]
                                 : values[PARAM_REDIRECT_AUTHORIZATION];
    request->origin = values[PARAM_ORIGIN];
    request->referer = values[PARAM_REFERER];
    request->fetch_site = values[PARAM_FETCH_SITE];
    request->fetch_mode = values[PARAM_FETCH_MODE];
    request->fetch_dest = values[PARAM_FETCH_DEST];
    request->content_type = values[PARAM_CONTENT_TYPE];
    request->preflight_method = values[PARAM_PREFLIGHT_METHOD];
    request->list_shape = values[PARAM_LIST_SHAPE];
    request->strict_cgi = values[PARAM_STRICT_CGI] != NULL;
    request->forwarded_for = values[PARAM_FORWARDED_FOR];
    if (agent != NULL && !has_control_bytes(agent) && text_is_utf8(agent, strlen(agent))) {
        request->user_agent = agent;
    }
    if (values[PARAM_REMOTE_ADDR] != NULL) {
        request->remote_addr = values[PARAM_REMOTE_ADDR];
    }
    request->https = (https != NULL && strcmp(https, "on") == 0) ||
                     (scheme != NULL && strcmp(scheme, "https") == 0);
}

/* Letters, digits and what else names have: it stands in a header and in lines of a log. */
static bool is_name(const char *text)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_.:@+/";
    size_t len = strlen(text);

    return len > 0 && len <= CGI_MAX_ID && strspn(text, characters) == len;
}

static const char *request_id(void *ctx, const char **values)
{
    static const enum param sources[] = {PARAM_REQUEST_ID, PARAM_UNIQUE_ID};

    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (values[sources[i]] != NULL && is_name(values[sources[i]])) {
            return values[sources[i]];
        }
    }
    return id_sized(ctx, 16);
}

enum err cgi_parse(void *ctx, char *const *params, struct request *request)
{
    const char *values[PARAM_COUNT] = {NULL};

    *request = (struct request){
        .method = METHOD_OTHER,
        .method_name = "other",
        .user_agent = "",
        .remote_addr = "",
        .path = {.raw = "", .query = ""},
    };
    enum err error = take_params(ctx, params, values, request);
    request->id = request_id(ctx, values);
    set_headers(values, request);
    if (error != ERR_OK) {
        return error;
    }
    if (values[PARAM_METHOD] == NULL || values[PARAM_URI] == NULL) {
        log_error("the web server passed no %s: check that no fastcgi_param in a location hides "
                  "those of the server block (nginx inherits them only where none is set)",
                  values[PARAM_METHOD] == NULL ? "REQUEST_METHOD" : "REQUEST_URI");
        return ERR_INTERNAL;
    }
    set_method(values[PARAM_METHOD], request);
    error = parse_length(values[PARAM_CONTENT_LENGTH], &request->content_length);
    if (error != ERR_OK) {
        return error;
    }
    return path_parse(ctx, values[PARAM_URI], &request->path);
}
