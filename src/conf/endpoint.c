#include "conf/endpoint.h"

#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "base/mem.h"

static const struct kind {
    const char *setting;
    const char *example;
    mode_t mode;
    bool is_private;
} kinds[] = {
    [ENDPOINT_WEB] = {"LISTEN", "unix:/run/taskgate/taskgate.sock", 0660, false},
    [ENDPOINT_ADMIN] = {"ADMIN_LISTEN", "unix:/run/taskgate/admin.sock", 0600, true},
};

static enum err read_option(const char *option, struct endpoint *endpoint, struct buf *problem)
{
    if (strncmp(option, "mode=", 5) == 0) {
        char *end;
        unsigned long mode = strtoul(option + 5, &end, 8);
        if (option[5] != '\0' && *end == '\0' && mode <= 0777) {
            endpoint->mode = (mode_t)mode;
            return ERR_OK;
        }
    } else if (strncmp(option, "group=", 6) == 0) {
        const struct group *group = getgrnam(option + 6);
        if (group != NULL) {
            endpoint->group = group->gr_gid;
            return ERR_OK;
        }
    }
    buf_printf(problem, "%s: \"%s\" is not mode=OCTAL or group=NAME of a known group",
               endpoint->setting, option);
    return ERR_CONFIG;
}

static enum err set_name(struct endpoint *endpoint, struct buf *problem)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    if (strlen(endpoint->path) >= sizeof name.sun_path) {
        buf_printf(problem, "%s: unix:%s: the path is longer than the %zu bytes a socket can have",
                   endpoint->setting, endpoint->path, sizeof name.sun_path - 1);
        return ERR_CONFIG;
    }
    memcpy(name.sun_path, endpoint->path, strlen(endpoint->path));
    memcpy(&endpoint->address, &name, sizeof name);
    endpoint->size = sizeof name;
    return ERR_OK;
}

static enum err read_unix(void *ctx, const struct kind *kind, const char *text,
                          struct endpoint *endpoint, struct buf *problem)
{
    char *copy = mem_strdup(ctx, text);
    char *rest = NULL;

    endpoint->path = *copy == ',' ? NULL : strtok_r(copy, ",", &rest);
    endpoint->mode = kind->mode;
    endpoint->group = (gid_t)-1;
    if (endpoint->path == NULL) {
        buf_printf(problem, "%s: unix: needs a path, as in %s", kind->setting, kind->example);
        return ERR_CONFIG;
    }
    for (char *option; (option = strtok_r(NULL, ",", &rest)) != NULL;) {
        enum err error = read_option(option, endpoint, problem);
        if (error != ERR_OK) {
            return error;
        }
    }
    if (kind->is_private && (endpoint->mode & S_IRWXO) != 0) {
        buf_printf(problem,
                   "%s: unix:%s: this mode lets everybody on this machine in; use "
                   "mode=0660 and group=NAME for those who are to read it",
                   kind->setting, endpoint->path);
        return ERR_CONFIG;
    }
    return set_name(endpoint, problem);
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return ntohl(in.sin_addr.s_addr) >> 24 == 127;
    }
    struct sockaddr_in6 in6;
    memcpy(&in6, address, sizeof in6);
    return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
}

static enum err read_tcp(void *ctx, const struct kind *kind, const char *text,
                         struct endpoint *endpoint, struct buf *problem)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    const char *colon = strrchr(text, ':');
    struct addrinfo *found = NULL;

    /* getaddrinfo takes 70000 for 4464. */
    char *end = NULL;
    bool known = colon != NULL && colon != text && colon[1] >= '0' && colon[1] <= '9' &&
                 strtoul(colon + 1, &end, 10) <= UINT16_MAX && *end == '\0';
    if (!known) {
        buf_printf(problem, "%s: \"%s\" is neither unix:PATH nor HOST:PORT", kind->setting, text);
        return ERR_CONFIG;
    }
    size_t bracket = text[0] == '[' && colon[-1] == ']' ? 1 : 0;
    char *host = mem_strndup(ctx, text + bracket, (size_t)(colon - text) - 2 * bracket);
    int failed = getaddrinfo(host, colon + 1, &hints, &found);
    if (failed != 0) {
        buf_printf(problem, "%s: %s: %s", kind->setting, text, gai_strerror(failed));
        return ERR_CONFIG;
    }
    endpoint->is_loopback = is_loopback(found->ai_addr);
    memcpy(&endpoint->address, found->ai_addr, found->ai_addrlen);
    endpoint->size = found->ai_addrlen;
    freeaddrinfo(found);
    if (kind->is_private && !endpoint->is_loopback) {
        buf_printf(problem,
                   "%s: %s can be reached from other machines; use a Unix socket or "
                   "127.0.0.1:PORT",
                   kind->setting, text);
        return ERR_CONFIG;
    }
    return ERR_OK;
}

enum err endpoint_read(void *ctx, enum endpoint_kind kind, const char *text,
                       struct endpoint *ret_endpoint, struct buf *problem)
{
    struct endpoint endpoint = {.setting = kinds[kind].setting, .text = mem_strdup(ctx, text)};
    enum err error = strncmp(text, "unix:", 5) == 0
                         ? read_unix(ctx, &kinds[kind], text + 5, &endpoint, problem)
                         : read_tcp(ctx, &kinds[kind], text, &endpoint, problem);

    if (error == ERR_OK) {
        *ret_endpoint = endpoint;
    }
    return error;
}

enum err endpoint_check(const struct config *config, struct buf *problem)
{
    struct endpoint endpoint;
    void *ctx = mem_context(NULL);
    enum err error = endpoint_read(ctx, ENDPOINT_WEB, config->listen, &endpoint, problem);

    if (error == ERR_OK && config->admin_listen != NULL) {
        error = endpoint_read(ctx, ENDPOINT_ADMIN, config->admin_listen, &endpoint, problem);
    }
    talloc_free(ctx);
    return error;
}
