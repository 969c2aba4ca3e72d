/* A page of metrics in Prometheus' text format, and the difference of two. */
#ifndef TASKGATE_CLI_SAMPLES_H
#define TASKGATE_CLI_SAMPLES_H

#include <stddef.h>

#include "base/err.h"

#define SAMPLES_LABELS_MAX 4

struct sample {
    const char *key; /* name and labels as on the page */
    const char *name;
    size_t label_count;
    const char *labels[SAMPLES_LABELS_MAX][2]; /* name and value, unescaped */
    double value;
};

struct samples {
    struct sample *items; /* by key */
    size_t count;
};

/* Reads TEXT, which ends with a NUL. Owned by CTX. ERR_BAD_VALUE when a line is not of the format.
 */
enum err samples_parse(void *ctx, const char *text, struct samples **ret_samples) WARN_UNUSED;

/* The value of LABEL, "" when the sample has none. */
const char *samples_label(const struct sample *sample, const char *label);

/* Two pages of one server; BEFORE is NULL: the time before its start. */
struct samples_pair {
    const struct samples *now;
    const struct samples *before;
};

/* By how much SAMPLE (of NOW) has grown. */
double samples_growth(const struct samples_pair *pair, const struct sample *sample);

/* The growth of all series of NAME, with LABEL=VALUE where LABEL is not NULL. */
double samples_total(const struct samples_pair *pair, const char *name, const char *label,
                     const char *value);

/* The sum of the values as they are now, for gauges. */
double samples_now(const struct samples_pair *pair, const char *name);

/* A histogram's buckets, added up over series. */
#define SAMPLES_BUCKETS_MAX 32
struct samples_histogram {
    size_t count;
    double bounds[SAMPLES_BUCKETS_MAX]; /* the last is infinite */
    double cumulated[SAMPLES_BUCKETS_MAX];
};

/* Adds the growth of SAMPLE, a bucket. */
void samples_add_bucket(const struct samples_pair *pair, const struct sample *sample,
                        struct samples_histogram *histogram);

/* All buckets of NAME ("..._bucket"), with LABEL=VALUE where LABEL is not NULL. */
struct samples_histogram samples_buckets(const struct samples_pair *pair, const char *name,
                                         const char *label, const char *value);

/* The value that QUANTILE (0..1) of the observations do not exceed, interpolated within its bucket
 * as Prometheus does; of the last bucket its lower bound. Negative: no observations. */
double samples_quantile(const struct samples_histogram *histogram, double quantile);

#endif
