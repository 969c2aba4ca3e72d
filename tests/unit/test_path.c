/* http/path: one spelling for a path, or none (security.md section 7, rule R41). */
#include "base/mem.h"
#include "base/text.h"
#include "http/path.h"
#include "http/query.h"
#include "unit.h"

/* What a path is read as: its segments with a '|' behind each, NULL = refused. */
struct row {
    const char *target;
    const char *segments;
};

static char *joined(void *ctx, const struct path *path)
{
    struct buf *text = buf_new(ctx);

    for (size_t i = 0; i < path->count; i++) {
        buf_puts(text, path->segments[i]);
        buf_putc(text, '|');
    }
    return text->data;
}

static void check_rows(const struct row *rows, size_t count)
{
    void *ctx = mem_context(NULL);

    for (size_t i = 0; i < count; i++) {
        struct path path;
        enum err error = path_parse(ctx, rows[i].target, &path);
        print_message("  %s\n", rows[i].target);
        assert_int_equal(error, rows[i].segments == NULL ? ERR_BAD_PATH : ERR_OK);
        if (error == ERR_OK) {
            assert_string_equal(joined(ctx, &path), rows[i].segments);
        }
    }
    talloc_free(ctx);
}

/* The rows of the table in their order, and the same attack in its other spellings. */
static void every_row_of_the_table_of_web_servers_is_decided(void **state)
{
    static const struct row rows[] = {
        {"/api/tasks/1", "api|tasks|1|"},
        {"/api/tasks/a%20b", "api|tasks|a b|"},
        {"/api/tasks/%41", "api|tasks|A|"},
        {"/api/tasks/a%2Fb", NULL},
        {"/api/tasks/a%2fb", NULL},
        {"/api/tasks/a%5Cb", NULL},
        {"/api/tasks/a%5cb", NULL},
        {"/api//tasks///1", NULL},
        {"/api/tasks//", NULL},
        {"//", NULL},
        {"/api/./tasks/1", NULL},
        {"/api/tasks/.", NULL},
        {"/x/../api/tasks", NULL},
        {"/api/tasks/..", NULL},
        {"/api/%2e%2e/tasks", NULL},
        {"/api/%2E./tasks", NULL},
        {"/api/.%2e/tasks", NULL},
        {"/api/%2e/tasks", NULL},
        {"/../etc", NULL},
        {"/api/../../etc", NULL},
        {"/%2e%2e%2f%2e%2e%2fx", NULL},
        {"/api/%00", NULL},
        {"/api/tasks%00/1", NULL},
        {"/api/%", NULL},
        {"/api/%4", NULL},
        {"/api/%zz", NULL},
        {"/api/%4z", NULL},
        {"/api/%u0041", NULL},
        {"/api/%25%32%66", "api|%2f|"},
        {"/api/%252f", "api|%2f|"},
        {"/api/%252e%252e/x", "api|%2e%2e|x|"},
        {"/api/%0a%0d", NULL},
        {"/api/%09", NULL},
        {"/api/%1f", NULL},
        {"/api/%7f", NULL},
        {"/api/%ff", NULL},
        {"/api/%c0%ae", NULL},
        {"/api/%ed%a0%80", NULL},
        {"/api/%f4%90%80%80", NULL},
        {"/api/%c3", NULL},
        {"/api/\xc3\xa9", NULL},
        {"/api/\xff", NULL},
        {"/api;x/tasks", NULL},
        {"/api/..;/tasks", NULL},
        {"/api/tasks;jsessionid=1", NULL},
        {"/api\\tasks", NULL},
        {"/api/..\\tasks", NULL},
        {"/api/a b", NULL},
        {"/api/tasks#frag", "api|tasks|"},
        {"/api/tasks#/../x", "api|tasks|"},
        {"http://evil/api/tasks", "api|tasks|"},
        {"HTTPS://evil:8443/api/tasks?q=1", "api|tasks|"},
        {"http://evil", NULL},
        {"http://evil?/api", NULL},
        {"http://evil//api", NULL},
        {"ftp://evil/api", NULL},
        {"//evil/x", NULL},
        {"///evil", NULL},
    };
    (void)state;
    check_rows(rows, COUNT(rows));
}

static void what_is_no_origin_form_is_refused(void **state)
{
    static const struct row rows[] = {
        {"", NULL},         {"*", NULL},     {"api/tasks", NULL}, {"?q=1", NULL},  {"#", NULL},
        {"evil:443", NULL}, {" /api", NULL}, {"/\n", NULL},       {"/\x7f", NULL},
    };
    (void)state;
    check_rows(rows, COUNT(rows));
}

/* RFC 3986 section 3.3, pchar less ';'. Bytes are tried one by one, in the middle of a segment. */
static void raw_bytes_are_those_of_the_rfc(void **state)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._~!$&'()*+,=:@";
    void *ctx = mem_context(NULL);

    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char target[] = {'/', 'a', (char)byte, 'b', '\0'};
        struct path path;
        enum err error = path_parse(ctx, target, &path);
        if (byte == '/' || byte == '?' || byte == '#') {
            assert_int_equal(error, ERR_OK); /* these end the segment */
            assert_string_equal(path.segments[0], "a");
        } else if (strchr(allowed, byte) != NULL) {
            assert_int_equal(error, ERR_OK);
            assert_string_equal(path.segments[0], target + 1);
        } else {
            assert_int_equal(error, ERR_BAD_PATH);
        }
    }
    talloc_free(ctx);
}

/* Every byte as an escape: read where it is a printable ASCII character, but no separator. */
static void escaped_bytes_are_decoded_once_or_refused(void **state)
{
    void *ctx = mem_context(NULL);

    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        struct path path;
        enum err error = path_parse(ctx, mem_printf(ctx, "/a%%%02xb", byte), &path);
        if (byte < 0x20 || byte >= 0x7f || byte == '/' || byte == '\\') {
            assert_int_equal(error, ERR_BAD_PATH);
        } else {
            assert_int_equal(error, ERR_OK);
            assert_string_equal(path.segments[0], mem_printf(ctx, "a%cb", (int)byte));
        }
    }
    talloc_free(ctx);
}

static void one_trailing_slash_is_seen_and_two_are_refused(void **state)
{
    void *ctx = mem_context(NULL);
    struct path path;

    (void)state;
    assert_int_equal(path_parse(ctx, "/", &path), ERR_OK);
    assert_int_equal(path.count, 0);
    assert_false(path.trailing_slash);
    assert_int_equal(path_parse(ctx, "/api/tasks", &path), ERR_OK);
    assert_false(path.trailing_slash);
    assert_int_equal(path_parse(ctx, "/api/tasks/?limit=1", &path), ERR_OK);
    assert_int_equal(path.count, 2);
    assert_true(path.trailing_slash);
    assert_string_equal(path.raw, "/api/tasks/");
    assert_int_equal(path_parse(ctx, "/api/tasks//?limit=1", &path), ERR_BAD_PATH);
    talloc_free(ctx);
}

static void query_is_kept_as_sent_and_fragment_is_dropped(void **state)
{
    static const struct {
        const char *target, *raw, *query;
    } rows[] = {
        {"/a", "/a", ""},
        {"/a?", "/a", ""},
        {"/a?b=%2F&c=+", "/a", "b=%2F&c=+"},
        {"/a?b?c/../d", "/a", "b?c/../d"},
        {"/a?b#c?d", "/a", "b"},
        {"/a#b?c", "/a", ""},
        {"http://host:1/a%20b/?q#f", "/a%20b/", "q"},
    };
    void *ctx = mem_context(NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct path path;
        assert_int_equal(path_parse(ctx, rows[i].target, &path), ERR_OK);
        assert_string_equal(path.raw, rows[i].raw);
        assert_string_equal(path.query, rows[i].query);
    }
    talloc_free(ctx);
}

static void segments_and_length_are_bounded(void **state)
{
    void *ctx = mem_context(NULL);
    struct buf *target = buf_new(ctx);
    struct path path;

    (void)state;
    for (int i = 0; i < PATH_MAX_SEGMENTS; i++) {
        buf_puts(target, "/a");
    }
    assert_int_equal(path_parse(ctx, target->data, &path), ERR_OK);
    assert_int_equal(path.count, PATH_MAX_SEGMENTS);
    buf_puts(target, "/a");
    assert_int_equal(path_parse(ctx, target->data, &path), ERR_BAD_PATH);

    target->len = 0;
    buf_puts(target, "/a?");
    while (target->len < PATH_MAX_LENGTH) {
        buf_putc(target, 'q');
    }
    assert_int_equal(path_parse(ctx, target->data, &path), ERR_OK);
    buf_putc(target, 'q');
    assert_int_equal(path_parse(ctx, target->data, &path), ERR_BAD_PATH);
    talloc_free(ctx);
}

static void nothing_is_written_when_a_path_is_refused(void **state)
{
    void *ctx = mem_context(NULL);
    struct path path = {.raw = "before", .count = 7};

    (void)state;
    assert_int_equal(path_parse(ctx, "/good/%2e%2e", &path), ERR_BAD_PATH);
    assert_string_equal(path.raw, "before");
    assert_int_equal(path.count, 7);
    talloc_free(ctx);
}

/* --- whatever is accepted is canonical --- */

#define ROUNDS 200000

/* xorshift32: the same targets in every run. */
static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

/* A target from pieces that matter to a path, and now and then any byte. */
static void make_target(uint32_t *seed, struct buf *target)
{
    static const char *const pieces[] = {
        "/",         "/",      "/",   "a",      "b1",  ".",       "..",
        "%2e",       "%2E%2e", "%2f", "%5c",    "%41", "%25",     "%252",
        "%e2",       "%82",    "%ac", "%c3%a9", "%",   "%0",      "%00",
        "%7f",       "%20",    ";",   "\\",     "?",   "#",       ":",
        "@",         "~",      "+",   "&=",     "//",  "http://", "%f0%9f%98%80",
        "%ed%a0%80",
    };
    uint32_t count = next_random(seed) % 14;

    target->len = 0;
    target->data[0] = '\0';
    if (next_random(seed) % 8 != 0) {
        buf_putc(target, '/');
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t choice = next_random(seed) % (COUNT(pieces) + 1);
        if (choice < COUNT(pieces)) {
            buf_puts(target, pieces[choice]);
        } else {
            buf_putc(target, (char)(1 + next_random(seed) % 255));
        }
    }
}

static void assert_canonical(const char *segment)
{
    assert_true(segment[0] != '\0');
    assert_true(strcmp(segment, ".") != 0);
    assert_true(strcmp(segment, "..") != 0);
    assert_null(strpbrk(segment, "/\\"));
    assert_true(text_is_utf8(segment, strlen(segment)));
    for (const char *byte = segment; *byte != '\0'; byte++) {
        assert_true((unsigned char)*byte >= 0x20 && *byte != 0x7f);
    }
}

static void assert_same_again(void *ctx, const struct path *path)
{
    struct buf *target = buf_new(ctx);
    struct path again;

    for (size_t i = 0; i < path->count; i++) {
        buf_putc(target, '/');
        query_encode(target, path->segments[i]);
    }
    if (path->count == 0 || path->trailing_slash) {
        buf_putc(target, '/');
    }
    assert_int_equal(path_parse(ctx, target->data, &again), ERR_OK);
    assert_int_equal(again.trailing_slash, path->trailing_slash);
    assert_int_equal(again.count, path->count);
    for (size_t i = 0; i < path->count; i++) {
        assert_string_equal(again.segments[i], path->segments[i]);
    }
}

static void whatever_is_accepted_is_canonical_and_reads_the_same_again(void **state)
{
    void *all = mem_context(NULL);
    struct buf *target = buf_new(all);
    uint32_t seed = 20261120;
    int accepted = 0;

    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        void *ctx = mem_context(all);
        struct path path;
        make_target(&seed, target);
        if (path_parse(ctx, target->data, &path) == ERR_OK) {
            accepted++;
            for (size_t i = 0; i < path.count; i++) {
                assert_canonical(path.segments[i]);
            }
            assert_same_again(ctx, &path);
        }
        talloc_free(ctx);
    }
    /* Both outcomes were really tried. */
    assert_in_range(accepted, ROUNDS / 20, ROUNDS - ROUNDS / 20);
    talloc_free(all);
}

/* --- path_decode --- */

static void decoder_takes_plus_for_a_space_only_when_asked(void **state)
{
    void *ctx = mem_context(NULL);
    char *text;

    (void)state;
    assert_int_equal(path_decode(ctx, "a+b%2B", 6, true, &text), ERR_OK);
    assert_string_equal(text, "a b+");
    assert_int_equal(path_decode(ctx, "a+b%2B", 6, false, &text), ERR_OK);
    assert_string_equal(text, "a+b+");
    talloc_free(ctx);
}

static void decoder_stays_inside_its_length(void **state)
{
    void *ctx = mem_context(NULL);
    char *text = NULL;

    (void)state;
    assert_int_equal(path_decode(ctx, "ab%41", 2, false, &text), ERR_OK);
    assert_string_equal(text, "ab");
    assert_int_equal(path_decode(ctx, "ab%41", 0, false, &text), ERR_OK);
    assert_string_equal(text, "");
    assert_int_equal(path_decode(ctx, "ab%41", 3, false, &text), ERR_BAD_VALUE);
    assert_int_equal(path_decode(ctx, "ab%41", 4, false, &text), ERR_BAD_VALUE);
    assert_int_equal(path_decode(ctx, "ab%41", 5, false, &text), ERR_OK);
    assert_string_equal(text, "abA");
    talloc_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_table_of_web_servers_is_decided),
        cmocka_unit_test(what_is_no_origin_form_is_refused),
        cmocka_unit_test(raw_bytes_are_those_of_the_rfc),
        cmocka_unit_test(escaped_bytes_are_decoded_once_or_refused),
        cmocka_unit_test(one_trailing_slash_is_seen_and_two_are_refused),
        cmocka_unit_test(query_is_kept_as_sent_and_fragment_is_dropped),
        cmocka_unit_test(segments_and_length_are_bounded),
        cmocka_unit_test(nothing_is_written_when_a_path_is_refused),
        cmocka_unit_test(whatever_is_accepted_is_canonical_and_reads_the_same_again),
        cmocka_unit_test(decoder_takes_plus_for_a_space_only_when_asked),
        cmocka_unit_test(decoder_stays_inside_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
