#include "proc/answer.h"

#include "api/dispatch.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "http/fcgi.h"

#define REQUEST_MEMORY 16384 /* bytes; more than most requests need */

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

struct call *answer_begin(struct serving *serving, struct conn *conn)
{
    const struct stream_request request = stream_request(conn->stream);
    struct request_edge arg = {.serving = serving, .conn = conn};
    const struct edge edge = {
        .read_body = read_body,
        .hand_over = slow_request(serving, conn),
        .arg = &arg,
    };
    char *const *params;

    if (fcgi_decode(request.head, request.head_len, &params) != ERR_OK) {
        log_error("libfcgi cannot read a request that looks right");
        conn->state = CONN_GONE;
        return NULL;
    }
    void *ctx = mem_pool(REQUEST_MEMORY);
    struct call *call = dispatch(&serving->app, ctx, params, &edge);
    fcgi_forget();
    if (call == NULL) { /* another worker has the connection */
        talloc_free(ctx);
        conn->state = CONN_GONE;
    }
    return call;
}

void answer_end(struct conn *conn, struct call *call)
{
    struct answer answer;

    dispatch_answer(call, &answer);
    conn_answer(conn, call->ctx, answer.head, answer.body);
    if (conn->state == CONN_GONE) {
        log_debug("the web server hung up before it had the whole answer");
        metric_count(METRIC_FCGI_BROKEN, METRIC_BROKEN_ANSWER, 0);
    }
    dispatch_rest(call);
}
