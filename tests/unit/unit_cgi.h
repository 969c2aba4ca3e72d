/* What a web server may pass, for the tests of http/cgi. */
#ifndef TASKGATE_TESTS_UNIT_CGI_H
#define TASKGATE_TESTS_UNIT_CGI_H

#include "base/mem.h"
#include "http/cgi.h"

/* Parameters for cgi_parse, a request that is fine to begin with. */
struct params {
    void *ctx;
    char *list[2 * CGI_MAX_PARAMS];
    size_t count;
};

static inline void add(struct params *params, const char *param)
{
    params->list[params->count++] = mem_strdup(params->ctx, param);
}

static inline struct params *new_params(void *ctx, const char *method, const char *uri)
{
    struct params *params = mem_new(ctx, struct params);

    params->ctx = params;
    add(params, mem_printf(params, "REQUEST_METHOD=%s", method));
    add(params, mem_printf(params, "REQUEST_URI=%s", uri));
    return params;
}

/* GET / with one parameter more. */
static inline enum err parse_with(void *ctx, const char *param, struct request *request)
{
    struct params *params = new_params(ctx, "GET", "/");

    add(params, param);
    return cgi_parse(ctx, params->list, request);
}

/* Everything that cgi_parse reads but the cookies. */
static const char *const read_params[] = {
    "REQUEST_METHOD=GET",
    "REQUEST_URI=/",
    "CONTENT_LENGTH=0",
    "CONTENT_TYPE=text/plain",
    "HTTP_AUTHORIZATION=Bearer a",
    "REDIRECT_HTTP_AUTHORIZATION=Bearer a",
    "HTTP_ORIGIN=http://a",
    "HTTP_REFERER=http://a/",
    "HTTP_SEC_FETCH_SITE=none",
    "HTTP_SEC_FETCH_MODE=cors",
    "HTTP_SEC_FETCH_DEST=empty",
    "HTTP_ACCESS_CONTROL_REQUEST_METHOD=PUT",
    "REMOTE_ADDR=192.0.2.1",
    "HTTPS=on",
    "REQUEST_SCHEME=https",
    "TASKS_LIST_SHAPE=array",
    "HTTP_USER_AGENT=test",
};

#endif
