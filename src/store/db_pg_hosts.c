#include <string.h>

#include "base/mem.h"
#include "store/db_pg.h"

static unsigned items(const char *list)
{
    unsigned count = 1;

    for (const char *at = strchr(list, ','); at != NULL; at = strchr(at + 1, ',')) {
        count++;
    }
    return count;
}

/* LIST with its first FIRST items at its end, or NULL: there is nothing to turn. */
static const char *turned(void *ctx, const char *list, unsigned first)
{
    const char *at = list;

    if (list == NULL || items(list) == 1) {
        return NULL;
    }
    for (first %= items(list); first > 0; first--) {
        at = strchr(at, ',') + 1;
    }
    return at == list ? NULL : mem_printf(ctx, "%s,%.*s", at, (int)(at - list - 1), list);
}

void db_pg_hosts_read(void *ctx, const char *url, unsigned first, struct db_pg_hosts *ret_hosts)
{
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    struct db_pg_hosts hosts = {.count = 1};

    for (const PQconninfoOption *at = options; at != NULL && at->keyword != NULL; at++) {
        const char **list = strcmp(at->keyword, "host") == 0       ? &hosts.host
                            : strcmp(at->keyword, "hostaddr") == 0 ? &hosts.hostaddr
                            : strcmp(at->keyword, "port") == 0     ? &hosts.port
                                                                   : NULL;

        if (list != NULL && at->val != NULL) {
            unsigned count = items(at->val);

            hosts.count = count > hosts.count ? count : hosts.count;
            *list = turned(ctx, at->val, first);
        }
    }
    PQconninfoFree(options);
    *ret_hosts = hosts;
}
