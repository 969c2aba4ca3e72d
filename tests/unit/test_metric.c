/* base/metric: what is counted by whom, and the page that Prometheus reads. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "unit.h"

static const struct metric_pair routes[] = {
    {"GET", "/api/tasks"},
    {"POST", "/api/tasks"},
    {"GET", "a \"quote\", a \\ and\na line"},
};

static const struct metric_pair events[] = {{"sign-in", "success"}, {"sign-in", "limited"}};

static const struct metric_tables tables = {
    .routes = routes,
    .route_count = COUNT(routes),
    .events = events,
    .event_count = COUNT(events),
};

static int open_metrics(void **state)
{
    *state = mem_context(NULL);
    metric_open(&tables);
    return 0;
}

static int free_context(void **state)
{
    talloc_free(*state);
    return 0;
}

static const char *page_of(void *ctx)
{
    struct buf *page = buf_new(ctx);

    metric_print(page);
    assert_int_equal(page->len, strlen(page->data));
    return page->data;
}

/* Whether TEXT is a whole line of the page. */
static bool has_line(void *ctx, const char *text)
{
    const char *line = mem_printf(ctx, "\n%s\n", text);
    const char *page = page_of(ctx);

    return strstr(page, line) != NULL || strncmp(page, line + 1, strlen(line + 1)) == 0;
}

#define assert_line(text)    assert_true(has_line(*state, (text)))
#define assert_no_line(text) assert_false(has_line(*state, (text)))

static void before_it_is_opened_nothing_is_counted(void **state)
{
    (void)state;
    metric_count(METRIC_TOKENS, METRIC_TOKEN_VALID, 0);
    metric_count_name(METRIC_DB_ERRORS, "23");
    metric_observe(METRIC_SLOW_WAIT, 0, 5);
    metric_set(METRIC_DRAINING, 1);
    metric_note(METRIC_NOTE_DB_FAILED, 7);
    metric_note(METRIC_NOTE_DB_FAILED, 0);
    int seat = metric_seat_take();
    assert_int_equal(seat, -1);
    metric_seat_use(seat);
    metric_seat_set(METRIC_SEAT_BUSY, true);
    metric_seat_started(seat, 1);
    metric_seat_free(seat);
    assert_int_equal(metric_get(METRIC_TOKENS, METRIC_TOKEN_VALID, 0), 0);
    assert_int_equal(metric_get(METRIC_HTTP_IN_FLIGHT, 0, 0), 0);
    assert_int_equal(metric_noted(METRIC_NOTE_DB_FAILED), 0);
}

static void a_count_is_in_its_own_series_and_no_other(void **state)
{
    metric_count(METRIC_HTTP_REQUESTS, 1, metric_status(404));
    metric_count(METRIC_HTTP_REQUESTS, 1, metric_status(404));
    metric_count(METRIC_HTTP_REQUESTS, 0, metric_status(200));
    assert_line("taskgate_http_requests_total"
                "{method=\"POST\",route=\"/api/tasks\",status=\"404\"} 2");
    assert_line("taskgate_http_requests_total"
                "{method=\"GET\",route=\"/api/tasks\",status=\"200\"} 1");
    assert_int_equal(metric_get(METRIC_HTTP_REQUESTS, 0, metric_status(404)), 0);
    assert_int_equal(metric_get(METRIC_HTTP_REQUESTS, 1, metric_status(200)), 0);
}

static void small_tables_are_on_the_page_before_anything_was_counted(void **state)
{
    assert_line("# TYPE taskgate_token_verifications_total counter");
    assert_line("taskgate_token_verifications_total{result=\"valid\"} 0");
    assert_line("taskgate_token_verifications_total{result=\"unavailable\"} 0");
    assert_line("taskgate_auth_events_total{event=\"sign-in\",result=\"limited\"} 0");
    assert_line("taskgate_db_reconnects_total 0");
    assert_line("taskgate_build_info{version=\"" VERSION "\"} 1");
    assert_line("taskgate_draining 0");
    assert_null(strstr(page_of(*state), "taskgate_http_requests_total{"));
    assert_null(strstr(page_of(*state), "taskgate_http_request_duration_seconds_count{"));
    assert_null(strstr(page_of(*state), "taskgate_http_errors_total{"));
    assert_line("taskgate_db_errors_total{class=\"FULL\"} 0");
}

static void labels_and_help_are_escaped(void **state)
{
    metric_count(METRIC_HTTP_REQUESTS, 2, metric_status(200));
    assert_line("taskgate_http_requests_total{method=\"GET\","
                "route=\"a \\\"quote\\\", a \\\\ and\\na line\",status=\"200\"} 1");
}

/* Each line is a comment of the two kinds or a sample, and every name belongs to a family. */
static void each_line_of_the_page_has_the_form_of_the_format(void **state)
{
    char family[128] = "", value[64];

    metric_observe(METRIC_HTTP_DURATION, 0, 1);
    const char *page = page_of(*state);
    for (const char *line = page; *line != '\0'; line = strchr(line, '\n') + 1) {
        char name[128], kind[16];
        assert_non_null(strchr(line, '\n'));
        if (sscanf(line, "# HELP %127s %15s", name, kind) == 2) {
            memcpy(family, name, sizeof family);
            continue;
        }
        if (sscanf(line, "# TYPE %127s %15s", name, kind) == 2) {
            assert_string_equal(name, family);
            assert_true(strcmp(kind, "counter") == 0 || strcmp(kind, "gauge") == 0 ||
                        strcmp(kind, "histogram") == 0);
            bool total = strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0;
            assert_int_equal(total, strcmp(kind, "counter") == 0);
            continue;
        }
        assert_int_equal(strncmp(line, family, strlen(family)), 0);
        const char *end = strchr(line, '\n');
        const char *space = memrchr(line, ' ', (size_t)(end - line));
        assert_non_null(space);
        assert_int_equal(sscanf(space, " %63[-0-9.]", value), 1);
        assert_ptr_equal(space + 1 + strlen(value), end);
    }
}

static void an_observation_is_in_the_bucket_of_its_bound(void **state)
{
    static const struct {
        int64_t nanoseconds;
        const char *le, *below; /* the smallest bucket that has it, and the largest without */
    } edges[] = {
        {0, "0.0001", NULL},
        {-5, "0.0001", NULL}, /* a clock that went back would be a bug, not a crash */
        {100000, "0.0001", NULL},
        {100001, "0.00025", "0.0001"},
        {1000000, "0.001", "0.0005"},
        {1000001, "0.0025", "0.001"},
        {999999999, "1", "0.5"},
        {INT64_C(10000000000), "10", "5"},
        {INT64_C(10000000001), "+Inf", "10"},
        {INT64_C(86400000000000), "+Inf", "10"},
    };
    static const char *const name = "taskgate_http_request_duration_seconds_bucket"
                                    "{method=\"GET\",route=\"/api/tasks\",le=\"%s\"} %d";

    for (size_t i = 0; i < COUNT(edges); i++) {
        metric_open(&tables);
        metric_observe(METRIC_HTTP_DURATION, 0, edges[i].nanoseconds);
        assert_line(mem_printf(*state, name, edges[i].le, 1));
        assert_line(mem_printf(*state, name, "+Inf", 1));
        if (edges[i].below != NULL) {
            assert_line(mem_printf(*state, name, edges[i].below, 0));
        }
    }
}

static void buckets_are_cumulated_and_the_sum_is_in_seconds(void **state)
{
    metric_observe(METRIC_SLOW_WAIT, 0, 100000);
    metric_observe(METRIC_SLOW_WAIT, 0, 300000);
    metric_observe(METRIC_SLOW_WAIT, 0, INT64_C(20000000001));
    assert_line("taskgate_slow_wait_seconds_bucket{le=\"0.0001\"} 1");
    assert_line("taskgate_slow_wait_seconds_bucket{le=\"0.00025\"} 1");
    assert_line("taskgate_slow_wait_seconds_bucket{le=\"0.0005\"} 2");
    assert_line("taskgate_slow_wait_seconds_bucket{le=\"10\"} 2");
    assert_line("taskgate_slow_wait_seconds_bucket{le=\"+Inf\"} 3");
    assert_line("taskgate_slow_wait_seconds_sum 20.000400001");
    assert_line("taskgate_slow_wait_seconds_count 3");
}

static void what_is_not_in_a_table_is_not_counted(void **state)
{
    const char *before = page_of(*state);

    metric_count(METRIC_HTTP_REQUESTS, COUNT(routes), 0);
    metric_count(METRIC_HTTP_REQUESTS, 0, 1000);
    metric_count(METRIC_HTTP_REQUESTS, SIZE_MAX, SIZE_MAX);
    metric_count(METRIC_DB_RECONNECTS, 1, 0);
    metric_count(METRIC_COUNT, 0, 0);
    metric_observe(METRIC_HTTP_DURATION, COUNT(routes), 1);
    metric_observe(METRIC_TOKENS, 0, 1); /* not a histogram */
    assert_string_equal(page_of(*state), before);
}

static void names_that_no_table_has_are_counted_as_other(void **state)
{
    metric_count_name(METRIC_DB_ERRORS, "23");
    metric_count_name(METRIC_DB_ERRORS, "ZZ");
    metric_count_name(METRIC_DB_ERRORS, "");
    metric_count_name(METRIC_WORKER_EXITS, "SIGKILL");
    metric_count_name(METRIC_WORKER_EXITS, "SIGRTMIN");
    assert_line("taskgate_db_errors_total{class=\"23\"} 1");
    assert_line("taskgate_db_errors_total{class=\"other\"} 2");
    assert_line("taskgate_worker_exits_total{reason=\"SIGKILL\"} 1");
    assert_line("taskgate_worker_exits_total{reason=\"other\"} 1");
}

static void every_status_of_an_error_has_a_name(void **state)
{
    size_t other = metric_status(299);

    (void)state;
    for (int error = 0; error < ERR_COUNT; error++) {
        assert_int_not_equal(metric_status(err_info((enum err)error)->status), other);
    }
    assert_int_equal(metric_status(0), other);
    assert_int_not_equal(metric_status(201), metric_status(200));
}

static void errors_of_one_code_are_one_series(void **state)
{
    metric_count(METRIC_HTTP_ERRORS, ERR_UNAUTHORIZED, 0);
    metric_count(METRIC_HTTP_ERRORS, ERR_NO_SESSION, 0); /* the same status and code */
    metric_count(METRIC_HTTP_ERRORS, ERR_NO_SESSION, 0);
    metric_count(METRIC_HTTP_ERRORS, ERR_LIMITED, 0);
    assert_line("taskgate_http_errors_total{status=\"401\",code=\"UNAUTHORIZED\"} 3");
    assert_line("taskgate_http_errors_total{status=\"429\",code=\"TOO_MANY_REQUESTS\"} 1");
    const char *page = page_of(*state);
    const char *first = strstr(page, "code=\"UNAUTHORIZED\"");
    assert_null(strstr(first + 1, "code=\"UNAUTHORIZED\""));
}

static void times_are_seconds_with_milliseconds(void **state)
{
    metric_set(METRIC_STARTED_AT, INT64_C(1795218180123));
    metric_set(METRIC_RELOADED_AT, INT64_C(1795218180007));
    assert_line("process_start_time_seconds 1795218180.123");
    assert_line("taskgate_config_last_reload_success_timestamp_seconds 1795218180.007");
}

static void counters_go_on_beyond_32_bits(void **state)
{
    for (int i = 0; i < 3; i++) {
        metric_observe(METRIC_SLOW_WAIT, 0, INT64_C(4000000000000000000) / 2);
    }
    assert_line("taskgate_slow_wait_seconds_sum 6000000000.000000000");
}

/* --- several processes --- */

#define PROCESSES 8
#define ROUNDS    20000

static void count_often(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        metric_count(METRIC_HTTP_REQUESTS, 0, 0);
        metric_observe(METRIC_HTTP_DURATION, 0, 1000);
        metric_count_name(METRIC_DB_ERRORS, "40");
    }
}

static void what_many_processes_count_at_once_is_exact(void **state)
{
    for (int i = 0; i < PROCESSES; i++) {
        if (fork() == 0) {
            count_often();
            _exit(0);
        }
    }
    for (int i = 0, status; i < PROCESSES; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(metric_get(METRIC_HTTP_REQUESTS, 0, 0), PROCESSES * ROUNDS);
    assert_int_equal(metric_get(METRIC_HTTP_DURATION, 0, 0), PROCESSES * ROUNDS);
    assert_line("taskgate_db_errors_total{class=\"40\"} 160000");
    assert_line("taskgate_http_request_duration_seconds_sum"
                "{method=\"GET\",route=\"/api/tasks\"} 0.160000000");
}

/* A child that does as told by COUNT and then waits to be killed; comes back when it is there. */
static pid_t start_child(int seat)
{
    int ready[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        metric_seat_use(seat);
        metric_seat_set(METRIC_SEAT_BUSY, true);
        metric_seat_set(METRIC_SEAT_BUSY, false);
        metric_seat_set(METRIC_SEAT_BUSY, true);
        metric_count(METRIC_TOKENS, METRIC_TOKEN_EXPIRED, 0);
        if (write(ready[1], "", 1) == 1) {
            pause();
        }
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    metric_seat_started(seat, pid);
    return pid;
}

static void a_killed_process_leaves_its_counts_and_no_state(void **state)
{
    int seats[2] = {metric_seat_take(), metric_seat_take()};
    pid_t pids[2], seen[4];

    assert_true(seats[0] >= 0 && seats[1] >= 0 && seats[0] != seats[1]);
    for (int i = 0; i < 2; i++) {
        pids[i] = start_child(seats[i]);
    }
    assert_line("taskgate_workers_alive 2");
    assert_line("taskgate_http_requests_in_flight 2");
    assert_int_equal(metric_seat_pids(seen, COUNT(seen)), 2);
    assert_int_equal(seen[0], pids[0]);
    assert_int_equal(metric_seat_pids(seen, 1), 1);

    kill(pids[0], SIGKILL);
    assert_int_equal(waitpid(pids[0], NULL, 0), pids[0]);
    metric_seat_free(seats[0]);
    assert_line("taskgate_workers_alive 1");
    assert_line("taskgate_http_requests_in_flight 1");
    assert_line("taskgate_token_verifications_total{result=\"expired\"} 2");
    assert_int_equal(metric_seat_pids(seen, COUNT(seen)), 1);
    assert_int_equal(seen[0], pids[1]);

    assert_int_equal(metric_seat_take(), seats[0]); /* free, and without the old one's state */
    assert_line("taskgate_workers_alive 2");
    assert_line("taskgate_http_requests_in_flight 1");
    kill(pids[1], SIGKILL);
    assert_int_equal(waitpid(pids[1], NULL, 0), pids[1]);
}

static void more_workers_than_seats_are_not_seen_but_do_no_harm(void **state)
{
    int seat, count = 0;

    while ((seat = metric_seat_take()) >= 0) {
        count++;
    }
    assert_true(count >= 3 * 256);
    metric_seat_use(seat);
    metric_seat_set(METRIC_SEAT_BUSY, true);
    metric_seat_started(seat, getpid());
    metric_seat_free(seat);
    assert_line("taskgate_http_requests_in_flight 0");
    assert_int_equal(metric_get(METRIC_WORKERS_ALIVE, 0, 0), count);
}

static void notes_are_seen_until_they_are_changed(void **state)
{
    (void)state;
    assert_int_equal(metric_noted(METRIC_NOTE_DB_FAILED), 0);
    metric_note(METRIC_NOTE_DB_FAILED, 1234);
    assert_int_equal(metric_noted(METRIC_NOTE_DB_FAILED), 1234);
    assert_int_equal(metric_noted(METRIC_NOTE_BEAT), 0);
    metric_note(METRIC_NOTE_DB_FAILED, 0);
    assert_int_equal(metric_noted(METRIC_NOTE_DB_FAILED), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_it_is_opened_nothing_is_counted), /* first */
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_metrics, free_context)
        TEST(a_count_is_in_its_own_series_and_no_other),
        TEST(small_tables_are_on_the_page_before_anything_was_counted),
        TEST(labels_and_help_are_escaped),
        TEST(each_line_of_the_page_has_the_form_of_the_format),
        TEST(an_observation_is_in_the_bucket_of_its_bound),
        TEST(buckets_are_cumulated_and_the_sum_is_in_seconds),
        TEST(what_is_not_in_a_table_is_not_counted),
        TEST(names_that_no_table_has_are_counted_as_other),
        TEST(every_status_of_an_error_has_a_name),
        TEST(errors_of_one_code_are_one_series),
        TEST(times_are_seconds_with_milliseconds),
        TEST(counters_go_on_beyond_32_bits),
        TEST(what_many_processes_count_at_once_is_exact),
        TEST(a_killed_process_leaves_its_counts_and_no_state),
        TEST(more_workers_than_seats_are_not_seen_but_do_no_harm),
        TEST(notes_are_seen_until_they_are_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
