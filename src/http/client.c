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

/* ERR_BAD_VALUE when the address is not known. */
static enum err find(const struct config *config, const struct request *request, struct ip *ret_ip)
{
    const char *list = request->forwarded_for;
    enum err error = ip_parse(request->remote_addr, strlen(request->remote_addr), ret_ip);

    if (error != ERR_OK || list == NULL || !is_trusted(config, ret_ip)) {
        return error;
    }
    size_t len = strlen(list);
    do {
        error = take_last(list, &len, ret_ip);
    } while (error == ERR_OK && len > 0 && is_trusted(config, ret_ip));
    return error;
}

struct client client_find(void *ctx, const struct config *config, const struct request *request)
{
    struct ip ip;

    if (find(config, request, &ip) != ERR_OK) {
        return (struct client){.address = "", .bucket = ""};
    }
    const char *address = ip_text(ctx, &ip);
    bool dotted = strchr(address, ':') == NULL; /* an IPv4 address is its own bucket */
    return (struct client){.address = address, .bucket = dotted ? address : ip_bucket(ctx, &ip)};
}
