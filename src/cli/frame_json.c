#include "base/json.h"
#include "base/mem.h"
#include "cli/frame.h"
#include "cli/json_line.h"

/* An object with numbers as its members. */
struct object {
    struct buf *text;
};

static struct object begin(void *ctx)
{
    struct object object = {.text = buf_new(ctx)};

    buf_putc(object.text, '{');
    return object;
}

static void put_name(struct object *object, const char *name)
{
    buf_printf(object->text, "%s\"%s\":", object->text->len > 1 ? "," : "", name);
}

static void put(struct object *object, const char *name, double value)
{
    put_name(object, name);
    buf_printf(object->text, "%.9g", value);
}

/* null where nothing was observed. */
static void put_time(struct object *object, const char *name, double seconds)
{
    if (seconds >= 0) {
        put(object, name, seconds);
        return;
    }
    put_name(object, name);
    buf_puts(object->text, "null");
}

static void put_times(struct object *object, const char *half, const char *most,
                      const struct frame_times *times)
{
    put_time(object, half, times->half);
    put_time(object, most, times->most);
}

static void put_text(struct object *object, const char *name, const char *text)
{
    put_name(object, name);
    json_put_text(object->text, text);
}

static void finish(struct object *object, struct json_line *line, const char *name)
{
    buf_putc(object->text, '}');
    json_line_raw(line, name, object->text);
}

static void put_requests(void *ctx, const struct frame *frame, struct json_line *line)
{
    static const char *const names[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
    struct object requests = begin(ctx);

    put(&requests, "total", frame->total);
    put(&requests, "perSecond", frame->requests);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        put(&requests, names[i], frame->statuses[i]);
    }
    put_times(&requests, "p50", "p99", &frame->times);
    put(&requests, "inFlight", frame->in_flight);
    finish(&requests, line, "requests");
}

static void put_outcomes(void *ctx, const char *name, const struct frame_outcomes *outcomes,
                         struct json_line *line)
{
    struct object object = begin(ctx);

    put(&object, "success", outcomes->success);
    put(&object, "failure", outcomes->failure);
    finish(&object, line, name);
}

static void put_accounts(void *ctx, const struct frame *frame, struct json_line *line)
{
    struct object others = begin(ctx);
    struct object tokens = begin(ctx);

    put_outcomes(ctx, "signIn", &frame->sign_in, line);
    put_outcomes(ctx, "signUp", &frame->sign_up, line);
    put_outcomes(ctx, "refresh", &frame->refresh, line);
    put_outcomes(ctx, "letters", &frame->letters, line);
    put(&tokens, "valid", frame->tokens.success);
    put(&tokens, "expired", frame->tokens_expired);
    put(&tokens, "invalid", frame->tokens.failure);
    finish(&tokens, line, "tokens");
    put(&others, "signOut", frame->sign_outs);
    put(&others, "refreshReused", frame->reused);
    put(&others, "limited", frame->limited);
    finish(&others, line, "events");
}

static void put_slow(void *ctx, const struct frame *frame, struct json_line *line)
{
    struct object slow = begin(ctx);

    put(&slow, "workers", frame->slow_workers);
    put(&slow, "queued", frame->slow.success);
    put(&slow, "refused", frame->slow.failure);
    put_times(&slow, "waitP50", "waitP99", &frame->slow_wait);
    finish(&slow, line, "slow");
}

static void put_database(void *ctx, const struct frame *frame, struct json_line *line)
{
    struct object database = begin(ctx);

    put(&database, "reads", frame->reads.rate);
    put_times(&database, "readP50", "readP99", &frame->reads.times);
    put(&database, "writes", frame->writes.rate);
    put_times(&database, "writeP50", "writeP99", &frame->writes.times);
    put(&database, "errors", frame->database_errors);
    put(&database, "reconnects", frame->reconnects);
    finish(&database, line, "database");
}

static void put_workers(void *ctx, const struct frame *frame, struct json_line *line)
{
    struct object workers = begin(ctx);

    put(&workers, "wanted", frame->workers);
    put(&workers, "alive", frame->workers_alive);
    put(&workers, "memoryBytes", frame->memory);
    put(&workers, "started", frame->started);
    put(&workers, "died", frame->died);
    finish(&workers, line, "workers");
}

static void put_routes(void *ctx, const struct frame *frame, struct json_line *line)
{
    struct buf *list = buf_new(ctx);

    buf_putc(list, '[');
    for (size_t i = 0; i < frame->route_count; i++) {
        const struct frame_route *route = &frame->routes[i];
        struct object object = begin(ctx);
        put_text(&object, "method", route->method);
        put_text(&object, "route", route->route);
        put(&object, "total", route->total);
        put(&object, "perSecond", route->rate);
        put(&object, "5xx", route->failed);
        put_times(&object, "p50", "p99", &route->times);
        buf_printf(list, "%s%s}", i == 0 ? "" : ",", object.text->data);
    }
    buf_putc(list, ']');
    json_line_raw(line, "routes", list);
}

void frame_json(void *ctx, const struct frame *frame)
{
    struct json_line *line = json_line_new(ctx);
    struct object reloads = begin(ctx);

    json_line_text(line, "version", frame->version);
    json_line_int(line, "uptime", (int64_t)frame->uptime);
    json_line_int(line, "window", (int64_t)frame->window);
    json_line_bool(line, "schemaReady", frame->schema_ready);
    json_line_bool(line, "draining", frame->draining);
    put_requests(ctx, frame, line);
    put_accounts(ctx, frame, line);
    put_slow(ctx, frame, line);
    put_database(ctx, frame, line);
    put_workers(ctx, frame, line);
    put(&reloads, "total", frame->reloads);
    put(&reloads, "failed", frame->reloads_failed);
    finish(&reloads, line, "reloads");
    put_routes(ctx, frame, line);
    json_line_print(line, stdout);
}
