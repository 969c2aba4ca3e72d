#include "http/client.h"

#include <string.h>

#include "base/ip.h"

static bool is_trusted(const struct config *config, const struct ip *ip)
{
    for (size_t i = 0; i < config->trusted_proxies.count; i++) {
        if (ip_is_in(ip, &config->trusted_proxies.items[i])) {
            return true;
        }
    }
    return false;
}

/* Takes the last item off the comma-separated LIST of *LEN bytes; *LEN is 0 behind the first. */
static enum err take_last(const char *list, size_t *len, struct ip *ret_ip)
{
    const char *comma = memrchr(list, ',', *len);
    const char *item = comma == NULL ? list : comma + 1;
    const char *end = list + *len;

    while (item < end && (*item == ' ' || *item == '\t')) {
        item++;
    }
    while (end > item && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    *len = comma == NULL ? 0 : (size_t)(comma - list);
    return ip_parse(item, (size_t)(end - item), ret_ip);
}

const char *client_address(void *ctx, const struct config *config, const struct request *request)
{
    const char *list = request->forwarded_for;
    size_t len = 0;
    struct ip ip;

    if (ip_parse(request->remote_addr, strlen(request->remote_addr), &ip) != ERR_OK) {
        return "";
    }
    if (list == NULL || !is_trusted(config, &ip)) {
        return ip_bucket(ctx, &ip);
    }
    len = strlen(list);
    do {
        if (take_last(list, &len, &ip) != ERR_OK) {
            return "";
        }
    } while (len > 0 && is_trusted(config, &ip));
    return ip_bucket(ctx, &ip);
}
