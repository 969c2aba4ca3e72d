#include "proc/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

void notify_send(const char *state)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");

    if (path == NULL || *path == '\0' || strlen(path) >= sizeof name.sun_path) {
        return;
    }
    memcpy(name.sun_path, path, strlen(path));
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    if (name.sun_path[0] == '@') { /* an abstract socket */
        name.sun_path[0] = '\0';
    }
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&name, size);
    close(fd);
}

void notify_status(const char *state, const char *format, ...)
{
    struct buf *text = buf_new(NULL);
    va_list arguments;

    va_start(arguments, format);
    char *status = mem_checked(talloc_vasprintf(text, format, arguments));
    va_end(arguments);
    buf_printf(text, "%s\nSTATUS=%s", state, status);
    notify_send(text->data);
    talloc_free(text);
}

void notify_reloading(void)
{
    struct timespec now;
    struct buf *text = buf_new(NULL);

    clock_gettime(CLOCK_MONOTONIC, &now);
    buf_printf(text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
               (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    notify_send(text->data);
    talloc_free(text);
}

int64_t notify_watchdog(void)
{
    const char *pid = getenv("WATCHDOG_PID");
    const char *interval = getenv("WATCHDOG_USEC");

    if (interval == NULL || (pid != NULL && strtol(pid, NULL, 10) != (long)getpid())) {
        return 0;
    }
    int64_t microseconds = strtoll(interval, NULL, 10);
    return microseconds <= 0 ? 0 : microseconds / 1000 / 2 + 1;
}
