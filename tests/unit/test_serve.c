/* proc/serve and proc/conns: what a worker does with its connections, and what it counts as lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "http/fcgi.h"
#include "http/screen.h"
#include "proc/serve.h"
#include "server.h"
#include "unit.h"

#define NOW  INT64_C(1000000)
#define LATE (NOW + CONN_REQUEST_SECONDS * CLOCK_SECOND)

struct bench {
    struct server *server;
    struct worker worker;
    struct serving *serving;
    int listener;
    int webs[16]; /* the web server's ends of its connections */
    int web;      /* that of the last one */
    size_t count;
};

/* A worker of its own for each test, with a socket, and nothing counted yet. */
static int set_up(void **state)
{
    static const struct metric_tables none;
    struct bench *bench = mem_new(*state, struct bench);
    const struct sockaddr anywhere = {.sa_family = AF_UNIX};

    metric_open(&none);
    bench->server = *state;
    bench->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(bench->listener, &anywhere, sizeof anywhere.sa_family), 0);
    assert_int_equal(listen(bench->listener, 8), 0);
    bench->worker = (struct worker){.config = &bench->server->config, .role = WORKER_FAST};
    assert_int_equal(handover_new(bench, &bench->worker.channels.idle), ERR_OK);
    assert_int_equal(handover_new(bench, &bench->worker.channels.slow), ERR_OK);
    bench->serving = mem_new(bench, struct serving);
    bench->serving->worker = &bench->worker;
    bench->serving->app = bench->server->app;
    bench->serving->incoming.fd = bench->listener;
    assert_int_equal(conns_new(bench->serving, &bench->serving->conns), ERR_OK);
    *state = bench;
    return 0;
}

static int tear_down(void **state)
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

static int start(void **state)
{
    return fcgi_setup() == ERR_OK ? server_start(state) : -1;
}

/* --- the web server --- */

/* Another end of a connection that the worker has not accepted yet. */
static int dial(const struct bench *bench)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    assert_int_equal(getsockname(bench->listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, size), 0);
    return fd;
}

/* A connection that the worker has accepted; its end there. */
static struct conn *open_connection(struct bench *bench)
{
    assert_true(bench->count < COUNT(bench->webs));
    bench->web = bench->webs[bench->count++] = dial(bench);
    serve_accept(bench->serving, NOW);
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
    buf_putc(out, (char)strlen(name));
    buf_putc(out, (char)strlen(value));
    buf_puts(out, name);
    buf_puts(out, value);
}

/* A request on a connection that is to be kept, with LEN bytes of body and SAID announced. */
static struct buf *lying_request(struct bench *bench, const char *method, const char *uri,
                                 size_t len, size_t said)
{
    static const char begin[] = {0, SCREEN_RESPONDER, SCREEN_KEEP_CONN, 0, 0, 0, 0, 0};
    struct buf *out = buf_new(bench);
    struct buf *pairs = buf_new(bench);
    const char *body = memset(mem_bytes(bench, len + 1), 'x', len + 1);

    put_pair(pairs, "REQUEST_METHOD", method);
    put_pair(pairs, "REQUEST_URI", uri);
    put_pair(pairs, "CONTENT_TYPE", "application/json");
    put_pair(pairs, "CONTENT_LENGTH", mem_printf(bench, "%zu", said));
    put_record(out, SCREEN_BEGIN_REQUEST, begin, sizeof begin);
    put_record(out, SCREEN_PARAMS, pairs->data, pairs->len);
    put_record(out, SCREEN_PARAMS, "", 0);
    for (size_t part; len > 0; len -= part) {
        part = len < 50000 ? len : 50000;
        put_record(out, SCREEN_STDIN, body, part);
    }
    put_record(out, SCREEN_STDIN, "", 0);
    return out;
}

static struct buf *request(struct bench *bench, const char *method, const char *uri, size_t len)
{
    return lying_request(bench, method, uri, len, len);
}

/* Sends LEN bytes of REQUEST and lets the worker go on as long as it can. */
static void send_part(struct bench *bench, const struct buf *request, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t sent = send(bench->web, request->data + at, len - at, MSG_NOSIGNAL);
        at += sent > 0 ? (size_t)sent : 0;
        if (bench->serving->conns->last == NULL) {
            return;
        }
        serve_ready(bench->serving, bench->serving->conns->last, NOW);
    }
}

static void send_whole(struct bench *bench, const struct buf *request)
{
    send_part(bench, request, request->len);
}

static void hang_up(struct bench *bench)
{
    shutdown(bench->web, SHUT_RDWR);
    serve_ready(bench->serving, bench->serving->conns->last, NOW);
}

/* What the web server has got, as text; at most a page of it. */
static const char *received(struct bench *bench)
{
    char *data = mem_bytes(bench, 4096);
    ssize_t got = recv(bench->web, data, 4095, 0);

    for (ssize_t i = 0; i < got; i++) {
        data[i] = data[i] == '\0' ? ' ' : data[i];
    }
    data[got < 0 ? 0 : got] = '\0';
    return data;
}

/* An answer that the web server does not take: more than its socket holds. */
static void leave_an_answer(struct bench *bench, struct conn *conn)
{
    void *answer = mem_context(NULL);
    struct buf *body = buf_new(answer);

    send_part(bench, request(bench, "GET", "/", 0), 50);
    memset(buf_reserve(body, 4000000), 'x', 4000000);
    body->len = 4000000;
    conn_answer(conn, answer, buf_new(answer), body);
    assert_int_equal(conn->state, CONN_WRITING);
    conns_update(bench->serving->conns, conn);
}

static void assert_lost(int64_t requests, int64_t answers)
{
    assert_int_equal(metric_get(METRIC_FCGI_BROKEN, METRIC_BROKEN_REQUEST, 0), requests);
    assert_int_equal(metric_get(METRIC_FCGI_BROKEN, METRIC_BROKEN_ANSWER, 0), answers);
}

static void assert_no_connection(const struct bench *bench)
{
    assert_int_equal(bench->serving->conns->count, 0);
    assert_int_equal(bench->serving->conns->timed, 0);
}

/* --- what is counted as lost --- */

static void a_connection_that_ends_between_two_requests_has_lost_nothing(void **state)
{
    struct bench *bench = *state;

    open_connection(bench);
    for (int i = 0; i < 3; i++) {
        send_whole(bench, request(bench, "GET", "/", 0));
        assert_non_null(strstr(received(bench), "Status: 200"));
    }
    hang_up(bench);
    assert_no_connection(bench);
    assert_lost(0, 0);
}

static void a_refused_body_is_no_loss(void **state)
{
    struct bench *bench = *state;

    open_connection(bench);
    send_whole(bench, request(bench, "POST", "/api/tasks", 2000000));
    assert_non_null(strstr(received(bench), "Status: 401"));
    if (bench->serving->conns->count > 0) {
        hang_up(bench);
    }
    assert_no_connection(bench);
    assert_lost(0, 0);
}

static void a_request_that_ends_in_the_middle_is_lost_whichever_it_is(void **state)
{
    struct bench *bench = *state;

    for (int before = 0; before < 3; before++) {
        open_connection(bench);
        for (int i = 0; i < before; i++) {
            send_whole(bench, request(bench, "GET", "/", 0));
            assert_non_null(strstr(received(bench), "Status: 200"));
        }
        send_part(bench, request(bench, "GET", "/", 0), 40);
        hang_up(bench);
        assert_no_connection(bench);
        assert_lost(before + 1, 0);
    }
}

static void an_answer_that_nobody_takes_is_lost_once(void **state)
{
    struct bench *bench = *state;

    leave_an_answer(bench, open_connection(bench));
    hang_up(bench);
    assert_no_connection(bench);
    assert_lost(0, 1);

    struct conn *conn = open_connection(bench);
    const struct buf *whole = request(bench, "GET", "/", 0);
    shutdown(bench->web, SHUT_RDWR);
    conn_feed(conn, whole->data, whole->len);
    assert_int_equal(conn->state, CONN_WHOLE);
    serve_ready(bench->serving, conn, NOW);
    assert_no_connection(bench);
    assert_lost(0, 2);
}

static void what_takes_too_long_is_lost_too(void **state)
{
    struct bench *bench = *state;

    open_connection(bench); /* silent: has nothing to lose */
    open_connection(bench);
    send_part(bench, request(bench, "GET", "/", 0), 40);
    leave_an_answer(bench, open_connection(bench));
    serve_expire(bench->serving, LATE - 1);
    assert_int_equal(bench->serving->conns->count, 3);
    serve_expire(bench->serving, LATE + CLOCK_SECOND);
    assert_no_connection(bench);
    assert_lost(1, 1);
}

static void what_the_end_of_the_worker_cuts_off_is_lost_too(void **state)
{
    struct bench *bench = *state;

    open_connection(bench);
    open_connection(bench);
    send_part(bench, request(bench, "GET", "/", 0), 40);
    leave_an_answer(bench, open_connection(bench));
    serve_end(bench->serving);
    assert_no_connection(bench);
    assert_lost(1, 1);
}

/* --- connections that go from one worker to another --- */

/* The worker leaves, and is then another one that takes what it left. */
static void change_workers(struct bench *bench, int64_t now)
{
    bench->serving->leaving = true;
    serve_leave(bench->serving);
    assert_no_connection(bench);
    bench->serving->leaving = false;
    serve_handed(bench->serving, now);
    assert_int_equal(bench->serving->conns->count, 1);
}

/* Web servers keep them for a minute and more, and lose a request that meets the end of one. */
static void a_kept_connection_may_rest_wherever_it_goes(void **state)
{
    struct bench *bench = *state;

    open_connection(bench);
    send_whole(bench, request(bench, "GET", "/", 0));
    assert_non_null(strstr(received(bench), "Status: 200"));
    change_workers(bench, NOW);
    change_workers(bench, NOW);
    serve_expire(bench->serving, LATE + CLOCK_HOUR);
    assert_int_equal(bench->serving->conns->count, 1);
    send_whole(bench, request(bench, "GET", "/", 0));
    assert_non_null(strstr(received(bench), "Status: 200"));
}

static void a_silent_connection_gets_no_more_time_elsewhere(void **state)
{
    struct bench *bench = *state;

    open_connection(bench);
    change_workers(bench, LATE - 1);
    serve_expire(bench->serving, LATE + CLOCK_SECOND);
    assert_no_connection(bench);
}

/* --- slow requests --- */

/* Not even those that would do without their body: this worker may start no mail program. */
static void a_fast_worker_answers_no_slow_request_whatever_its_body(void **state)
{
    static const struct {
        const char *method, *uri;
        size_t body, said;
        const char *answer; /* NULL: another worker's */
    } rows[] = {
        {"GET", "/api/auth/verify-email?token=x", 0, 0, NULL},
        {"GET", "/api/auth/verify-email?token=x", 65536, 65536, NULL},
        {"GET", "/api/auth/verify-email?token=x", 65537, 65537, "Status: 413"},
        {"GET", "/api/auth/verify-email?token=x", 2000000, 2000000, "Status: 413"},
        {"GET", "/api/auth/verify-email?token=x", 6, 5, "Status: 400"},
        {"GET", "/api/auth/verify-email?token=x", 2000000, 0, "Status: 400"},
        {"POST", "/api/auth/sign-in", 4, 5, NULL}, /* that one sees it */
        {"POST", "/api/auth/sign-in", 65536, 65536, NULL},
        {"POST", "/api/auth/sign-in", 65537, 65537, "Status: 413"},
    };
    struct bench *bench = *state;
    struct handed handed;

    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  row %zu\n", i);
        open_connection(bench);
        send_whole(bench,
                   lying_request(bench, rows[i].method, rows[i].uri, rows[i].body, rows[i].said));
        enum err taken = handover_take(bench->worker.channels.slow, bench, &handed);
        assert_int_equal(taken, rows[i].answer == NULL ? ERR_OK : ERR_NOT_FOUND);
        if (rows[i].answer == NULL) {
            close(handed.fd);
        } else {
            assert_non_null(strstr(received(bench), rows[i].answer));
        }
        serve_end(bench->serving);
    }
}

/* --- when descriptors run out --- */

/* Descriptors from FROM on are refused from now on; returns the limit that there was. */
static struct rlimit forbid(int from)
{
    struct rlimit before, now;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    now = (struct rlimit){.rlim_cur = (rlim_t)from, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
    return before;
}

static void a_new_connection_takes_the_place_of_one_that_waits_for_nothing(void **state)
{
    struct bench *bench = *state;

    open_connection(bench);
    send_whole(bench, request(bench, "GET", "/", 0));
    assert_non_null(strstr(received(bench), "Status: 200"));
    int waiting = dial(bench);
    struct rlimit before = forbid(waiting + 1);
    serve_accept(bench->serving, NOW);
    serve_make_room(bench->serving, NOW);
    serve_accept(bench->serving, NOW);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_string_equal(received(bench), "");
    assert_int_equal(bench->serving->conns->count, 1);
    bench->web = waiting;
    send_whole(bench, request(bench, "GET", "/", 0));
    assert_non_null(strstr(received(bench), "Status: 200"));
    close(waiting);
}

static void a_connection_waits_while_all_others_are_at_work(void **state)
{
    struct bench *bench = *state;

    open_connection(bench);
    send_part(bench, request(bench, "GET", "/", 0), 40);
    int waiting = dial(bench);
    struct rlimit before = forbid(waiting + 1);
    serve_accept(bench->serving, NOW);
    serve_make_room(bench->serving, NOW);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(bench->serving->conns->count, 1);
    assert_true(bench->serving->accept_from > NOW);
    serve_accept(bench->serving, NOW);
    assert_int_equal(bench->serving->conns->count, 2);
    assert_lost(0, 0);
    close(waiting);
}

static void as_many_connections_as_there_may_be(void **state)
{
    struct bench *bench = *state;
    struct conns *conns = bench->serving->conns;

    conns->max = 3;
    for (size_t i = 0; i < 3; i++) {
        assert_true(conns_have_room(conns));
        open_connection(bench);
        serve_make_room(bench->serving, NOW);
        assert_int_equal(conns->count, i + 1);
    }
    assert_false(conns_have_room(conns)); /* they have brought nothing yet, but they will */
    send_whole(bench, request(bench, "GET", "/", 0));
    assert_non_null(strstr(received(bench), "Status: 200"));
    assert_true(conns_have_room(conns));
    int kept = bench->web;
    open_connection(bench);
    serve_make_room(bench->serving, NOW);
    assert_int_equal(conns->count, 3);
    assert_false(conns_have_room(conns));
    bench->web = kept;
    assert_string_equal(received(bench), "");
    assert_lost(0, 0);
}

/* What the kernel cannot give to this process is gone. */
static void a_connection_that_cannot_be_handed_over_hurts_nobody(void **state)
{
    struct bench *bench = *state;
    struct handed handed;

    open_connection(bench);
    bench->serving->leaving = true;
    serve_leave(bench->serving);
    int last = dup(bench->listener);
    struct rlimit before = forbid(last + 1);
    enum err error = handover_take(bench->worker.channels.idle, bench, &handed);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(error, ERR_BUSY);
    assert_string_equal(received(bench), ""); /* nobody holds it any more */
    assert_int_equal(handover_take(bench->worker.channels.idle, bench, &handed), ERR_NOT_FOUND);
    close(last);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_connection_that_ends_between_two_requests_has_lost_nothing),
        T(a_refused_body_is_no_loss),
        T(a_request_that_ends_in_the_middle_is_lost_whichever_it_is),
        T(an_answer_that_nobody_takes_is_lost_once),
        T(what_takes_too_long_is_lost_too),
        T(what_the_end_of_the_worker_cuts_off_is_lost_too),
        T(a_kept_connection_may_rest_wherever_it_goes),
        T(a_silent_connection_gets_no_more_time_elsewhere),
        T(a_fast_worker_answers_no_slow_request_whatever_its_body),
        T(a_new_connection_takes_the_place_of_one_that_waits_for_nothing),
        T(a_connection_waits_while_all_others_are_at_work),
        T(as_many_connections_as_there_may_be),
        T(a_connection_that_cannot_be_handed_over_hurts_nobody),
    };
    return cmocka_run_group_tests(tests, start, server_stop);
}
