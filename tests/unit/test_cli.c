/* The parts of the command line that need neither a database nor a terminal. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/json_line.h"
#include "cli/option.h"
#include "cli/progress.h"
#include "cli/table.h"
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

/* --- options --- */

static void options_and_words_may_be_mixed(void **state)
{
    char *argv[] = {(char[]){"taskgate"}, (char[]){"keys"},
                    (char[]){"-c"},       (char[]){"file"},
                    (char[]){"list"},     (char[]){"--workers=3"},
                    (char[]){"--json"},   (char[]){"--"},
                    (char[]){"--yes"},    NULL};
    const char *values[OPTION_COUNT];
    int first;

    assert_int_equal(option_parse(9, argv, buf_new(*state), values, &first), ERR_OK);
    assert_string_equal(values[OPTION_CONFIG], "file");
    assert_string_equal(values[OPTION_WORKERS], "3");
    assert_string_equal(values[OPTION_JSON], "");
    assert_null(values[OPTION_YES]);
    assert_int_equal(first, 6);
    assert_string_equal(argv[6], "keys");
    assert_string_equal(argv[7], "list");
    assert_string_equal(argv[8], "--yes");
}

static void a_wrong_option_is_named(void **state)
{
    static const struct {
        const char *words[2];
        const char *problem;
    } rows[] = {
        {{"--frob", NULL}, "there is no option --frob"},
        {{"-Z", NULL}, "there is no option -Z"},
        {{"check", "--config"}, "the option --config needs a value"},
        {{"check", "-c"}, "the option --config needs a value"},
        {{"--json=1", NULL}, "the option --json takes no value"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *argv[4] = {mem_strdup(*state, "taskgate"), mem_strdup(*state, rows[i].words[0])};
        int argc = 2;
        if (rows[i].words[1] != NULL) {
            argv[argc++] = mem_strdup(*state, rows[i].words[1]);
        }
        struct buf *problem = buf_new(*state);
        const char *values[OPTION_COUNT];
        int first;
        assert_int_equal(option_parse(argc, argv, problem, values, &first), ERR_BAD_REQUEST);
        assert_string_equal(problem->data, rows[i].problem);
    }
}

/* --- the table of commands --- */

static void every_command_is_found_and_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        size_t min, max;
        assert_ptr_equal(command_find(command->name, command->verb), command);
        assert_non_null(command->run);
        assert_true(*command->help >= 'a' && *command->help <= 'z');
        assert_int_equal(command->options & OPTION_COMMON, 0);
        command_count_args(command, &min, &max);
        assert_true(min <= max);
        assert_int_equal(command_has_verbs(command->name), command->verb != NULL);
    }
    assert_null(command_find("keys", NULL));
    assert_null(command_find("keys", "burn"));
    assert_null(command_find("frob", "list"));
    assert_ptr_equal(command_find("check", "more"), command_find("check", NULL));
}

static void arguments_are_counted(void **state)
{
    static const struct {
        const char *args;
        size_t min, max;
    } rows[] = {{"", 0, 0}, {"USER", 1, 1}, {"[FILE]", 0, 1}, {"USER [FILE]", 1, 2}};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct command command = {.args = rows[i].args};
        size_t min, max;
        command_count_args(&command, &min, &max);
        assert_int_equal(min, rows[i].min);
        assert_int_equal(max, rows[i].max);
    }
}

/* --- what is printed --- */

static void nothing_in_a_text_commands_the_terminal(void **state)
{
    static const struct {
        const char *text, *escaped;
    } rows[] = {
        {"plain", "plain"},
        {"caf\xc3\xa9 \xe6\xbc\xa2", "caf\xc3\xa9 \xe6\xbc\xa2"},
        {"\x1b]0;owned\a", "\\x1b]0;owned\\x07"},
        {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
        {"\xc2\x9b"
         "2J",
         "\\xc2\\x9b2J"}, /* CSI in one character */
        {"\x7f", "\\x7f"},
        {"\xe2\x80\xae"
         "cod.exe",
         "\\xe2\\x80\\xaecod.exe"}, /* right to left */
        {"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},
        {"\xff\xc0\xaf", "\\xff\\xc0\\xaf"},
        {"\\x1b", "\\\\x1b"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf *buf = buf_new(*state);
        escape_text(buf, rows[i].text, strlen(rows[i].text));
        assert_string_equal(buf->data, rows[i].escaped);
    }
    struct buf *buf = buf_new(*state);
    escape_text(buf, "a\0b", 3);
    assert_string_equal(buf->data, "a\\x00b");
}

/* What PRINT wrote. */
static char *printed(void *ctx, void (*print)(void *ctx, FILE *out))
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    print(ctx, out);
    assert_int_equal(fclose(out), 0);
    char *copy = mem_strndup(ctx, text, len);
    free(text);
    return copy;
}

static void print_lines(void *ctx, FILE *out)
{
    struct json_line *line = json_line_new(ctx);

    json_line_text(line, "text", "\"\x1b\n");
    json_line_text(line, "none", NULL);
    json_line_int(line, "int", INT64_C(-9007199254740993));
    json_line_bool(line, "yes", true);
    json_line_bool(line, "no", false);
    json_line_time(line, "time", 1500);
    json_line_time(line, "never", 0);
    json_line_print(line, out);
    json_line_int(line, "second", 2);
    json_line_print(line, out);
}

static void an_object_is_one_line_of_json(void **state)
{
    assert_string_equal(printed(*state, print_lines),
                        "{\"text\":\"\\\"\\u001b\\n\",\"none\":null,\"int\":-9007199254740993,"
                        "\"yes\":true,\"no\":false,\"time\":\"1970-01-01T00:00:01.500Z\","
                        "\"never\":null}\n{\"second\":2}\n");
}

static void print_rows(void *ctx, FILE *out)
{
    static const char *const headings[] = {"NAME", "NUMBER", "TIME", NULL};
    struct table *table = table_new(ctx, out, headings);

    for (int i = 0; i < 1000; i++) {
        table_text(table, i == 999 ? NULL : "a\tb");
        table_int(table, i);
        table_time(table, i == 999 ? 0 : 1500);
    }
    table_end(table);
}

static void a_table_for_a_program_has_tabs_and_no_headings(void **state)
{
    char *text = printed(*state, print_rows);
    const char first[] = "a\\x09b\t0\t1970-01-01T00:00:01.500Z\na\\x09b\t1\t";
    const char last[] = "\n-\t999\t-\n";
    size_t lines = 0;

    assert_memory_equal(text, first, strlen(first));
    assert_string_equal(text + strlen(text) - strlen(last), last);
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_int_equal(lines, 1000);
}

/* --- the bar --- */

static void the_bar_tells_how_far_how_fast_and_how_long(void **state)
{
    static const struct {
        size_t width;
        int64_t done, total, rows, ms;
        const char *text;
    } rows[] = {
        {80, 0, 100, 0, 0, "x [........................................]   0% 0 rows"},
        {80, 50, 100, 5000, 1000,
         "x [####################....................]  50% 5000 rows 5000/s ETA 0:01"},
        {50, 25, 100, 10, 2000, "x [####...............]  25% 10 rows 5/s ETA 0:06"},
        {80, 1, 10000, 1, 1000,
         "x [........................................]   0% 1 rows 1/s ETA "
         "2:46:39"},
        {80, 200, 100, 5, 1000,
         "x [########################################] 100% 5 rows 5/s ETA 0:00"},
        {80, 7, 0, 7, 1000, "x 7 rows 7/s"},
        {20, 50, 100, 5000, 1000, "x  50% 5000 rows 500"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf *buf = buf_new(*state);
        progress_draw(buf, rows[i].width, "x", rows[i].done, rows[i].total, rows[i].rows,
                      rows[i].ms);
        assert_true(buf->len <= rows[i].width);
        assert_string_equal(buf->data, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(options_and_words_may_be_mixed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_wrong_option_is_named, set_up, tear_down),
        cmocka_unit_test(every_command_is_found_and_complete),
        cmocka_unit_test(arguments_are_counted),
        cmocka_unit_test_setup_teardown(nothing_in_a_text_commands_the_terminal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_object_is_one_line_of_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_table_for_a_program_has_tabs_and_no_headings, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_bar_tells_how_far_how_fast_and_how_long, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
