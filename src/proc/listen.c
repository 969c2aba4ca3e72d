#include "proc/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define BACKLOG          1024 /* a full queue is a 502 at once (security.md section 2) */
#define SYSTEMD_FIRST_FD 3    /* sd_listen_fds(3) */

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

static void describe(struct buf *problem, const struct endpoint *endpoint, const char *what)
{
    buf_printf(problem, "%s: %s%s: %s", endpoint->setting, endpoint->path == NULL ? "" : "unix:",
               endpoint->path == NULL ? endpoint->text : endpoint->path, what);
}

static const struct sockaddr *name_of(const struct endpoint *endpoint)
{
    return (const struct sockaddr *)&endpoint->address;
}

/* Why there is no socket, and what whoever set LISTEN can do about it. */
static void describe_unix(struct buf *problem, const struct endpoint *endpoint, int reason,
                          bool bound, bool ours)
{
    describe(problem, endpoint, strerror(reason));
    if (!bound && (reason == ENOENT || reason == EACCES)) {
        buf_puts(problem, " (its folder must be there, and this user allowed to write in it)");
    } else if (bound && !ours) {
        buf_puts(problem, " (only root and members of a group can give it a socket; without "
                          "group= set mode=0666)");
    }
}

/* Whether the path is free for us: nothing there, or a socket that nobody listens on (then
 * removed). */
static enum err clear_path(const struct endpoint *endpoint, struct buf *problem)
{
    struct stat status;

    if (lstat(endpoint->path, &status) != 0) {
        return ERR_OK; /* bind will say what is wrong, if anything is */
    }
    if (!S_ISSOCK(status.st_mode)) {
        describe(problem, endpoint, "a file that is not a socket is in the way; remove it");
        return ERR_CONFIG;
    }
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int result = connect(probe, name_of(endpoint), endpoint->size);
    int error = errno;
    close(probe);
    if (result == 0 || error == EAGAIN) {
        describe(problem, endpoint, "another process already serves this socket; stop it");
        return ERR_CONFIG;
    }
    if (error != ECONNREFUSED || unlink(endpoint->path) != 0) {
        describe(problem, endpoint, "the socket that is there cannot be replaced");
        return ERR_CONFIG;
    }
    return ERR_OK;
}

static enum err open_unix(const struct endpoint *endpoint, struct listener *listener,
                          struct buf *problem)
{
    const gid_t leave = (gid_t)-1;
    enum err error = clear_path(endpoint, problem);

    if (error != ERR_OK) {
        return error;
    }

    /* Nobody may connect before mode and group are right. */
    mode_t mask = umask(0177);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && bind(fd, name_of(endpoint), endpoint->size) == 0;
    int reason = errno;
    umask(mask);
    bool ours = bound && (endpoint->group == leave ||
                          lchown(endpoint->path, (uid_t)-1, endpoint->group) == 0);
    bool open = ours && chmod(endpoint->path, endpoint->mode) == 0 && listen(fd, BACKLOG) == 0;
    if (bound && !open) {
        reason = errno;
        unlink(endpoint->path);
    }
    if (!open) {
        if (fd >= 0) {
            close(fd);
        }
        describe_unix(problem, endpoint, reason, bound, ours);
        return ERR_CONFIG;
    }
    listener->fd = fd;
    listener->path = endpoint->path;
    return ERR_OK;
}

static enum err open_tcp(const struct endpoint *endpoint, struct listener *listener,
                         struct buf *problem)
{
    if (!endpoint->is_loopback) {
        log_warn("LISTEN=%s can be reached from other machines: whoever connects there can claim "
                 "any client address and end workers. Use a Unix socket or 127.0.0.1",
                 endpoint->text);
    }
    const int on = 1;
    int fd = socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool open = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                bind(fd, name_of(endpoint), endpoint->size) == 0 && listen(fd, BACKLOG) == 0;
    if (!open) {
        describe(problem, endpoint, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return ERR_CONFIG;
    }
    listener->fd = fd;
    return ERR_OK;
}

/* A socket of our own. */
static enum err open_own(enum endpoint_kind kind, const char *address, struct listener *listener,
                         struct buf *problem)
{
    struct endpoint endpoint;
    enum err error = endpoint_read(listener, kind, address, &endpoint, problem);

    if (error != ERR_OK) {
        return error;
    }
    listener->name = endpoint.text;
    return endpoint.path != NULL ? open_unix(&endpoint, listener, problem)
                                 : open_tcp(&endpoint, listener, problem);
}

enum err listen_open(void *ctx, enum endpoint_kind kind, const char *address,
                     struct listener **ret_listener, struct buf *problem)
{
    struct listener *listener = mem_new(ctx, struct listener);
    enum err error = ERR_OK;

    listener->fd = -1;
    if (kind == ENDPOINT_WEB) {
        listener->fd = inherited_from_systemd();
        listener->name = "the socket passed by systemd";
    }
    if (kind == ENDPOINT_WEB && listener->fd < 0) {
        listener->fd = inherited_on_stdin();
        listener->name = "the socket on descriptor 0";
    }
    if (listener->fd < 0 && (error = open_own(kind, address, listener, problem)) != ERR_OK) {
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
