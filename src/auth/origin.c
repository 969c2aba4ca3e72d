#include "auth/origin.h"

#include <string.h>
#include <strings.h>

/* How many bytes of URL are "scheme://host[:port]"; 0 when it does not begin like that. */
static size_t origin_length(const char *url)
{
    const char *colon = strstr(url, "://");

    if (colon == NULL || colon == url) {
        return 0;
    }
    size_t authority = strcspn(colon + 3, "/?#");
    return authority == 0 ? 0 : (size_t)(colon + 3 - url) + authority;
}

/* LEN less the port that the scheme implies, where that is the only port. */
static size_t without_default_port(const char *origin, size_t len)
{
    const char *port = strncasecmp(origin, "https://", 8) == 0 ? ":443" : ":80";
    size_t size = strlen(port);

    if (len <= size || memcmp(origin + len - size, port, size) != 0) {
        return len;
    }
    const char *host = strstr(origin, "://") + 3;
    size_t host_len = (size_t)(origin + len - size - host);
    bool bare = *host == '[' ? host[host_len - 1] == ']' : memchr(host, ':', host_len) == NULL;
    return host_len > 0 && bare ? len - size : len;
}

/* The first LEN bytes of ORIGIN are an origin: is it one of ours? */
static bool is_listed(const struct config *config, const char *origin, size_t len)
{
    len = without_default_port(origin, len);
    for (size_t i = 0; len > 0 && i < config->origins.count; i++) {
        const char *trusted = config->origins.items[i];
        if (strlen(trusted) == len && strncasecmp(trusted, origin, len) == 0) {
            return true;
        }
    }
    return false;
}

bool origin_is_trusted(const struct config *config, const char *origin)
{
    size_t len = origin_length(origin);

    return origin[len] == '\0' && is_listed(config, origin, len);
}

static enum err require_trusted(const struct config *config, const struct request *request)
{
    const char *origin = request->origin != NULL ? request->origin : request->referer;
    if (origin == NULL || *origin == '\0') {
        return ERR_NO_ORIGIN;
    }
    if (strcmp(origin, "null") == 0) {
        bool same = request->fetch_site != NULL && strcmp(request->fetch_site, "same-origin") == 0;
        return same ? ERR_OK : ERR_NO_ORIGIN;
    }
    /* A Referer has a path behind its origin. */
    bool trusted = origin == request->origin ? origin_is_trusted(config, origin)
                                             : is_listed(config, origin, origin_length(origin));
    return trusted ? ERR_OK : ERR_BAD_ORIGIN;
}

enum err origin_check(const struct config *config, const struct request *request)
{
    if (request->cookie_count == 0) {
        return ERR_OK;
    }
    /* Browsers send no Origin with a GET to their own site; SameSite keeps the others' out. */
    if (request->method == METHOD_GET && request->origin == NULL) {
        return ERR_OK;
    }
    return require_trusted(config, request);
}

static bool says(const char *header, const char *word)
{
    return header != NULL && strcmp(header, word) == 0;
}

enum err origin_check_sign_in(const struct config *config, const struct request *request)
{
    if (request->cookie_count > 0) {
        return origin_check(config, request);
    }
    if (says(request->fetch_site, "cross-site") && says(request->fetch_mode, "navigate")) {
        return ERR_CROSS_SITE;
    }
    bool marked = request->fetch_site != NULL || request->fetch_mode != NULL ||
                  request->fetch_dest != NULL || request->origin != NULL ||
                  request->referer != NULL;
    return marked ? require_trusted(config, request) : ERR_OK;
}
