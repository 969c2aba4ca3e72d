#include "proc/probe.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/store.h"

#define PAUSE CLOCK_SECOND /* between the death of a process and the start of another */

/* The bytes of an answer. */
#define UP   '+'
#define DOWN '-'

struct probe {
    const struct config *config;
    void (*forget)(void *arg);
    void *arg;
    pid_t pid;    /* 0 = none */
    int fd;       /* to it; -1 = none */
    int64_t due;  /* none is started before */
    bool is_open; /* a question stands */
};

struct probe *probe_new(void *ctx, const struct config *config, void (*forget)(void *arg),
                        void *arg)
{
    struct probe *probe = mem_new(ctx, struct probe);

    *probe = (struct probe){.config = config, .forget = forget, .arg = arg, .fd = -1};
    return probe;
}

/* --- the process --- */

static char look(void *ctx, const struct config *config, struct store **store)
{
    if (*store == NULL && store_open_existing(ctx, config, store) != ERR_OK) {
        return DOWN;
    }
    return store_ping(*store) == ERR_OK ? UP : DOWN;
}

/* Answers until its parent is gone. */
static _Noreturn void run(const struct config *config, int fd)
{
    struct store *store = NULL;
    void *ctx = mem_context(NULL);
    sigset_t none;
    char byte;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_NAME, "taskgate-probe");
    log_open(&config->log, "probe");
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    while (read(fd, &byte, 1) == 1) {
        byte = look(ctx, config, &store);
        if (write(fd, &byte, 1) != 1) {
            break;
        }
    }
    _exit(EXIT_SUCCESS);
}

static void start(struct probe *probe)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        log_error("the database cannot be looked at: %s", strerror(errno));
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        probe->forget(probe->arg);
        run(probe->config, pair[1]);
    }
    close(pair[1]);
    if (pid < 0) {
        log_error("the database cannot be looked at: %s", strerror(errno));
        close(pair[0]);
        return;
    }
    probe->pid = pid;
    probe->fd = pair[0];
}

/* --- its parent --- */

void probe_ask(struct probe *probe, int64_t now)
{
    if (probe->fd < 0 && now >= probe->due) {
        start(probe);
        probe->due = now + PAUSE;
    }
    if (probe->fd >= 0 && !probe->is_open) {
        probe->is_open = send(probe->fd, "?", 1, MSG_NOSIGNAL) == 1;
    }
}

int probe_fd(const struct probe *probe)
{
    return probe->fd;
}

enum probe_answer probe_read(struct probe *probe, int64_t now)
{
    char byte = DOWN;

    if (probe->fd < 0) {
        return PROBE_NONE;
    }
    ssize_t len = recv(probe->fd, &byte, 1, MSG_DONTWAIT);
    if (len < 0 && (errno == EAGAIN || errno == EINTR)) {
        return PROBE_NONE;
    }
    if (len != 1) {
        close(probe->fd);
        kill(probe->pid, SIGKILL);
        waitpid(probe->pid, NULL, 0);
        probe->fd = -1;
        probe->due = now + PAUSE;
    }
    probe->is_open = false;
    return byte == UP ? PROBE_UP : PROBE_DOWN;
}
