/* One connection of the admin socket: a request is read, answered and the connection closed, each
 * within a time and without waiting. Private to proc/admin*.c. */
#ifndef TASKGATE_PROC_ADMIN_CONN_H
#define TASKGATE_PROC_ADMIN_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "http/http1.h"

enum admin_state {
    ADMIN_FREE,    /* no connection */
    ADMIN_READING, /* the request */
    ADMIN_READY,   /* the request is there and has to be answered: admin_conn_answer */
    ADMIN_ASKING,  /* the database was asked, admin_conn_answer will follow */
    ADMIN_SENDING, /* the answer */
    ADMIN_CLOSING, /* until the client has seen the end of it */
};

struct admin_conn {
    enum admin_state state;
    int fd;
    int64_t since; /* when it began; times are monotonic, ms */
    int64_t until; /* the end of this state's time */
    struct http1_request request;
    size_t read;
    size_t sent;
    struct buf *answer;
    char data[HTTP1_MAX_HEAD];
};

/* An answer. */
struct admin_page {
    int status;
    const char *type; /* of the body */
    const struct buf *body;
};

/* Takes over FD, which is non-blocking. */
void admin_conn_open(struct admin_conn *conn, int fd, int64_t now);

/* Goes on as far as it can without waiting; what is not a request is refused. */
void admin_conn_work(struct admin_conn *conn, int64_t now);

/* Asks for more time, until the database has answered. */
void admin_conn_ask(struct admin_conn *conn, int64_t until);

/* Answers the request with PAGE, which is copied. */
void admin_conn_answer(struct admin_conn *conn, const struct admin_page *page, int64_t now);

/* What the time that is over means; not called for ADMIN_ASKING. */
void admin_conn_expire(struct admin_conn *conn, int64_t now);

/* What to poll for. */
short admin_conn_events(const struct admin_conn *conn);

void admin_conn_close(struct admin_conn *conn);

#endif
