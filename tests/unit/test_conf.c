/* The settings: defaults, where they come from, and that every problem is told at once. */
#include <sys/stat.h>

#include "base/clock.h"
#include "unit_load.h"

static void only_the_secret_is_required(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET), ERR_OK);
    const struct config *c = suite.config;
    assert_int_equal(c->secret_count, 1);
    assert_int_equal(c->secrets[0].len, strlen(SECRET));
    assert_memory_equal(c->secrets[0].data, SECRET, strlen(SECRET));
    assert_string_equal(c->listen, "unix:/run/taskgate/taskgate.sock");
    assert_int_equal(c->workers, 4);
    assert_false(c->debug);
    assert_int_equal(c->store, STORE_SQLITE);
    assert_string_equal(c->database, "/var/lib/taskgate/taskgate.db");
    assert_true(c->auto_migrate);
    assert_true(c->prepare);
    assert_string_equal(c->base_url, "http://localhost:8080");
    assert_false(c->base_https);
    assert_int_equal(c->origins.count, 3);
    assert_string_equal(c->origins.items[0], "http://localhost:8080");
    assert_string_equal(c->origins.items[1], "http://localhost:3000");
    assert_string_equal(c->origins.items[2], "http://localhost:3001");
    assert_int_equal(c->jwt_issuers.count, 1);
    assert_string_equal(c->jwt_issuers.items[0], "better-auth");
    assert_string_equal(c->jwt_audiences.items[0], "fastapi-backend");
    assert_false(c->jwt_require_iss_aud);
    assert_int_equal(c->token_ttl, CLOCK_DAY);
    assert_int_equal(c->access_token_ttl, CLOCK_HOUR);
    assert_int_equal(c->session_ttl, 7 * CLOCK_DAY);
    assert_int_equal(c->refresh_ttl, 7 * CLOCK_DAY);
    assert_int_equal(c->refresh_reuse_grace, 0);
    assert_true(c->session_check);
    assert_int_equal(c->cookie_secure, COOKIE_SECURE_AUTO);
    assert_int_equal(c->cookie_cache, COOKIE_CACHE_OFF);
    assert_int_equal(c->cookie_cache_max_age, 300 * CLOCK_SECOND);
    assert_int_equal(c->cookie_samesite, SAMESITE_LAX);
    assert_int_equal(c->min_password, 8);
    assert_int_equal(c->max_password, 128);
    assert_true(c->auto_provision);
    assert_int_equal(c->list_shape, LIST_ITEMS);
    assert_int_equal(c->task_list_max, 10000);
    assert_int_equal(c->max_body, 65536);
    assert_string_equal(suite.warnings, "");
}

static void all_problems_are_told_at_once(void **state)
{
    (void)state;
    assert_int_equal(LOAD("BETTER_AUTH_SECRET=short", "WORKERS=0", "DEBUG=maybe", "LIST_SHAPE=tree",
                          "FRONTEND_URL=*", "DATABASE_URL=mysql://u:hidden@h/d", "ALGORITHM=none"),
                     ERR_CONFIG);
    assert_string_equal(
        suite.problems,
        "ALGORITHM must be HS256, not \"none\"\n"
        "BETTER_AUTH_SECRET must be at least 32 characters. Current length: 5. Generate with: "
        "openssl rand -hex 32\n"
        "DATABASE_URL must be a valid database connection string. Supported: postgresql:// or "
        "sqlite:/// with a file name. In a password, @ is %40 and / is %2F\n"
        "DEBUG must be on or off, not \"maybe\"\n"
        "FRONTEND_URL must be a list of exact origins: scheme://host[:port] without path, * or "
        "user, not \"*\"\n"
        "LIST_SHAPE must be items, tasks, array or object, not \"tree\"\n"
        "WORKERS must be a whole number from 1 to 256, not \"0\"\n");
}

static void settings_of_the_web_server_are_accepted_with_a_word(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET, "HOST=0.0.0.0", "PORT=8000", "ALGORITHM=HS256"), ERR_OK);
    assert_string_equal(suite.warnings,
                        "ALGORITHM: Accepted without effect: it is always HS256.\n"
                        "HOST: Accepted without effect: it is the web server's; see LISTEN.\n"
                        "PORT: Accepted without effect: it is the web server's; see LISTEN.\n");
    assert_int_equal(load_one("ALGORITHM=RS256"), ERR_CONFIG);
}

static void nothing_else_in_the_environment_is_a_setting(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET, "HTTP_WORKERS=9", "workers=9", "WORKERSX=9", "XWORKERS=9",
                          "WORKER=9", "NO_EQUALS", "=WORKERS"),
                     ERR_OK);
    assert_int_equal(suite.config->workers, 4);
    assert_int_equal(LOAD(SET_SECRET, "BETTER_AUTH_URL=https://a.example"), ERR_OK);
    assert_string_equal(suite.config->base_url, "https://a.example");
    assert_int_equal(
        LOAD(SET_SECRET, "BETTER_AUTH_URL=https://a.example", "BASE_URL=https://b.example"),
        ERR_CONFIG);
    assert_int_equal(
        LOAD(SET_SECRET, "BETTER_AUTH_URL=https://a.example", "BASE_URL=https://a.example"),
        ERR_OK);
}

static void a_file_has_lines_comments_and_quotes(void **state)
{
    (void)state;
    assert_int_equal(load_file("# comment\n\n  \t\n" SET_SECRET "\r\n WORKERS = 7 \n"
                               "LISTEN='unix:/tmp/a b#c'\nJWT_ISSUER=\"x,y\"\n"
                               "JWT_AUDIENCE=a=b\nLIST_SHAPE=array"),
                     ERR_OK);
    assert_int_equal(suite.config->secrets[0].len, 32);
    assert_int_equal(suite.config->workers, 7);
    assert_string_equal(suite.config->listen, "unix:/tmp/a b#c");
    assert_int_equal(suite.config->jwt_issuers.count, 2);
    assert_string_equal(suite.config->jwt_audiences.items[0], "a=b");
    assert_int_equal(suite.config->list_shape, LIST_ARRAY);
}

static void problems_of_a_file_have_their_line(void **state)
{
    (void)state;
    assert_int_equal(load_file("# x\nWORKRES=4\n" SET_SECRET "\nWORKERS=x\nnonsense\nDEBUG=on\n"
                               "DEBUG=on\nHTTP_HOST=a\nworkers=4\n"),
                     ERR_CONFIG);
    const char *f = suite.file;
    const char *expected =
        mem_printf(suite.ctx,
                   "%s:2: there is no setting WORKRES; see taskgate --help\n"
                   "%s:5: is not of the form NAME=VALUE\n"
                   "%s:7: DEBUG is set a second time; keep one of the lines\n"
                   "%s:8: there is no setting HTTP_HOST; see taskgate --help\n"
                   "%s:9: there is no setting workers; see taskgate --help\n"
                   "%s:4: WORKERS must be a whole number from 1 to 256, not \"x\"\n",
                   f, f, f, f, f, f);
    assert_string_equal(suite.problems, expected);
}

/* "openssl rand -base64 64" breaks its line: the rest of a secret ends like a name and its "=". */
static void what_can_be_no_name_is_not_shown(void **state)
{
    (void)state;
    static const char *const lines[] = {"Xb3kQ9mLz0TdR7==", "a/b+cd=", "two words=1", "\x1b[2J=1",
                                        "=nothing"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_int_equal(load_file(mem_printf(suite.ctx, SET_SECRET "\n%s\n", lines[i])),
                         ERR_CONFIG);
        assert_string_equal(suite.problems,
                            mem_printf(suite.ctx,
                                       "%s:2: there is no such setting; see taskgate --help\n",
                                       suite.file));
    }
}

/* They are shown on a terminal, and each is a line of the log. */
static void nothing_in_a_problem_commands_a_terminal_or_begins_a_line(void **state)
{
    (void)state;
    assert_int_equal(load_one("LIST_SHAPE=\x1b]0;x\a\nit\\ems"), ERR_CONFIG);
    assert_string_equal(suite.problems, "LIST_SHAPE must be items, tasks, array or object, not "
                                        "\"\\x1b]0;x\\x07\\x0ait\\\\ems\"\n");
    assert_int_equal(load_one("WORKERS_FILE=/nonexistent/\x1b[2J\r"), ERR_CONFIG);
    assert_string_equal(suite.problems, "WORKERS_FILE: cannot read /nonexistent/\\x1b[2J\\x0d: No "
                                        "such file or directory\n");
    assert_int_equal(load_from("/nonexistent/\n\x1b", NULL, 0), ERR_CONFIG);
    assert_string_equal(suite.problems,
                        "cannot read /nonexistent/\\x0a\\x1b: No such file or directory\n");
    static const char text[] = SET_SECRET "\nWORKERS=\xe2\x80\xae"
                                          "3\n";
    char *odd = mem_printf(suite.ctx, "%s\x1b", suite.file);
    write_file(text, strlen(text));
    assert_int_equal(rename(suite.file, odd), 0);
    enum err error = load_from(odd, NULL, 0);
    assert_int_equal(rename(odd, suite.file), 0);
    assert_int_equal(error, ERR_CONFIG);
    assert_string_equal(suite.problems,
                        mem_printf(suite.ctx,
                                   "%s\\x1b:2: WORKERS must be a whole number from 1 to 256, not "
                                   "\"\\xe2\\x80\\xae3\"\n",
                                   suite.file));
}

static void a_byte_order_mark_before_the_first_line_is_no_part_of_it(void **state)
{
    (void)state;
    assert_int_equal(load_file("\xef\xbb\xbfWORKERS=7\r\n" SET_SECRET "\r\n"), ERR_OK);
    assert_int_equal(suite.config->workers, 7);
}

static void the_environment_wins_over_the_file(void **state)
{
    (void)state;
    static const char text[] = SET_SECRET "\nWORKERS=7\nBASE_URL=http://file.example\n";
    write_file(text, sizeof text - 1);
    static const char *const environment[] = {"WORKERS=8", "BETTER_AUTH_URL=http://env.example",
                                              "DEBUG="};
    assert_int_equal(load_from(suite.file, environment, COUNT(environment)), ERR_OK);
    assert_int_equal(suite.config->workers, 8);
    assert_string_equal(suite.config->base_url, "http://env.example");
}

static void a_value_may_come_from_a_file_of_its_own(void **state)
{
    (void)state;
    const char *name = mem_printf(suite.ctx, "BETTER_AUTH_SECRET_FILE=%s", suite.file);
    static const struct {
        const char *content;
        size_t len; /* of the secret; 0: refused */
    } files[] = {
        {SECRET, 32}, {SECRET "\n", 32}, {SECRET "\n\n", 33}, {" " SECRET, 33},
        {"", 0},      {"\n", 0},         {"short\n", 0},      {"\xff" SECRET, 0},
    };
    for (size_t i = 0; i < COUNT(files); i++) {
        write_file(files[i].content, strlen(files[i].content));
        assert_int_equal(LOAD(name), files[i].len ? ERR_OK : ERR_CONFIG);
        if (files[i].len) {
            assert_int_equal(suite.config->secrets[0].len, files[i].len);
        }
    }
    write_file(SECRET "\0", 33);
    assert_int_equal(LOAD(name), ERR_CONFIG);
    char *big = mem_bytes(suite.ctx, 65537);
    memset(big, 'x', 65537);
    write_file(big, 65537);
    assert_int_equal(LOAD(name), ERR_CONFIG);
    assert_non_null(strstr(suite.problems, "it is larger than 64 KiB"));
    write_file(SECRET, 32);
    assert_int_equal(LOAD(name, SET_SECRET), ERR_CONFIG);
    assert_non_null(strstr(suite.problems, "BETTER_AUTH_SECRET is given in more than one way"));
    assert_int_equal(LOAD("BETTER_AUTH_SECRET_FILE=/"), ERR_CONFIG);
    assert_string_equal(suite.problems,
                        "BETTER_AUTH_SECRET_FILE: cannot read /: it is not a regular file\n");
    assert_int_equal(LOAD("BETTER_AUTH_SECRET_FILE=/nonexistent/x"), ERR_CONFIG);
    assert_string_equal(suite.problems, "BETTER_AUTH_SECRET_FILE: cannot read /nonexistent/x: No "
                                        "such file or directory\n");
    write_file("9\n", 2);
    assert_int_equal(LOAD(SET_SECRET, mem_printf(suite.ctx, "WORKERS_FILE=%s", suite.file)),
                     ERR_OK);
    assert_int_equal(suite.config->workers, 9);
}

static void secrets_that_everybody_can_read_are_refused(void **state)
{
    (void)state;
    const char *name = mem_printf(suite.ctx, "BETTER_AUTH_SECRET_FILE=%s", suite.file);
    const char *expected = mem_printf(
        suite.ctx, "%s holds a secret and is readable by everybody: chmod o-rwx it\n", suite.file);
    write_file(SECRET, 32);
    assert_int_equal(chmod(suite.file, 0644), 0);
    assert_int_equal(LOAD(name), ERR_CONFIG);
    assert_string_equal(suite.problems, expected);
    assert_int_equal(load_file(SET_SECRET "\n"), ERR_CONFIG);
    assert_string_equal(suite.problems, expected);
    assert_int_equal(load_file(SET_SECRET "\nDATABASE_URL=postgresql://a:b@c/d\n"), ERR_CONFIG);
    assert_string_equal(suite.problems, expected);
    static const char harmless[] = "DATABASE_URL=sqlite:///t.db\n";
    write_file(harmless, strlen(harmless));
    static const char *const environment[] = {SET_SECRET};
    assert_int_equal(load_from(suite.file, environment, 1), ERR_OK);
    assert_string_equal(suite.problems, "");
    assert_int_equal(chmod(suite.file, 0640), 0);
    assert_int_equal(load_file(SET_SECRET "\n"), ERR_OK);
    assert_string_equal(suite.problems, "");
}

static void a_missing_file_is_a_problem(void **state)
{
    (void)state;
    static const char *const environment[] = {SET_SECRET, "WORKERS=none"};
    static const char missing[] =
        "cannot read /nonexistent/taskgate.conf: No such file or directory\n";
    assert_int_equal(load_from("/nonexistent/taskgate.conf", environment, 1), ERR_CONFIG);
    assert_string_equal(suite.problems, missing);
    /* It may hold the secret: nothing is said about what it would have said. */
    assert_int_equal(load_from("/nonexistent/taskgate.conf", environment, 0), ERR_CONFIG);
    assert_string_equal(suite.problems, missing);
    assert_int_equal(load_from("/nonexistent/taskgate.conf", environment, 2), ERR_CONFIG);
    assert_non_null(strstr(suite.problems, missing));
    assert_non_null(strstr(suite.problems, "WORKERS"));
}

/* What conf_print_help writes. */
static char *help_text(void)
{
    char *data = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&data, &len);
    conf_print_help(out);
    fclose(out);
    char *text = mem_strndup(suite.ctx, data, len);
    free(data);
    return text;
}

static void add_line(void *arg, const char *name, const char *text)
{
    buf_printf(arg, "%s=%s\n", name, text);
}

static void all_settings_are_shown_and_no_secret(void **state)
{
    (void)state;
    assert_int_equal(LOAD(SET_SECRET, "BETTER_AUTH_SECRET_PREVIOUS=" OTHER_SECRET,
                          "DATABASE_URL=postgresql://u:hidden@h/d", "WORKERS=3", "JWT_ISSUER=a,b"),
                     ERR_OK);
    struct buf *lines_found = buf_new(suite.ctx);
    conf_each(suite.config, add_line, lines_found);
    char *text = lines_found->data;
    assert_null(strstr(text, SECRET));
    assert_null(strstr(text, OTHER_SECRET));
    assert_null(strstr(text, "hidden"));
    static const char *const lines[] = {"ACCESS_TOKEN_EXPIRE_MINUTES=60\n",
                                        "\nBETTER_AUTH_SECRET=(set)\n",
                                        "\nBETTER_AUTH_SECRET_PREVIOUS=(set)\n",
                                        "\nDATABASE_URL=postgresql://u:***@h/d\n",
                                        "\nWORKERS=3\n",
                                        "\nJWT_ISSUER=a,b\n",
                                        "\nLIST_SHAPE=items\n",
                                        "\nHOST=\n"};
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_non_null(strstr(text, lines[i]));
    }
    char *previous = mem_strdup(suite.ctx, "");
    for (char *rest = text; *rest;) { /* alphabetical */
        char *line = strsep(&rest, "\n");
        line[strcspn(line, "=")] = '\0';
        assert_true(strcmp(previous, line) < 0);
        previous = line;
    }
    const char *help = help_text();
    assert_non_null(strstr(help, "WORKERS=4\n    Processes that serve requests.\n"));
    assert_non_null(strstr(help, "    Also: BETTER_AUTH_URL.\n"));
}

/* How many pieces of memory this process has mapped. */
static size_t count_maps(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    size_t count = 0;
    assert_non_null(maps);
    for (int byte = fgetc(maps); byte != EOF; byte = fgetc(maps)) {
        count += byte == '\n';
    }
    fclose(maps);
    return count;
}

/* Each SIGHUP loads a configuration, and each secret has pages of its own. */
static void the_secrets_go_with_their_configuration(void **state)
{
    (void)state;
    static const int rounds = 100;
    assert_int_equal(LOAD(SET_SECRET), ERR_OK);
    size_t before = count_maps();
    for (int i = 0; i < rounds; i++) {
        assert_int_equal(LOAD(SET_SECRET), ERR_OK);
        TALLOC_FREE(suite.config);
        assert_int_equal(LOAD(SET_SECRET, "WORKERS=none"), ERR_CONFIG);
    }
    assert_true(count_maps() < before + (size_t)rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_secret_is_required),
        cmocka_unit_test(all_problems_are_told_at_once),
        cmocka_unit_test(settings_of_the_web_server_are_accepted_with_a_word),
        cmocka_unit_test(nothing_else_in_the_environment_is_a_setting),
        cmocka_unit_test(a_file_has_lines_comments_and_quotes),
        cmocka_unit_test(problems_of_a_file_have_their_line),
        cmocka_unit_test(what_can_be_no_name_is_not_shown),
        cmocka_unit_test(nothing_in_a_problem_commands_a_terminal_or_begins_a_line),
        cmocka_unit_test(a_byte_order_mark_before_the_first_line_is_no_part_of_it),
        cmocka_unit_test(the_environment_wins_over_the_file),
        cmocka_unit_test(a_value_may_come_from_a_file_of_its_own),
        cmocka_unit_test(secrets_that_everybody_can_read_are_refused),
        cmocka_unit_test(a_missing_file_is_a_problem),
        cmocka_unit_test(all_settings_are_shown_and_no_secret),
        cmocka_unit_test(the_secrets_go_with_their_configuration),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
