#include "cli/samples.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* --- reading --- */

/* A name of [a-zA-Z0-9_:] at *AT, which moves behind it; NULL when there is none. */
static char *take_name(void *ctx, const char **at)
{
    size_t len = strspn(*at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:");
    const char *start = *at;

    *at += len;
    return len == 0 ? NULL : mem_strndup(ctx, start, len);
}

/* A text in double quotes with backslashes before backslash, quote and n. */
static char *take_quoted(void *ctx, const char **at)
{
    struct buf *text = buf_new(ctx);
    const char *byte = *at;

    if (*byte++ != '"') {
        return NULL;
    }
    for (; *byte != '"'; byte++) {
        bool escaped = *byte == '\\';
        byte += escaped ? 1 : 0;
        if (*byte == '\0' || *byte == '\n') {
            return NULL;
        }
        buf_putc(text, escaped && *byte == 'n' ? '\n' : *byte);
    }
    *at = byte + 1;
    return text->data;
}

/* name="value",... up to the brace. */
static bool take_labels(void *ctx, const char **at, struct sample *sample)
{
    while (**at != '}') {
        if (sample->label_count == SAMPLES_LABELS_MAX) {
            return false;
        }
        const char **label = sample->labels[sample->label_count++];
        label[0] = take_name(ctx, at);
        if (label[0] == NULL || *(*at)++ != '=') {
            return false;
        }
        label[1] = take_quoted(ctx, at);
        if (label[1] == NULL || (**at != '}' && *(*at)++ != ',')) {
            return false;
        }
    }
    (*at)++;
    return true;
}

static bool parse_line(void *ctx, const char *line, struct sample *ret_sample)
{
    struct sample sample = {.label_count = 0};
    const char *at = line;
    char *end;

    sample.name = take_name(ctx, &at);
    if (sample.name == NULL) {
        return false;
    }
    if (*at == '{') {
        at++;
        if (!take_labels(ctx, &at, &sample)) {
            return false;
        }
    }
    sample.key = mem_strndup(ctx, line, (size_t)(at - line));
    if (*at++ != ' ') {
        return false;
    }
    sample.value = strtod(at, &end);
    if (end == at || *end != '\n' || !isfinite(sample.value)) {
        return false;
    }
    *ret_sample = sample;
    return true;
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct sample *)a)->key, ((const struct sample *)b)->key);
}

static size_t count_lines(const char *text)
{
    size_t count = 0;

    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        count++;
    }
    return count;
}

enum err samples_parse(void *ctx, const char *text, struct samples **ret_samples)
{
    struct samples *samples = mem_new(ctx, struct samples);

    samples->items = mem_array(samples, struct sample, count_lines(text) + 1);
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
        if (strchr(line, '\n') == NULL ||
            (*line != '#' && !parse_line(samples, line, &samples->items[samples->count++]))) {
            talloc_free(samples);
            return ERR_BAD_VALUE;
        }
    }
    qsort(samples->items, samples->count, sizeof *samples->items, compare);
    *ret_samples = samples;
    return ERR_OK;
}

const char *samples_label(const struct sample *sample, const char *label)
{
    for (size_t i = 0; i < sample->label_count; i++) {
        if (strcmp(sample->labels[i][0], label) == 0) {
            return sample->labels[i][1];
        }
    }
    return "";
}

/* --- differences --- */

double samples_growth(const struct samples_pair *pair, const struct sample *sample)
{
    const struct sample *old =
        pair->before == NULL || pair->before->count == 0
            ? NULL
            : bsearch(sample, pair->before->items, pair->before->count, sizeof *sample, compare);

    /* A counter that is smaller began anew. */
    return old == NULL || old->value > sample->value ? sample->value : sample->value - old->value;
}

static bool fits(const struct sample *sample, const char *name, const char *label,
                 const char *value)
{
    return strcmp(sample->name, name) == 0 &&
           (label == NULL || strcmp(samples_label(sample, label), value) == 0);
}

double samples_total(const struct samples_pair *pair, const char *name, const char *label,
                     const char *value)
{
    double sum = 0;

    for (size_t i = 0; i < pair->now->count; i++) {
        const struct sample *sample = &pair->now->items[i];
        sum += fits(sample, name, label, value) ? samples_growth(pair, sample) : 0;
    }
    return sum;
}

double samples_now(const struct samples_pair *pair, const char *name)
{
    double sum = 0;

    for (size_t i = 0; i < pair->now->count; i++) {
        sum += fits(&pair->now->items[i], name, NULL, NULL) ? pair->now->items[i].value : 0;
    }
    return sum;
}

/* --- histograms --- */

static double bound_of(const struct sample *sample)
{
    const char *le = samples_label(sample, "le");

    return strcmp(le, "+Inf") == 0 ? (double)INFINITY : strtod(le, NULL);
}

/* The buckets are kept in the order of their bounds, which is not that of their names. */
void samples_add_bucket(const struct samples_pair *pair, const struct sample *sample,
                        struct samples_histogram *histogram)
{
    double bound = bound_of(sample);
    size_t place = 0;

    while (place < histogram->count && histogram->bounds[place] < bound) {
        place++;
    }
    if (place == histogram->count || histogram->bounds[place] > bound) {
        size_t behind = histogram->count - place;
        if (histogram->count == SAMPLES_BUCKETS_MAX) {
            return;
        }
        memmove(&histogram->bounds[place + 1], &histogram->bounds[place],
                behind * sizeof histogram->bounds[0]);
        memmove(&histogram->cumulated[place + 1], &histogram->cumulated[place],
                behind * sizeof histogram->cumulated[0]);
        histogram->bounds[place] = bound;
        histogram->cumulated[place] = 0;
        histogram->count++;
    }
    histogram->cumulated[place] += samples_growth(pair, sample);
}

struct samples_histogram samples_buckets(const struct samples_pair *pair, const char *name,
                                         const char *label, const char *value)
{
    struct samples_histogram histogram = {.count = 0};

    for (size_t i = 0; i < pair->now->count; i++) {
        if (fits(&pair->now->items[i], name, label, value)) {
            samples_add_bucket(pair, &pair->now->items[i], &histogram);
        }
    }
    return histogram;
}

double samples_quantile(const struct samples_histogram *histogram, double quantile)
{
    double all = histogram->count == 0 ? 0 : histogram->cumulated[histogram->count - 1];
    double rank = quantile * all;
    size_t place = 0;

    if (all <= 0) {
        return -1;
    }
    while (place + 1 < histogram->count && histogram->cumulated[place] < rank) {
        place++;
    }
    double low = place == 0 ? 0 : histogram->bounds[place - 1];
    double below = place == 0 ? 0 : histogram->cumulated[place - 1];
    double inside = histogram->cumulated[place] - below;
    if (isinf(histogram->bounds[place]) || inside <= 0) {
        return low;
    }
    return low + (histogram->bounds[place] - low) * (rank - below) / inside;
}
