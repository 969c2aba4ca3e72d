#include "bench.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/metric.h"
#include "http/fcgi.h"
#include "http/screen.h"
#include "unit.h"

int bench_set_up(void **state)
{
    static const struct metric_tables none;
    struct bench *bench = mem_new(*state, struct bench);
    const struct sockaddr anywhere = {.sa_family = AF_UNIX};

    metric_open(&none);
    bench->server = *state;
    bench->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(bench->listener, &anywhere, sizeof anywhere.sa_family), 0);
    assert_int_equal(listen(bench->listener, 8), 0);
    bench->worker = (struct worker){
        .config = &bench->server->config, .told = &bench->told, .role = WORKER_FAST};
    assert_int_equal(handover_new(bench, &bench->worker.channels.idle), ERR_OK);
    assert_int_equal(handover_new(bench, &bench->worker.channels.slow), ERR_OK);
    bench->serving = mem_new(bench, struct serving);
    bench->serving->worker = &bench->worker;
    bench->serving->patience = SERVE_PATIENCE;
    bench->serving->app = bench->server->app;
    bench->serving->incoming.fd = bench->listener;
    assert_int_equal(conns_new(bench->serving, &bench->serving->conns), ERR_OK);
    *state = bench;
    return 0;
}

int bench_tear_down(void **state)
{
    struct bench *bench = *state;

    serve_end(bench->serving);
    close(bench->listener);
    for (size_t i = 0; i < bench->count; i++) {
        close(bench->webs[i]);
    }
    *state = bench->server;
    talloc_free(bench);
    return 0;
}

int bench_start(void **state)
{
    return fcgi_setup() == ERR_OK ? server_start(state) : -1;
}

/* --- the web server --- */

int bench_dial(const struct bench *bench)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_int_equal(getsockname(bench->listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, size), 0);
    return fd;
}

struct conn *bench_connect(struct bench *bench)
{
    assert_true(bench->count < COUNT(bench->webs));
    bench->web = bench->webs[bench->count++] = bench_dial(bench);
    serve_accept(bench->serving, 1, NOW);
    assert_non_null(bench->serving->conns->last);
    return bench->serving->conns->last;
}

static void put_record(struct buf *out, char type, const char *data, size_t len)
{
    const char header[] = {SCREEN_VERSION, type, 0, 1, (char)(len >> 8), (char)len, 0, 0};

    buf_add(out, header, sizeof header);
    buf_add(out, data, len);
}

static void put_pair(struct buf *out, const char *name, const char *value)
{
    const size_t len = strlen(value);
    const char length[] = {(char)0x80, 0, (char)(len >> 8), (char)len};

    buf_putc(out, (char)strlen(name));
    buf_add(out, length, sizeof length);
    buf_puts(out, name);
    buf_puts(out, value);
}

static struct buf *new_pairs(struct bench *bench, const char *method, const char *uri, size_t said)
{
    struct buf *pairs = buf_new(bench);

    put_pair(pairs, "REQUEST_METHOD", method);
    put_pair(pairs, "REQUEST_URI", uri);
    put_pair(pairs, "CONTENT_TYPE", "application/json");
    put_pair(pairs, "CONTENT_LENGTH", mem_printf(bench, "%zu", said));
    return pairs;
}

static struct buf *whole(struct bench *bench, const struct buf *pairs, const char *body, size_t len)
{
    static const char begin[] = {0, SCREEN_RESPONDER, SCREEN_KEEP_CONN, 0, 0, 0, 0, 0};
    struct buf *out = buf_new(bench);

    put_record(out, SCREEN_BEGIN_REQUEST, begin, sizeof begin);
    put_record(out, SCREEN_PARAMS, pairs->data, pairs->len);
    put_record(out, SCREEN_PARAMS, "", 0);
    for (size_t part; len > 0; len -= part) {
        part = len < 50000 ? len : 50000;
        put_record(out, SCREEN_STDIN, body, part);
        body += part;
    }
    put_record(out, SCREEN_STDIN, "", 0);
    return out;
}

struct buf *bench_lie(struct bench *bench, const char *method, const char *uri, size_t len,
                      size_t said)
{
    const char *body = memset(mem_bytes(bench, len + 1), 'x', len + 1);

    return whole(bench, new_pairs(bench, method, uri, said), body, len);
}

struct buf *bench_json(struct bench *bench, const char *method, const char *uri, const char *token,
                       const char *body)
{
    struct buf *pairs = new_pairs(bench, method, uri, strlen(body));

    put_pair(pairs, "HTTP_AUTHORIZATION", mem_printf(bench, "Bearer %s", token));
    return whole(bench, pairs, body, strlen(body));
}

struct buf *bench_request(struct bench *bench, const char *method, const char *uri, size_t len)
{
    return bench_lie(bench, method, uri, len, len);
}

void bench_send_part(struct bench *bench, const struct buf *request, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t sent = send(bench->web, request->data + at, len - at, MSG_NOSIGNAL);
        at += sent > 0 ? (size_t)sent : 0;
        if (bench->serving->conns->last == NULL) {
            return;
        }
        serve_ready(bench->serving, bench->serving->conns->last, NOW);
        serve_writers(bench->serving, NOW);
    }
}

void bench_send(struct bench *bench, const struct buf *request)
{
    bench_send_part(bench, request, request->len);
}

void bench_hang_up(struct bench *bench)
{
    shutdown(bench->web, SHUT_RDWR);
    serve_ready(bench->serving, bench->serving->conns->last, NOW);
}

const char *bench_received(struct bench *bench)
{
    char *data = mem_bytes(bench, 4096);
    ssize_t got = recv(bench->web, data, 4095, 0);

    for (ssize_t i = 0; i < got; i++) {
        data[i] = data[i] == '\0' ? ' ' : data[i];
    }
    data[got < 0 ? 0 : got] = '\0';
    return data;
}

void assert_lost(int64_t requests, int64_t answers)
{
    assert_int_equal(metric_get(METRIC_FCGI_BROKEN, METRIC_BROKEN_REQUEST, 0), requests);
    assert_int_equal(metric_get(METRIC_FCGI_BROKEN, METRIC_BROKEN_ANSWER, 0), answers);
}

void assert_no_connection(const struct bench *bench)
{
    assert_int_equal(bench->serving->conns->count, 0);
    assert_int_equal(bench->serving->conns->timed, 0);
}
