#include "proc/serve.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "api/dispatch.h"
#include "auth/keys.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "http/fcgi.h"

#define STORE_RETRY  CLOCK_SECOND /* between two tries to open the database */
#define ACCEPT_PAUSE 100          /* ms, when there is no room left */
#define COMPLAINT    CLOCK_MINUTE /* between two lines about that in the log */

#define REQUEST_MEMORY 16384 /* bytes; more than most requests need */

void serve_open_store(struct serving *serving, int64_t now)
{
    const struct worker *worker = serving->worker;
    struct app *app = &serving->app;

    if (app->store != NULL || !atomic_load(app->schema_ready) || now < serving->store_next_try) {
        return;
    }
    if (store_open_existing(serving, worker->config, &app->store) == ERR_OK) {
        app->keys = keys_new(serving, worker->config, app->store, worker->issuer,
                             worker->role == WORKER_FAST ? ISSUER_SOMEBODY : ISSUER_THIS_ONE);
    } else {
        serving->store_next_try = now + STORE_RETRY;
    }
}

/* --- One connection --- */

struct request_edge {
    struct serving *serving;
    struct conn *conn;
};

static enum err read_body(void *arg, void *ctx, size_t len, char **ret_body)
{
    const struct request_edge *edge = arg;

    return stream_body(edge->conn->stream, ctx, len, ret_body);
}

static enum err hand_over(void *arg)
{
    const struct request_edge *edge = arg;
    const struct worker *worker = edge->serving->worker;
    size_t len;
    const void *bytes = stream_bytes(edge->conn->stream, &len);

    if (!stream_request(edge->conn->stream).intact) {
        return ERR_BAD_REQUEST; /* its body is longer than it says */
    }
    enum err error =
        atomic_load(&worker->told->no_slow)
            ? ERR_BUSY
            : handover_put(worker->channels.slow, edge->conn->fd, edge->conn->deadline, bytes, len);

    metric_count(METRIC_SLOW_REQUESTS, error == ERR_OK ? METRIC_SLOW_QUEUED : METRIC_SLOW_REFUSED,
                 0);
    return error;
}

/* To be told at once that the server is busy is worth more than an answer after a long time. */
static enum err refuse_late(void *arg)
{
    (void)arg;
    metric_count(METRIC_SLOW_REQUESTS, METRIC_SLOW_REFUSED, 0);
    return ERR_BUSY;
}

/* What becomes of a slow request: another worker's, refused, or (NULL) answered here. */
static enum err (*slow_request(const struct serving *serving, const struct conn *conn))(void *arg)
{
    if (serving->worker->role == WORKER_FAST) {
        return hand_over;
    }
    return conn->waited > serving->patience ? refuse_late : NULL;
}

static void answer(struct serving *serving, struct conn *conn)
{
    const struct stream_request request = stream_request(conn->stream);
    struct request_edge arg = {.serving = serving, .conn = conn};
    const struct edge edge = {
        .read_body = read_body,
        .hand_over = slow_request(serving, conn),
        .arg = &arg,
    };
    char *const *params;
    struct answer answer;

    if (fcgi_decode(request.head, request.head_len, &params) != ERR_OK) {
        log_error("libfcgi cannot read a request that looks right");
        conn->state = CONN_GONE;
        return;
    }
    void *ctx = mem_pool(REQUEST_MEMORY);
    dispatch(&serving->app, ctx, params, &edge, &answer);
    if (answer.head == NULL) { /* another worker has the connection */
        talloc_free(ctx);
        conn->state = CONN_GONE;
        return;
    }
    conn_answer(conn, ctx, answer.head, answer.body);
    if (conn->state == CONN_GONE) {
        log_debug("the web server hung up before it had the whole answer");
        metric_count(METRIC_FCGI_BROKEN, METRIC_BROKEN_ANSWER, 0);
    }
    dispatch_rest(&answer);
}

/* Between two requests a connection stays only with a worker that has time for the next one. */
static void leave_idle(struct serving *serving, struct conn *conn)
{
    if (!serving->leaving && serving->worker->role != WORKER_SLOW) {
        return;
    }
    if (!serving->last &&
        handover_put(serving->worker->channels.idle, conn->fd, conn->deadline, NULL, 0) != ERR_OK) {
        log_debug("a connection is closed: no other worker takes it");
    }
    conn->state = CONN_GONE;
}

/* A connection that ends where a request or its answer has begun. */
static void count_loss(const struct conn *conn)
{
    if (conn->output != NULL) {
        metric_count(METRIC_FCGI_BROKEN, METRIC_BROKEN_ANSWER, 0);
    } else if (!stream_is_empty(conn->stream)) {
        log_debug("a connection closed without a whole request");
        metric_count(METRIC_FCGI_BROKEN, METRIC_BROKEN_REQUEST, 0);
    }
}

/* Does with a connection whatever its state allows. */
static void go_on(struct serving *serving, struct conn *conn)
{
    if (conn->state == CONN_WHOLE) {
        metric_seat_set(METRIC_SEAT_BUSY, true);
        answer(serving, conn);
        fcgi_forget();
        metric_seat_set(METRIC_SEAT_BUSY, false);
    } else if (conn->state == CONN_GONE) {
        count_loss(conn);
    }
    if (conn->state == CONN_ANSWERED) {
        conn_settle(conn);
    }
    if (conn->state == CONN_IDLE) {
        leave_idle(serving, conn);
    }
    conns_update(serving->conns, conn);
}

void serve_ready(struct serving *serving, struct conn *conn, int64_t now)
{
    if (conn->state == CONN_WRITING) {
        conn_write(conn);
    } else {
        conn_read(conn, now);
    }
    go_on(serving, conn);
}

/* --- New connections --- */

static struct conn *add(struct serving *serving, int fd, int64_t now)
{
    struct conn *conn = conn_new(serving->conns, fd, serving->worker->config->max_body, now);

    conns_add(serving->conns, conn);
    return conn;
}

static void complain(struct serving *serving, const char *why, int64_t now)
{
    if (now >= serving->complain_from) {
        log_error("a connection cannot be accepted: %s", why);
        serving->complain_from = now + COMPLAINT;
    }
    serving->exhausted = true;
}

static bool accept_one(struct serving *serving, int64_t now)
{
    int fd = accept4(serving->incoming.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        serve_ready(serving, add(serving, fd, now), now);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        complain(serving, strerror(errno), now);
    }
    return fd >= 0;
}

void serve_accept(struct serving *serving, int count, int64_t now)
{
    while (count-- > 0 && conns_have_room(serving->conns) && accept_one(serving, now)) {
    }
}

/* Whoever asked may have given up while the request waited. Who has only ended his own direction,
 * because there is nothing more to send, waits for the answer; over TCP the two look alike. */
static bool hung_up(int fd)
{
    struct pollfd connection = {.fd = fd}; /* POLLHUP and POLLERR need not be asked for */

    return poll(&connection, 1, 0) > 0;
}

void serve_handed(struct serving *serving, const struct source *source, int64_t now)
{
    bool slow = source == &serving->slow;
    struct handover *channel =
        slow ? serving->worker->channels.slow : serving->worker->channels.idle;
    void *ctx = mem_context(NULL);
    struct handed handed;

    enum err error = handover_take(channel, ctx, &handed);
    if (error != ERR_OK) {
        if (error == ERR_BUSY) {
            complain(serving, "no descriptor is left for it", now);
        }
        talloc_free(ctx);
        return;
    }
    struct conn *conn = add(serving, handed.fd, now);
    conn->deadline = handed.deadline;
    conn_feed(conn, handed.bytes, handed.len);
    if (slow) {
        conn->waited = clock_nanoseconds() - handed.put_at;
        metric_observe(METRIC_SLOW_WAIT, 0, conn->waited);
    }
    talloc_free(ctx);
    if (conn->state < CONN_WHOLE) {
        conn_read(conn, now);
    } else if (hung_up(conn->fd)) {
        conn->state = CONN_GONE;
    }
    go_on(serving, conn);
}

void serve_make_room(struct serving *serving, int64_t now)
{
    struct conns *conns = serving->conns;

    if (serving->exhausted && !conns_evict(conns)) {
        serving->accept_from = now + ACCEPT_PAUSE;
    }
    serving->exhausted = false;
    while (conns->count > conns->max && conns_evict(conns)) {
        serving->accept_from = now + ACCEPT_PAUSE; /* meanwhile others that have room go first */
    }
}

void serve_leave(struct serving *serving)
{
    for (struct conn *conn = serving->conns->first, *next; conn != NULL; conn = next) {
        next = conn->next;
        if (conn->state == CONN_IDLE) {
            go_on(serving, conn);
        }
    }
}

static void cut_off(void *arg, struct conn *conn)
{
    conn->state = CONN_GONE;
    go_on(arg, conn);
}

void serve_expire(struct serving *serving, int64_t now)
{
    conns_expire(serving->conns, now, cut_off, serving);
}

void serve_end(struct serving *serving)
{
    while (serving->conns->first != NULL) {
        cut_off(serving, serving->conns->first);
    }
}
