/* proc/serve: requests that write are on the disk together before any of them is answered. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "auth/audit.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bench.h"
#include "unit.h"

#define SMALL "{\"title\":\"small\"}"

struct visitor {
    const char *token;
    const char *tasks; /* their path */
};

static struct visitor visitor(struct bench *bench)
{
    static unsigned number;
    const char *email = mem_printf(bench, "writer%u@example.org", number++);
    const char *id = NULL;
    const char *token = server_sign_up(bench->server, email, &id);

    return (struct visitor){.token = token, .tasks = mem_printf(bench, "/api/%s/tasks", id)};
}

/* Brings a request on a connection of its own, which the worker does not look at yet. Its place. */
static size_t bring(struct bench *bench, const char *method, const struct visitor *who,
                    const char *body)
{
    bench_connect(bench);
    const struct buf *request = bench_json(bench, method, who->tasks, who->token, body);
    assert_int_equal(send(bench->web, request->data, request->len, MSG_NOSIGNAL), request->len);
    return bench->count - 1;
}

static struct conn *nth(const struct bench *bench, size_t place)
{
    struct conn *conn = bench->serving->conns->first;

    while (place-- > 0) {
        conn = conn->next;
    }
    return conn;
}

static bool is_answered(const struct bench *bench, size_t place)
{
    char byte;

    return recv(bench->webs[place], &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void assert_status(struct bench *bench, size_t place, const char *status)
{
    bench->web = bench->webs[place];
    assert_non_null(strstr(bench_received(bench), mem_printf(bench, "Status: %s", status)));
}

static const char *kept(struct bench *bench)
{
    return server_count(bench->server, "tasks", "1");
}

static void an_answer_waits_until_all_of_its_group_is_written(void **state)
{
    struct bench *bench = *state;
    const struct visitor one = visitor(bench), other = visitor(bench);
    const char *before = kept(bench);

    bring(bench, "POST", &one, SMALL);
    bring(bench, "POST", &other, SMALL);
    bring(bench, "POST", &one, "{\"title\":1}");
    for (size_t i = 0; i < 3; i++) {
        serve_ready(bench->serving, nth(bench, i), NOW);
    }
    for (size_t i = 0; i < 3; i++) {
        assert_false(is_answered(bench, i));
    }
    assert_string_equal(kept(bench), before);
    serve_writers(bench->serving, NOW);
    assert_status(bench, 0, "201");
    assert_status(bench, 1, "201");
    assert_status(bench, 2, "422");
    assert_int_equal(atoi(kept(bench)), atoi(before) + 2);
    assert_lost(0, 0);
}

static void who_comes_while_a_group_waits_for_its_turn_is_served_with_it(void **state)
{
    struct bench *bench = *state;
    const struct visitor one = visitor(bench);

    bring(bench, "POST", &one, SMALL);
    bring(bench, "POST", &one, SMALL);
    bring(bench, "GET", &one, "");
    serve_ready(bench->serving, nth(bench, 0), NOW);
    serve_writers(bench->serving, NOW);
    assert_status(bench, 0, "201");
    assert_status(bench, 1, "201");
    assert_status(bench, 2, "200");
    assert_lost(0, 0);
}

static void a_request_that_reads_waits_for_nobody(void **state)
{
    struct bench *bench = *state;
    const struct visitor one = visitor(bench);

    bring(bench, "POST", &one, SMALL);
    bring(bench, "GET", &one, "");
    serve_ready(bench->serving, nth(bench, 0), NOW);
    serve_ready(bench->serving, nth(bench, 1), NOW);
    assert_false(is_answered(bench, 0));
    assert_status(bench, 1, "200");
    serve_writers(bench->serving, NOW);
    assert_status(bench, 0, "201");
}

static void who_hangs_up_in_a_group_is_forgotten_and_the_others_are_answered(void **state)
{
    struct bench *bench = *state;
    const struct visitor one = visitor(bench);

    bring(bench, "POST", &one, SMALL);
    bring(bench, "POST", &one, SMALL);
    bench_connect(bench);
    serve_ready(bench->serving, nth(bench, 0), NOW);
    serve_ready(bench->serving, nth(bench, 1), NOW);
    shutdown(bench->webs[0], SHUT_RDWR);
    shutdown(bench->webs[2], SHUT_RDWR);
    serve_writers(bench->serving, NOW);
    assert_status(bench, 1, "201");
    assert_int_equal(bench->serving->conns->count, 1);
    assert_lost(0, 1);
}

static off_t log_size(struct bench *bench)
{
    struct stat status;
    const char *log = mem_printf(bench, "%s-wal", bench->server->config.database);

    assert_int_equal(stat(log, &status), 0);
    return status.st_size;
}

/* A task that takes ten pages. */
static const char *big(struct bench *bench)
{
    struct buf *body = buf_new(bench);

    buf_puts(body, "{\"title\":\"big\",\"description\":\"");
    for (int i = 0; i < 10000; i++) {
        buf_puts(body, "\xf0\x9f\x8d\x8e");
    }
    buf_puts(body, "\"}");
    return body->data;
}

/* Serves what was brought while the disk has room for PAGES. */
static void serve_with_room(struct bench *bench, rlim_t pages)
{
    struct rlimit all, few;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
    few = (struct rlimit){.rlim_cur = (rlim_t)log_size(bench) + pages * 4500,
                          .rlim_max = all.rlim_max};
    for (size_t i = 0; i < bench->count; i++) {
        serve_ready(bench->serving, nth(bench, i), NOW);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &few), 0);
    serve_writers(bench->serving, NOW);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
}

/* For some of a group, and not for all of it. */
static void a_request_for_which_there_is_no_room_takes_no_other_with_it(void **state)
{
    struct bench *bench = *state;
    const struct visitor one = visitor(bench);
    const char *before = kept(bench);

    server_sql(bench->server, "PRAGMA wal_checkpoint(TRUNCATE)");
    bring(bench, "POST", &one, SMALL);
    bring(bench, "POST", &one, big(bench));
    bring(bench, "POST", &one, SMALL);
    serve_with_room(bench, 7);
    assert_status(bench, 0, "201");
    assert_status(bench, 1, "503");
    assert_status(bench, 2, "201");
    assert_int_equal(atoi(kept(bench)), atoi(before) + 2);
}

/* A row is made for a user whose token comes from elsewhere; with the group it is lost at first. */
static void an_event_is_logged_once_also_when_its_group_failed(void **state)
{
    struct bench *bench = *state;
    const struct visitor one = visitor(bench);
    const struct visitor fresh = {.token = server_token(bench->server, "usr_fresh"),
                                  .tasks = "/api/usr_fresh/tasks"};
    struct metric_tables tables = {.route_count = 0};

    tables.events = audit_metrics(&tables.event_count);
    metric_open(&tables);
    server_sql(bench->server, "PRAGMA wal_checkpoint(TRUNCATE)");
    bring(bench, "POST", &fresh, SMALL);
    bring(bench, "POST", &one, big(bench));
    serve_with_room(bench, 14);
    assert_status(bench, 0, "201");
    assert_status(bench, 1, "503");
    assert_int_equal(metric_get(METRIC_AUTH_EVENTS, AUDIT_PROVISION_USER, 0), 1);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, bench_set_up, bench_tear_down)
    const struct CMUnitTest tests[] = {
        T(an_answer_waits_until_all_of_its_group_is_written),
        T(who_comes_while_a_group_waits_for_its_turn_is_served_with_it),
        T(a_request_that_reads_waits_for_nobody),
        T(who_hangs_up_in_a_group_is_forgotten_and_the_others_are_answered),
        T(a_request_for_which_there_is_no_room_takes_no_other_with_it),
        T(an_event_is_logged_once_also_when_its_group_failed),
    };
    return cmocka_run_group_tests(tests, bench_start, server_stop);
}
