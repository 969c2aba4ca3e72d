/* A worker's connections without the worker: each step of proc/serve is a call of the test, which
 * is also the web server. */
#ifndef TASKGATE_TESTS_BENCH_H
#define TASKGATE_TESTS_BENCH_H

#include "base/buf.h"
#include "base/clock.h"
#include "proc/serve.h"
#include "server.h"

/* When all happens, and when it has taken as long as it may. */
#define NOW  INT64_C(1000000)
#define LATE (NOW + CONN_REQUEST_SECONDS * CLOCK_SECOND)

struct bench {
    struct server *server;
    struct worker worker; /* a fast one, with channels of its own */
    struct told told;
    struct serving *serving;
    int listener;
    int webs[16]; /* the web server's ends of its connections */
    int web;      /* that of the last one */
    size_t count;
};

/* Fixtures for cmocka: of the group, which ends with server_stop; and of each test, where *state is
 * a new struct bench and nothing is counted yet. */
int bench_start(void **state);
int bench_set_up(void **state);
int bench_tear_down(void **state);

/* The web server's end of a connection that the worker has not accepted yet. */
int bench_dial(const struct bench *bench);

/* The worker's end of one that it has; bench->web is the other. */
struct conn *bench_connect(struct bench *bench);

/* A request on a connection that is to be kept, with LEN bytes of body; and with SAID announced. */
struct buf *bench_request(struct bench *bench, const char *method, const char *uri, size_t len);
struct buf *bench_lie(struct bench *bench, const char *method, const char *uri, size_t len,
                      size_t said);

/* One of a program that has a bearer TOKEN. */
struct buf *bench_json(struct bench *bench, const char *method, const char *uri, const char *token,
                       const char *body);

/* Sends REQUEST, or LEN bytes of it, and lets the worker go on with its last connection. */
void bench_send(struct bench *bench, const struct buf *request);
void bench_send_part(struct bench *bench, const struct buf *request, size_t len);

void bench_hang_up(struct bench *bench);

/* What the web server has got, as text; at most a page of it. */
const char *bench_received(struct bench *bench);

/* Fails the test unless so many requests and answers were counted as lost. */
void assert_lost(int64_t requests, int64_t answers);

void assert_no_connection(const struct bench *bench);

#endif
