#include "auth/callback.h"

#include <string.h>
#include <strings.h>

#include "auth/origin.h"
#include "base/mem.h"

static bool has_control(const char *url)
{
    for (; *url != '\0'; url++) {
        if ((unsigned char)*url < 0x20 || *url == 0x7f) {
            return true;
        }
    }
    return false;
}

static bool is_safe_path(const char *url)
{
    if (url[1] == '/' || strchr(url, '\\') != NULL) {
        return false;
    }
    size_t path = strcspn(url, "?#");
    for (size_t i = 0; i < path; i++) {
        if (url[i] == '%' &&
            (strncasecmp(url + i, "%2f", 3) == 0 || strncasecmp(url + i, "%5c", 3) == 0)) {
            return false;
        }
    }
    return true;
}

/* Browsers take backslashes for slashes in http(s) URLs (WHATWG URL standard, "special" schemes),
 * so both end the authority here. One with a user or an escape in it is in no list of origins. */
static bool is_trusted_url(const struct config *config, const char *url)
{
    size_t scheme = strcspn(url, ":");
    bool http = (scheme == 4 && strncasecmp(url, "http", 4) == 0) ||
                (scheme == 5 && strncasecmp(url, "https", 5) == 0);
    if (!http || url[scheme] == '\0' || strspn(url + scheme + 1, "/\\") != 2) {
        return false;
    }
    const char *authority = url + scheme + 3;
    char *origin = mem_printf(NULL, "%.*s://%.*s", (int)scheme, url,
                              (int)strcspn(authority, "/\\?#"), authority);
    bool trusted = origin_is_trusted(config, origin);
    talloc_free(origin);
    return trusted;
}

bool callback_is_safe(const struct config *config, const char *url)
{
    if (has_control(url)) {
        return false;
    }
    return *url == '/' ? is_safe_path(url) : is_trusted_url(config, url);
}
