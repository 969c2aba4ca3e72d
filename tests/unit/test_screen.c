/* http/screen and http/stream: what is read from a web server, and what libfcgi sees of it. */
#include "unit.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/screen.h"
#include "http/stream.h"

#define BEGIN          "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
#define PARAMS(length) "\1\4\0\1\0" length "\0\0"
#define END_OF_PARAMS  PARAMS("\0")
#define PAIR           "\3\3FOObar"
#define GOOD           BEGIN PARAMS("\10") PAIR END_OF_PARAMS
#define END_OF_BODY    "\1\5\0\1\0\0\0\0"
#define BODY           "\1\5\0\1\0\5\0\0hello" END_OF_BODY

#define BYTES(text) (const unsigned char *)(text), sizeof(text) - 1, &used

static void a_whole_request_passes(void **state)
{
    size_t used = 0;
    (void)state;
    assert_int_equal(screen_judge(BYTES(GOOD)), SCREEN_PASS);
    assert_int_equal(used, sizeof GOOD - 1);
    assert_int_equal(screen_judge(BYTES(GOOD BODY)), SCREEN_PASS);
    assert_int_equal(used, sizeof GOOD - 1);
    /* no parameters at all, padding, a pair over two records, a length of four bytes */
    assert_int_equal(screen_judge(BYTES(BEGIN END_OF_PARAMS)), SCREEN_PASS);
    assert_int_equal(screen_judge(BYTES(BEGIN "\1\4\0\1\0\10\3\0" PAIR "xyz" END_OF_PARAMS)),
                     SCREEN_PASS);
    assert_int_equal(
        screen_judge(BYTES(BEGIN PARAMS("\4") "\3\3FO" PARAMS("\4") "Obar" END_OF_PARAMS)),
        SCREEN_PASS);
    assert_int_equal(screen_judge(BYTES(BEGIN PARAMS("\13") "\3\200\0\0\3FOObar" END_OF_PARAMS)),
                     SCREEN_PASS);
}

static void every_cut_waits_for_more(void **state)
{
    size_t used = 0;
    (void)state;
    for (size_t len = 0; len < sizeof GOOD - 1; len++) {
        assert_int_equal(screen_judge((const unsigned char *)GOOD, len, &used), SCREEN_MORE);
    }
}

static void what_is_no_request_is_refused(void **state)
{
    size_t used = 0;
    static const struct {
        const char *data;
        size_t len;
    } rows[] = {
#define ROW(text) {text, sizeof(text) - 1}
        ROW("\2"),                                            /* another version */
        ROW("\1\11\0\0\0\10\0\0\6\0FCGI_X"),                  /* FCGI_GET_VALUES */
        ROW("\1\2\0\1\0\0\0\0"),                              /* FCGI_ABORT_REQUEST */
        ROW("\1\4\0\1\0\0\0\0"),                              /* parameters of nothing */
        ROW("\1\1\0\0\0\10\0\0\0\1\0\0\0\0\0\0"),             /* request 0 */
        ROW("\1\1\0\1\0\7\0\0\0\1\0\0\0\0\0"),                /* a short BEGIN */
        ROW(BEGIN BEGIN),                                     /* two of them */
        ROW(BEGIN "\1\11\0\0\0\0\0\0"),                       /* a management record inside */
        ROW(BEGIN "\1\5\0\1\0\0\0\0"),                        /* the body before the parameters */
        ROW(BEGIN "\1\4\0\2\0\0\0\0"),                        /* parameters of another request */
        ROW(BEGIN "\3\4\0\1\0\0\0\0"),                        /* another version inside */
        ROW(BEGIN PARAMS("\7") "\3\3FOOba" END_OF_PARAMS),    /* a value that is cut */
        ROW(BEGIN PARAMS("\1") "\3" END_OF_PARAMS),           /* a name without a value's length */
        ROW(BEGIN PARAMS("\3") "\3\200\0" END_OF_PARAMS),     /* half a length */
        ROW(BEGIN PARAMS("\10") "\3\3F\0Obar" END_OF_PARAMS), /* NUL in a name */
        ROW(BEGIN PARAMS("\10") "\3\3FOOb\0r" END_OF_PARAMS), /* NUL in a value */
        /* lengths that overflow when they are added (the second half of CVE-2025-23016) */
        ROW(BEGIN PARAMS("\10") "\377\377\377\377\377\377\377\377" END_OF_PARAMS),
        ROW(BEGIN PARAMS("\10") "\377\377\377\376\377\377\377\376" END_OF_PARAMS),
#undef ROW
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  row %zu\n", i);
        assert_int_equal(screen_judge((const unsigned char *)rows[i].data, rows[i].len, &used),
                         SCREEN_REFUSE);
    }
}

/* Lets a child send DATA to FD in pieces of SIZE bytes and close it; the parent reads the
 * parameters and a body of BODY_LEN bytes. */
static enum err read_in_pieces(int reader, int writer, const char *data, size_t len, size_t size,
                               size_t body_len, char *body)
{
    struct stream *stream;
    pid_t child = fork();

    if (child == 0) {
        close(reader);
        for (size_t at = 0; at < len; at += size) {
            size_t piece = len - at < size ? len - at : size;
            if (send(writer, data + at, piece, MSG_NOSIGNAL) != (ssize_t)piece) {
                break;
            }
        }
        _exit(0);
    }
    close(writer);
    enum err error = stream_read_head(NULL, reader, &stream);
    if (error == ERR_OK) {
        error = stream_read_body(stream, body, body_len);
        talloc_free(stream);
    }
    close(reader);
    waitpid(child, NULL, 0);
    return error;
}

static void unix_pair(int *ret_reader, int *ret_writer)
{
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    *ret_reader = fds[0];
    *ret_writer = fds[1];
}

static void tcp_pair(int *ret_reader, int *ret_writer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *ret_writer = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(*ret_writer, (struct sockaddr *)&address, sizeof address), 0);
    *ret_reader = accept(listener, NULL, NULL);
    close(listener);
}

static void a_request_in_pieces_is_waited_for(void **state)
{
    static const char data[] = GOOD BODY;
    static void (*const pairs[])(int *, int *) = {unix_pair, tcp_pair};
    int reader, writer;

    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        for (size_t size = 1; size <= sizeof data; size += 7) {
            char body[6] = "";
            pairs[i](&reader, &writer);
            assert_int_equal(read_in_pieces(reader, writer, data, sizeof data - 1, size, 5, body),
                             ERR_OK);
            assert_string_equal(body, "hello");
        }
    }
}

static void a_request_that_ends_early_is_refused(void **state)
{
    static const char data[] = GOOD BODY;
    int reader, writer;
    char body[5];

    (void)state;
    for (size_t len = 0; len < sizeof data - 1; len += 3) {
        enum err expected = len < sizeof GOOD - 1 ? ERR_CLIENT_GONE : ERR_BAD_REQUEST;
        unix_pair(&reader, &writer);
        assert_int_equal(read_in_pieces(reader, writer, data, len, 5, 5, body), expected);
    }
}

static void a_body_is_what_was_announced_and_nothing_else(void **state)
{
    static const struct {
        const char *data;
        size_t len;
        size_t body_len;
        enum err error;
    } rows[] = {
#define ROW(text, body_len, error) {text, sizeof(text) - 1, body_len, error}
        ROW(GOOD END_OF_BODY, 0, ERR_OK),
        ROW(GOOD BODY, 4, ERR_BAD_REQUEST),
        ROW(GOOD BODY, 6, ERR_BAD_REQUEST),
        ROW(GOOD BODY, 0, ERR_BAD_REQUEST),
        ROW(GOOD "\1\5\0\1\0\2\1\0hix" END_OF_BODY, 2, ERR_OK),
        ROW(GOOD "\1\5\0\2\0\2\0\0hi" END_OF_BODY, 2, ERR_BAD_REQUEST), /* another request's */
        ROW(GOOD "\2\5\0\1\0\2\0\0hi" END_OF_BODY, 2, ERR_BAD_REQUEST), /* another version */
        ROW(GOOD "\1\2\0\1\0\0\0\0" BODY, 5, ERR_BAD_REQUEST),          /* FCGI_ABORT_REQUEST */
        /* FCGI_GET_VALUES, which libfcgi must not see, and BEGIN, which would be smuggling */
        ROW(GOOD "\1\11\0\0\0\10\0\0\6\0FCGI_X" BODY, 5, ERR_BAD_REQUEST),
        ROW(GOOD BEGIN BODY, 5, ERR_BAD_REQUEST),
#undef ROW
    };
    int reader, writer;
    char body[8];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  row %zu\n", i);
        unix_pair(&reader, &writer);
        assert_int_equal(read_in_pieces(reader, writer, rows[i].data, rows[i].len, rows[i].len,
                                        rows[i].body_len, body),
                         rows[i].error);
    }
}

static void silence_ends_with_the_sockets_time_out(void **state)
{
    const struct timeval soon = {.tv_usec = 50000};
    struct stream *stream;
    int reader, writer;

    (void)state;
    unix_pair(&reader, &writer);
    setsockopt(reader, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    assert_int_equal(stream_read_head(NULL, reader, &stream), ERR_CLIENT_GONE);
    assert_int_equal(write(writer, GOOD, 10), 10);
    assert_int_equal(stream_read_head(NULL, reader, &stream), ERR_CLIENT_GONE);
    close(reader);
    close(writer);
}

/* A request whose parameters take PAIRS records of 1,008 bytes. */
static char *long_request(size_t pairs, size_t *ret_len)
{
    static const char record[] = "\1\4\0\1\3\360\0\0\3\200\0\3\350FOO";
    char *data = malloc(sizeof BEGIN + pairs * 1016 + sizeof(END_OF_PARAMS END_OF_BODY));
    size_t len = sizeof BEGIN - 1;

    memcpy(data, BEGIN, len);
    for (size_t i = 0; i < pairs; i++) {
        memcpy(data + len, record, sizeof record - 1);
        memset(data + len + sizeof record - 1, 'v', 1000);
        len += 1016;
    }
    memcpy(data + len, END_OF_PARAMS END_OF_BODY, sizeof(END_OF_PARAMS END_OF_BODY) - 1);
    *ret_len = len + sizeof(END_OF_PARAMS END_OF_BODY) - 1;
    return data;
}

static void parameters_are_bounded(void **state)
{
    int reader, writer;
    size_t len;
    char *data = long_request(90, &len);

    (void)state;
    assert_true(len < SCREEN_MAX);
    unix_pair(&reader, &writer);
    assert_int_equal(read_in_pieces(reader, writer, data, len, len, 0, NULL), ERR_OK);
    free(data);

    data = long_request(98, &len);
    assert_true(len > SCREEN_MAX);
    unix_pair(&reader, &writer);
    assert_int_equal(read_in_pieces(reader, writer, data, len, len, 0, NULL), ERR_CLIENT_GONE);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_request_passes),
        cmocka_unit_test(every_cut_waits_for_more),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(a_request_in_pieces_is_waited_for),
        cmocka_unit_test(a_request_that_ends_early_is_refused),
        cmocka_unit_test(a_body_is_what_was_announced_and_nothing_else),
        cmocka_unit_test(silence_ends_with_the_sockets_time_out),
        cmocka_unit_test(parameters_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
