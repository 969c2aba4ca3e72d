#include "proc/worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "api/dispatch.h"
#include "auth/keys.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "http/fcgi.h"
#include "mail/courier.h"
#include "proc/sandbox.h"

#define READ_SECONDS  10           /* the longest silence of the web server */
#define DRAIN_SECONDS 5            /* how long a stopping worker serves what waits */
#define STORE_RETRY   CLOCK_SECOND /* between two tries to open the database */

static volatile sig_atomic_t stop_wanted;
static volatile sig_atomic_t drain_wanted;
static volatile sig_atomic_t current_fd = -1;

static void on_stop(int signal)
{
    stop_wanted = 1;
    if (signal == SIGQUIT) {
        drain_wanted = 1;
    }
}

/* It only has to end ppoll. */
static void on_child(int signal)
{
    (void)signal;
}

/* A peer that drips bytes keeps every single read short; this ends the whole request (R8). Reads
 * and writes then fail, and the worker goes on to the next one. */
static void on_deadline(int signal)
{
    (void)signal;
    if (current_fd >= 0) {
        (void)shutdown(current_fd, SHUT_RDWR);
    }
}

static void handle(int signal, void (*function)(int), int flags)
{
    struct sigaction action = {.sa_handler = function, .sa_flags = flags};

    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

/* SIGTERM, SIGQUIT and SIGCHLD stay blocked but inside ppoll; SIGALRM restarts what it interrupts,
 * because libfcgi takes an interrupted read for the end of the body. */
static void set_signals(sigset_t *ret_waiting)
{
    sigset_t blocked;

    handle(SIGTERM, on_stop, 0);
    handle(SIGQUIT, on_stop, 0);
    handle(SIGALRM, on_deadline, SA_RESTART);
    handle(SIGPIPE, SIG_IGN, 0);
    handle(SIGXFSZ, SIG_IGN, 0); /* a file that may not grow is an error like a full disk */
    handle(SIGHUP, SIG_IGN, 0);
    handle(SIGINT, SIG_IGN, 0); /* the terminal's Ctrl-C is the master's to answer */
    handle(SIGUSR1, SIG_IGN, 0);
    handle(SIGCHLD, on_child, 0);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGQUIT);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    sigemptyset(ret_waiting);
}

static void set_deadline(int fd, time_t seconds)
{
    const struct itimerval timer = {.it_value = {.tv_sec = seconds}};

    current_fd = fd;
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void serve(const struct app *app, int fd)
{
    const struct timeval silence = {.tv_sec = READ_SECONDS};
    struct fcgi *fcgi;
    struct answer answer;
    void *ctx = mem_context(NULL);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
    set_deadline(fd, WORKER_REQUEST_SECONDS);
    if (fcgi_open(ctx, fd, &fcgi) == ERR_OK) {
        struct body_source source = fcgi_body(fcgi);
        dispatch(app, ctx, fcgi_params(fcgi), &source, &answer);
        if (fcgi_send(fcgi, answer.head, answer.body) != ERR_OK) {
            log_debug("the web server hung up before it had the whole answer");
            metric_count(METRIC_FCGI_BROKEN, METRIC_BROKEN_ANSWER, 0);
        }
        set_deadline(-1, 0);
        fcgi_close(fcgi);
        dispatch_rest(&answer);
    } else {
        set_deadline(-1, 0);
        log_debug("a connection closed without a whole request");
        metric_count(METRIC_FCGI_BROKEN, METRIC_BROKEN_REQUEST, 0);
    }
    talloc_free(ctx);
}

/* A database that cannot be opened may be there later; until then requests get 503. */
static void open_store(struct app *app, void *ctx, const struct worker *worker)
{
    static int64_t next_try;

    if (app->store != NULL || !atomic_load(app->schema_ready) || clock_monotonic() < next_try) {
        return;
    }
    if (store_open_existing(ctx, worker->config, &app->store) == ERR_OK) {
        app->keys = keys_new(ctx, worker->config, app->store, worker->issuer);
    } else {
        next_try = clock_monotonic() + STORE_RETRY;
    }
}

/* ppoll lets no signal in when a connection waits already, and under load one always does. */
static bool take_signals(const sigset_t *waiting)
{
    sigset_t pending;

    sigemptyset(&pending);
    sigpending(&pending);
    if (sigismember(&pending, SIGTERM) != 1 && sigismember(&pending, SIGQUIT) != 1) {
        return false;
    }
    sigsuspend(waiting);
    return true;
}

/* One connection from the queue. False: the queue is empty. */
static bool serve_next(const struct app *app, int listen_fd)
{
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd >= 0) {
        metric_seat_set(METRIC_SEAT_BUSY, true);
        serve(app, fd);
        metric_seat_set(METRIC_SEAT_BUSY, false);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        log_error("a connection cannot be accepted: %s", strerror(errno));
        (void)poll(NULL, 0,
                   100); /* the descriptor stays readable: without a pause this would spin */
    }
    return false;
}

_Noreturn void worker_run(const struct worker *worker)
{
    struct app app = {
        .config = worker->config, .gate = worker->gate, .schema_ready = worker->schema_ready};
    struct pollfd incoming = {.fd = worker->listen_fd, .events = POLLIN};
    sigset_t waiting;
    pid_t master = getppid();
    void *ctx = mem_context(NULL);

    log_open(&worker->config->log, "worker");
    metric_seat_use(worker->seat);
    set_signals(&waiting);
    (void)prctl(PR_SET_PDEATHSIG, SIGQUIT); /* a worker without its master serves nobody */
    if (getppid() != master) {
        _exit(EXIT_SUCCESS);
    }
    sandbox_confine(worker->config);
    if (fcgi_setup() != ERR_OK) {
        log_error("this worker cannot start: libfcgi cannot be set up");
        _exit(EXIT_FAILURE);
    }
    app.courier = courier_new(NULL);
    open_store(&app, ctx, worker);
    while (!stop_wanted) {
        courier_reap(app.courier);
        if (ppoll(&incoming, 1, NULL, &waiting) > 0 && !take_signals(&waiting)) {
            open_store(&app, ctx, worker);
            (void)serve_next(&app, worker->listen_fd);
        }
    }
    int64_t until = clock_monotonic() + DRAIN_SECONDS * CLOCK_SECOND;
    while (drain_wanted && clock_monotonic() < until && serve_next(&app, worker->listen_fd)) {
        continue;
    }
    talloc_free(ctx); /* the database is for others while this one waits */
    courier_finish(app.courier);
    talloc_free(app.courier);
    exit(EXIT_SUCCESS);
}
