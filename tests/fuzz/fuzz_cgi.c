/*
 * The CGI environment: the input is its parameters, a NUL behind each. What is accepted names every
 * parameter that matters once, without control bytes, and their order means nothing.
 */
#include "fuzz.h"

#include <string.h>

#include "base/ip.h"
#include "base/mem.h"
#include "http/cgi.h"
#include "http/client.h"

#define PARAMS_MAX (CGI_MAX_PARAMS + 2)

/* Adds PARAM unless there is one of that name: its absence is told in the log each time. */
static size_t need(char **params, size_t count, char *param)
{
    size_t len = strcspn(param, "=") + 1;

    for (size_t i = 0; i < count; i++) {
        if (strncmp(params[i], param, len) == 0)
            return count;
    }
    if (count < PARAMS_MAX)
        params[count++] = param;
    return count;
}

static size_t split(void *ctx, const uint8_t *data, size_t size, char **params)
{
    static char method[] = "REQUEST_METHOD=GET", uri[] = "REQUEST_URI=/";
    const char *at = mem_strndup(ctx, (const char *)data, size), *end = at + size;
    size_t count = 0;

    for (; at < end && count < PARAMS_MAX; at += strlen(at) + 1)
        params[count++] = (char *)(uintptr_t)at;
    count = need(params, need(params, count, method), uri);
    params[count] = NULL;
    return count;
}

static void check_text(const char *text)
{
    for (; text != NULL && *text != '\0'; text++)
        FUZZ_PROMISE((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static bool same(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

/* What one parameter alone decides. */
static void check_equal(const struct request *one, const struct request *other)
{
    FUZZ_PROMISE(one->method == other->method && one->head == other->head);
    FUZZ_PROMISE(same(one->path.raw, other->path.raw) && same(one->path.query, other->path.query));
    FUZZ_PROMISE(same(one->authorization, other->authorization));
    FUZZ_PROMISE(same(one->origin, other->origin) && same(one->referer, other->referer));
    FUZZ_PROMISE(same(one->remote_addr, other->remote_addr));
    FUZZ_PROMISE(same(one->forwarded_for, other->forwarded_for));
    FUZZ_PROMISE(one->https == other->https && one->content_length == other->content_length);
    FUZZ_PROMISE(same(one->content_type, other->content_type));
    FUZZ_PROMISE(same(one->list_shape, other->list_shape));
    FUZZ_PROMISE(one->cookie_count == other->cookie_count);
}

static void check_accepted(const struct request *request)
{
    const char *const texts[] = {
        request->authorization,    request->origin,     request->referer,
        request->fetch_site,       request->fetch_mode, request->fetch_dest,
        request->preflight_method, request->user_agent, request->remote_addr,
        request->content_type,     request->list_shape, request->path.raw,
        request->path.query,       request->id,
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_text(texts[i]);
    for (size_t i = 0; i < request->cookie_count; i++)
        check_text(request->cookies[i]);
    FUZZ_PROMISE(request->cookie_count <= CGI_MAX_COOKIES);
    FUZZ_PROMISE(request->path.raw[0] == '/');
    FUZZ_PROMISE(request->id[0] != '\0' && strlen(request->id) <= CGI_MAX_ID);
    FUZZ_PROMISE(!request->head || request->method == METHOD_GET);
}

/* Once more, the other way round, and with one of the parameters that matter a second time. */
static void check_order(void *ctx, char **params, size_t count, const struct request *request)
{
    static char method[] = "REQUEST_METHOD=GET";
    struct request again;

    for (size_t i = 0; i < count / 2; i++) {
        char *other = params[i];
        params[i] = params[count - 1 - i];
        params[count - 1 - i] = other;
    }
    FUZZ_PROMISE(cgi_parse(ctx, params, &again) == ERR_OK);
    check_equal(request, &again);
    if (count < PARAMS_MAX) {
        params[count] = method;
        params[count + 1] = NULL;
        FUZZ_PROMISE(cgi_parse(ctx, params, &again) == ERR_BAD_REQUEST);
    }
}

/* Whoever the client is, it is an address, or nobody's. */
static void check_client(void *ctx, const struct request *request)
{
    struct config *config = fuzz_config(ctx);
    struct ip_network networks[2];
    struct ip ip;

    if (ip_parse_network("127.0.0.0/8", &networks[0]) != ERR_OK ||
        ip_parse_network("fd00::/8", &networks[1]) != ERR_OK)
        abort();
    config->trusted_proxies = (struct conf_networks){.items = networks, .count = 2};
    const struct client client = client_find(ctx, config, request);
    FUZZ_PROMISE((*client.address == '\0') == (*client.bucket == '\0'));
    if (*client.address != '\0') {
        FUZZ_PROMISE(ip_parse(client.address, strlen(client.address), &ip) == ERR_OK);
        FUZZ_PROMISE(strcmp(ip_text(ctx, &ip), client.address) == 0);
        FUZZ_PROMISE(strcmp(ip_bucket(ctx, &ip), client.bucket) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *ctx = mem_context(NULL);
    char *params[PARAMS_MAX + 2];
    struct request request;
    size_t count = split(ctx, data, size, params);

    if (cgi_parse(ctx, params, &request) == ERR_OK) {
        check_accepted(&request);
        check_client(ctx, &request);
        check_order(ctx, params, count, &request);
    }
    talloc_free(ctx);
    return 0;
}
