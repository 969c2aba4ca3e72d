#include "mail/courier.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

struct courier {
    const struct log_options *log;
    pid_t children[COURIER_MAX]; /* 0 = none */
};

struct courier *courier_new(void *ctx, const struct log_options *log)
{
    struct courier *courier = mem_new(ctx, struct courier);

    courier->log = log;
    return courier;
}

/* With OPTIONS for waitpid: whether the child at PLACE is there no more. */
static bool is_free(struct courier *courier, size_t place, int options)
{
    pid_t *child = &courier->children[place];

    if (*child != 0) {
        pid_t ended = waitpid(*child, NULL, options);
        /* A child that was buried by somebody else is none. */
        if (ended == *child || (ended < 0 && errno != EINTR)) {
            *child = 0;
        }
    }
    return *child == 0;
}

void courier_reap(struct courier *courier)
{
    for (size_t i = 0; i < COURIER_MAX; i++) {
        (void)is_free(courier, i, WNOHANG);
    }
}

void courier_finish(struct courier *courier)
{
    for (size_t i = 0; i < COURIER_MAX; i++) {
        while (!is_free(courier, i, 0)) {
            continue;
        }
    }
}

/* Descriptors are closed, because a connection to the database or the listening socket would live
 * as long as the child; the log's is opened anew. What the worker does at its end, with the
 * database for instance, is not the child's to do. */
static _Noreturn void be_child(const struct log_options *log, void (*work)(const void *arg),
                               const void *arg)
{
    (void)close_range(STDERR_FILENO + 1, UINT_MAX, 0);
    log_open(log, "courier");
    work(arg);
    _exit(EXIT_SUCCESS);
}

void courier_send(struct courier *courier, void (*work)(const void *arg), const void *arg)
{
    size_t place = 0;

    while (place < COURIER_MAX && !is_free(courier, place, WNOHANG)) {
        place++;
    }
    pid_t pid = place < COURIER_MAX ? fork() : -1;
    if (pid == 0) {
        be_child(courier->log, work, arg);
    }
    if (pid < 0) {
        log_debug("no process to wait for a mail program: this one waits");
        work(arg);
        return;
    }
    courier->children[place] = pid;
}
