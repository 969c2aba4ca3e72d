#include "proc/conns.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define CONNS_MAX 256 /* more than a worker can serve in good time */
#define RESERVED                                                                                   \
    12 /* descriptors for the database, letters, keys that are fetched, and the log                \
        */
#define EXPIRY CLOCK_SECOND

static int close_epoll(struct conns *conns)
{
    close(conns->epoll);
    return 0;
}

/* The least that a worker opens besides: its set and its signals, a SQLite database with its log
 * and index, one connection, and what is open for a moment only. */
#define NEEDED 7

enum err conns_check_limit(int closed, struct buf *problem)
{
    struct rlimit files = {.rlim_cur = 0};
    int lowest = epoll_create1(EPOLL_CLOEXEC); /* the lowest number is given first */

    if (lowest >= 0) {
        close(lowest);
    }
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && lowest >= 0 &&
        files.rlim_cur >= (rlim_t)(lowest + NEEDED - closed)) {
        return ERR_OK;
    }
    buf_printf(problem,
               "the limit of open files is %lld, which is not enough for a worker: raise it "
               "(LimitNOFILE= of the service, ulimit -n) to %d at least, better to 1024",
               (long long)files.rlim_cur,
               (lowest < 0 ? (int)files.rlim_cur : lowest) + NEEDED - closed);
    return ERR_CONFIG;
}

/* OPEN: how many descriptors are open already. */
static size_t limit(size_t open)
{
    struct rlimit files = {.rlim_cur = 0};

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur <= open + RESERVED) {
        return 1;
    }
    size_t left = files.rlim_cur - open - RESERVED;
    return left < CONNS_MAX ? left : CONNS_MAX;
}

enum err conns_new(void *ctx, struct conns **ret_conns)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    if (epoll < 0) {
        return ERR_INTERNAL;
    }
    struct conns *conns = mem_new(ctx, struct conns);
    conns->epoll = epoll;
    conns->max = limit((size_t)epoll + 1); /* the lowest number is given first */
    talloc_set_destructor(conns, close_epoll);
    *ret_conns = conns;
    return ERR_OK;
}

static void append(struct conns *conns, struct conn *conn)
{
    conn->prev = conns->last;
    conn->next = NULL;
    *(conns->last == NULL ? &conns->first : &conns->last->next) = conn;
    conns->last = conn;
    conns->count++;
}

static void take_out(struct conns *conns, struct conn *conn)
{
    *(conn->prev == NULL ? &conns->first : &conn->prev->next) = conn->next;
    *(conn->next == NULL ? &conns->last : &conn->next->prev) = conn->prev;
    conns->count--;
}

static void note_deadline(struct conns *conns, struct conn *conn, bool timed)
{
    conns->timed += (size_t)timed - (size_t)conn->timed;
    conn->timed = timed;
}

void conns_add(struct conns *conns, struct conn *conn)
{
    append(conns, conn);
}

bool conns_have_room(const struct conns *conns)
{
    size_t resting = conns->count - conns->timed;

    return conns->count < conns->max || (conns->count == conns->max && resting > 0);
}

static void watch(struct conns *conns, struct conn *conn, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = conn};
    int how = conn->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    if (conn->watched == events) {
        return;
    }
    if (epoll_ctl(conns->epoll, how, conn->fd, &event) == 0) {
        conn->watched = events;
    } else {
        conn->state = CONN_GONE;
    }
}

static void drop(struct conns *conns, struct conn *conn)
{
    note_deadline(conns, conn, false);
    take_out(conns, conn);
    if (conn->watched != 0) {
        /* Closing is not enough: another process may have the connection too by now. */
        (void)epoll_ctl(conns->epoll, EPOLL_CTL_DEL, conn->fd, NULL);
    }
    conn_close(conn);
}

void conns_update(struct conns *conns, struct conn *conn)
{
    if (conn->state != CONN_GONE) {
        watch(conns, conn, conn->state == CONN_WRITING ? EPOLLOUT : EPOLLIN);
    }
    if (conn->state == CONN_GONE) {
        drop(conns, conn);
        return;
    }
    note_deadline(conns, conn, conn->deadline != 0);
    if (conns->last != conn) {
        take_out(conns, conn);
        append(conns, conn);
    }
}

/* Whether its next request has not come by now. */
static bool is_quiet(const struct conn *conn)
{
    char byte;

    return recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

bool conns_evict(struct conns *conns)
{
    for (struct conn *conn = conns->first; conn != NULL; conn = conn->next) {
        if (!conn->timed && is_quiet(conn)) {
            drop(conns, conn);
            return true;
        }
    }
    return false;
}

void conns_expire(struct conns *conns, int64_t now, void (*cut_off)(void *arg, struct conn *conn),
                  void *arg)
{
    if (conns->timed == 0 || now < conns->next_expiry) {
        return;
    }
    conns->next_expiry = now + EXPIRY;
    for (struct conn *conn = conns->first, *next; conn != NULL; conn = next) {
        next = conn->next;
        if (conn->timed && conn->deadline <= now) {
            cut_off(arg, conn);
        }
    }
}
