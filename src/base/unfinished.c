#include "base/unfinished.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXFSZ};
#define SIGNALS (sizeof signals / sizeof *signals)

/* The file, then what SQLite may have made beside it. */
static const char *const endings[] = {"", "-journal", "-wal", "-shm"};
#define FILES (sizeof endings / sizeof *endings)

/* What the handler reads; changed while signals wait. */
static struct {
    char *files[FILES];
    pid_t child;
    int holds;
    sigset_t before; /* the mask, while they wait */
    bool watching;
} state;

/* Only what signal-safety(7) allows. */
static void on_signal(int number)
{
    if (state.child > 0) {
        (void)kill(state.child, SIGKILL);
        (void)waitpid(state.child, NULL, 0);
    }
    for (size_t i = 0; i < FILES && state.files[i] != NULL; i++) {
        (void)unlink(state.files[i]);
    }
    (void)raise(number); /* once more, when this has returned */
}

static void watch(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

    state.watching = true;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++) {
        struct sigaction before;
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL) {
            (void)sigaction(signals[i], &action, NULL);
        }
    }
}

void unfinished_hold(void)
{
    sigset_t blocked;

    sigemptyset(&blocked);
    for (size_t i = 0; i < SIGNALS; i++) {
        sigaddset(&blocked, signals[i]);
    }
    if (state.holds++ == 0) {
        sigprocmask(SIG_BLOCK, &blocked, &state.before);
    }
}

void unfinished_release(void)
{
    if (--state.holds == 0) {
        sigprocmask(SIG_SETMASK, &state.before, NULL);
    }
}

void unfinished_file(const char *name)
{
    char *files[FILES] = {NULL};

    for (size_t i = 0; i < FILES && name != NULL; i++) {
        files[i] = mem_printf(NULL, "%s%s", name, endings[i]);
    }
    unfinished_hold();
    for (size_t i = 0; i < FILES; i++) {
        char *old = state.files[i];
        state.files[i] = files[i];
        talloc_free(old);
    }
    if (!state.watching) {
        watch();
    }
    unfinished_release();
}

void unfinished_child(pid_t pid)
{
    state.child = pid;
}
