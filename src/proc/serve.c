#include "proc/serve.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "auth/keys.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "proc/answer.h"

#define STORE_RETRY  CLOCK_SECOND /* between two tries to open the database */
#define ACCEPT_PAUSE 100          /* ms, when there is no room left */
#define COMPLAINT    CLOCK_MINUTE /* between two lines about that in the log */

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

static void answer(struct serving *serving, struct conn *conn)
{
    struct call *call = answer_begin(serving, conn);

    if (call != NULL) {
        answer_end(conn, call);
    }
}

/* What follows an answer. */
static void settle(struct serving *serving, struct conn *conn)
{
    if (conn->state == CONN_ANSWERED) {
        conn_settle(conn);
    }
    if (conn->state == CONN_IDLE) {
        leave_idle(serving, conn);
    }
    conns_update(serving->conns, conn);
}

/* Whether its request is left for serve_writers(). A worker that does slow requests too would keep
 * others from writing meanwhile. */
static bool joins_writers(const struct serving *serving, const struct conn *conn)
{
    return serving->worker->role == WORKER_FAST && serving->app.store != NULL &&
           store_groups(serving->app.store) && serving->writer_count < SERVE_WRITERS &&
           !stream_request(conn->stream).safe;
}

/* Does with a connection whatever its state allows. */
static void go_on(struct serving *serving, struct conn *conn)
{
    if (conn->state == CONN_WHOLE && joins_writers(serving, conn)) {
        serving->writers[serving->writer_count++] = (struct writer){.conn = conn};
        return;
    }
    if (conn->state == CONN_WHOLE) {
        metric_seat_set(METRIC_SEAT_BUSY, true);
        answer(serving, conn);
        metric_seat_set(METRIC_SEAT_BUSY, false);
    } else if (conn->state == CONN_GONE) {
        count_loss(conn);
    }
    settle(serving, conn);
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

/* --- Requests that may write, where that is worth doing together --- */

/* NULL: it is no connection. */
static struct conn *conn_of(const struct serving *serving, void *watched)
{
    bool is_other = watched == &serving->signals || watched == &serving->incoming ||
                    watched == &serving->idle || watched == &serving->slow;

    return is_other ? NULL : watched;
}

/* What has come while the first of a group waited for its turn is served with it; what only reads
 * is left for later, because all others who write wait as long as the group takes. */
static size_t look_again(struct serving *serving, struct conn **others, int64_t now)
{
    struct epoll_event events[SERVE_WRITERS];
    int room = (int)(SERVE_WRITERS - serving->writer_count);
    int count = room == 0 ? 0 : epoll_wait(serving->conns->epoll, events, room, 0);
    size_t other_count = 0;

    for (int i = 0; i < count; i++) {
        struct conn *conn = conn_of(serving, events[i].data.ptr);
        if (conn == NULL || conn->state > CONN_READING) {
            continue; /* the next look finds it again */
        }
        conn_read(conn, now);
        if (conn->state == CONN_WHOLE && joins_writers(serving, conn)) {
            go_on(serving, conn);
        } else {
            others[other_count++] = conn;
        }
    }
    return other_count;
}

/* The answers, when all is on the disk; if nothing is, each request is served alone. */
static void end_group(struct serving *serving, enum err error)
{
    for (size_t i = 0; i < serving->writer_count; i++) {
        struct writer *writer = &serving->writers[i];
        if (writer->call != NULL && error == ERR_OK) {
            answer_end(writer->conn, writer->call);
        } else if (writer->call != NULL) {
            talloc_free(writer->call->ctx);
            answer(serving, writer->conn);
        }
        settle(serving, writer->conn);
    }
    serving->writer_count = 0;
}

void serve_writers(struct serving *serving, int64_t now)
{
    struct conn *others[SERVE_WRITERS];
    size_t other_count = 0;

    if (serving->writer_count == 0) {
        return;
    }
    metric_seat_set(METRIC_SEAT_BUSY, true);
    store_group_begin(serving->app.store);
    for (size_t i = 0; i < serving->writer_count; i++) {
        struct writer *writer = &serving->writers[i];
        writer->call = answer_begin(serving, writer->conn);
        if (i == 0) {
            other_count = look_again(serving, others, now);
        }
    }
    end_group(serving, store_group_end(serving->app.store));
    metric_seat_set(METRIC_SEAT_BUSY, false);
    for (size_t i = 0; i < other_count; i++) {
        go_on(serving, others[i]);
    }
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
