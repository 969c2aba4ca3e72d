/* What "taskgate top" shows of a server: computed from two pages of metrics. */
#ifndef TASKGATE_CLI_FRAME_H
#define TASKGATE_CLI_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "cli/samples.h"

/* Times in seconds; rates per second; a quantile is negative where there was nothing to observe. */

/* Half of the requests took at most, and 99 of 100. */
struct frame_times {
    double half, most;
};

struct frame_route {
    const char *method;
    const char *route;
    double total; /* since the server's start */
    double rate;
    double failed; /* answered with a status of 500 or more, rate */
    struct frame_times times;
};

struct frame_outcomes {
    double success; /* rates */
    double failure;
};

struct frame_operation {
    double rate;
    struct frame_times times;
};

struct frame {
    const char *version;
    double uptime;
    double window; /* that rates and quantiles are about */
    bool is_whole; /* the window is all of the uptime */
    bool schema_ready, draining;

    double requests, total;
    double statuses[6]; /* by the first digit; [0] = others */
    struct frame_times times;
    double in_flight;

    struct frame_outcomes sign_in, sign_up, refresh, letters;
    double sign_outs, reused, limited;
    struct frame_outcomes tokens;
    double tokens_expired;

    double slow_workers;        /* for what takes long; part of all */
    struct frame_outcomes slow; /* requests for them: queued, refused */
    struct frame_times slow_wait;

    struct frame_operation reads, writes;
    double database_errors, reconnects; /* the latter since the start */

    double workers, workers_alive, memory, started;
    double died; /* since the start, but for those that were stopped */
    double reloads, reloads_failed;

    struct frame_route *routes; /* the busiest first */
    size_t route_count;
};

/* The frame of PAIR, whose pages are WINDOW seconds apart (BEFORE NULL: since the start), at NOW,
 * in seconds since the epoch. Owned by CTX; its texts are those of the samples. */
struct frame *frame_new(void *ctx, const struct samples_pair *pair, double window, double now);

/* Adds it to OUT as ROWS lines of COLUMNS characters at most, each ended by a newline. BAR and
 * ALARM begin headings and what is wrong, PLAIN ends both (all "" for none). */
struct frame_style {
    size_t rows, columns;
    const char *bar, *alarm, *plain;
};
void frame_draw(struct buf *out, const struct frame *frame, const struct frame_style *style);

/* Prints it as one JSON object on a line. */
void frame_json(void *ctx, const struct frame *frame);

#endif
