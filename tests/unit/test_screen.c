/* http/screen: what libfcgi may read. */
#include "unit.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/screen.h"

#define BEGIN          "\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0"
#define PARAMS(length) "\1\4\0\1\0" length "\0\0"
#define END_OF_PARAMS  PARAMS("\0")
#define PAIR           "\3\3FOObar"
#define GOOD           BEGIN PARAMS("\10") PAIR END_OF_PARAMS

#define BYTES(text) (const unsigned char *)(text), sizeof(text) - 1

static void a_whole_request_passes(void **state)
{
    (void)state;
    assert_int_equal(screen_judge(BYTES(GOOD)), SCREEN_PASS);
    assert_int_equal(screen_judge(BYTES(GOOD "\1\5\0\1\0\2\0\0hi")), SCREEN_PASS);
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
    (void)state;
    for (size_t len = 0; len < sizeof GOOD - 1; len++) {
        assert_int_equal(screen_judge((const unsigned char *)GOOD, len), SCREEN_MORE);
    }
}

static void what_is_no_request_is_refused(void **state)
{
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
        assert_int_equal(screen_judge((const unsigned char *)rows[i].data, rows[i].len),
                         SCREEN_REFUSE);
    }
}

/* Lets a child send DATA to FD in pieces of SIZE bytes, each when the one before was seen, and
 * close it; the parent judges. The answer and what can be read afterwards are returned. */
static enum err judged_in_pieces(int reader, int writer, const char *data, size_t len, size_t size,
                                 size_t *ret_left)
{
    static char left[2 * SCREEN_MAX];
    pid_t child = fork();

    if (child == 0) {
        close(reader);
        for (size_t at = 0; at < len; at += size) {
            size_t piece = len - at < size ? len - at : size;
            if (write(writer, data + at, piece) != (ssize_t)piece) {
                break;
            }
        }
        _exit(0);
    }
    close(writer);
    enum err error = screen_wait(reader);
    size_t total = 0;
    for (ssize_t got; (got = read(reader, left + total, sizeof left - total)) > 0;) {
        total += (size_t)got;
    }
    waitpid(child, NULL, 0);
    close(reader);
    *ret_left = total;
    assert_true(total != len || memcmp(left, data, len) == 0);
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

static void a_request_in_pieces_is_waited_for_and_left_in_place(void **state)
{
    static void (*const pairs[])(int *, int *) = {unix_pair, tcp_pair};
    int reader, writer;
    size_t left;

    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        for (size_t size = 1; size <= sizeof GOOD; size += 7) {
            pairs[i](&reader, &writer);
            assert_int_equal(judged_in_pieces(reader, writer, GOOD, sizeof GOOD - 1, size, &left),
                             ERR_OK);
            assert_int_equal(left, sizeof GOOD - 1);
        }
    }
}

static void a_request_that_ends_early_is_refused(void **state)
{
    int reader, writer;
    size_t left;

    (void)state;
    for (size_t len = 0; len < sizeof GOOD - 1; len += 3) {
        unix_pair(&reader, &writer);
        assert_int_equal(judged_in_pieces(reader, writer, GOOD, len, 5, &left), ERR_CLIENT_GONE);
    }
}

static void silence_ends_with_the_sockets_time_out(void **state)
{
    const struct timeval soon = {.tv_usec = 50000};
    int reader, writer;

    (void)state;
    unix_pair(&reader, &writer);
    setsockopt(reader, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    assert_int_equal(screen_wait(reader), ERR_CLIENT_GONE);
    assert_int_equal(write(writer, GOOD, 10), 10);
    assert_int_equal(screen_wait(reader), ERR_CLIENT_GONE);
    close(reader);
    close(writer);
}

/* A request whose parameters take PAIRS records of 1,008 bytes. */
static char *long_request(size_t pairs, size_t *ret_len)
{
    static const char record[] = "\1\4\0\1\3\360\0\0\3\200\0\3\350FOO";
    char *data = malloc(sizeof BEGIN + pairs * 1016 + sizeof END_OF_PARAMS);
    size_t len = sizeof BEGIN - 1;

    memcpy(data, BEGIN, len);
    for (size_t i = 0; i < pairs; i++) {
        memcpy(data + len, record, sizeof record - 1);
        memset(data + len + sizeof record - 1, 'v', 1000);
        len += 1016;
    }
    memcpy(data + len, END_OF_PARAMS, sizeof END_OF_PARAMS - 1);
    *ret_len = len + sizeof END_OF_PARAMS - 1;
    return data;
}

static void parameters_are_bounded(void **state)
{
    int reader, writer;
    size_t len, left;
    char *data = long_request(90, &len);

    (void)state;
    assert_true(len < SCREEN_MAX);
    unix_pair(&reader, &writer);
    assert_int_equal(judged_in_pieces(reader, writer, data, len, len, &left), ERR_OK);
    assert_int_equal(left, len);
    free(data);

    data = long_request(98, &len);
    assert_true(len > SCREEN_MAX);
    unix_pair(&reader, &writer);
    assert_int_equal(judged_in_pieces(reader, writer, data, len, len, &left), ERR_CLIENT_GONE);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_request_passes),
        cmocka_unit_test(every_cut_waits_for_more),
        cmocka_unit_test(what_is_no_request_is_refused),
        cmocka_unit_test(a_request_in_pieces_is_waited_for_and_left_in_place),
        cmocka_unit_test(a_request_that_ends_early_is_refused),
        cmocka_unit_test(silence_ends_with_the_sockets_time_out),
        cmocka_unit_test(parameters_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
