#include <stdio.h>

#include "base/clock.h"
#include "cli/cmd.h"
#include "cli/frame.h"
#include "cli/samples.h"
#include "cli/scrape.h"
#include "cli/screen.h"

#define PERIOD CLOCK_SECOND
#define WINDOW 10 /* periods that rates are computed over */

/* A page and when it was read (monotonic, ms). */
struct page {
    void *ctx;
    struct samples *samples;
    int64_t at;
};

struct top {
    struct cli *cli;
    struct endpoint endpoint;
    struct page pages[WINDOW + 1]; /* the newest first */
    size_t count;
};

static enum err read_page(struct top *top, struct page *ret_page, struct buf *problem)
{
    struct page page = {.ctx = mem_context(top->cli->ctx), .at = clock_monotonic()};
    struct buf *body = NULL;
    enum err error = scrape_page(page.ctx, &top->endpoint, "/metrics", &body, problem);

    if (error == ERR_OK && samples_parse(page.ctx, body->data, &page.samples) != ERR_OK) {
        buf_printf(problem, "%s %s: what answers there is not taskgate", top->endpoint.setting,
                   top->endpoint.text);
        error = ERR_STORE_DOWN;
    }
    if (error != ERR_OK) {
        talloc_free(page.ctx);
        return error;
    }
    *ret_page = page;
    return ERR_OK;
}

static double started_at(const struct page *page)
{
    const struct samples_pair pair = {.now = page->samples};

    return samples_now(&pair, "process_start_time_seconds");
}

/* Pages of a server that was started again say nothing about this one. */
static void add_page(struct top *top, const struct page *page)
{
    double started = started_at(page);

    while (top->count > 0 && (top->count > WINDOW || started_at(&top->pages[0]) < started)) {
        talloc_free(top->pages[--top->count].ctx);
    }
    for (size_t i = top->count; i > 0; i--) {
        top->pages[i] = top->pages[i - 1];
    }
    top->pages[0] = *page;
    top->count++;
}

static struct frame *make_frame(const struct top *top)
{
    const struct page *newest = &top->pages[0];
    const struct page *oldest = &top->pages[top->count - 1];
    const struct samples_pair pair = {.now = newest->samples,
                                      .before = top->count > 1 ? oldest->samples : NULL};

    return frame_new(newest->ctx, &pair, (double)(newest->at - oldest->at) / 1000,
                     (double)clock_now() / 1000);
}

/* --- once --- */

static enum err print_once(struct top *top)
{
    struct cli *cli = top->cli;
    struct frame_style style = {.bar = "", .alarm = "", .plain = ""};
    struct page page;
    enum err error = read_page(top, &page, cli->problem);

    if (error != ERR_OK) {
        return error;
    }
    add_page(top, &page);
    struct frame *frame = make_frame(top);
    if (cli_switch(cli, OPTION_JSON)) {
        frame_json(cli->ctx, frame);
        return ERR_OK;
    }
    struct buf *text = buf_new(cli->ctx);
    screen_size(&style.rows, &style.columns);
    style.rows = SIZE_MAX; /* what is not on a page of a terminal may be as long as it likes */
    frame_draw(text, frame, &style);
    fputs(text->data, stdout);
    return ERR_OK;
}

/* --- a page of a terminal --- */

static void draw(struct top *top, const struct screen *screen, const struct buf *problem)
{
    struct frame_style style = {.bar = "\033[7m", .alarm = "\033[1m", .plain = "\033[0m"};
    struct buf *text = buf_new(NULL);

    screen_size(&style.rows, &style.columns);
    if (problem->len > 0) {
        buf_printf(text, "%s%.*s%s\n", style.alarm, (int)style.columns, problem->data, style.plain);
        style.rows--;
    }
    if (top->count > 0) {
        frame_draw(text, make_frame(top), &style);
    }
    screen_show(screen, text);
    talloc_free(text);
}

static enum err watch(struct top *top)
{
    struct screen *screen = screen_open(top->cli->ctx);
    struct buf *problem = buf_new(top->cli->ctx);
    enum screen_event event = SCREEN_TIME;
    int64_t next = clock_monotonic();

    while (event != SCREEN_QUIT) {
        struct page page;
        if (event == SCREEN_TIME) {
            problem->len = 0;
            if (read_page(top, &page, problem) == ERR_OK) {
                add_page(top, &page);
            }
            next += PERIOD;
            next = next < clock_monotonic() ? clock_monotonic() : next;
        }
        draw(top, screen, problem);
        event = screen_wait(screen, next);
    }
    talloc_free(screen);
    return ERR_OK;
}

enum err cmd_top(struct cli *cli)
{
    struct top *top = mem_new(cli->ctx, struct top);
    const char *address = cli->config->admin_listen;

    if (address == NULL) {
        return cli_fail(cli, ERR_CONFIG,
                        "ADMIN_LISTEN is not set: the server has no socket to ask; set it and "
                        "restart the server");
    }
    top->cli = cli;
    enum err error = endpoint_read(cli->ctx, ENDPOINT_ADMIN, address, &top->endpoint, cli->problem);
    if (error != ERR_OK) {
        return error;
    }
    bool once = cli_switch(cli, OPTION_ONCE) || cli_switch(cli, OPTION_JSON) || !screen_is_there();
    return once ? print_once(top) : watch(top);
}
