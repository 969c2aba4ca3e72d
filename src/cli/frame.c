#include "cli/frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define REQUESTS "taskgate_http_requests_total"
#define DURATION "taskgate_http_request_duration_seconds_bucket"
#define EVENTS   "taskgate_auth_events_total"

/* What frames are made from. */
struct source {
    const struct samples_pair *pair;
    double window;
};

static double rate(const struct source *source, double growth)
{
    return source->window > 0 ? growth / source->window : 0;
}

static double rate_of(const struct source *source, const char *name, const char *label,
                      const char *value)
{
    return rate(source, samples_total(source->pair, name, label, value));
}

static struct frame_times times_of(const struct samples_histogram *histogram)
{
    return (struct frame_times){.half = samples_quantile(histogram, 0.5),
                                .most = samples_quantile(histogram, 0.99)};
}

/* The rate of an event with RESULT, or with NULL of all its failures. */
static double events(const struct source *source, const char *event, const char *result)
{
    double sum = 0;

    for (size_t i = 0; i < source->pair->now->count; i++) {
        const struct sample *sample = &source->pair->now->items[i];
        const char *found = samples_label(sample, "result");
        if (strcmp(sample->name, EVENTS) == 0 &&
            (event == NULL || strcmp(samples_label(sample, "event"), event) == 0) &&
            (result == NULL ? strcmp(found, "success") != 0 : strcmp(found, result) == 0)) {
            sum += samples_growth(source->pair, sample);
        }
    }
    return rate(source, sum);
}

static struct frame_outcomes outcomes_of(const struct source *source, const char *event)
{
    return (struct frame_outcomes){.success = events(source, event, "success"),
                                   .failure = events(source, event, NULL)};
}

static struct frame_operation operation_of(const struct source *source, const char *operation)
{
    static const char name[] = "taskgate_db_statement_duration_seconds_bucket";
    struct samples_histogram histogram =
        samples_buckets(source->pair, name, "operation", operation);

    return (struct frame_operation){
        .rate =
            rate_of(source, "taskgate_db_statement_duration_seconds_count", "operation", operation),
        .times = times_of(&histogram),
    };
}

/* --- routes --- */

/* A route while its series are collected. */
struct collected {
    struct frame_route route;
    struct samples_histogram histogram;
};

static struct collected *find(struct collected *routes, size_t *count, const struct sample *sample)
{
    const char *method = samples_label(sample, "method");
    const char *route = samples_label(sample, "route");

    for (size_t i = 0; i < *count; i++) {
        if (strcmp(routes[i].route.method, method) == 0 &&
            strcmp(routes[i].route.route, route) == 0) {
            return &routes[i];
        }
    }
    struct collected *added = &routes[(*count)++];
    added->route.method = method;
    added->route.route = route;
    return added;
}

static int compare(const void *a, const void *b)
{
    const struct frame_route *left = a, *right = b;

    if (left->rate < right->rate || left->rate > right->rate) {
        return left->rate < right->rate ? 1 : -1;
    }
    return left->total < right->total ? 1 : left->total > right->total ? -1 : 0;
}

static void collect_routes(void *ctx, const struct source *source, struct frame *frame)
{
    const struct samples *now = source->pair->now;
    void *work = mem_context(NULL);
    struct collected *routes = mem_array(work, struct collected, now->count + 1);
    size_t count = 0;

    for (size_t i = 0; i < now->count; i++) {
        const struct sample *sample = &now->items[i];
        bool is_count = strcmp(sample->name, REQUESTS) == 0;
        if (!is_count && strcmp(sample->name, DURATION) != 0) {
            continue;
        }
        struct collected *found = find(routes, &count, sample);
        if (is_count) {
            double growth = rate(source, samples_growth(source->pair, sample));
            found->route.total += sample->value;
            found->route.rate += growth;
            found->route.failed += samples_label(sample, "status")[0] == '5' ? growth : 0;
        } else {
            samples_add_bucket(source->pair, sample, &found->histogram);
        }
    }
    frame->routes = mem_array(ctx, struct frame_route, count + 1);
    frame->route_count = count;
    for (size_t i = 0; i < count; i++) {
        routes[i].route.times = times_of(&routes[i].histogram);
        frame->routes[i] = routes[i].route;
    }
    qsort(frame->routes, count, sizeof *frame->routes, compare);
    talloc_free(work);
}

/* --- the parts --- */

static void fill_requests(const struct source *source, struct frame *frame)
{
    const struct samples_pair whole = {.now = source->pair->now};
    struct samples_histogram histogram = samples_buckets(source->pair, DURATION, NULL, NULL);

    frame->requests = rate_of(source, REQUESTS, NULL, NULL);
    frame->total = samples_total(&whole, REQUESTS, NULL, NULL);
    frame->times = times_of(&histogram);
    frame->in_flight = samples_now(source->pair, "taskgate_http_requests_in_flight");
    for (size_t i = 0; i < source->pair->now->count; i++) {
        const struct sample *sample = &source->pair->now->items[i];
        char digit = samples_label(sample, "status")[0];
        if (strcmp(sample->name, REQUESTS) == 0) {
            frame->statuses[digit >= '1' && digit <= '5' ? digit - '0' : 0] +=
                rate(source, samples_growth(source->pair, sample));
        }
    }
}

static void fill_accounts(const struct source *source, struct frame *frame)
{
    static const char tokens[] = "taskgate_token_verifications_total";

    frame->sign_in = outcomes_of(source, "sign-in");
    frame->sign_up = outcomes_of(source, "sign-up");
    frame->refresh = outcomes_of(source, "refresh");
    frame->letters = outcomes_of(source, "letter");
    frame->sign_outs = events(source, "sign-out", "success");
    frame->reused = events(source, "refresh", "used-token");
    frame->limited = events(source, NULL, "limited");
    frame->tokens.success = rate_of(source, tokens, "result", "valid");
    frame->tokens_expired = rate_of(source, tokens, "result", "expired");
    frame->tokens.failure =
        rate_of(source, tokens, NULL, NULL) - frame->tokens.success - frame->tokens_expired;
}

static void fill_slow(const struct source *source, struct frame *frame)
{
    static const char requests[] = "taskgate_slow_requests_total";
    struct samples_histogram wait =
        samples_buckets(source->pair, "taskgate_slow_wait_seconds_bucket", NULL, NULL);

    frame->slow_workers = samples_now(source->pair, "taskgate_slow_workers");
    frame->slow.success = rate_of(source, requests, "result", "queued");
    frame->slow.failure = rate_of(source, requests, "result", "refused");
    frame->slow_wait = times_of(&wait);
}

static void fill_processes(const struct source *source, struct frame *frame)
{
    const struct samples_pair whole = {.now = source->pair->now};

    frame->workers = samples_now(&whole, "taskgate_workers");
    frame->workers_alive = samples_now(&whole, "taskgate_workers_alive");
    frame->memory = samples_now(&whole, "taskgate_workers_resident_memory_bytes");
    frame->started = samples_now(&whole, "taskgate_worker_starts_total");
    frame->died = samples_now(&whole, "taskgate_worker_exits_total") -
                  samples_total(&whole, "taskgate_worker_exits_total", "reason", "stopped");
    frame->reloads = samples_now(&whole, "taskgate_config_reloads_total");
    frame->reloads_failed =
        samples_total(&whole, "taskgate_config_reloads_total", "result", "failure");
    frame->reconnects = samples_now(&whole, "taskgate_db_reconnects_total");
    frame->schema_ready = samples_now(&whole, "taskgate_schema_ready") > 0;
    frame->draining = samples_now(&whole, "taskgate_draining") > 0;
    for (size_t i = 0; i < whole.now->count; i++) {
        if (strcmp(whole.now->items[i].name, "taskgate_build_info") == 0) {
            frame->version = samples_label(&whole.now->items[i], "version");
        }
    }
}

struct frame *frame_new(void *ctx, const struct samples_pair *pair, double window, double now)
{
    struct frame *frame = mem_new(ctx, struct frame);

    frame->version = "";
    frame->uptime = now - samples_now(pair, "process_start_time_seconds");
    frame->is_whole = pair->before == NULL;
    frame->window = frame->is_whole ? frame->uptime : window;
    const struct source source = {.pair = pair, .window = frame->window};
    fill_requests(&source, frame);
    fill_accounts(&source, frame);
    fill_slow(&source, frame);
    frame->reads = operation_of(&source, "read");
    frame->writes = operation_of(&source, "write");
    frame->database_errors = rate_of(&source, "taskgate_db_errors_total", NULL, NULL);
    fill_processes(&source, frame);
    collect_routes(frame, &source, frame);
    return frame;
}
