/* proc/serve: what a worker does with its connections, and what it counts as lost. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench.h"
#include "unit.h"

/* An answer that the web server does not take: more than its socket holds. */
static void leave_an_answer(struct bench *bench, struct conn *conn)
{
    void *answer = mem_context(NULL);
    struct buf *body = buf_new(answer);

    bench_send_part(bench, bench_request(bench, "GET", "/", 0), 50);
    memset(buf_reserve(body, 4000000), 'x', 4000000);
    body->len = 4000000;
    conn_answer(conn, answer, buf_new(answer), body);
    assert_int_equal(conn->state, CONN_WRITING);
    conns_update(bench->serving->conns, conn);
}

/* --- what is counted as lost --- */

static void a_connection_that_ends_between_two_requests_has_lost_nothing(void **state)
{
    struct bench *bench = *state;

    bench_connect(bench);
    for (int i = 0; i < 3; i++) {
        bench_send(bench, bench_request(bench, "GET", "/", 0));
        assert_non_null(strstr(bench_received(bench), "Status: 200"));
    }
    bench_hang_up(bench);
    assert_no_connection(bench);
    assert_lost(0, 0);
}

static void a_refused_body_is_no_loss(void **state)
{
    struct bench *bench = *state;

    bench_connect(bench);
    bench_send(bench, bench_request(bench, "POST", "/api/tasks", 2000000));
    assert_non_null(strstr(bench_received(bench), "Status: 401"));
    if (bench->serving->conns->count > 0) {
        bench_hang_up(bench);
    }
    assert_no_connection(bench);
    assert_lost(0, 0);
}

static void a_request_that_ends_in_the_middle_is_lost_whichever_it_is(void **state)
{
    struct bench *bench = *state;

    for (int before = 0; before < 3; before++) {
        bench_connect(bench);
        for (int i = 0; i < before; i++) {
            bench_send(bench, bench_request(bench, "GET", "/", 0));
            assert_non_null(strstr(bench_received(bench), "Status: 200"));
        }
        bench_send_part(bench, bench_request(bench, "GET", "/", 0), 40);
        bench_hang_up(bench);
        assert_no_connection(bench);
        assert_lost(before + 1, 0);
    }
}

static void an_answer_that_nobody_takes_is_lost_once(void **state)
{
    struct bench *bench = *state;

    leave_an_answer(bench, bench_connect(bench));
    bench_hang_up(bench);
    assert_no_connection(bench);
    assert_lost(0, 1);

    struct conn *conn = bench_connect(bench);
    const struct buf *whole = bench_request(bench, "GET", "/", 0);
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

    bench_connect(bench); /* silent: has nothing to lose */
    bench_connect(bench);
    bench_send_part(bench, bench_request(bench, "GET", "/", 0), 40);
    leave_an_answer(bench, bench_connect(bench));
    serve_expire(bench->serving, LATE - 1);
    assert_int_equal(bench->serving->conns->count, 3);
    serve_expire(bench->serving, LATE + CLOCK_SECOND);
    assert_no_connection(bench);
    assert_lost(1, 1);
}

static void what_the_end_of_the_worker_cuts_off_is_lost_too(void **state)
{
    struct bench *bench = *state;

    bench_connect(bench);
    bench_connect(bench);
    bench_send_part(bench, bench_request(bench, "GET", "/", 0), 40);
    leave_an_answer(bench, bench_connect(bench));
    serve_end(bench->serving);
    assert_no_connection(bench);
    assert_lost(1, 1);
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
        bench_connect(bench);
        bench_send(bench,
                   bench_lie(bench, rows[i].method, rows[i].uri, rows[i].body, rows[i].said));
        enum err taken = handover_take(bench->worker.channels.slow, bench, &handed);
        assert_int_equal(taken, rows[i].answer == NULL ? ERR_OK : ERR_NOT_FOUND);
        if (rows[i].answer == NULL) {
            close(handed.fd);
        } else {
            assert_non_null(strstr(bench_received(bench), rows[i].answer));
        }
        serve_end(bench->serving);
    }
}

static void who_has_sent_all_is_answered_and_who_has_gone_is_not(void **state)
{
    static const int ends[] = {-1, SHUT_WR, SHUT_RDWR};
    struct bench *bench = *state;
    const struct buf *asked = bench_request(bench, "GET", "/", 0);

    for (size_t i = 0; i < COUNT(ends); i++) {
        bench->worker.role = WORKER_FAST;
        struct conn *conn = bench_connect(bench);
        assert_int_equal(
            handover_put(bench->worker.channels.slow, conn->fd, LATE, asked->data, asked->len),
            ERR_OK);
        conn->state = CONN_GONE;
        conns_update(bench->serving->conns, conn);
        if (ends[i] >= 0) {
            assert_int_equal(shutdown(bench->web, ends[i]), 0);
        }
        bench->worker.role = WORKER_SLOW;
        serve_handed(bench->serving, &bench->serving->slow, NOW);
        const char *got = bench_received(bench);
        assert_int_equal(strstr(got, "Status: 200") != NULL, ends[i] != SHUT_RDWR);
    }
    assert_lost(1, 0);
}

static void a_slow_request_that_waited_too_long_is_told_so(void **state)
{
    struct bench *bench = *state;
    const struct buf *asked = bench_request(bench, "POST", "/api/auth/sign-in", 0);

    for (int late = 0; late < 2; late++) {
        bench->worker.role = WORKER_FAST;
        struct conn *conn = bench_connect(bench);
        assert_int_equal(
            handover_put(bench->worker.channels.slow, conn->fd, LATE, asked->data, asked->len),
            ERR_OK);
        conn->state = CONN_GONE;
        conns_update(bench->serving->conns, conn);
        bench->worker.role = WORKER_SLOW;
        bench->serving->patience = late ? 0 : SERVE_PATIENCE * 60LL;
        serve_handed(bench->serving, &bench->serving->slow, NOW);
        const char *got = bench_received(bench);
        assert_int_equal(strstr(got, "SERVER_BUSY") != NULL, late);
        assert_int_equal(strstr(got, "Status: 503") != NULL, late);
        assert_int_equal(strstr(got, "Retry-After: ") != NULL, late);
    }
}

/* Alone, a worker takes what others left, and keeps the connection. */
static void what_one_request_has_waited_is_not_held_against_the_next(void **state)
{
    struct bench *bench = *state;
    const struct buf *asked = bench_request(bench, "POST", "/api/auth/sign-in", 0);

    struct conn *conn = bench_connect(bench);
    assert_int_equal(
        handover_put(bench->worker.channels.slow, conn->fd, LATE, asked->data, asked->len), ERR_OK);
    conn->state = CONN_GONE;
    conns_update(bench->serving->conns, conn);
    bench->worker.role = WORKER_ALL;
    bench->serving->patience = 0;
    serve_handed(bench->serving, &bench->serving->slow, NOW);
    assert_non_null(strstr(bench_received(bench), "SERVER_BUSY"));
    assert_int_equal(bench->serving->conns->count, 1);
    bench_send(bench, asked);
    const char *got = bench_received(bench);
    assert_null(strstr(got, "SERVER_BUSY"));
    assert_non_null(strstr(got, "Status: 400"));
}

/* A process for them cannot be had: nobody would come and take what is handed over. */
static void where_there_is_no_slow_worker_slow_requests_are_told_so_at_once(void **state)
{
    struct bench *bench = *state;
    struct handed handed;

    for (int missing = 0; missing < 2; missing++) {
        atomic_store(&bench->told.no_slow, missing);
        bench_connect(bench);
        bench_send(bench, bench_request(bench, "POST", "/api/auth/sign-in", 0));
        enum err taken = handover_take(bench->worker.channels.slow, bench, &handed);
        assert_int_equal(taken, missing ? ERR_NOT_FOUND : ERR_OK);
        if (taken == ERR_OK) {
            close(handed.fd);
            continue;
        }
        const char *got = bench_received(bench);
        assert_non_null(strstr(got, "Status: 503"));
        assert_non_null(strstr(got, "Retry-After: "));
    }
    bench_send(bench, bench_request(bench, "GET", "/", 0));
    assert_non_null(strstr(bench_received(bench), "Status: 200"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        T(a_connection_that_ends_between_two_requests_has_lost_nothing),
        T(a_refused_body_is_no_loss),
        T(a_request_that_ends_in_the_middle_is_lost_whichever_it_is),
        T(an_answer_that_nobody_takes_is_lost_once),
        T(what_takes_too_long_is_lost_too),
        T(what_the_end_of_the_worker_cuts_off_is_lost_too),
        T(a_fast_worker_answers_no_slow_request_whatever_its_body),
        T(who_has_sent_all_is_answered_and_who_has_gone_is_not),
        T(a_slow_request_that_waited_too_long_is_told_so),
        T(what_one_request_has_waited_is_not_held_against_the_next),
        T(where_there_is_no_slow_worker_slow_requests_are_told_so_at_once),
    };
    return cmocka_run_group_tests(tests, bench_start, server_stop);
}
