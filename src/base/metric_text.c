/* The page in Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).
 */
#include <inttypes.h>
#include <string.h>

#include "base/metric_table.h"

/* One series: where it is in the table, and what is read of it. */
struct series {
    enum metric metric;
    size_t a, b;
};

/* Backslash and newline; in the value of a label the quote too. */
static void put_escaped(struct buf *out, const char *text, bool quoted)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            buf_puts(out, "\\n");
            continue;
        }
        if (*text == '\\' || (quoted && *text == '"')) {
            buf_putc(out, '\\');
        }
        buf_putc(out, *text);
    }
}

static void put_label(struct buf *out, char *separator, const char *name, const char *value)
{
    buf_putc(out, *separator);
    *separator = ',';
    buf_puts(out, name);
    buf_puts(out, "=\"");
    put_escaped(out, value, true);
    buf_putc(out, '"');
}

static void put_axis(struct buf *out, char *separator, enum metric_axis axis, size_t i)
{
    const char *const *names = metric_table_labels(axis);

    for (size_t label = 0; label < 2 && names[label] != NULL; label++) {
        put_label(out, separator, names[label], metric_table_value(axis, i, label));
    }
}

/* "name_suffix{labels} ", LE being the bound of a bucket or NULL. */
static void put_name(struct buf *out, const struct series *series, const char *suffix,
                     const char *le)
{
    const struct metric_info *info = &metric_table[series->metric];
    char separator = '{';

    buf_puts(out, info->name);
    buf_puts(out, suffix);
    put_axis(out, &separator, info->axes[0], series->a);
    put_axis(out, &separator, info->axes[1], series->b);
    if (le != NULL) {
        put_label(out, &separator, "le", le);
    }
    buf_puts(out, separator == '{' ? " " : "} ");
}

/* Cumulated from one reading of each bucket, so that the last one and the count are the same. */
static void put_histogram(struct buf *out, const struct series *series)
{
    int64_t count = 0;

    for (size_t i = 0; i <= METRIC_BOUNDS; i++) {
        count += metric_cell(series->metric, series->a, series->b, i);
        put_name(out, series, "_bucket", i < METRIC_BOUNDS ? metric_bounds[i].seconds : "+Inf");
        buf_int(out, count);
        buf_putc(out, '\n');
    }
    int64_t sum = metric_cell(series->metric, series->a, series->b, METRIC_SUM);
    put_name(out, series, "_sum", NULL);
    buf_printf(out, "%" PRId64 ".%09" PRId64 "\n", sum / 1000000000, sum % 1000000000);
    put_name(out, series, "_count", NULL);
    buf_int(out, count);
    buf_putc(out, '\n');
}

/* Two values of an axis with the same text: one series for Prometheus. */
static bool is_same(enum metric_axis axis, size_t i, size_t j)
{
    const char *const *names = metric_table_labels(axis);

    for (size_t label = 0; label < 2 && names[label] != NULL; label++) {
        if (strcmp(metric_table_value(axis, i, label), metric_table_value(axis, j, label)) != 0) {
            return false;
        }
    }
    return true;
}

/*
 * Adds to *VALUE what was counted under the same labels by a later line of the axis' table; false
 * when an earlier one has done so.
 */
static bool add_same(const struct series *series, int64_t *value)
{
    enum metric_axis axis = metric_table[series->metric].axes[0];

    for (size_t i = 0; i < metric_table_count(axis); i++) {
        int64_t other = metric_get(series->metric, i, series->b);
        if (i == series->a || other == 0 || !is_same(axis, i, series->a)) {
            continue;
        }
        if (i < series->a) {
            return false;
        }
        *value += other;
    }
    return true;
}

static void put_series(struct buf *out, const struct series *series)
{
    const struct metric_info *info = &metric_table[series->metric];
    int64_t value = metric_get(series->metric, series->a, series->b);

    if (info->sparse && value == 0) {
        return;
    }
    if (info->type == METRIC_HISTOGRAM) {
        put_histogram(out, series);
    } else if (info->type == METRIC_TIME) {
        put_name(out, series, "", NULL);
        buf_printf(out, "%" PRId64 ".%03" PRId64 "\n", value / 1000, value % 1000);
    } else if (!info->sparse || add_same(series, &value)) {
        put_name(out, series, "", NULL);
        buf_int(out, value);
        buf_putc(out, '\n');
    }
}

void metric_print(struct buf *out)
{
    static const char *const types[] = {[METRIC_COUNTER] = "counter",
                                        [METRIC_GAUGE] = "gauge",
                                        [METRIC_TIME] = "gauge",
                                        [METRIC_HISTOGRAM] = "histogram"};

    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct metric_info *info = &metric_table[i];
        struct series series = {.metric = (enum metric)i};

        buf_printf(out, "# HELP %s ", info->name);
        put_escaped(out, info->help, false);
        buf_printf(out, "\n# TYPE %s %s\n", info->name, types[info->type]);
        for (series.a = 0; series.a < metric_table_count(info->axes[0]); series.a++) {
            for (series.b = 0; series.b < metric_table_count(info->axes[1]); series.b++) {
                put_series(out, &series);
            }
        }
    }
}
