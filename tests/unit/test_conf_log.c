/* The settings of the log. */
#include "unit_load.h"

static void by_default_the_log_is_text_on_stderr(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET), ERR_OK);
    assert_int_equal(suite.config->log.level, LEVEL_INFO);
    assert_int_equal(suite.config->log.format, LOG_FORMAT_TEXT);
    assert_int_equal(suite.config->log.target, LOG_TO_STDERR);
    assert_null(suite.config->log.path);
}

static void format_and_level_are_words(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET, "LOG_FORMAT=JSON", "LOG_LEVEL=warn"), ERR_OK);
    assert_int_equal(suite.config->log.format, LOG_FORMAT_JSON);
    assert_int_equal(suite.config->log.level, LEVEL_WARN);
    assert_int_equal(load_one("LOG_FORMAT=logfmt"), ERR_CONFIG);
    assert_non_null(strstr(suite.problems, "LOG_FORMAT must be text or json, not \"logfmt\""));
    assert_int_equal(load_one("LOG_LEVEL=notice"), ERR_CONFIG);
    assert_non_null(strstr(suite.problems, "LOG_LEVEL must be error, warn, info or debug"));
}

static void debug_is_the_level_debug_whatever_the_level(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET, "DEBUG=on", "LOG_LEVEL=error"), ERR_OK);
    assert_int_equal(suite.config->log.level, LEVEL_DEBUG);
    assert_int_equal(LOAD(SET_SECRET, "DEBUG=off", "LOG_LEVEL=error"), ERR_OK);
    assert_int_equal(suite.config->log.level, LEVEL_ERROR);
}

static void the_log_goes_to_stderr_syslog_or_a_file_with_an_absolute_name(void **state)
{
    (void)state;
    assert_int_equal(load_one("LOG_TO=syslog"), ERR_OK);
    assert_int_equal(suite.config->log.target, LOG_TO_SYSLOG);
    assert_null(suite.config->log.path);
    /* It need not be there yet: the server runs without it. */
    assert_int_equal(load_one("LOG_TO=file:/nothing/here.log"), ERR_OK);
    assert_int_equal(suite.config->log.target, LOG_TO_FILE);
    assert_string_equal(suite.config->log.path, "/nothing/here.log");
    static const char *const bad[] = {"LOG_TO=file:", "LOG_TO=file:here.log", "LOG_TO=/here.log",
                                      "LOG_TO=stdout", "LOG_TO=syslog:/dev/log"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(load_one(bad[i]), ERR_CONFIG);
        assert_non_null(
            strstr(suite.problems, "LOG_TO must be stderr, syslog or file: and an absolute name"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_default_the_log_is_text_on_stderr),
        cmocka_unit_test(format_and_level_are_words),
        cmocka_unit_test(debug_is_the_level_debug_whatever_the_level),
        cmocka_unit_test(the_log_goes_to_stderr_syslog_or_a_file_with_an_absolute_name),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
