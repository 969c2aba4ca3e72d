/* http/stream: the bytes of a connection become requests, however they are cut, and never more than
 * one at a time. */
#include "unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "feed.h"

#define BEGIN         "\1\1\0\1\0\10\0\0\0\1\1\0\0\0\0\0"
#define END_OF_PARAMS "\1\4\0\1\0\0\0\0"
#define PARAMS_5      "\1\4\0\1\0\21\0\0\16\1CONTENT_LENGTH5" END_OF_PARAMS
#define PARAMS_14     "\1\4\0\1\0\22\0\0\16\2CONTENT_LENGTH14" END_OF_PARAMS
#define PARAMS_0      "\1\4\0\1\0\10\0\0\3\3FOObar" END_OF_PARAMS
#define END_OF_BODY   "\1\5\0\1\0\0\0\0"
#define HELLO         "\1\5\0\1\0\5\0\0hello"

#define MAX_BODY 100

static void a_request_is_the_same_however_it_is_cut(void **state)
{
    static const char data[] = BEGIN PARAMS_5 "\1\5\0\1\0\2\3\0he..."
                                              "\1\5\0\1\0\3\0\0llo" END_OF_BODY;
    char *body;

    (void)state;
    for (size_t piece = 1; piece <= sizeof data; piece++) {
        struct stream *stream = stream_new(NULL, MAX_BODY);
        assert_true(stream_is_empty(stream));
        assert_int_equal(feed(stream, data, sizeof data - 2, piece), STREAM_MORE);
        assert_false(stream_is_empty(stream));
        assert_int_equal(feed(stream, data + sizeof data - 2, 1, 1), STREAM_WHOLE);
        struct stream_request request = stream_request(stream);
        assert_int_equal(request.head_len, sizeof(BEGIN PARAMS_5) - 1);
        assert_memory_equal(request.head, data, request.head_len);
        assert_int_equal(request.request_id, 1);
        assert_true(request.keep);
        assert_true(request.intact);
        assert_true(request.ended);
        assert_int_equal(stream_body(stream, stream, 5, &body), ERR_OK);
        assert_string_equal(body, "hello");
        assert_int_equal(stream_body(stream, stream, 4, &body), ERR_BAD_REQUEST);
        assert_int_equal(stream_body(stream, stream, 6, &body), ERR_BAD_REQUEST);
        talloc_free(stream);
    }
}

static void one_request_follows_the_other(void **state)
{
    struct stream *stream = stream_new(NULL, MAX_BODY);
    char *body;

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(feed(stream, BEGIN PARAMS_5 HELLO END_OF_BODY,
                              sizeof(BEGIN PARAMS_5 HELLO END_OF_BODY) - 1, 1000),
                         STREAM_WHOLE);
        assert_int_equal(stream_body(stream, stream, 5, &body), ERR_OK);
        stream_next(stream);
        assert_true(stream_is_empty(stream));
        assert_int_equal(
            feed(stream, BEGIN PARAMS_0 END_OF_BODY, sizeof(BEGIN PARAMS_0 END_OF_BODY) - 1, 3),
            STREAM_WHOLE);
        assert_int_equal(stream_body(stream, stream, 0, &body), ERR_OK);
        assert_string_equal(body, "");
        stream_next(stream);
    }
    talloc_free(stream);
}

/* What is wrong with a body is told to who sent it, when it has been sent: then the connection can
 * go on. */
static void a_body_that_is_not_as_announced_is_read_and_not_used(void **state)
{
    static const struct {
        const char *data;
        size_t len;
    } rows[] = {
#define ROW(text) {text, sizeof(text) - 1}
        ROW(BEGIN PARAMS_5 "\1\5\0\1\0\6\0\0hello!" END_OF_BODY),
        ROW(BEGIN PARAMS_5 HELLO HELLO HELLO END_OF_BODY),
        ROW(BEGIN PARAMS_0 HELLO END_OF_BODY),
        ROW(BEGIN PARAMS_5 "\1\5\0\1\0\4\0\0hell" END_OF_BODY),
        ROW(BEGIN PARAMS_5 END_OF_BODY),
        ROW(BEGIN "\1\4\0\1\0\23\0\0\16\3CONTENT_LENGTH101" END_OF_PARAMS HELLO END_OF_BODY),
#undef ROW
    };
    char *body;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stream *stream = stream_new(NULL, MAX_BODY);
        print_message("  row %zu\n", i);
        for (size_t piece = 1; piece <= rows[i].len; piece++) {
            assert_int_equal(feed(stream, rows[i].data, rows[i].len - 1, piece), STREAM_MORE);
            assert_int_equal(feed(stream, rows[i].data + rows[i].len - 1, 1, 1), STREAM_WHOLE);
            assert_true(stream_request(stream).ended);
            for (size_t len = 0; len < 200; len++) {
                if (len != 4 && len != 0) {
                    assert_int_equal(stream_body(stream, stream, len, &body), ERR_BAD_REQUEST);
                }
            }
            stream_next(stream);
        }
        talloc_free(stream);
    }
}

/* Within reason: then it is told at once, and nothing is read from there any more. */
static void a_body_beyond_all_reason_is_not_read(void **state)
{
    static const char much[] = BEGIN "\1\4\0\1\0\27\0\0\16\7CONTENT_LENGTH1048577" END_OF_PARAMS;
    static const char odd[] = BEGIN "\1\4\0\1\0\22\0\0\16\2CONTENT_LENGTH-1" END_OF_PARAMS;
    struct stream *stream = stream_new(NULL, MAX_BODY);
    char *body, *record = mem_bytes(stream, 65008);
    enum stream_state result;
    size_t sent = 0;

    (void)state;
    assert_int_equal(feed(stream, much, sizeof much - 1, 1000), STREAM_WHOLE);
    assert_false(stream_request(stream).ended);
    assert_int_equal(stream_body(stream, stream, 1048577, &body), ERR_BAD_REQUEST);
    stream_next(stream);
    assert_int_equal(feed(stream, odd, sizeof odd - 1, 1000), STREAM_WHOLE);
    assert_false(stream_request(stream).ended);
    stream_next(stream);

    /* more than announced, without end; the memory for it does not grow */
    memset(record, 'x', 65008);
    memcpy(record, "\1\5\0\1\375\350\0\0", 8);
    result = feed(stream, BEGIN PARAMS_5, sizeof(BEGIN PARAMS_5) - 1, 1000);
    while (result == STREAM_MORE && sent < 4000000) {
        size_t held;
        result = feed(stream, record, 65008, 65008);
        sent += 65000;
        (void)stream_bytes(stream, &held);
        assert_true(result != STREAM_MORE || held < 1000);
    }
    assert_int_equal(result, STREAM_WHOLE);
    assert_false(stream_request(stream).ended);
    assert_in_range(sent, 1024 * 1024, 1024 * 1024 + 65000);
    talloc_free(stream);
}

static void what_is_no_body_of_this_request_is_refused(void **state)
{
    static const struct {
        const char *data;
        size_t len;
    } rows[] = {
#define ROW(text) {text, sizeof(text) - 1}
        ROW(BEGIN PARAMS_5 "\1\5\0\2\0\5\0\0hello"),        /* another request's */
        ROW(BEGIN PARAMS_5 "\2\5\0\1\0\5\0\0hello"),        /* another version */
        ROW(BEGIN PARAMS_5 "\1\2\0\1\0\0\0\0"),             /* FCGI_ABORT_REQUEST */
        ROW(BEGIN PARAMS_5 "\1\11\0\0\0\10\0\0\6\0FCGI_X"), /* FCGI_GET_VALUES */
        ROW(BEGIN PARAMS_5 BEGIN),                          /* what smuggling looks like */
        ROW(BEGIN PARAMS_5 HELLO BEGIN PARAMS_0 END_OF_BODY),
        ROW(BEGIN PARAMS_5 HELLO END_OF_BODY "\1"), /* a request before the answer */
        ROW(BEGIN PARAMS_0 END_OF_BODY BEGIN PARAMS_0 END_OF_BODY),
        ROW("\1\5\0\1\0\0\0\0"), /* no request at all */
#undef ROW
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stream *stream = stream_new(NULL, MAX_BODY);
        print_message("  row %zu\n", i);
        assert_int_equal(feed(stream, rows[i].data, rows[i].len, 1000), STREAM_REFUSED);
        talloc_free(stream);
    }
}

/* --- what is left of a request --- */

/* Whether the LEN bytes at AT, which may have been freed, hold a part of the body of secrets. */
static bool holds_secret(const void *at, size_t len)
{
    static char copy[1 << 18];
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

    assert_true(memory >= 0 && len <= sizeof copy);
    ssize_t got = pread(memory, copy, len, (off_t)(uintptr_t)at);
    close(memory);
    bool found = got > 0 && memmem(copy, (size_t)got, "hunter2", 7) != NULL;
    memset(copy, 0, sizeof copy);
    return found;
}

/* A body of LEN bytes, all of them secrets, in one record behind the parameters. */
static void feed_secrets(struct stream *stream, size_t len)
{
    char *record = mem_bytes(NULL, 8 + len);

    memcpy(record, "\1\5\0\1\0\0\0\0", 8);
    record[4] = (char)(len >> 8);
    record[5] = (char)len;
    for (size_t i = 0; i < len; i++) {
        record[8 + i] = "hunter2"[i % 7];
    }
    assert_int_equal(feed(stream, BEGIN PARAMS_14, sizeof(BEGIN PARAMS_14) - 1, 1000), STREAM_MORE);
    assert_int_equal(feed(stream, record, 8 + len, 8 + len), STREAM_MORE);
    assert_int_equal(feed(stream, "\1", 1, 1), STREAM_MORE); /* the next one begins */
    talloc_free(record);
}

static void bytes_are_wiped_when_their_request_is_forgotten(void **state)
{
    /* As announced; longer, so that it is dropped; the same, and the memory had to grow. */
    static const size_t lens[] = {14, 1000, 60000};

    (void)state;
    for (size_t i = 0; i < COUNT(lens); i++) {
        for (int closes = 0; closes < 2; closes++) {
            struct stream *stream = stream_new(NULL, MAX_BODY);
            size_t first_len, last_len;
            stream_room(stream, &first_len);
            const void *first = stream_bytes(stream, &last_len);
            feed_secrets(stream, lens[i]);
            const char *last = stream_bytes(stream, &last_len);
            last_len += 8 + lens[i]; /* those that were dropped stood behind */
            assert_true(holds_secret(last, last_len) || lens[i] > 14);
            if (closes == 1) {
                talloc_free(stream);
            } else {
                stream_next(stream);
            }
            assert_false(holds_secret(first, first_len));
            assert_false(holds_secret(last, last_len));
            if (closes == 0) {
                talloc_free(stream);
            }
        }
    }
}

/* Records that bring nothing must not fill the memory. */
static void padding_without_end_is_refused(void **state)
{
    static const char record[264] = "\1\5\0\1\0\1\377\0x";
    struct stream *stream = stream_new(NULL, 65536);
    enum stream_state result;
    size_t sent = 0;

    (void)state;
    result =
        feed(stream, BEGIN "\1\4\0\1\0\25\0\0\16\5CONTENT_LENGTH60000" END_OF_PARAMS,
             sizeof(BEGIN "\1\4\0\1\0\25\0\0\16\5CONTENT_LENGTH60000" END_OF_PARAMS) - 1, 1000);
    for (; result == STREAM_MORE && sent < 1000000; sent += sizeof record) {
        result = feed(stream, record, sizeof record, sizeof record);
    }
    assert_int_equal(result, STREAM_REFUSED);
    assert_in_range(sent, 200000, 400000);
    talloc_free(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_the_same_however_it_is_cut),
        cmocka_unit_test(one_request_follows_the_other),
        cmocka_unit_test(a_body_that_is_not_as_announced_is_read_and_not_used),
        cmocka_unit_test(a_body_beyond_all_reason_is_not_read),
        cmocka_unit_test(what_is_no_body_of_this_request_is_refused),
        cmocka_unit_test(bytes_are_wiped_when_their_request_is_forgotten),
        cmocka_unit_test(padding_without_end_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
