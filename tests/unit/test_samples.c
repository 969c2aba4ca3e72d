/* cli/samples and cli/frame: pages of metrics are read, compared and shown. */
#include <stdlib.h>

#include "base/mem.h"
#include "cli/frame.h"
#include "cli/samples.h"
#include "unit.h"

static int set_up(void **state)
{
    *state = mem_context(NULL);
    return 0;
}

static int tear_down(void **state)
{
    talloc_free(*state);
    return 0;
}

static struct samples *parsed(void *ctx, const char *text)
{
    struct samples *samples = NULL;

    assert_int_equal(samples_parse(ctx, text, &samples), ERR_OK);
    return samples;
}

static void assert_near(double value, double expected)
{
    double difference = value - expected;

    assert_true(difference < 1e-9 && difference > -1e-9);
}

/* --- reading --- */

static void samples_are_names_labels_and_values(void **state)
{
    const struct samples *samples = parsed(*state, "# HELP a b\n"
                                                   "# TYPE a counter\n"
                                                   "a{x=\"1\",y=\"\"} 5\n"
                                                   "b 1.5\n"
                                                   "c{x=\"q\\\"b\\\\n\\nz\"} -2e3\n"
                                                   "d{} 7\n");

    assert_int_equal(samples->count, 4);
    assert_string_equal(samples->items[0].name, "a");
    assert_string_equal(samples_label(&samples->items[0], "x"), "1");
    assert_string_equal(samples_label(&samples->items[0], "y"), "");
    assert_string_equal(samples_label(&samples->items[0], "z"), "");
    assert_near(samples->items[0].value, 5);
    assert_near(samples->items[1].value, 1.5);
    assert_string_equal(samples_label(&samples->items[2], "x"), "q\"b\\n\nz");
    assert_near(samples->items[2].value, -2000);
    assert_near(samples->items[3].value, 7);
    assert_int_equal(parsed(*state, "")->count, 0);
}

static void what_is_not_of_the_format_is_refused(void **state)
{
    static const char *const texts[] = {
        "a 1",           "a\n",
        "a \n",          "a x\n",
        " a 1\n",        "a{ 1\n",
        "a{x} 1\n",      "a{x=} 1\n",
        "a{x=1} 1\n",    "a{x=\"1} 1\n",
        "a{x=\"1\\\n",   "a{x=\"1\"\n",
        "a{x=\"1\"}1\n", "a{x=\"1\";} 1\n",
        "{x=\"1\"} 1\n", "a 1 2\n",
        "a NaN\n",       "a 1e999\n",
        "<html>\n",      "\n",
        "a{=\"1\"} 1\n", "a{b=\"1\",c=\"1\",d=\"1\",e=\"1\",f=\"1\"} 1\n",
    };

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct samples *samples = NULL;
        print_message("  %s", texts[i]);
        assert_int_equal(samples_parse(*state, texts[i], &samples), ERR_BAD_VALUE);
        assert_null(samples);
    }
}

/* --- differences --- */

static void growth_is_the_difference_or_what_began_anew(void **state)
{
    const struct samples_pair pair = {
        .before = parsed(*state, "a{x=\"1\"} 5\na{x=\"2\"} 9\n"),
        .now = parsed(*state, "a{x=\"3\"} 2\na{x=\"2\"} 4\na{x=\"1\"} 7\nab 50\n"),
    };
    const struct samples_pair whole = {.now = pair.now};

    assert_near(samples_total(&pair, "a", "x", "1"), 2);
    assert_near(samples_total(&pair, "a", "x", "2"), 4); /* the server began anew */
    assert_near(samples_total(&pair, "a", "x", "3"), 2); /* the series did */
    assert_near(samples_total(&pair, "a", NULL, NULL), 8);
    assert_near(samples_total(&pair, "a", "x", "4"), 0);
    assert_near(samples_total(&whole, "a", NULL, NULL), 13);
    assert_near(samples_now(&pair, "a"), 13);
    assert_near(samples_now(&pair, "b"), 0);
}

#define BUCKETS(a, b, c, d)                                                                        \
    "h_bucket{le=\"+Inf\"} " #d "\nh_bucket{le=\"0.1\"} " #a "\nh_bucket{le=\"10\"} " #c           \
    "\nh_bucket{le=\"2.5\"} " #b "\n"

static double quantile_of(void *ctx, const char *now, const char *before, double quantile)
{
    const struct samples_pair pair = {
        .now = parsed(ctx, now),
        .before = before == NULL ? NULL : parsed(ctx, before),
    };
    const struct samples_histogram histogram = samples_buckets(&pair, "h_bucket", NULL, NULL);

    return samples_quantile(&histogram, quantile);
}

static void quantiles_are_those_of_prometheus(void **state)
{
    /* 10 up to 0.1, 30 up to 2.5, 10 up to 10, 50 above. */
    static const char page[] = BUCKETS(10, 40, 50, 100);

    assert_near(quantile_of(*state, page, NULL, 0.05), 0.05);
    assert_near(quantile_of(*state, page, NULL, 0.1), 0.1);
    assert_near(quantile_of(*state, page, NULL, 0.25), 0.1 + 2.4 / 2);
    assert_near(quantile_of(*state, page, NULL, 0.45), 2.5 + 7.5 / 2);
    assert_near(quantile_of(*state, page, NULL, 0.99), 10); /* more is not known */
    assert_true(quantile_of(*state, BUCKETS(0, 0, 0, 0), NULL, 0.5) < 0);
    assert_true(quantile_of(*state, "a 1\n", NULL, 0.5) < 0);
    /* Of what came since: 10 in the second bucket. */
    assert_near(quantile_of(*state, BUCKETS(10, 50, 60, 110), page, 0.5), 0.1 + 2.4 / 2);
}

/* --- frames --- */

#define SERVED(status, count)                                                                      \
    "taskgate_http_requests_total{method=\"GET\",route=\"/a\",status=\"" #status "\"} " #count "\n"
#define OTHER(count)                                                                               \
    "taskgate_http_requests_total{method=\"POST\",route=\"/b\",status=\"201\"} " #count "\n"
#define EVENT(event, result, count)                                                                \
    "taskgate_auth_events_total{event=\"" event "\",result=\"" result "\"} " #count "\n"
#define SLOW(queued, refused)                                                                      \
    "taskgate_slow_requests_total{result=\"queued\"} " #queued "\n"                                \
    "taskgate_slow_requests_total{result=\"refused\"} " #refused "\n"                              \
    "taskgate_slow_wait_seconds_bucket{le=\"0.1\"} " #queued "\n"                                  \
    "taskgate_slow_wait_seconds_bucket{le=\"+Inf\"} " #queued "\n"
#define START "process_start_time_seconds 1000\ntaskgate_build_info{version=\"9.8.7\"} 1\n"

static const char before[] = START SERVED(200, 100) SERVED(500, 0) OTHER(1000)
    EVENT("sign-in", "success", 10) EVENT("sign-in", "wrong-password", 0);
static const char now[] =
    START SERVED(200, 150) SERVED(500, 10) OTHER(1010) EVENT("sign-in", "success", 30)
        EVENT("sign-in", "wrong-password", 5) EVENT("sign-in", "limited", 5)
            EVENT("letter", "limited", 10) "taskgate_worker_exits_total{reason=\"stopped\"} 4\n"
                                           "taskgate_worker_exits_total{reason=\"SIGKILL\"} 2\n"
                                           "taskgate_workers_resident_memory_bytes 10485760\n"
                                           "taskgate_workers 3\n"
                                           "taskgate_workers_alive 3\n"
                                           "taskgate_slow_workers 1\n"
                                           "taskgate_http_requests_in_flight 2\n" SLOW(
                                               15, 2) "taskgate_schema_ready 1\n";

static struct frame *frame_of(void *ctx, const char *then)
{
    const struct samples_pair pair = {
        .now = parsed(ctx, now),
        .before = then == NULL ? NULL : parsed(ctx, then),
    };

    return frame_new(ctx, &pair, 10, 2000);
}

static void rates_are_over_the_window(void **state)
{
    const struct frame *frame = frame_of(*state, before);

    assert_near(frame->requests, 7);
    assert_near(frame->total, 1170);
    assert_near(frame->statuses[2], 6);
    assert_near(frame->statuses[5], 1);
    assert_near(frame->sign_in.success, 2);
    assert_near(frame->sign_in.failure, 1);
    assert_near(frame->limited, 1.5);
    assert_near(frame->uptime, 1000);
    assert_string_equal(frame->version, "9.8.7");
    assert_near(frame->died, 2);
    assert_true(frame->schema_ready && !frame->draining && !frame->is_whole);
    assert_true(frame->times.half < 0);
}

static void without_an_older_page_rates_are_over_all_of_the_uptime(void **state)
{
    const struct frame *frame = frame_of(*state, NULL);

    assert_true(frame->is_whole);
    assert_near(frame->requests, 1.17);
    assert_near(frame->window, 1000);
}

static void the_busiest_route_is_the_first(void **state)
{
    const struct frame *frame = frame_of(*state, before);

    assert_int_equal(frame->route_count, 2);
    assert_string_equal(frame->routes[0].route, "/a");
    assert_near(frame->routes[0].rate, 6);
    assert_near(frame->routes[0].failed, 1);
    assert_near(frame->routes[0].total, 160);
    assert_string_equal(frame->routes[1].method, "POST");
    frame = frame_of(*state, NULL);
    assert_string_equal(frame->routes[0].route, "/b");
}

static void a_page_has_no_more_lines_and_columns_than_the_terminal(void **state)
{
    static const size_t sizes[][2] = {{24, 80}, {1, 1}, {3, 20}, {200, 300}, {0, 5}, {5, 45}};
    const struct frame *frame = frame_of(*state, before);

    for (size_t i = 0; i < COUNT(sizes); i++) {
        const struct frame_style style = {
            .rows = sizes[i][0], .columns = sizes[i][1], .bar = "", .alarm = "", .plain = ""};
        struct buf *out = buf_new(*state);
        size_t lines = 0;
        frame_draw(out, frame, &style);
        for (const char *line = out->data; *line != '\0'; line = strchr(line, '\n') + 1) {
            assert_true(strcspn(line, "\n") <= style.columns);
            lines++;
        }
        assert_true(lines <= style.rows);
    }
}

static const char *drawn(void *ctx, size_t columns)
{
    const struct frame_style style = {
        .rows = 24, .columns = columns, .bar = "[", .alarm = "<", .plain = ">"};
    struct buf *out = buf_new(ctx);

    frame_draw(out, frame_of(ctx, before), &style);
    return out->data;
}

static void assert_lines(const char *page, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        print_message("  %s", lines[i]);
        assert_non_null(strstr(page, lines[i]));
    }
}

static void a_page_of_80_columns_shows_all_numbers_and_marks_what_is_wrong(void **state)
{
    static const char *const lines[] = {
        "[taskgate 9.8.7  ready  up 0d 00:16:40                per second in the last 10 s>\n",
        "\nRequests  all          7.0  half in        -  99% in         -  total       1170\n",
        "\n          2xx          6.0  3xx          0.0  4xx          0.0  <5xx          1.0>\n",
        "\nSign-ins  good         2.0  refused      1.0  limited      1.5  sign-outs    0.0\n",
        "\nSign-ups  good         0.0  refused      0.0  letters      0.0  <not sent     1.0>\n",
        "\nSlow work queued       1.5  half in     50ms  99% in      99ms  <refused      0.2>\n",
        "\nWorkers   alive        3/3  busy           2  slow ones      1  memory       10M\n",
        "\n          started        0  <died           2>  reloads        0  failed         0\n",
        "\n[ROUTE                                 REQ/S  5XX/S   HALF IN    99% IN     TOTAL>\n",
        "\n<GET    /a                               6.0    1.0         -         -       160>\n",
        "\nPOST   /b                               1.0    0.0         -         -      1010\n",
    };

    assert_lines(drawn(*state, 80), lines, COUNT(lines));
}

static void a_wider_page_is_filled_up_to_120_columns(void **state)
{
    static const char *const lines[] = {
        "\nSign-ins  good                   2.0  refused                1.0  "
        "limited                1.5  sign-outs              0.0\n",
    };

    assert_lines(drawn(*state, 120), lines, COUNT(lines));
    assert_lines(drawn(*state, 200), lines, COUNT(lines));
}

static void no_route_commands_the_terminal(void **state)
{
    const struct samples_pair pair = {
        .now = parsed(*state, "taskgate_http_requests_total"
                              "{method=\"GET\",route=\"\x1b[2J\\n\",status=\"200\"} 1\n")};
    const struct frame_style style = {
        .rows = 24, .columns = 80, .bar = "", .alarm = "", .plain = ""};
    struct buf *out = buf_new(*state);

    frame_draw(out, frame_new(*state, &pair, 1, 1), &style);
    assert_null(strchr(out->data, '\x1b'));
    assert_non_null(strstr(out->data, "\\x1b[2J\\x0a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        T(samples_are_names_labels_and_values),
        T(what_is_not_of_the_format_is_refused),
        T(growth_is_the_difference_or_what_began_anew),
        T(quantiles_are_those_of_prometheus),
        T(rates_are_over_the_window),
        T(without_an_older_page_rates_are_over_all_of_the_uptime),
        T(the_busiest_route_is_the_first),
        T(a_page_has_no_more_lines_and_columns_than_the_terminal),
        T(a_page_of_80_columns_shows_all_numbers_and_marks_what_is_wrong),
        T(a_wider_page_is_filled_up_to_120_columns),
        T(no_route_commands_the_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
