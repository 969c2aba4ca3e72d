#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "unit.h"

static void times_are_iso_8601_with_milliseconds(void **state)
{
    (void)state;
    static const struct {
        int64_t time;
        const char *text;
    } times[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {951782399999, "2000-02-28T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"},
        {1795218180123, "2026-11-20T23:43:00.123Z"},
        {2147483648000, "2038-01-19T03:14:08.000Z"},
        {4107542399000, "2100-02-28T23:59:59.000Z"},
        {4107542400000, "2100-03-01T00:00:00.000Z"},
        {CLOCK_MAX, "9999-12-31T23:59:59.999Z"},
        {CLOCK_MAX + 1, "9999-12-31T23:59:59.999Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999Z"},
        {-1, "1970-01-01T00:00:00.000Z"},
        {INT64_MIN, "1970-01-01T00:00:00.000Z"},
    };
    for (size_t i = 0; i < COUNT(times); i++) {
        char text[CLOCK_ISO_SIZE];
        clock_format(times[i].time, text);
        assert_string_equal(text, times[i].text);
    }
}

static void every_day_until_2400_is_that_of_the_c_library(void **state)
{
    (void)state;
    for (int64_t day = 0; day < 430 * 366; day++) {
        time_t seconds = (time_t)(day * 86400 + day % 86400);
        struct tm parts;
        char expected[32];
        char text[CLOCK_ISO_SIZE];
        int64_t parsed = 0;
        gmtime_r(&seconds, &parts);
        strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%S.000Z", &parts);
        clock_format((int64_t)seconds * 1000, text);
        assert_string_equal(text, expected);
        assert_true(clock_parse(text, strlen(text), &parsed));
        assert_int_equal(parsed, (int64_t)seconds * 1000);
    }
}

static void forms_of_databases_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time;
    } times[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01 00:00:00+00", 0},
        {"1970-01-01 00:00:00+00:00", 0},
        {"2026-11-20 23:43:00.123+00", 1795218180123},
        {"2026-11-20T23:43:00.1Z", 1795218180100},
        {"2026-11-20T23:43:00.12Z", 1795218180120},
        {"2026-11-20T23:43:00.123999999Z", 1795218180123},
        {"1969-12-31T23:59:59.999Z", -1},
    };
    for (size_t i = 0; i < COUNT(times); i++) {
        int64_t time = 42;
        assert_true(clock_parse(times[i].text, strlen(times[i].text), &time));
        assert_int_equal(time, times[i].time);
    }
}

static void everything_else_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "2026",
        "2026-11-20",
        "2026-11-20T23:43:00",
        "2026-11-20T23:43Z",
        "2026-11-20T23:43:00.Z",
        "2026-11-20T23:43:00,1Z",
        "2026-11-20T23:43:00.123z",
        "2026-11-20t23:43:00.123Z",
        "2026-11-20T23:43:00.123Zx",
        "2026-11-20T23:43:00.123Z ",
        " 2026-11-20T23:43:00.123Z",
        "2026-11-20T23:43:00.123+01:00",
        "2026-11-20T23:43:00.123-00:00",
        "2026-11-20T23:43:00.123+00:01",
        "2026-11-20T23:43:00.123+0000",
        "2026-11-20T23:43:00.123+00:",
        "2026-11-20T23:43:00.123+0",
        "2026-13-20T23:43:00.123Z",
        "2026-00-20T23:43:00.123Z",
        "2026-11-31T23:43:00.123Z",
        "2026-11-00T23:43:00.123Z",
        "2026-02-29T00:00:00.000Z",
        "2100-02-29T00:00:00.000Z",
        "2026-11-20T24:00:00.000Z",
        "2026-11-20T23:60:00.000Z",
        "2026-11-20T23:43:60.000Z",
        "0000-01-01T00:00:00.000Z",
        "12026-11-20T23:43:00.123Z",
        "+2026-11-20T23:43:00.123Z",
        "2026-1-20T23:43:00.123Z",
        "20261120T234300Z",
        "2026-11-20T-3:43:00.123Z",
        "infinity",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        int64_t time = 42;
        if (clock_parse(texts[i], strlen(texts[i]), &time)) {
            fail_msg("\"%s\" was read as a time", texts[i]);
        }
        assert_int_equal(time, 42);
    }
}

static void no_byte_behind_the_length_is_read(void **state)
{
    (void)state;
    static const char text[] = "2026-11-20T23:43:00.123Z";
    for (size_t len = 0; len < sizeof text - 1; len++) {
        int64_t time = 0;
        assert_false(clock_parse(text, len, &time));
    }
}

/* Not by time(), which is behind by up to a tick of the kernel. */
static int64_t milliseconds(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_REALTIME, &now), 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void clocks_tell_milliseconds(void **state)
{
    (void)state;
    int64_t before = milliseconds();
    int64_t now = clock_now();
    int64_t after = milliseconds();
    assert_true(before <= now && now <= after);
    int64_t start = clock_monotonic();
    assert_true(clock_monotonic() >= start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_iso_8601_with_milliseconds),
        cmocka_unit_test(every_day_until_2400_is_that_of_the_c_library),
        cmocka_unit_test(forms_of_databases_are_read),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(no_byte_behind_the_length_is_read),
        cmocka_unit_test(clocks_tell_milliseconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
