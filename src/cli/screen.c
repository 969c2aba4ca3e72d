#include "cli/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

/* DEC's and xterm's: another page, no cursor; from the top; to the end of the line, of the page. */
#define ENTER     "\033[?1049h\033[?25l"
#define LEAVE     "\033[?25h\033[?1049l"
#define HOME      "\033[H"
#define REST_LINE "\033[K"
#define REST_PAGE "\033[J"

#define ESCAPE '\033'

struct screen {
    struct termios before;
    sigset_t blocked_before;
};

static volatile sig_atomic_t quit_wanted;
static volatile sig_atomic_t stop_wanted;
static volatile sig_atomic_t resized;

static void on_signal(int signal)
{
    if (signal == SIGWINCH) {
        resized = 1;
    } else if (signal == SIGTSTP) {
        stop_wanted = 1;
    } else {
        quit_wanted = 1;
    }
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};

#define SIGNALS (sizeof signals / sizeof *signals)

bool screen_is_there(void)
{
    const char *term = getenv("TERM");

    return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && term != NULL &&
           strcmp(term, "dumb") != 0;
}

static void put(const char *text)
{
    (void)fputs(text, stdout);
    (void)fflush(stdout);
}

static void enter(const struct screen *screen)
{
    struct termios raw = screen->before;

    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    put(ENTER);
}

static void leave(const struct screen *screen)
{
    put(LEAVE);
    tcsetattr(STDIN_FILENO, TCSANOW, &screen->before);
}

static int close_screen(struct screen *screen)
{
    leave(screen);
    for (size_t i = 0; i < SIGNALS; i++) {
        signal(signals[i], SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &screen->blocked_before, NULL);
    return 0;
}

/* Signals come while we wait, and then only: a frame is never cut in two. */
struct screen *screen_open(void *ctx)
{
    struct screen *screen = mem_new(ctx, struct screen);
    sigset_t blocked;

    tcgetattr(STDIN_FILENO, &screen->before);
    sigemptyset(&blocked);
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction action = {.sa_handler = on_signal};
        sigemptyset(&action.sa_mask);
        sigaddset(&blocked, signals[i]);
        sigaction(signals[i], &action, NULL);
    }
    sigprocmask(SIG_BLOCK, &blocked, &screen->blocked_before);
    talloc_set_destructor(screen, close_screen);
    enter(screen);
    return screen;
}

void screen_size(size_t *ret_rows, size_t *ret_columns)
{
    struct winsize size = {.ws_row = 0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) {
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    }
    *ret_rows = size.ws_row;
    *ret_columns = size.ws_col;
}

/* The last line has no newline behind it, which would roll the page. */
void screen_show(const struct screen *screen, const struct buf *text)
{
    struct buf *out = buf_new(NULL);
    const char *line = text->data;

    (void)screen;
    buf_puts(out, HOME);
    while (*line != '\0') {
        size_t len = strcspn(line, "\n");
        buf_add(out, line, len);
        buf_puts(out, REST_LINE);
        line += len + (line[len] == '\n' ? 1 : 0);
        buf_puts(out, *line == '\0' ? "" : "\r\n");
    }
    buf_puts(out, REST_PAGE);
    put(out->data);
    talloc_free(out);
}

/* Ctrl-Z: the shell gets its terminal as it was. */
static void stop(const struct screen *screen)
{
    stop_wanted = 0;
    leave(screen);
    raise(SIGSTOP);
    enter(screen);
}

/* What the keys that have come mean. */
static enum screen_event read_keys(void)
{
    char keys[64];
    ssize_t len = read(STDIN_FILENO, keys, sizeof keys);

    /* The terminal is gone, or Escape came alone and not as the beginning of an arrow. */
    if ((len < 0 && errno != EINTR && errno != EAGAIN) || (len == 1 && keys[0] == ESCAPE) ||
        (len > 0 &&
         (memchr(keys, 'q', (size_t)len) != NULL || memchr(keys, 'Q', (size_t)len) != NULL))) {
        return SCREEN_QUIT;
    }
    return SCREEN_REDRAW;
}

enum screen_event screen_wait(struct screen *screen, int64_t until)
{
    struct pollfd keyboard = {.fd = STDIN_FILENO, .events = POLLIN};
    int64_t left = until - clock_monotonic();
    const struct timespec timeout = {.tv_sec = left > 0 ? left / 1000 : 0,
                                     .tv_nsec = left > 0 ? left % 1000 * 1000000 : 0};
    int ready = ppoll(&keyboard, 1, &timeout, &screen->blocked_before);

    if (quit_wanted != 0) {
        return SCREEN_QUIT;
    }
    if (stop_wanted != 0) {
        stop(screen);
        return SCREEN_REDRAW;
    }
    if (resized != 0) {
        resized = 0;
        return SCREEN_REDRAW;
    }
    if (ready > 0) {
        return (keyboard.revents & POLLIN) == 0 ? SCREEN_QUIT : read_keys();
    }
    return SCREEN_TIME;
}
