#include "proc/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define BACKLOG          1024 /* a full queue is a 502 at once (security.md section 2) */
#define SYSTEMD_FIRST_FD 3    /* sd_listen_fds(3) */

struct unix_address {
    const char *path;
    mode_t mode;
    gid_t group; /* (gid_t)-1 = leave */
};

static bool is_listening(int fd)
{
    int listening = 0;
    socklen_t size = sizeof listening;

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

static bool prepare(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/* systemd says how many sockets it passed, and to which process (sd_listen_fds(3)). */
static int inherited_from_systemd(void)
{
    const char *pid = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");

    if (pid == NULL || count == NULL || strtol(pid, NULL, 10) != (long)getpid()) {
        return -1;
    }
    if (strcmp(count, "1") != 0) {
        log_warn("systemd passed %s sockets: only the first is used", count);
    }
    return is_listening(SYSTEMD_FIRST_FD) ? SYSTEMD_FIRST_FD : -1;
}

/* A FastCGI spawner leaves the socket on descriptor 0; it is moved away, because a library that
 * reads standard input must not accept connections. */
static int inherited_on_stdin(void)
{
    if (!is_listening(STDIN_FILENO)) {
        return -1;
    }
    int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        close(null);
    }
    return fd;
}

static enum err parse_option(const char *option, struct unix_address *address, struct buf *problem)
{
    if (strncmp(option, "mode=", 5) == 0) {
        char *end;
        unsigned long mode = strtoul(option + 5, &end, 8);
        if (option[5] != '\0' && *end == '\0' && mode <= 0777) {
            address->mode = (mode_t)mode;
            return ERR_OK;
        }
    } else if (strncmp(option, "group=", 6) == 0) {
        const struct group *group = getgrnam(option + 6);
        if (group != NULL) {
            address->group = group->gr_gid;
            return ERR_OK;
        }
    }
    buf_printf(problem, "LISTEN: \"%s\" is not mode=OCTAL or group=NAME of a known group", option);
    return ERR_CONFIG;
}

static void describe(struct buf *problem, const char *path, const char *what)
{
    buf_printf(problem, "LISTEN: unix:%s: %s", path, what);
}

static enum err parse_unix(void *ctx, const char *text, struct unix_address *address,
                           struct buf *problem)
{
    char *copy = mem_strdup(ctx, text);
    char *rest = NULL;

    address->path = *copy == ',' ? NULL : strtok_r(copy, ",", &rest);
    address->mode = 0660;
    address->group = (gid_t)-1;
    if (address->path == NULL) {
        buf_puts(problem, "LISTEN: unix: needs a path, as in unix:/run/taskgate/taskgate.sock");
        return ERR_CONFIG;
    }
    for (char *option; (option = strtok_r(NULL, ",", &rest)) != NULL;) {
        enum err error = parse_option(option, address, problem);
        if (error != ERR_OK) {
            return error;
        }
    }
    if (strlen(address->path) >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
        describe(problem, address->path, "the path is longer than the 107 bytes a socket can have");
        return ERR_CONFIG;
    }
    return ERR_OK;
}

/* Whether PATH is free for us: nothing there, or a socket that nobody listens on (then removed). */
static enum err clear_path(const struct sockaddr_un *name, struct buf *problem)
{
    struct stat status;

    if (lstat(name->sun_path, &status) != 0) {
        return ERR_OK; /* bind will say what is wrong, if anything is */
    }
    if (!S_ISSOCK(status.st_mode)) {
        describe(problem, name->sun_path, "a file that is not a socket is in the way; remove it");
        return ERR_CONFIG;
    }
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int result = connect(probe, (const struct sockaddr *)name, sizeof *name);
    int error = errno;
    close(probe);
    if (result == 0 || error == EAGAIN) {
        describe(problem, name->sun_path, "another process already serves this socket; stop it");
        return ERR_CONFIG;
    }
    if (error != ECONNREFUSED || unlink(name->sun_path) != 0) {
        describe(problem, name->sun_path, "the socket that is there cannot be replaced");
        return ERR_CONFIG;
    }
    return ERR_OK;
}

static enum err open_unix(void *ctx, const char *text, struct listener *listener,
                          struct buf *problem)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct unix_address address;
    enum err error = parse_unix(ctx, text, &address, problem);

    if (error != ERR_OK) {
        return error;
    }
    memcpy(name.sun_path, address.path, strlen(address.path));
    if ((error = clear_path(&name, problem)) != ERR_OK) {
        return error;
    }

    /* Nobody may connect before mode and group are right. */
    mode_t mask = umask(0177);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && bind(fd, (const struct sockaddr *)&name, sizeof name) == 0;
    int reason = errno;
    umask(mask);
    bool ours = bound &&
                (address.group == (gid_t)-1 || lchown(address.path, (uid_t)-1, address.group) == 0);
    bool open = ours && chmod(address.path, address.mode) == 0 && listen(fd, BACKLOG) == 0;
    if (bound && !open) {
        reason = errno;
        unlink(address.path);
    }
    if (!open) {
        if (fd >= 0) {
            close(fd);
        }
        describe(problem, address.path, strerror(reason));
        if (bound && !ours) {
            buf_puts(problem, " (only root and members of a group can give it a socket; without "
                              "group= set mode=0666)");
        }
        return ERR_CONFIG;
    }
    listener->fd = fd;
    listener->path = address.path;
    return ERR_OK;
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

static enum err parse_tcp(void *ctx, const char *text, struct addrinfo **ret_found,
                          struct buf *problem)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICSERV | AI_PASSIVE,
                                   .ai_socktype = SOCK_STREAM};
    const char *colon = strrchr(text, ':');

    /* getaddrinfo takes 70000 for 4464. */
    char *end = NULL;
    bool known = colon != NULL && colon != text && colon[1] >= '0' && colon[1] <= '9' &&
                 strtoul(colon + 1, &end, 10) <= UINT16_MAX && *end == '\0';
    if (!known) {
        buf_printf(problem, "LISTEN: \"%s\" is neither unix:PATH nor HOST:PORT", text);
        return ERR_CONFIG;
    }
    size_t bracket = text[0] == '[' && colon[-1] == ']' ? 1 : 0;
    char *host = mem_strndup(ctx, text + bracket, (size_t)(colon - text) - 2 * bracket);
    int failed = getaddrinfo(host, colon + 1, &hints, ret_found);
    if (failed != 0) {
        buf_printf(problem, "LISTEN: %s: %s", text, gai_strerror(failed));
        return ERR_CONFIG;
    }
    return ERR_OK;
}

static enum err open_tcp(void *ctx, const char *text, struct listener *listener,
                         struct buf *problem)
{
    struct addrinfo *found = NULL;
    enum err error = parse_tcp(ctx, text, &found, problem);

    if (error != ERR_OK) {
        return error;
    }
    if (!is_loopback(found->ai_addr)) {
        log_warn("LISTEN=%s can be reached from other machines: whoever connects there can claim "
                 "any client address and end workers. Use a Unix socket or 127.0.0.1",
                 text);
    }
    const int on = 1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool open = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0;
    int reason = errno;
    freeaddrinfo(found);
    if (!open) {
        if (fd >= 0) {
            close(fd);
        }
        buf_printf(problem, "LISTEN: %s: %s", text, strerror(reason));
        return ERR_CONFIG;
    }
    listener->fd = fd;
    return ERR_OK;
}

enum err listen_check(void *ctx, const char *address, struct buf *problem)
{
    struct unix_address unix_address;
    struct addrinfo *found = NULL;

    if (strncmp(address, "unix:", 5) == 0) {
        return parse_unix(ctx, address + 5, &unix_address, problem);
    }
    enum err error = parse_tcp(ctx, address, &found, problem);
    if (error == ERR_OK) {
        freeaddrinfo(found);
    }
    return error;
}

enum err listen_open(void *ctx, const char *address, struct listener **ret_listener,
                     struct buf *problem)
{
    struct listener *listener = mem_new(ctx, struct listener);
    enum err error = ERR_OK;

    listener->fd = inherited_from_systemd();
    listener->name = "the socket passed by systemd";
    if (listener->fd < 0) {
        listener->fd = inherited_on_stdin();
        listener->name = "the socket on descriptor 0";
    }
    if (listener->fd < 0) {
        listener->name = mem_strdup(listener, address);
        error = strncmp(address, "unix:", 5) == 0
                    ? open_unix(listener, address + 5, listener, problem)
                    : open_tcp(listener, address, listener, problem);
    }
    if (error != ERR_OK) {
        return error;
    }
    if (!prepare(listener->fd)) {
        buf_printf(problem, "%s: %s", listener->name, strerror(errno));
        return ERR_CONFIG;
    }
    *ret_listener = listener;
    return ERR_OK;
}

void listen_remove(struct listener *listener)
{
    if (listener->path != NULL) {
        unlink(listener->path);
    }
    listener->path = NULL;
}
