/* The table of metrics and of their labels' values. Private to base/metric*.c. */
#ifndef TASKGATE_BASE_METRIC_TABLE_H
#define TASKGATE_BASE_METRIC_TABLE_H

#include <stdbool.h>

#include "base/metric.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_TIME, METRIC_HISTOGRAM };

/* What a series is labelled with: one label, or two that have their values together. */
enum metric_axis {
    METRIC_AXIS_NONE,
    METRIC_AXIS_ROUTE,
    METRIC_AXIS_STATUS,
    METRIC_AXIS_ERROR,
    METRIC_AXIS_BROKEN,
    METRIC_AXIS_TOKEN,
    METRIC_AXIS_EVENT,
    METRIC_AXIS_SLOW,
    METRIC_AXIS_STATEMENT,
    METRIC_AXIS_DB_CLASS,
    METRIC_AXIS_OUTCOME,
    METRIC_AXIS_EXIT,
    METRIC_AXIS_VERSION,
    METRIC_AXIS_COUNT
};

struct metric_info {
    const char *name;
    enum metric_type type; /* METRIC_TIME: a gauge in ms that is shown in seconds */
    enum metric_axis axes[2];
    bool sparse;         /* series without a count are left out */
    unsigned seat_state; /* a gauge that is the number of seats in that state; 0 = none */
    const char *help;
};

extern const struct metric_info metric_table[METRIC_COUNT];

/* The names of the axis' labels; the second is NULL where there is one label, both are for
 * METRIC_AXIS_NONE. */
const char *const *metric_table_labels(enum metric_axis axis);

/* How many values the axis has (METRIC_AXIS_NONE: 1), and the value number I of its first or second
 * label. Routes and events are those of metric_table_set. */
size_t metric_table_count(enum metric_axis axis);
const char *metric_table_value(enum metric_axis axis, size_t i, size_t label);

void metric_table_set(const struct metric_tables *tables);

/* The upper bounds of a histogram's buckets but for the last, which has none. */
#define METRIC_BOUNDS 16
struct metric_bound {
    int64_t nanoseconds;
    const char *seconds;
};
extern const struct metric_bound metric_bounds[METRIC_BOUNDS];

/* The state of every seat that is not free (besides enum metric_seat). */
#define METRIC_SEAT_TAKEN 2U

/* What is stored of a series: a histogram has its buckets (not cumulated) and the sum. */
#define METRIC_SUM         (METRIC_BOUNDS + 1)
#define METRIC_CELLS(type) ((type) == METRIC_HISTOGRAM ? METRIC_SUM + 1 : 1)

/* Cell number CELL of a series. */
int64_t metric_cell(enum metric metric, size_t a, size_t b, size_t cell);

#endif
