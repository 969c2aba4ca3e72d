/* proc/conn, http/output and proc/handover: a connection of a web server from its first byte to the
 * next request, in one process or in two. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "proc/conn.h"
#include "proc/handover.h"

#define BEGIN(keep) "\1\1\0\1\0\10\0\0\0\1" keep "\0\0\0\0\0"
#define PARAMS      "\1\4\0\1\0\10\0\0\3\3FOObar\1\4\0\1\0\0\0\0"
#define PARAMS_5    "\1\4\0\1\0\21\0\0\16\1CONTENT_LENGTH5\1\4\0\1\0\0\0\0"
#define END_OF_BODY "\1\5\0\1\0\0\0\0"
#define KEPT        BEGIN("\1") PARAMS END_OF_BODY
#define CLOSED      BEGIN("\0") PARAMS END_OF_BODY

#define NOW 1000000

struct pair {
    struct conn *conn;
    int web; /* the web server's end */
};

static int set_up(void **state)
{
    struct pair *pair = mem_new(NULL, struct pair);
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    pair->conn = conn_new(pair, fds[0], 65536, NOW);
    pair->web = fds[1];
    *state = pair;
    return 0;
}

static int tear_down(void **state)
{
    struct pair *pair = *state;

    if (pair->conn != NULL) {
        conn_close(pair->conn);
    }
    close(pair->web);
    talloc_free(pair);
    return 0;
}

#define SEND(pair, text)                                                                           \
    assert_int_equal(send((pair)->web, text, sizeof(text) - 1, MSG_NOSIGNAL), sizeof(text) - 1)

static struct buf *text(void *ctx, size_t len, char letter)
{
    struct buf *buf = buf_new(ctx);

    memset(buf_reserve(buf, len), letter, len);
    buf->len += len;
    return buf;
}

/* Answers with a head and a body of LEN letters. */
static void answer(struct pair *pair, size_t len)
{
    void *ctx = mem_context(NULL);

    conn_answer(pair->conn, ctx, text(ctx, 10, 'h'), text(ctx, len, 'b'));
}

/* What the web server has received: the content of the records of its standard output. */
static size_t received(struct pair *pair, bool *ret_ended)
{
    static unsigned char data[4 * 1024 * 1024];
    size_t len = 0, content = 0, at = 0;
    ssize_t got;

    *ret_ended = false;
    do {
        got = recv(pair->web, data + len, sizeof data - len, MSG_DONTWAIT);
        len += got > 0 ? (size_t)got : 0;
        if (pair->conn->state == CONN_WRITING) {
            conn_write(pair->conn);
        }
    } while (got > 0);
    while (at < len) {
        size_t size = (size_t)data[at + 4] << 8 | data[at + 5];
        assert_true(at + 8 + size <= len);
        assert_int_equal(data[at], 1);
        assert_int_equal(data[at + 2] << 8 | data[at + 3], 1);
        if (data[at + 1] == 6) {
            content += size;
        } else {
            assert_int_equal(data[at + 1], 3);
            assert_int_equal(at + 16, len);
            *ret_ended = true;
        }
        at += 8 + size;
    }
    return content;
}

static void a_kept_connection_serves_one_request_after_the_other(void **state)
{
    struct pair *pair = *state;
    bool ended;

    for (int i = 0; i < 3; i++) {
        conn_read(pair->conn, NOW);
        assert_int_equal(pair->conn->state, CONN_IDLE);
        assert_int_equal(pair->conn->deadline, i == 0 ? NOW + 30000 : 0);
        SEND(pair, KEPT);
        conn_read(pair->conn, NOW + i);
        assert_int_equal(pair->conn->state, CONN_WHOLE);
        assert_int_equal(pair->conn->deadline, NOW + i + 30000);
        answer(pair, 20);
        assert_int_equal(pair->conn->state, CONN_ANSWERED);
        assert_int_equal(received(pair, &ended), 30);
        assert_true(ended);
        conn_settle(pair->conn);
        assert_int_equal(pair->conn->state, CONN_IDLE);
    }
}

static void a_connection_that_is_not_to_be_kept_goes(void **state)
{
    struct pair *pair = *state;

    SEND(pair, CLOSED);
    conn_read(pair->conn, NOW);
    answer(pair, 1);
    conn_settle(pair->conn);
    assert_int_equal(pair->conn->state, CONN_GONE);
}

#define MUCH "\1\4\0\1\0\27\0\0\16\7CONTENT_LENGTH1048577\1\4\0\1\0\0\0\0"

/* security.md finding 3: what follows an unread body must never be taken for a request. */
static void a_connection_with_an_unread_body_never_serves_again(void **state)
{
    struct pair *pair = *state;
    char rest;

    SEND(pair, BEGIN("\1") MUCH);
    conn_read(pair->conn, NOW);
    assert_int_equal(pair->conn->state, CONN_WHOLE);
    SEND(pair, KEPT);
    answer(pair, 1);
    conn_settle(pair->conn);
    assert_int_equal(pair->conn->state, CONN_DRAINING);
    SEND(pair, KEPT);
    conn_read(pair->conn, NOW);
    assert_int_equal(pair->conn->state, CONN_DRAINING);
    while (recv(pair->web, &rest, 1, MSG_DONTWAIT) > 0) {
        continue;
    }
    assert_int_equal(recv(pair->web, &rest, 1, MSG_DONTWAIT), 0); /* we send nothing any more */
    shutdown(pair->web, SHUT_WR);
    conn_read(pair->conn, NOW);
    assert_int_equal(pair->conn->state, CONN_GONE);
}

/* A web server that has sent the whole of a refused body may use the connection again. */
static void a_connection_with_a_refused_body_goes_on(void **state)
{
    struct pair *pair = *state;
    bool ended;

    SEND(pair, BEGIN("\1") PARAMS_5 "\1\5\0\1\0\10\0\0morebody");
    conn_read(pair->conn, NOW);
    assert_int_equal(pair->conn->state, CONN_READING);
    SEND(pair, "\1\5\0\1\0\0\0\0");
    conn_read(pair->conn, NOW);
    assert_int_equal(pair->conn->state, CONN_WHOLE);
    answer(pair, 1);
    assert_int_equal(received(pair, &ended), 11);
    conn_settle(pair->conn);
    assert_int_equal(pair->conn->state, CONN_IDLE);
}

static void who_does_not_stop_sending_is_cut_off(void **state)
{
    static const char junk[65536];
    struct pair *pair = *state;
    size_t sent = 0;

    SEND(pair, BEGIN("\1") MUCH);
    conn_read(pair->conn, NOW);
    answer(pair, 1);
    conn_settle(pair->conn);
    while (pair->conn->state == CONN_DRAINING && sent < 64 * sizeof junk) {
        ssize_t part = send(pair->web, junk, sizeof junk, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += part > 0 ? (size_t)part : 0;
        conn_read(pair->conn, NOW);
    }
    assert_int_equal(pair->conn->state, CONN_GONE);
    assert_in_range(sent, 1024 * 1024, 2 * 1024 * 1024);
}

/* Whoever sends as fast as he is read. */
static void a_connection_does_not_keep_the_worker_to_itself(void **state)
{
    static const char record[] = "\1\5\0\1\0\1\377\0x";
    static char data[248 * 264];
    struct pair *pair = *state;
    int left;

    for (size_t at = 0; at < sizeof data; at += 264) {
        memcpy(data + at, record, sizeof record - 1);
    }
    SEND(pair, BEGIN("\1") PARAMS_5);
    while (send(pair->web, data, sizeof data, MSG_NOSIGNAL) == (ssize_t)sizeof data) {
        continue;
    }
    conn_read(pair->conn, NOW);
    assert_int_equal(pair->conn->state, CONN_READING);
    assert_int_equal(ioctl(pair->conn->fd, FIONREAD, &left), 0);
    assert_true(left > 0);
    for (int turn = 0; left > 0 && turn < 100; turn++) { /* the rest is not forgotten */
        conn_read(pair->conn, NOW);
        assert_int_equal(ioctl(pair->conn->fd, FIONREAD, &left), 0);
    }
    assert_int_equal(left, 0);
}

/* Longer than the socket's buffer, and at the borders of records. */
static void a_long_answer_is_sent_as_fast_as_it_is_taken(void **state)
{
    static const size_t sizes[] = {65527, 65528, 65529, 131056, 131057, 3000000};
    struct pair *pair = *state;
    bool ended = false, waited = false;

    for (size_t i = 0; i < COUNT(sizes); i++) {
        SEND(pair, KEPT);
        conn_read(pair->conn, NOW);
        answer(pair, sizes[i]);
        waited = pair->conn->state == CONN_WRITING;
        assert_int_equal(received(pair, &ended), sizes[i] + 10);
        assert_true(ended);
        assert_int_equal(pair->conn->state, CONN_ANSWERED);
        conn_settle(pair->conn);
        assert_int_equal(pair->conn->state, CONN_IDLE);
    }
    assert_true(waited); /* else nothing of this was tried */
}

static void who_hangs_up_is_noticed(void **state)
{
    struct pair *pair = *state;

    SEND(pair, KEPT);
    conn_read(pair->conn, NOW);
    close(pair->web);
    answer(pair, 100);
    assert_int_equal(pair->conn->state, CONN_GONE);
    pair->web = -1;
}

static void an_end_in_the_middle_is_the_end(void **state)
{
    struct pair *pair = *state;

    SEND(pair, BEGIN("\1"));
    conn_read(pair->conn, NOW);
    assert_int_equal(pair->conn->state, CONN_READING);
    shutdown(pair->web, SHUT_WR);
    conn_read(pair->conn, NOW);
    assert_int_equal(pair->conn->state, CONN_GONE);
}

/* --- from one process to another --- */

static void a_connection_goes_to_another_process_with_what_was_read(void **state)
{
    struct pair *pair = *state;
    struct handover *channel;
    bool ended;
    int status;

    assert_int_equal(handover_new(pair, &channel), ERR_OK);
    SEND(pair, KEPT);
    conn_read(pair->conn, NOW);
    size_t len;
    const void *bytes = stream_bytes(pair->conn->stream, &len);
    assert_int_equal(handover_put(channel, pair->conn->fd, NOW, bytes, len), ERR_OK);
    pid_t pid = fork();
    if (pid == 0) {
        struct pair other = {.web = -1};
        struct handed handed;
        close(pair->conn->fd);
        if (handover_take(channel, NULL, &handed) == ERR_OK) {
            other.conn = conn_new(NULL, handed.fd, 65536, NOW);
            conn_feed(other.conn, handed.bytes, handed.len);
            if (other.conn->state == CONN_WHOLE) {
                answer(&other, 20);
            }
        }
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(received(pair, &ended), 30);
    assert_true(ended);
    struct handed handed;
    assert_int_equal(handover_take(channel, pair, &handed), ERR_NOT_FOUND);
}

static void a_channel_is_bounded_and_first_come_is_first_served(void **state)
{
    struct pair *pair = *state;
    struct handover *channel;
    struct handed handed;
    char number[2000] = "";
    int count = 0;

    assert_int_equal(handover_new(pair, &channel), ERR_OK);
    while (handover_put(channel, pair->web, count, number, sizeof number) == ERR_OK) {
        snprintf(number, sizeof number, "%d", ++count);
        assert_true(count < 10000);
    }
    assert_true(count > 20);
    for (int i = 0; i < count; i++) {
        assert_int_equal(handover_take(channel, pair, &handed), ERR_OK);
        assert_int_equal(handed.len, sizeof number);
        assert_int_equal(atoi(handed.bytes), i);
        assert_int_equal(handed.deadline, i);
        close(handed.fd);
    }
    assert_int_equal(handover_take(channel, pair, &handed), ERR_NOT_FOUND);
    assert_int_equal(handover_put(channel, pair->web, 0, NULL, 0), ERR_OK);
    assert_int_equal(handover_take(channel, pair, &handed), ERR_OK);
    assert_int_equal(handed.len, 0);
    close(handed.fd);
    char *large = mem_bytes(pair, 1024 * 1024);
    memset(large, 'x', 1024 * 1024);
    assert_int_equal(handover_put(channel, pair->web, 0, large, 1024 * 1024), ERR_BODY_TOO_LARGE);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_kept_connection_serves_one_request_after_the_other),
        T(a_connection_that_is_not_to_be_kept_goes),
        T(a_connection_with_an_unread_body_never_serves_again),
        T(a_connection_with_a_refused_body_goes_on),
        T(who_does_not_stop_sending_is_cut_off),
        T(a_connection_does_not_keep_the_worker_to_itself),
        T(a_long_answer_is_sent_as_fast_as_it_is_taken),
        T(who_hangs_up_is_noticed),
        T(an_end_in_the_middle_is_the_end),
        T(a_connection_goes_to_another_process_with_what_was_read),
        T(a_channel_is_bounded_and_first_come_is_first_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
