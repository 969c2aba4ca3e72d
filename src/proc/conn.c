#include "proc/conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

/* How much that comes behind an answered request is dropped, and for how long (ms), before the
 * connection is closed all the same. */
#define DRAIN_MAX  (1024 * 1024)
#define DRAIN_TIME CLOCK_SECOND

/* How often one connection is read before it is the turn of others: who sends faster than we read
 * would keep a worker to himself. What is in an ordinary request takes three or four. */
#define READS_MAX 16

struct conn *conn_new(void *ctx, int fd, size_t max_body, int64_t now)
{
    struct conn *conn = mem_new(ctx, struct conn);

    conn->fd = fd;
    conn->stream = stream_new(conn, max_body);
    conn->deadline = now + CONN_REQUEST_SECONDS * CLOCK_SECOND;
    return conn;
}

static void take(struct conn *conn, size_t len)
{
    switch (stream_add(conn->stream, len)) {
    case STREAM_MORE:
        conn->state = CONN_READING;
        break;
    case STREAM_WHOLE:
        conn->state = CONN_WHOLE;
        break;
    case STREAM_REFUSED:
        conn->state = CONN_GONE;
        break;
    }
}

void conn_feed(struct conn *conn, const void *bytes, size_t len)
{
    const char *from = bytes;

    while (len > 0 && conn->state < CONN_WHOLE) {
        size_t size;
        void *room = stream_room(conn->stream, &size);
        size = len < size ? len : size;
        memcpy(room, from, size);
        take(conn, size);
        from += size;
        len -= size;
    }
}

static ssize_t receive(int fd, void *data, size_t len)
{
    ssize_t got;

    do {
        got = recv(fd, data, len, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    return got;
}

static bool is_for_later(ssize_t result)
{
    return result < 0 && errno == EAGAIN;
}

/* A close with unread bytes could take the answer away from the web server. */
static void drain(struct conn *conn)
{
    char data[4096];
    ssize_t got;

    do {
        got = receive(conn->fd, data, sizeof data);
        conn->dropped += got > 0 ? (size_t)got : 0;
    } while (got > 0 && conn->dropped < DRAIN_MAX);
    if (!is_for_later(got)) {
        conn->state = CONN_GONE;
    }
}

void conn_read(struct conn *conn, int64_t now)
{
    if (conn->state == CONN_DRAINING) {
        drain(conn);
        return;
    }
    for (int reads = 0; reads < READS_MAX && conn->state < CONN_WHOLE; reads++) {
        size_t size;
        void *room = stream_room(conn->stream, &size);
        ssize_t got = receive(conn->fd, room, size);
        if (got <= 0) {
            conn->state = is_for_later(got) ? conn->state : CONN_GONE;
            return;
        }
        if (conn->state == CONN_IDLE) {
            conn->deadline = now + CONN_REQUEST_SECONDS * CLOCK_SECOND;
        }
        take(conn, (size_t)got);
    }
}

void conn_settle(struct conn *conn)
{
    TALLOC_FREE(conn->answer);
    conn->output = NULL;
    conn->waited = 0;
    stream_next(conn->stream);
    if (conn->unread) {
        conn->state = CONN_DRAINING;
        conn->deadline = clock_monotonic() + DRAIN_TIME;
        if (shutdown(conn->fd, SHUT_WR) == 0) {
            drain(conn);
        } else {
            conn->state = CONN_GONE;
        }
    } else if (conn->keep) {
        conn->state = CONN_IDLE;
        conn->deadline = 0;
    } else {
        conn->state = CONN_GONE;
    }
}

void conn_write(struct conn *conn)
{
    enum err error = output_send(conn->output, conn->fd);

    if (error == ERR_BUSY) {
        conn->state = CONN_WRITING;
    } else {
        conn->state = error == ERR_OK ? CONN_ANSWERED : CONN_GONE;
    }
}

void conn_answer(struct conn *conn, void *answer, struct buf *head, struct buf *body)
{
    struct stream_request request = stream_request(conn->stream);

    conn->keep = request.keep && request.ended;
    conn->unread = !request.ended;
    mem_move(conn, answer);
    conn->answer = answer;
    conn->output = output_new(answer, request.request_id, head, body);
    conn_write(conn);
}

void conn_close(struct conn *conn)
{
    close(conn->fd);
    talloc_free(conn);
}
