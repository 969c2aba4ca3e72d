/*
 * What the program counts: one closed table of metrics (metric_table.c) with values in memory that
 * the master maps before it forks. All processes add to the same values, so these outlive a
 * worker's death and a reload, and reading them needs no other process.
 *
 * The values are plain 64-bit atomics, relaxed. All that a request with two statements counts costs
 * 0.3 us, most of it reading the clock, and 0.7 us where two processors do nothing but count into
 * the same lines. A copy of the table for each worker would save little of that, and would have to
 * be handed on when a worker dies and at a reload. What belongs to one process and has to end with
 * it (that it is busy) is in its seat, which has a cache line of its own.
 *
 * A label's values come from tables of the program, never from a client. Before metric_open, and in
 * programs that never call it, nothing is counted.
 */
#ifndef TASKGATE_BASE_METRIC_H
#define TASKGATE_BASE_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* In the order of the page. What each is called, means and is labelled with: metric_table.c. */
enum metric {
    METRIC_HTTP_REQUESTS,
    METRIC_HTTP_DURATION,
    METRIC_HTTP_IN_FLIGHT,
    METRIC_HTTP_ERRORS,
    METRIC_FCGI_BROKEN,
    METRIC_TOKENS,
    METRIC_AUTH_EVENTS,
    METRIC_SLOW_WORKERS,
    METRIC_SLOW_REQUESTS,
    METRIC_SLOW_WAIT,
    METRIC_DB_STATEMENTS,
    METRIC_DB_ERRORS,
    METRIC_DB_CONNECTS,
    METRIC_DB_RECONNECTS,
    METRIC_WORKERS,
    METRIC_WORKERS_ALIVE,
    METRIC_WORKERS_MEMORY,
    METRIC_WORKER_STARTS,
    METRIC_WORKER_EXITS,
    METRIC_RELOADS,
    METRIC_RELOADED_AT,
    METRIC_JWKS_FETCHES,
    METRIC_SCHEMA_READY,
    METRIC_DRAINING,
    METRIC_STARTED_AT,
    METRIC_BUILD_INFO,
    METRIC_COUNT
};

/* Values of labels, in the order of their tables. */
enum metric_broken { METRIC_BROKEN_REQUEST, METRIC_BROKEN_ANSWER };
enum metric_token {
    METRIC_TOKEN_VALID,
    METRIC_TOKEN_EXPIRED,
    METRIC_TOKEN_MALFORMED, /* not three parts, not JSON, no algorithm of ours, no expiry */
    METRIC_TOKEN_KEY,       /* no such key, or one of another algorithm */
    METRIC_TOKEN_SIGNATURE,
    METRIC_TOKEN_PURPOSE, /* made for a link in a letter */
    METRIC_TOKEN_CLAIMS,  /* issuer, audience or times */
    METRIC_TOKEN_NO_USER,
    METRIC_TOKEN_UNAVAILABLE, /* the database or the issuer of the key does not answer */
};
enum metric_slow { METRIC_SLOW_QUEUED, METRIC_SLOW_REFUSED };
enum metric_statement {
    METRIC_STATEMENT_READ,
    METRIC_STATEMENT_WRITE,
    METRIC_STATEMENT_BEGIN,
    METRIC_STATEMENT_COMMIT,
};
enum metric_outcome { METRIC_SUCCESS, METRIC_FAILURE };

/* The values of two labels that higher layers have tables of: method and route, event and result.
 * All texts live as long as the program. */
struct metric_pair {
    const char *first;
    const char *second;
};
struct metric_tables {
    const struct metric_pair *routes;
    size_t route_count;
    const struct metric_pair *events;
    size_t event_count;
};

/* Maps the values, all 0, for this process and those it forks. Once in the life of a program,
 * before it forks. */
void metric_open(const struct metric_tables *tables);

/* Adds 1 to METRIC with the label values number A and B of their tables (0: it has no such label).
 * What is not in the tables is not counted. */
void metric_count(enum metric metric, size_t a, size_t b);

/* The same with the label's value as its name; one that the table does not have is "other", which
 * is the last of such tables. Searches: for what happens seldom. */
void metric_count_name(enum metric metric, const char *name);

/* One observation of a histogram, in nanoseconds (clock_nanoseconds). */
void metric_observe(enum metric metric, size_t a, int64_t nanoseconds);

/* Sets a gauge; times are milliseconds since the epoch. */
void metric_set(enum metric metric, int64_t value);

/* The value: of a gauge that seats make up, their number; of a histogram the observations. */
int64_t metric_get(enum metric metric, size_t a, size_t b);

/* The number of an HTTP status in its table; those that it does not have are one, "other". */
size_t metric_status(int status);

/* --- seats: the state of each worker --- */

enum metric_seat { METRIC_SEAT_BUSY = 1 };

/* The master's part: a free seat for a worker that it is about to start, -1 when there is none (its
 * state is not seen then); who sits there; and that it is gone. */
int metric_seat_take(void);
void metric_seat_started(int seat, pid_t pid);
void metric_seat_free(int seat);

/* The worker's part: its seat, and what it does now. */
void metric_seat_use(int seat);
void metric_seat_set(enum metric_seat state, bool on);

/* The processes in seats, MAX at most. Returns how many. */
size_t metric_seat_pids(pid_t *pids, size_t max);

/* --- notes: monotonic times (ms) that one process leaves for another; 0 = never --- */

enum metric_note {
    METRIC_NOTE_DB_FAILED, /* a write failed for the database's fault, and none has succeeded since
                            */
    METRIC_NOTE_BEAT,      /* the master went round its loop */
    METRIC_NOTE_COUNT
};

void metric_note(enum metric_note note, int64_t time);
int64_t metric_noted(enum metric_note note);

/* --- the page --- */

/* Adds the page in Prometheus' text format 0.0.4 to OUT: every series of small tables, of large
 * ones those that were counted. */
void metric_print(struct buf *out);

#endif
