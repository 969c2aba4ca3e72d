#include "proc/admin.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "proc/admin_conn.h"
#include "proc/probe.h"
#include "proc/ready.h"
#include "proc/sandbox.h"

#define CONNECTIONS 32           /* at a time; one more ends the oldest */
#define ASK_TIME    CLOCK_SECOND /* for the database's answer to /ready */
#define STOP_TIME   CLOCK_SECOND /* for what is in hand at SIGTERM */

/* The first of what is polled. */
enum { POLL_LISTENER, POLL_PROBE, POLL_CONNECTIONS };

struct server {
    const struct admin *admin;
    struct probe *probe;
    int listen_fd; /* -1: stopping */
    struct admin_conn conns[CONNECTIONS];
};

static volatile sig_atomic_t stop_wanted;

static void on_stop(int signal)
{
    (void)signal;
    stop_wanted = 1;
}

static void handle(int signal, void (*function)(int))
{
    struct sigaction action = {.sa_handler = function};

    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

/* SIGTERM stays blocked but inside ppoll. */
static void set_signals(sigset_t *ret_waiting)
{
    sigset_t blocked;

    handle(SIGTERM, on_stop);
    handle(SIGQUIT, on_stop);
    handle(SIGPIPE, SIG_IGN);
    handle(SIGHUP, SIG_IGN);
    handle(SIGINT, SIG_IGN); /* the terminal's Ctrl-C is the master's to answer */
    handle(SIGCHLD, SIG_DFL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGQUIT);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    sigemptyset(ret_waiting);
}

/* --- what is answered --- */

static void answer_text(struct admin_conn *conn, int status, const char *type,
                        const struct buf *body, int64_t now)
{
    const struct admin_page page = {.status = status, .type = type, .body = body};

    admin_conn_answer(conn, &page, now);
}

static void answer_state(struct admin_conn *conn, enum ready ready, bool live, int64_t now)
{
    struct buf *body = buf_new(NULL);

    ready_print(body, ready, live);
    answer_text(conn, ready == READY ? 200 : 503, "application/json", body, now);
    talloc_free(body);
}

/* What the server itself says first: it may know that it is not ready. */
static void answer_ready(struct server *server, struct admin_conn *conn, int64_t now)
{
    enum ready ready = ready_before(now);

    if (ready != READY) {
        answer_state(conn, ready, false, now);
        return;
    }
    admin_conn_ask(conn, now + ASK_TIME);
    probe_ask(server->probe, now);
}

static void answer_plain(struct admin_conn *conn, int status, int64_t now)
{
    struct buf *body = buf_new(NULL);

    if (status == 200) {
        metric_print(body);
        answer_text(conn, status, "text/plain; version=0.0.4; charset=utf-8", body, now);
    } else {
        buf_printf(body, "%s\n", err_reason(status));
        answer_text(conn, status, "text/plain", body, now);
    }
    talloc_free(body);
}

static void answer(struct server *server, struct admin_conn *conn, int64_t now)
{
    bool is_metrics = http1_is_path(&conn->request, "/metrics");
    bool is_live = http1_is_path(&conn->request, "/live");
    bool is_ready = http1_is_path(&conn->request, "/ready");

    if (!is_metrics && !is_live && !is_ready) {
        answer_plain(conn, 404, now);
    } else if (conn->request.method == HTTP1_OTHER) {
        answer_plain(conn, 405, now);
    } else if (is_metrics) {
        answer_plain(conn, 200, now);
    } else if (is_live) {
        answer_state(conn, ready_live(now), true, now);
    } else {
        answer_ready(server, conn, now);
    }
}

/* --- the loop --- */

static void work(struct server *server, struct admin_conn *conn, int64_t now)
{
    admin_conn_work(conn, now);
    if (conn->state == ADMIN_READY) {
        answer(server, conn, now);
        admin_conn_work(conn, now);
    }
}

/* NULL: there is none. */
static struct admin_conn *oldest(struct server *server)
{
    struct admin_conn *oldest = NULL;

    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct admin_conn *conn = &server->conns[i];
        if (conn->state != ADMIN_FREE && (oldest == NULL || conn->since < oldest->since)) {
            oldest = conn;
        }
    }
    return oldest;
}

/* A place for a new connection; there always is one. */
static struct admin_conn *place(struct server *server)
{
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (server->conns[i].state == ADMIN_FREE) {
            return &server->conns[i];
        }
    }
    struct admin_conn *conn = oldest(server);
    admin_conn_close(conn);
    return conn;
}

/* Descriptors have run out; the one of the oldest connection serves the new one. */
static void make_room(struct server *server, const char *why)
{
    struct admin_conn *conn = oldest(server);

    if (conn != NULL) {
        admin_conn_close(conn);
        return;
    }
    log_error("an admin connection cannot be accepted: %s", why);
    (void)poll(NULL, 0, 100); /* the descriptor stays readable: this would spin */
}

static void accept_next(struct server *server, int64_t now)
{
    int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0) {
        struct admin_conn *conn = place(server);
        admin_conn_open(conn, fd, now);
        work(server, conn, now);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        make_room(server, strerror(errno));
    }
}

static void take_probe(struct server *server, int64_t now)
{
    enum probe_answer found = probe_read(server->probe, now);

    for (size_t i = 0; found != PROBE_NONE && i < CONNECTIONS; i++) {
        if (server->conns[i].state == ADMIN_ASKING) {
            answer_state(&server->conns[i], found == PROBE_UP ? READY : READY_NOT_DATABASE, false,
                         now);
        }
    }
}

/* What is over, and when the next is, in ms; -1 = nothing is. */
static int64_t expire(struct server *server, int64_t now)
{
    int64_t next = -1;

    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct admin_conn *conn = &server->conns[i];
        if (conn->state == ADMIN_ASKING && conn->until <= now) {
            answer_state(conn, READY_NOT_IN_TIME, false, now);
        } else if (conn->state != ADMIN_FREE && conn->until <= now) {
            admin_conn_expire(conn, now);
        }
        if (conn->state != ADMIN_FREE && (next < 0 || conn->until - now < next)) {
            next = conn->until - now;
        }
    }
    return next;
}

/* Fills in whom to wait for, and which connection each is. Only what is open: poll() takes no more
 * entries than this process may have descriptors. Returns how many. */
static nfds_t gather(struct server *server, struct pollfd *polled, struct admin_conn **conns)
{
    nfds_t count = POLL_CONNECTIONS;

    polled[POLL_LISTENER] = (struct pollfd){.fd = server->listen_fd, .events = POLLIN};
    polled[POLL_PROBE] = (struct pollfd){.fd = probe_fd(server->probe), .events = POLLIN};
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct admin_conn *conn = &server->conns[i];
        if (conn->state != ADMIN_FREE) {
            polled[count] = (struct pollfd){.fd = conn->fd, .events = admin_conn_events(conn)};
            conns[count++] = conn;
        }
    }
    return count;
}

/* Waits for something to do, until the monotonic time UNTIL at most (0 = as long as it takes). */
static void turn(struct server *server, const sigset_t *waiting, int64_t until)
{
    struct pollfd polled[POLL_CONNECTIONS + CONNECTIONS];
    struct admin_conn *conns[POLL_CONNECTIONS + CONNECTIONS];
    int64_t start = clock_monotonic();
    int64_t wait = expire(server, start);
    if (until > 0 && (wait < 0 || wait > until - start)) {
        wait = until > start ? until - start : 0;
    }
    const struct timespec timeout = {.tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000};

    nfds_t count = gather(server, polled, conns);
    if (ppoll(polled, count, wait < 0 ? NULL : &timeout, waiting) <= 0) {
        return;
    }
    int64_t now = clock_monotonic();
    if (polled[POLL_PROBE].revents != 0) {
        take_probe(server, now);
    }
    for (nfds_t i = POLL_CONNECTIONS; i < count; i++) {
        if (conns[i]->state == ADMIN_ASKING && (polled[i].revents & (POLLERR | POLLHUP)) != 0) {
            admin_conn_close(conns[i]);
        } else if (polled[i].revents != 0) {
            work(server, conns[i], now);
        }
    }
    if (polled[POLL_LISTENER].revents != 0) {
        accept_next(server, now);
    }
}

/* The descriptors that belong to this process and not to its child. */
static void forget(void *arg)
{
    const struct server *server = arg;

    close(server->listen_fd);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (server->conns[i].state != ADMIN_FREE) {
            close(server->conns[i].fd);
        }
    }
}

static bool is_idle(const struct server *server)
{
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (server->conns[i].state != ADMIN_FREE) {
            return false;
        }
    }
    return true;
}

/* As a worker that sends no letters; and nothing is signed. */
static void confine(const struct config *config)
{
    for (size_t i = 0; i < config->secret_count; i++) {
        mem_secret_free(&config->secrets[i]);
    }
    sandbox_confine(config, false);
}

static void let_go(const struct admin *admin)
{
    const struct channels *channels = admin->channels;
    const int fds[] = {admin->web_fd, channels->idle->in, channels->idle->out, channels->slow->in,
                       channels->slow->out};

    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
        close(fds[i]);
    }
}

_Noreturn void admin_run(const struct admin *admin)
{
    struct server *server = mem_new(NULL, struct server);
    sigset_t waiting;
    pid_t master = getppid();

    log_open(&admin->config->log, "admin");
    (void)prctl(PR_SET_NAME, "taskgate-admin");
    set_signals(&waiting);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != master) {
        _exit(EXIT_SUCCESS);
    }
    let_go(admin);
    confine(admin->config);
    server->admin = admin;
    server->listen_fd = admin->listen_fd;
    server->probe = probe_new(server, admin->config, forget, server);
    while (!stop_wanted) {
        turn(server, &waiting, 0);
    }
    close(server->listen_fd);
    server->listen_fd = -1;
    int64_t until = clock_monotonic() + STOP_TIME;
    while (!is_idle(server) && clock_monotonic() < until) {
        turn(server, &waiting, until);
    }
    talloc_free(server);
    exit(EXIT_SUCCESS);
}
