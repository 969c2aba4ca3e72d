/* proc/conns and proc/serve: how many connections a worker has, for how long, and who gets them
 * from it. */
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "unit.h"

/* --- connections that go from one worker to another --- */

/* The worker leaves, and is then another one that takes what it left. */
static void change_workers(struct bench *bench, int64_t now)
{
    bench->serving->leaving = true;
    serve_leave(bench->serving);
    assert_no_connection(bench);
    bench->serving->leaving = false;
    serve_handed(bench->serving, &bench->serving->idle, now);
    assert_int_equal(bench->serving->conns->count, 1);
}

/* Web servers keep them for a minute and more, and lose a request that meets the end of one. */
static void a_kept_connection_may_rest_wherever_it_goes(void **state)
{
    struct bench *bench = *state;

    bench_connect(bench);
    bench_send(bench, bench_request(bench, "GET", "/", 0));
    assert_non_null(strstr(bench_received(bench), "Status: 200"));
    change_workers(bench, NOW);
    change_workers(bench, NOW);
    serve_expire(bench->serving, LATE + CLOCK_HOUR);
    assert_int_equal(bench->serving->conns->count, 1);
    bench_send(bench, bench_request(bench, "GET", "/", 0));
    assert_non_null(strstr(bench_received(bench), "Status: 200"));
}

static void a_silent_connection_gets_no_more_time_elsewhere(void **state)
{
    struct bench *bench = *state;

    bench_connect(bench);
    change_workers(bench, LATE - 1);
    serve_expire(bench->serving, LATE + CLOCK_SECOND);
    assert_no_connection(bench);
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

    bench_connect(bench);
    bench_send(bench, bench_request(bench, "GET", "/", 0));
    assert_non_null(strstr(bench_received(bench), "Status: 200"));
    int waiting = bench_dial(bench);
    struct rlimit before = forbid(waiting + 1);
    serve_accept(bench->serving, 1, NOW);
    serve_make_room(bench->serving, NOW);
    serve_accept(bench->serving, 1, NOW);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_string_equal(bench_received(bench), "");
    assert_int_equal(bench->serving->conns->count, 1);
    bench->web = waiting;
    bench_send(bench, bench_request(bench, "GET", "/", 0));
    assert_non_null(strstr(bench_received(bench), "Status: 200"));
    close(waiting);
}

static void a_connection_waits_while_all_others_are_at_work(void **state)
{
    struct bench *bench = *state;

    bench_connect(bench);
    bench_send_part(bench, bench_request(bench, "GET", "/", 0), 40);
    int waiting = bench_dial(bench);
    struct rlimit before = forbid(waiting + 1);
    serve_accept(bench->serving, 1, NOW);
    serve_make_room(bench->serving, NOW);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(bench->serving->conns->count, 1);
    assert_true(bench->serving->accept_from > NOW);
    serve_accept(bench->serving, 1, NOW);
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
        bench_connect(bench);
        serve_make_room(bench->serving, NOW);
        assert_int_equal(conns->count, i + 1);
    }
    assert_false(conns_have_room(conns)); /* they have brought nothing yet, but they will */
    bench_send(bench, bench_request(bench, "GET", "/", 0));
    assert_non_null(strstr(bench_received(bench), "Status: 200"));
    assert_true(conns_have_room(conns));
    int kept = bench->web;
    bench_connect(bench);
    assert_false(conns_have_room(conns)); /* one at a time */
    serve_make_room(bench->serving, NOW);
    assert_int_equal(conns->count, 3);
    assert_false(conns_have_room(conns));
    assert_true(bench->serving->accept_from > NOW); /* another worker may have room */
    bench->web = kept;
    assert_string_equal(bench_received(bench), "");
    assert_lost(0, 0);
}

static void several_connections_are_taken_at_once_but_no_more_than_there_is_room_for(void **state)
{
    struct bench *bench = *state;
    struct conns *conns = bench->serving->conns;
    int waiting[6];

    conns->max = 4;
    for (size_t i = 0; i < COUNT(waiting); i++) {
        waiting[i] = bench_dial(bench);
    }
    serve_accept(bench->serving, 3, NOW);
    assert_int_equal(conns->count, 3);
    serve_accept(bench->serving, 3, NOW);
    assert_int_equal(conns->count, 4);
    conns->max = 10;
    serve_accept(bench->serving, 10, NOW); /* until the queue is empty */
    assert_int_equal(conns->count, COUNT(waiting));
    for (size_t i = 0; i < COUNT(waiting); i++) {
        close(waiting[i]);
    }
}

static void whose_next_request_has_come_keeps_his_place(void **state)
{
    struct bench *bench = *state;
    int webs[2];

    bench->serving->conns->max = 2;
    for (size_t i = 0; i < COUNT(webs); i++) {
        bench_connect(bench);
        bench_send(bench, bench_request(bench, "GET", "/", 0));
        assert_non_null(strstr(bench_received(bench), "Status: 200"));
        webs[i] = bench->web;
    }
    assert_int_equal(send(webs[0], "\1", 1, MSG_NOSIGNAL), 1);
    bench_connect(bench);
    serve_make_room(bench->serving, NOW);
    assert_int_equal(bench->serving->conns->count, 2);
    assert_int_equal(recv(webs[0], &(char){0}, 1, MSG_DONTWAIT), -1); /* it is open */
    assert_int_equal(recv(webs[1], &(char){0}, 1, MSG_DONTWAIT), 0);
}

/* What the kernel cannot give to a process it closes. */
static void a_connection_that_no_descriptor_is_left_for_waits_for_one(void **state)
{
    struct bench *bench = *state;
    struct handed handed;

    bench_connect(bench);
    bench->serving->leaving = true;
    serve_leave(bench->serving);
    bench->serving->leaving = false;
    int last = dup(bench->listener);
    struct rlimit before = forbid(last + 1);
    enum err error = handover_take(bench->worker.channels.idle, bench, &handed);
    serve_handed(bench->serving, &bench->serving->idle, NOW);
    serve_make_room(bench->serving, NOW);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(error, ERR_BUSY);
    assert_no_connection(bench);
    assert_true(bench->serving->accept_from > NOW);
    serve_handed(bench->serving, &bench->serving->idle, NOW);
    assert_int_equal(bench->serving->conns->count, 1);
    bench_send(bench, bench_request(bench, "GET", "/", 0));
    assert_non_null(strstr(bench_received(bench), "Status: 200"));
    assert_int_equal(handover_take(bench->worker.channels.idle, bench, &handed), ERR_NOT_FOUND);
    close(last);
}

static void a_limit_that_leaves_no_worker_a_connection_is_told(void **state)
{
    struct bench *bench = *state;
    int lowest = dup(bench->listener);

    close(lowest);
    for (int i = 0; i < 2 * 8; i++) {
        int closed = i / 8, more = i % 8; /* above what is open */
        bool enough = more + closed >= 7;
        struct buf *problem = buf_new(bench);
        struct rlimit before = forbid(lowest + more);
        enum err error = conns_check_limit(closed, problem);
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(error, enough ? ERR_OK : ERR_CONFIG);
        assert_int_equal(strstr(problem->data, "limit of open files") != NULL, !enough);
        const char *least = mem_printf(bench, "to %d at least", lowest + 7 - closed);
        assert_int_equal(strstr(problem->data, least) != NULL, !enough);
    }
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        T(a_kept_connection_may_rest_wherever_it_goes),
        T(a_silent_connection_gets_no_more_time_elsewhere),
        T(a_new_connection_takes_the_place_of_one_that_waits_for_nothing),
        T(a_connection_waits_while_all_others_are_at_work),
        T(as_many_connections_as_there_may_be),
        T(several_connections_are_taken_at_once_but_no_more_than_there_is_room_for),
        T(whose_next_request_has_come_keeps_his_place),
        T(a_connection_that_no_descriptor_is_left_for_waits_for_one),
        T(a_limit_that_leaves_no_worker_a_connection_is_told),
    };
    return cmocka_run_group_tests(tests, bench_start, server_stop);
}
