#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "cli/frame.h"

/* A line is a label and four cells, a name and a value at the right end of each: 80 columns at
 * least, more on a wider page up to where the eye loses the line. */
#define LABEL         10
#define CELLS         4
#define CELL_MIN      16
#define GAP           2
#define WIDTH_MAX     120
#define ROUTE_NUMBERS 45 /* columns of a route's numbers */

/* A page that is filled line by line. */
struct page {
    void *ctx;
    struct buf *out;
    const struct frame_style *style;
    size_t lines; /* begun so far */
    size_t room;  /* columns that are left of the line; none when the page is full */
    size_t cells; /* of the line */
};

static void begin_line(struct page *page)
{
    page->room = page->lines < page->style->rows ? page->style->columns : 0;
    page->cells = 0;
}

/* TEXT is ASCII. */
static void put(struct page *page, const char *text)
{
    size_t len = strlen(text);

    len = len < page->room ? len : page->room;
    buf_add(page->out, text, len);
    page->room -= len;
}

static void put_spaces(struct page *page, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put(page, " ");
    }
}

static void end_line(struct page *page)
{
    if (page->lines < page->style->rows) {
        buf_putc(page->out, '\n');
        page->lines++;
    }
}

static size_t page_width(const struct frame_style *style)
{
    return style->columns < WIDTH_MAX ? style->columns : WIDTH_MAX;
}

/* LEFT and RIGHT on a bar over the whole width. */
static void put_bar(struct page *page, const char *left, const char *right)
{
    const struct frame_style *style = page->style;
    size_t used = strlen(left) + strlen(right);
    size_t width = page_width(style);

    begin_line(page);
    if (page->room > 0) {
        buf_puts(page->out, style->bar);
        put(page, left);
        put_spaces(page, used + GAP < width ? width - used : GAP);
        put(page, right);
        put_spaces(page, style->bar[0] == '\0' ? 0 : page->room);
        buf_puts(page->out, style->plain);
    }
    end_line(page);
}

/* --- values as texts of up to six characters --- */

static const char *number(void *ctx, double value)
{
    if (value >= 999500) {
        return mem_printf(ctx, "%.1fM", value / 1e6);
    }
    if (value >= 9995) {
        return mem_printf(ctx, "%.1fk", value / 1e3);
    }
    return mem_printf(ctx, value >= 99.95 ? "%.0f" : "%.1f", value);
}

static const char *count(void *ctx, double value)
{
    return value < 99999.5 ? mem_printf(ctx, "%.0f", value) : number(ctx, value);
}

static const char *bytes(void *ctx, double value)
{
    double mebibytes = value / (1 << 20);

    return mebibytes < 9999.5 ? mem_printf(ctx, "%.0fM", mebibytes)
                              : mem_printf(ctx, "%.1fG", mebibytes / 1024);
}

/* "-" where nothing was observed. */
static const char *duration(void *ctx, double seconds)
{
    if (seconds < 0) {
        return "-";
    }
    if (seconds >= 0.9995) {
        return mem_printf(ctx, "%.1fs", seconds);
    }
    return mem_printf(ctx, seconds >= 0.00995 ? "%.0fms" : "%.2fms", seconds * 1000);
}

static const char *age(void *ctx, double seconds)
{
    long long all = seconds > 0 ? (long long)seconds : 0;

    return mem_printf(ctx, "%lldd %02lld:%02lld:%02lld", all / 86400, all / 3600 % 24,
                      all / 60 % 60, all % 60);
}

/* --- lines --- */

static void put_label(struct page *page, const char *label)
{
    begin_line(page);
    put(page, label);
    put_spaces(page, LABEL - strlen(label));
}

static void put_cell(struct page *page, const char *name, const char *value, bool is_alarm)
{
    size_t width = page_width(page->style);
    size_t wide =
        width > LABEL + GAP * (CELLS - 1) ? (width - LABEL - GAP * (CELLS - 1)) / CELLS : 0;
    size_t cell = wide < CELL_MIN ? CELL_MIN : wide;
    size_t used = strlen(name) + strlen(value);
    bool is_marked = is_alarm && page->room > 0;

    put_spaces(page, page->cells++ > 0 ? GAP : 0);
    buf_puts(page->out, is_marked ? page->style->alarm : "");
    put(page, name);
    put_spaces(page, used < cell ? cell - used : 1);
    put(page, value);
    buf_puts(page->out, is_marked ? page->style->plain : "");
}

static void put_rate(struct page *page, const char *name, double rate)
{
    put_cell(page, name, number(page->ctx, rate), false);
}

/* A rate that should be 0. */
static void put_trouble(struct page *page, const char *name, double rate)
{
    put_cell(page, name, number(page->ctx, rate), rate > 0);
}

static void put_times(struct page *page, const struct frame_times *times)
{
    put_cell(page, "half in", duration(page->ctx, times->half), false);
    put_cell(page, "99% in", duration(page->ctx, times->most), false);
}

static void draw_head(struct page *page, const struct frame *frame)
{
    const char *state = frame->draining       ? "being stopped"
                        : frame->schema_ready ? "ready"
                                              : "waits for its database";
    const char *window =
        frame->is_whole ? "per second since the start"
                        : mem_printf(page->ctx, "per second in the last %.0f s", frame->window);

    put_bar(page,
            mem_printf(page->ctx, "taskgate %s  %s  up %s", frame->version, state,
                       age(page->ctx, frame->uptime)),
            window);
}

static void draw_requests(struct page *page, const struct frame *frame)
{
    put_label(page, "Requests");
    put_rate(page, "all", frame->requests);
    put_times(page, &frame->times);
    put_cell(page, "total", count(page->ctx, frame->total), false);
    end_line(page);
    put_label(page, "");
    put_rate(page, "2xx", frame->statuses[2]);
    put_rate(page, "3xx", frame->statuses[3]);
    put_rate(page, "4xx", frame->statuses[4]);
    put_trouble(page, "5xx", frame->statuses[5]);
    end_line(page);
}

static void draw_accounts(struct page *page, const struct frame *frame)
{
    put_label(page, "Sign-ins");
    put_rate(page, "good", frame->sign_in.success);
    put_rate(page, "refused", frame->sign_in.failure);
    put_rate(page, "limited", frame->limited);
    put_rate(page, "sign-outs", frame->sign_outs);
    end_line(page);
    put_label(page, "Sign-ups");
    put_rate(page, "good", frame->sign_up.success);
    put_rate(page, "refused", frame->sign_up.failure);
    put_rate(page, "letters", frame->letters.success);
    put_trouble(page, "not sent", frame->letters.failure);
    end_line(page);
    put_label(page, "Tokens");
    put_rate(page, "good", frame->tokens.success);
    put_rate(page, "expired", frame->tokens_expired);
    put_rate(page, "bad", frame->tokens.failure);
    end_line(page);
    put_label(page, "Refreshes");
    put_rate(page, "good", frame->refresh.success);
    put_rate(page, "refused", frame->refresh.failure);
    put_trouble(page, "used again", frame->reused);
    end_line(page);
}

static void draw_slow(struct page *page, const struct frame *frame)
{
    put_label(page, "Slow work");
    put_rate(page, "queued", frame->slow.success);
    put_times(page, &frame->slow_wait);
    put_trouble(page, "refused", frame->slow.failure);
    end_line(page);
}

static void draw_database(struct page *page, const struct frame *frame)
{
    put_label(page, "Database");
    put_rate(page, "reads", frame->reads.rate);
    put_times(page, &frame->reads.times);
    put_trouble(page, "errors", frame->database_errors);
    end_line(page);
    put_label(page, "");
    put_rate(page, "writes", frame->writes.rate);
    put_times(page, &frame->writes.times);
    put_cell(page, "reconnects", count(page->ctx, frame->reconnects), false);
    end_line(page);
}

static void draw_workers(struct page *page, const struct frame *frame)
{
    void *ctx = page->ctx;

    put_label(page, "Workers");
    put_cell(page, "alive", mem_printf(ctx, "%.0f/%.0f", frame->workers_alive, frame->workers),
             frame->workers_alive < frame->workers);
    put_cell(page, "busy", count(ctx, frame->in_flight), false);
    put_cell(page, "slow ones", count(ctx, frame->slow_workers), false);
    put_cell(page, "memory", bytes(ctx, frame->memory), false);
    end_line(page);
    put_label(page, "");
    put_cell(page, "started", count(ctx, frame->started), false);
    put_cell(page, "died", count(ctx, frame->died), frame->died > 0);
    put_cell(page, "reloads", count(ctx, frame->reloads), false);
    put_cell(page, "failed", count(ctx, frame->reloads_failed), frame->reloads_failed > 0);
    end_line(page);
}

/* --- routes --- */

/* What the numbers leave of a line. */
static size_t route_width(const struct frame_style *style)
{
    size_t width = page_width(style);

    return width > ROUTE_NUMBERS ? width - ROUTE_NUMBERS : 1;
}

static void draw_route(struct page *page, const struct frame_route *route)
{
    void *ctx = page->ctx;
    struct buf *name = buf_new(ctx);
    size_t width = route_width(page->style);

    buf_printf(name, "%-7s", route->method);
    escape_text(name, route->route, strlen(route->route));
    begin_line(page);
    bool is_marked = route->failed > 0 && page->room > 0;
    buf_puts(page->out, is_marked ? page->style->alarm : "");
    put(page, mem_printf(ctx, "%-*.*s %7s %6s %9s %9s %9s", (int)width, (int)width, name->data,
                         number(ctx, route->rate), number(ctx, route->failed),
                         duration(ctx, route->times.half), duration(ctx, route->times.most),
                         count(ctx, route->total)));
    buf_puts(page->out, is_marked ? page->style->plain : "");
    end_line(page);
}

void frame_draw(struct buf *out, const struct frame *frame, const struct frame_style *style)
{
    void *ctx = mem_context(NULL);
    struct page page = {.ctx = ctx, .out = out, .style = style};

    draw_head(&page, frame);
    draw_requests(&page, frame);
    draw_accounts(&page, frame);
    draw_slow(&page, frame);
    draw_database(&page, frame);
    draw_workers(&page, frame);
    begin_line(&page);
    end_line(&page);
    put_bar(&page, "ROUTE",
            mem_printf(ctx, "%7s %6s %9s %9s %9s", "REQ/S", "5XX/S", "HALF IN", "99% IN", "TOTAL"));
    for (size_t i = 0; i < frame->route_count; i++) {
        draw_route(&page, &frame->routes[i]);
    }
    talloc_free(ctx);
}
