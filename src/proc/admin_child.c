#include "proc/admin_child.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "proc/admin.h"

/* As for a worker that dies young (proc/pool). */
#define BACKOFF_MIN 50 /* ms */
#define BACKOFF_MAX (5 * CLOCK_SECOND)
#define YOUNG       (10 * CLOCK_SECOND)

#define STOP_TIME    (2 * CLOCK_SECOND) /* then it is killed */
#define MEASURE_TIME (5 * CLOCK_SECOND) /* between two looks at the workers' memory */
#define WORKERS_MAX  1024

struct admin_child {
    struct listener *listener;
    int web_fd;
    const struct channels *channels;
    pid_t pid; /* 0 = none */
    int64_t started;
    int64_t due; /* not to be started before */
    int64_t backoff;
    int64_t measure_due;
};

enum err admin_child_open(void *ctx, const struct config *config, int web_fd,
                          const struct channels *channels, struct admin_child **ret_child,
                          struct buf *problem)
{
    if (config->admin_listen == NULL) {
        *ret_child = NULL;
        return ERR_OK;
    }
    struct admin_child *child = mem_new(ctx, struct admin_child);
    enum err error =
        listen_open(child, ENDPOINT_ADMIN, config->admin_listen, &child->listener, problem);
    if (error != ERR_OK) {
        talloc_free(child);
        return error;
    }
    child->web_fd = web_fd;
    child->channels = channels;
    log_info("metrics and state on %s", child->listener->name);
    *ret_child = child;
    return ERR_OK;
}

int admin_child_fd(const struct admin_child *child)
{
    return child == NULL ? -1 : child->listener->fd;
}

/* The resident memory of PID in pages; 0 when it cannot be told. */
static int64_t pages_of(pid_t pid)
{
    char *path = mem_printf(NULL, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    int64_t pages = 0;

    if (file != NULL && fscanf(file, "%*d %" SCNd64, &pages) != 1) {
        pages = 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    talloc_free(path);
    return pages;
}

/* The process itself may not look at others. */
static void measure(void)
{
    pid_t pids[WORKERS_MAX];
    size_t count = metric_seat_pids(pids, WORKERS_MAX);
    int64_t pages = 0;

    for (size_t i = 0; i < count; i++) {
        pages += pages_of(pids[i]);
    }
    metric_set(METRIC_WORKERS_MEMORY, pages * sysconf(_SC_PAGESIZE));
}

int64_t admin_child_tend(struct admin_child *child, const struct config *config)
{
    int64_t now = clock_monotonic();

    if (child == NULL) {
        return 0;
    }
    if (now >= child->measure_due) {
        child->measure_due = now + (child->measure_due == 0 ? CLOCK_SECOND : MEASURE_TIME);
        measure();
    }
    if (child->pid != 0) {
        return child->measure_due;
    }
    if (child->due > now) {
        return child->due;
    }
    const struct admin admin = {.config = config,
                                .listen_fd = child->listener->fd,
                                .web_fd = child->web_fd,
                                .channels = child->channels};
    pid_t pid = fork();
    if (pid == 0) {
        admin_run(&admin);
    }
    child->started = now;
    if (pid > 0) {
        child->pid = pid;
        return child->measure_due;
    }
    log_error("the admin process cannot be started: %s", strerror(errno));
    child->backoff = BACKOFF_MAX;
    child->due = now + child->backoff;
    return child->due;
}

void admin_child_renew(struct admin_child *child, const struct config *config)
{
    if (child == NULL) {
        return;
    }
    if (child->pid != 0) {
        kill(child->pid, SIGTERM); /* nobody's concern from here on */
    }
    child->pid = 0;
    child->due = 0;
    (void)admin_child_tend(child, config);
}

static void report(pid_t pid, int status)
{
    if (WIFSIGNALED(status)) {
        log_error("the admin process %d was ended by signal %d (%s); starting another", (int)pid,
                  WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else {
        log_warn("the admin process %d ended with status %d; starting another", (int)pid,
                 WEXITSTATUS(status));
    }
}

bool admin_child_reap(struct admin_child *child, pid_t pid, int status)
{
    int64_t now = clock_monotonic();

    if (child == NULL || child->pid != pid) {
        return false;
    }
    report(pid, status);
    child->pid = 0;
    if (now - child->started >= YOUNG || child->backoff == 0) {
        child->backoff = BACKOFF_MIN;
    } else {
        child->backoff = child->backoff * 2 > BACKOFF_MAX ? BACKOFF_MAX : child->backoff * 2;
    }
    child->due = now + child->backoff;
    return true;
}

void admin_child_stop(struct admin_child *child)
{
    if (child == NULL) {
        return;
    }
    listen_remove(child->listener);
    if (child->pid == 0) {
        return;
    }
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    int64_t until = clock_monotonic() + STOP_TIME;
    bool ended;
    kill(child->pid, SIGTERM);
    while (!(ended = waitpid(child->pid, NULL, WNOHANG) != 0) && clock_monotonic() < until) {
        nanosleep(&pause, NULL);
    }
    if (!ended) {
        kill(child->pid, SIGKILL);
        waitpid(child->pid, NULL, 0);
    }
    child->pid = 0;
}
