/* proc/ready: what makes a server unready, and the words for it. */
#include "base/json.h"
#include "base/mem.h"
#include "base/metric.h"
#include "proc/ready.h"
#include "unit.h"

#define NOW INT64_C(1000000)

static int seat;

/* A server that has nothing to complain about at NOW. */
static int well(void **state)
{
    *state = mem_context(NULL);
    metric_open(&(struct metric_tables){.route_count = 0});
    metric_note(METRIC_NOTE_BEAT, NOW - 1);
    metric_set(METRIC_SCHEMA_READY, 1);
    seat = metric_seat_take();
    return 0;
}

static int done(void **state)
{
    talloc_free(*state);
    return 0;
}

static void a_server_that_lacks_nothing_is_ready(void **state)
{
    (void)state;
    assert_int_equal(ready_live(NOW), READY);
    assert_int_equal(ready_before(NOW), READY);
}

static void a_master_that_shows_no_life_is_dead(void **state)
{
    (void)state;
    metric_note(METRIC_NOTE_BEAT, NOW - 29999);
    assert_int_equal(ready_live(NOW), READY);
    metric_note(METRIC_NOTE_BEAT, NOW - 30000);
    assert_int_equal(ready_live(NOW), READY_NOT_MASTER);
    assert_int_equal(ready_before(NOW), READY_NOT_MASTER);
    metric_note(METRIC_NOTE_BEAT, 0);
    assert_int_equal(ready_live(NOW), READY_NOT_MASTER);
}

static void a_server_that_is_stopped_lives_but_is_not_ready(void **state)
{
    (void)state;
    metric_set(METRIC_DRAINING, 1);
    assert_int_equal(ready_before(NOW), READY_NOT_DRAINING);
    assert_int_equal(ready_live(NOW), READY);
}

static void without_its_schema_no_server_is_ready(void **state)
{
    (void)state;
    metric_set(METRIC_SCHEMA_READY, 0);
    assert_int_equal(ready_before(NOW), READY_NOT_SCHEMA);
}

static void without_a_worker_no_server_is_ready(void **state)
{
    (void)state;
    metric_seat_free(seat);
    assert_int_equal(ready_before(NOW), READY_NOT_WORKERS);
}

static void a_write_that_failed_counts_for_ten_seconds_or_until_one_succeeds(void **state)
{
    (void)state;
    metric_note(METRIC_NOTE_DB_FAILED, NOW - 9999);
    assert_int_equal(ready_before(NOW), READY_NOT_WRITABLE);
    metric_note(METRIC_NOTE_DB_FAILED, NOW - 10000);
    assert_int_equal(ready_before(NOW), READY);
    metric_note(METRIC_NOTE_DB_FAILED, NOW);
    assert_int_equal(ready_before(NOW), READY_NOT_WRITABLE);
    metric_note(METRIC_NOTE_DB_FAILED, 0);
    assert_int_equal(ready_before(NOW), READY);
}

static void each_state_has_its_words(void **state)
{
    struct buf *out = buf_new(*state);
    struct json *json;
    struct json_string text = {.data = NULL};

    ready_print(out, READY, true);
    assert_string_equal(out->data, "{\"status\":\"live\"}\n");
    out = buf_new(*state);
    ready_print(out, READY, false);
    assert_string_equal(out->data, "{\"status\":\"ready\"}\n");
    for (enum ready ready = READY + 1; ready < READY_COUNT; ready++) {
        out = buf_new(*state);
        ready_print(out, ready, false);
        assert_int_equal(json_parse_object(*state, out->data, out->len, &json), ERR_OK);
        assert_int_equal(json_get_string(json, "status", &text), JSON_FOUND);
        assert_string_equal(text.data, "unavailable");
        assert_int_equal(json_get_string(json, "reason", &text), JSON_FOUND);
        assert_true(text.len > 0);
        assert_int_equal(json_get_string(json, "detail", &text), JSON_FOUND);
        assert_true(text.len > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, well, done)
        T(a_server_that_lacks_nothing_is_ready),
        T(a_master_that_shows_no_life_is_dead),
        T(a_server_that_is_stopped_lives_but_is_not_ready),
        T(without_its_schema_no_server_is_ready),
        T(without_a_worker_no_server_is_ready),
        T(a_write_that_failed_counts_for_ten_seconds_or_until_one_succeeds),
        T(each_state_has_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
