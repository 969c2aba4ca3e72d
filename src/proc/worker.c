#include "proc/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "http/fcgi.h"
#include "mail/courier.h"
#include "proc/sandbox.h"
#include "proc/serve.h"

#define STEP       100 /* ms: how often a worker that cannot wait for an event looks again */
#define EVENTS_MAX 32  /* in one look at the set */
#define NICENESS   10  /* of a worker for slow requests: a tenth of the others' weight */

/* --- Setting up --- */

static void handle(int signal, void (*function)(int))
{
    struct sigaction action = {.sa_handler = function};

    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

/* SIGTERM, SIGQUIT and SIGCHLD stay blocked and come out of a descriptor. Returns it, -1 on an
 * error.
 */
static int open_signals(void)
{
    sigset_t taken;

    handle(SIGPIPE, SIG_IGN);
    handle(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */
    handle(SIGHUP, SIG_IGN);
    handle(SIGINT, SIG_IGN); /* the terminal's Ctrl-C is the master's to answer */
    handle(SIGUSR1, SIG_IGN);
    handle(SIGCHLD, SIG_DFL);
    sigemptyset(&taken);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGQUIT);
    sigaddset(&taken, SIGCHLD);
    sigprocmask(SIG_SETMASK, &taken, NULL);
    return signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* --- Queues --- */

/* Looks at a queue, or looks away while no more connections can be taken. EPOLLEXCLUSIVE: one of
 * the idle workers wakes up, not all. */
static void watch(struct serving *serving, struct source *source, bool wanted)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = source};

    if (source->fd < 0 || source->watched == wanted) {
        return;
    }
    if (epoll_ctl(serving->conns->epoll, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, source->fd,
                  &event) == 0) {
        source->watched = wanted;
    }
}

static void watch_sources(struct serving *serving, int64_t now)
{
    bool room = now >= serving->accept_from && conns_have_room(serving->conns);
    bool stays = !serving->leaving || serving->draining;

    watch(serving, &serving->incoming, room && stays);
    watch(serving, &serving->idle, room && stays);
    watch(serving, &serving->slow, room && stays);
}

/* --- Stopping --- */

static void take_signal(struct serving *serving, int64_t now)
{
    struct signalfd_siginfo info;

    if (read(serving->signals, &info, sizeof info) != (ssize_t)sizeof info) {
        return;
    }
    if (info.ssi_signo == SIGCHLD) {
        courier_reap(serving->app.courier);
        return;
    }
    serving->leaving = true;
    serving->last = serving->last || info.ssi_signo == SIGQUIT;
    /* The next generation may have no worker for slow requests. */
    if (!serving->draining && (serving->last || serving->worker->role == WORKER_SLOW)) {
        serving->draining = true;
        serving->drain_until = now + WORKER_DRAIN_SECONDS * CLOCK_SECOND;
    }
}

static bool has_ended(const struct serving *serving, int events, int64_t now)
{
    if (serving->draining) {
        bool quiet = events == 0 && serving->conns->timed == 0 && now >= serving->accept_from;
        return quiet || now >= serving->drain_until;
    }
    return serving->leaving && serving->conns->count == 0;
}

/* In ms, as epoll_wait wants it; -1 = until something happens. */
static int timeout(const struct serving *serving, int64_t now)
{
    if (now < serving->accept_from) {
        return STEP;
    }
    if (serving->draining) {
        return serving->conns->timed > 0 ? STEP : 0;
    }
    return serving->conns->timed > 0 ? (int)CLOCK_SECOND : -1;
}

/* --- The loop --- */

static int step(struct serving *serving)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t now = clock_monotonic();
    int count = epoll_wait(serving->conns->epoll, events, EVENTS_MAX, timeout(serving, now));

    now = clock_monotonic();
    if (count > 0) {
        serve_open_store(serving, now);
    }
    for (int i = 0; i < count; i++) {
        void *what = events[i].data.ptr;
        if (what == &serving->signals) {
            take_signal(serving, now);
        } else if (what == &serving->incoming) {
            /* As many as there are events: connections that are kept come again and again, and
             * would leave those in the queue behind. */
            serve_accept(serving, count, now);
        } else if (what == &serving->idle || what == &serving->slow) {
            serve_handed(serving, what, now);
        } else {
            serve_ready(serving, what, now);
        }
    }
    serve_writers(serving, now);
    if (serving->leaving && !serving->last) {
        serve_leave(serving);
    }
    serve_expire(serving, now);
    serve_make_room(serving, now);
    watch_sources(serving, now);
    return count;
}

static void lock_secrets(const struct config *config)
{
    for (size_t i = 0; i < config->secret_count; i++) {
        mem_secret_lock(&config->secrets[i]);
    }
}

static enum err set_up(struct serving *serving)
{
    const struct worker *worker = serving->worker;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &serving->signals};

    serving->incoming.fd = worker->role == WORKER_SLOW ? -1 : worker->listen_fd;
    serving->idle.fd = worker->role == WORKER_SLOW ? -1 : worker->channels.idle->out;
    /* One that is alone takes what the workers before it left there. */
    serving->slow.fd = worker->role == WORKER_FAST ? -1 : worker->channels.slow->out;
    if (conns_new(serving, &serving->conns) != ERR_OK || serving->signals < 0 ||
        epoll_ctl(serving->conns->epoll, EPOLL_CTL_ADD, serving->signals, &event) != 0) {
        log_error("this worker cannot start: %s", strerror(errno));
        return ERR_INTERNAL;
    }
    if (fcgi_setup() != ERR_OK) {
        log_error("this worker cannot start: libfcgi cannot be set up");
        return ERR_INTERNAL;
    }
    return ERR_OK;
}

_Noreturn void worker_run(const struct worker *worker)
{
    struct serving *serving = mem_new(NULL, struct serving);
    serving->patience = SERVE_PATIENCE;
    pid_t master = getppid();
    int events = 1;

    serving->worker = worker;
    serving->app =
        (struct app){.config = worker->config, .schema_ready = &worker->told->schema_ready};
    log_open(&worker->config->log, "worker");
    metric_seat_use(worker->seat);
    serving->signals = open_signals();
    (void)prctl(PR_SET_PDEATHSIG, SIGQUIT); /* a worker without its master serves nobody */
    if (getppid() != master) {
        _exit(EXIT_SUCCESS);
    }
    if (worker->role == WORKER_SLOW) {
        /* A hash fills a core for 20 ms. Where cores are short, who only wants a task goes first.
         */
        (void)setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + NICENESS);
    }
    lock_secrets(worker->config);
    sandbox_confine(worker->config, worker->role != WORKER_FAST);
    if (set_up(serving) != ERR_OK) {
        _exit(EXIT_FAILURE);
    }
    serving->app.courier = courier_new(NULL, &worker->config->log);
    serve_open_store(serving, clock_monotonic());
    watch_sources(serving, clock_monotonic());
    while (!has_ended(serving, events, clock_monotonic())) {
        events = step(serving);
    }
    struct courier *courier = serving->app.courier;
    serve_end(serving);
    talloc_free(serving); /* the database is for others while this one waits */
    courier_finish(courier);
    talloc_free(courier);
    exit(EXIT_SUCCESS);
}
