#include "proc/admin_conn.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"

#define READ_TIME  (5 * CLOCK_SECOND)  /* for a request */
#define SEND_TIME  (10 * CLOCK_SECOND) /* for an answer */
#define CLOSE_TIME CLOCK_SECOND

void admin_conn_open(struct admin_conn *conn, int fd, int64_t now)
{
    *conn = (struct admin_conn){
        .state = ADMIN_READING, .fd = fd, .since = now, .until = now + READ_TIME};
}

void admin_conn_close(struct admin_conn *conn)
{
    close(conn->fd);
    talloc_free(conn->answer);
    conn->answer = NULL;
    conn->state = ADMIN_FREE;
}

static void refuse(struct admin_conn *conn, int status, int64_t now)
{
    struct buf *body = buf_new(NULL);
    const struct admin_page page = {.status = status, .type = "text/plain", .body = body};

    buf_printf(body, "%s\n", err_reason(status));
    admin_conn_answer(conn, &page, now);
    talloc_free(body);
}

/* What recv returned says that there is nothing more to come. */
static bool is_over(ssize_t len)
{
    return len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR);
}

static void read_request(struct admin_conn *conn, int64_t now)
{
    ssize_t len = recv(conn->fd, conn->data + conn->read, sizeof conn->data - conn->read, 0);

    if (is_over(len)) {
        admin_conn_close(conn);
        return;
    }
    if (len < 0) {
        return;
    }
    conn->read += (size_t)len;
    int status = http1_read(conn->data, conn->read, &conn->request);
    if (status == 200) {
        conn->state = ADMIN_READY;
    } else if (status != 0) {
        conn->request.method = HTTP1_OTHER;
        refuse(conn, status, now);
    }
}

static void send_answer(struct admin_conn *conn, int64_t now)
{
    while (conn->sent < conn->answer->len) {
        ssize_t len = send(conn->fd, conn->answer->data + conn->sent,
                           conn->answer->len - conn->sent, MSG_NOSIGNAL);
        if (len < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (len < 0) {
            admin_conn_close(conn);
            return;
        }
        conn->sent += (size_t)len;
    }
    /* A close with unread bytes would take the answer away from the client. */
    shutdown(conn->fd, SHUT_WR);
    conn->state = ADMIN_CLOSING;
    conn->until = now + CLOSE_TIME;
}

static void drop_rest(struct admin_conn *conn)
{
    if (is_over(recv(conn->fd, conn->data, sizeof conn->data, 0))) {
        admin_conn_close(conn);
    }
}

void admin_conn_work(struct admin_conn *conn, int64_t now)
{
    if (conn->state == ADMIN_READING) {
        read_request(conn, now);
    } else if (conn->state == ADMIN_CLOSING) {
        drop_rest(conn);
    }
    if (conn->state == ADMIN_SENDING) {
        send_answer(conn, now);
    }
}

void admin_conn_ask(struct admin_conn *conn, int64_t until)
{
    conn->state = ADMIN_ASKING;
    conn->until = until;
}

/* RFC 9110 section 5.6.7; the locale is always "C". */
static void put_date(struct buf *out)
{
    time_t now = time(NULL);
    struct tm parts;
    char text[64];

    if (gmtime_r(&now, &parts) != NULL &&
        strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts) > 0) {
        buf_puts(out, text);
    }
}

void admin_conn_answer(struct admin_conn *conn, const struct admin_page *page, int64_t now)
{
    struct buf *out = buf_new(NULL);

    buf_printf(out, "HTTP/1.1 %d %s\r\n", page->status, err_reason(page->status));
    put_date(out);
    buf_printf(out,
               "Content-Type: %s\r\n"
               "Content-Length: %zu\r\n"
               "Cache-Control: no-store\r\n"
               "X-Content-Type-Options: nosniff\r\n"
               "%sConnection: close\r\n\r\n",
               page->type, page->body->len, page->status == 405 ? "Allow: GET, HEAD\r\n" : "");
    if (conn->request.method != HTTP1_HEAD) {
        buf_add(out, page->body->data, page->body->len);
    }
    conn->answer = out;
    conn->state = ADMIN_SENDING;
    conn->until = now + SEND_TIME;
}

void admin_conn_expire(struct admin_conn *conn, int64_t now)
{
    if (conn->state == ADMIN_READING && conn->read > 0) {
        conn->request.method = HTTP1_OTHER;
        refuse(conn, 408, now);
    } else {
        admin_conn_close(conn);
    }
}

short admin_conn_events(const struct admin_conn *conn)
{
    switch (conn->state) {
    case ADMIN_READING:
    case ADMIN_CLOSING:
        return POLLIN;
    case ADMIN_SENDING:
        return POLLOUT;
    case ADMIN_FREE:
    case ADMIN_READY:
    case ADMIN_ASKING:
        break;
    }
    return 0;
}
