/* What an import reads: lines, rows, and what a file has brought so far. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/import_seen.h"
#include "cli/line_reader.h"
#include "cli/record.h"
#include "unit.h"

#define NOW INT64_C(1700000000000)

#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

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

/* --- lines --- */

static int file_with(const char *data, size_t len)
{
    int fd = memfd_create("lines", MFD_CLOEXEC);

    assert_true(fd >= 0);
    while (len > 0) {
        ssize_t written = write(fd, data, len);
        assert_true(written > 0);
        data += written;
        len -= (size_t)written;
    }
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void lines_come_as_they_are_and_are_counted(void **state)
{
    static const char text[] = "one\n\ntwo\0x\r\nlast";
    int fd = file_with(text, sizeof text - 1);
    struct line_reader *reader = line_reader_new(*state, fd);
    const char *line;
    size_t len;
    static const struct {
        const char *line;
        size_t len;
    } rows[] = {{"one", 3}, {"", 0}, {"two\0x\r", 6}, {"last", 4}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(line_reader_next(reader, &line, &len), ERR_OK);
        assert_int_equal(len, rows[i].len);
        assert_memory_equal(line, rows[i].line, len + 1);
        assert_int_equal(reader->number, i + 1);
    }
    assert_int_equal(line_reader_next(reader, &line, &len), ERR_ABSENT);
    assert_int_equal(line_reader_next(reader, &line, &len), ERR_ABSENT);
    assert_int_equal(reader->bytes, sizeof text - 1);
    close(fd);
}

static void an_empty_file_has_no_line(void **state)
{
    int fd = file_with("", 0);
    struct line_reader *reader = line_reader_new(*state, fd);
    const char *line;
    size_t len;

    assert_int_equal(line_reader_next(reader, &line, &len), ERR_ABSENT);
    assert_int_equal(reader->number, 0);
    close(fd);
}

/* Lines of LONG bytes around the limit, each between two short ones. */
static void a_line_that_is_too_long_is_skipped_and_the_next_is_right(void **state)
{
    static const struct {
        size_t len;
        enum err error;
    } rows[] = {
        {LINE_READER_MAX - 1, ERR_OK},
        {LINE_READER_MAX, ERR_OK},
        {LINE_READER_MAX + 1, ERR_BODY_TOO_LARGE},
        {LINE_READER_MAX + 2, ERR_BODY_TOO_LARGE},
        {3 * LINE_READER_MAX + 7, ERR_BODY_TOO_LARGE},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char *data = mem_bytes(*state, rows[i].len + 16);
        const char *line;
        size_t len;
        memcpy(data, "first\n", 6);
        memset(data + 6, 'x', rows[i].len);
        memcpy(data + 6 + rows[i].len, "\nlast\n", 6);
        int fd = file_with(data, rows[i].len + 12);
        struct line_reader *reader = line_reader_new(*state, fd);
        assert_int_equal(line_reader_next(reader, &line, &len), ERR_OK);
        assert_int_equal(line_reader_next(reader, &line, &len), rows[i].error);
        assert_int_equal(reader->number, 2);
        if (rows[i].error == ERR_OK) {
            assert_int_equal(len, rows[i].len);
        }
        assert_int_equal(line_reader_next(reader, &line, &len), ERR_OK);
        assert_string_equal(line, "last");
        assert_int_equal(line_reader_next(reader, &line, &len), ERR_ABSENT);
        close(fd);
        talloc_free(data);
    }
}

static void a_file_that_cannot_be_read_says_why(void **state)
{
    struct line_reader *reader = line_reader_new(*state, -1);
    const char *line;
    size_t len;

    assert_int_equal(line_reader_next(reader, &line, &len), ERR_INTERNAL);
    assert_int_equal(errno, EBADF);
}

/* --- rows --- */

static struct record *parse(void *ctx, const char *text)
{
    struct record *record = NULL;
    const char *fault = NULL;

    if (record_parse(ctx, text, strlen(text), NOW, &record, &fault) != ERR_OK) {
        fail_msg("%s: %s", text, fault);
    }
    return record;
}

static void what_is_missing_gets_its_usual_value(void **state)
{
    struct record *record = parse(*state, "{\"type\":\"user\",\"email\":\"Ann@Example.org\"}");

    assert_int_equal(record->kind, RECORD_USER);
    assert_null(record->user.id);
    assert_string_equal(record->user.email, "ann@example.org");
    assert_string_equal(record->user.name, "ann");
    assert_false(record->user.email_verified || record->user.banned);
    assert_int_equal(record->user.created_at, NOW);
    assert_null(record->hash);

    record = parse(*state, "{\"type\":\"task\",\"userId\":\"u\",\"id\":5,\"title\":\"t\","
                           "\"createdAt\":\"2026-01-02T03:04:05.678Z\",\"more\":[1]}");
    assert_int_equal(record->task.id, 5);
    assert_int_equal(record->task.updated_at, record->task.created_at);
    assert_null(record->task.description);

    record = parse(*state, "{\"type\":\"account\",\"userId\":\"u\",\"providerId\":\"credential\"}");
    assert_string_equal(record->account.account_id, "u");
    assert_int_equal(strlen(record->account.id), 32);
}

static void a_row_reads_back_as_it_was_written(void **state)
{
    const struct task task = {.id = 7,
                              .user_id = "u",
                              .title = "caf\xc3\xa9 \"q\"\n\x1b",
                              .description = "",
                              .completed = true,
                              .created_at = NOW,
                              .updated_at = NOW + 1};
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct json_line *line = json_line_new_file(*state);

    record_put_task(line, &task);
    json_line_print(line, out);
    assert_int_equal(fclose(out), 0);
    struct record *record = parse(*state, text);
    free(text);
    assert_int_equal(record->task.id, 7);
    assert_string_equal(record->task.user_id, "u");
    assert_string_equal(record->task.title, task.title);
    assert_string_equal(record->task.description, "");
    assert_true(record->task.completed);
    assert_int_equal(record->task.created_at, NOW);
    assert_int_equal(record->task.updated_at, NOW + 1);
}

static void every_fault_of_a_line_is_named(void **state)
{
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {"", "not a JSON object"},
        {"[]", "not a JSON object"},
        {"{\"type\":\"user\",\"type\":\"task\"}", "not a JSON object"},
        {"{}", "\"type\" is missing"},
        {"{\"type\":7}", "\"type\" is not a text"},
        {"{\"type\":\"frob\"}", "\"type\" is none of"},
        {"{\"type\":\"taskgate\",\"version\":2}", "\"version\" is not 1"},
        {"{\"type\":\"user\"}", "\"email\" is missing"},
        {"{\"type\":\"user\",\"email\":\"x\"}", "\"email\" is no e-mail address"},
        {"{\"type\":\"user\",\"email\":\"a@b.de\",\"id\":\"\"}", "\"id\" is no id"},
        {"{\"type\":\"user\",\"email\":\"a@b.de\",\"id\":\"" HUNDRED HUNDRED HUNDRED "\"}",
         "\"id\" is too long"},
        {"{\"type\":\"user\",\"email\":\"a@b.de\",\"id\":5}", "\"id\" is not a text"},
        {"{\"type\":\"user\",\"email\":\"a@b.de\",\"banned\":1}", "\"banned\" is neither"},
        {"{\"type\":\"user\",\"email\":\"a@b.de\",\"createdAt\":\"now\"}", "\"createdAt\" is no"},
        {"{\"type\":\"user\",\"email\":\"a@b.de\",\"createdAt\":5}", "\"createdAt\" is no"},
        /* A time that is none to the database: a ban that had ended would have no end. */
        {"{\"type\":\"user\",\"email\":\"a@b.de\",\"banExpires\":\"1970-01-01T00:00:00Z\"}",
         "\"banExpires\" is no"},
        {"{\"type\":\"user\",\"email\":\"a@b.de\",\"createdAt\":\"1969-12-31T23:59:59Z\"}",
         "\"createdAt\" is no"},
        {"{\"type\":\"user\",\"email\":\"a@b.de\",\"password\":\"secret\"}",
         "\"password\" is no hash"},
        {"{\"type\":\"account\",\"providerId\":\"x\",\"accountId\":\"y\"}",
         "\"userId\" is missing"},
        {"{\"type\":\"account\",\"userId\":\"u\",\"providerId\":\"x\"}",
         "\"accountId\" is missing"},
        {"{\"type\":\"account\",\"userId\":\"u\",\"providerId\":\"credential\",\"accountId\":"
         "\"v\"}",
         "\"accountId\" of an account"},
        {"{\"type\":\"account\",\"userId\":\"u\",\"providerId\":\"credential\",\"password\":"
         "\"$argon2id$v=19$m=4194304,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
         "\"password\" is no hash"},
        {"{\"type\":\"account\",\"userId\":\"u\",\"providerId\":\"credential\",\"password\":"
         "\"$2b$31$abcdefghijklmnopqrstuuLEH.bJNlYtRUyE05x8IUHhxQjphZ6fO\"}",
         "\"password\" is no hash"},
        {"{\"type\":\"account\",\"userId\":\"u\",\"providerId\":\"x\",\"accountId\":\"y\","
         "\"password\":\"$2b$04$abcdefghijklmnopqrstuuLEH.bJNlYtRUyE05x8IUHhxQjphZ6fO\"}",
         "\"password\" belongs to"},
        {"{\"type\":\"task\",\"userId\":\"u\",\"id\":5}", "\"title\" is missing"},
        {"{\"type\":\"task\",\"userId\":\"u\",\"id\":5,\"title\":\"\"}", "\"title\" is empty"},
        {"{\"type\":\"task\",\"userId\":\"u\",\"title\":\"t\"}", "\"createdAt\" is missing"},
        {"{\"type\":\"task\",\"userId\":\"u\",\"title\":\"t\",\"id\":0}", "\"id\" is no number"},
        {"{\"type\":\"task\",\"userId\":\"u\",\"title\":\"t\",\"id\":\"5\"}",
         "\"id\" is no number"},
        {"{\"type\":\"session\",\"id\":\"s\",\"userId\":\"u\",\"token\":\"t\"}",
         "\"expiresAt\" is missing"},
        {"{\"type\":\"refreshToken\",\"tokenDigest\":\"d\",\"userId\":\"u\"}",
         "\"sessionId\" is missing"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct record *record = NULL;
        const char *fault = NULL;
        print_message("  %s\n", rows[i].text);
        assert_int_equal(
            record_parse(*state, rows[i].text, strlen(rows[i].text), NOW, &record, &fault),
            ERR_BAD_INPUT);
        assert_non_null(strstr(fault, rows[i].fault));
        assert_null(strstr(fault, "secret"));
    }
}

static void titles_are_as_long_as_the_server_takes_them(void **state)
{
    for (size_t chars = TASK_TITLE_MAX; chars <= TASK_TITLE_MAX + 1; chars++) {
        struct buf *text = buf_new(*state);
        struct record *record = NULL;
        const char *fault = NULL;
        buf_puts(text, "{\"type\":\"task\",\"userId\":\"u\",\"id\":1,\"title\":\"");
        for (size_t i = 0; i < chars; i++) {
            buf_puts(text, "\xf0\x9f\x98\x80");
        }
        buf_puts(text, "\"}");
        assert_int_equal(record_parse(*state, text->data, text->len, NOW, &record, &fault),
                         chars == TASK_TITLE_MAX ? ERR_OK : ERR_BAD_INPUT);
    }
}

/* --- what was seen --- */

static void every_name_is_remembered_by_its_kind(void **state)
{
    struct import_seen *seen = import_seen_new(*state);

    for (int i = 0; i < 50000; i++) {
        assert_true(import_seen_add(seen, "user", mem_printf(*state, "u%d", i)));
    }
    for (int i = 0; i < 50000; i++) {
        const char *name = mem_printf(*state, "u%d", i);
        assert_true(import_seen_has(seen, "user", name));
        assert_false(import_seen_has(seen, "email", name));
        assert_false(import_seen_add(seen, "user", name));
    }
    assert_false(import_seen_has(seen, "user", "u50000"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(lines_come_as_they_are_and_are_counted),
        T(an_empty_file_has_no_line),
        T(a_line_that_is_too_long_is_skipped_and_the_next_is_right),
        T(a_file_that_cannot_be_read_says_why),
        T(what_is_missing_gets_its_usual_value),
        T(a_row_reads_back_as_it_was_written),
        T(every_fault_of_a_line_is_named),
        T(titles_are_as_long_as_the_server_takes_them),
        T(every_name_is_remembered_by_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
