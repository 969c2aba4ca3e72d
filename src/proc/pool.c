#include "proc/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "proc/worker.h"

/* A worker that dies young is started again after a pause that doubles, so that a broken
 * installation does not eat the machine. */
#define BACKOFF_MIN 50 /* ms */
#define BACKOFF_MAX (5 * CLOCK_SECOND)
#define YOUNG       (10 * CLOCK_SECOND)

#define STOP_GRACE ((CONN_REQUEST_SECONDS + 5) * CLOCK_SECOND)

struct slot {
    pid_t pid; /* 0 = none */
    int seat;  /* base/metric.h */
    int64_t started;
    int64_t due; /* not to be started before */
    int64_t backoff;
    bool refused; /* there was no process for it at the last try */
};

struct pool {
    struct config *config;
    struct issuer *issuer; /* NULL without JWKS_URL */
    struct told *told;     /* shared with the workers */
    struct channels channels;
    int listen_fd;
    int other_fd; /* -1 = none */
    int slow;     /* how many of the slots, the first ones, are for slow requests */
    bool stopping;
    int stop_signal; /* for the slow ones, when it is their turn; 0 = they have it */
    int64_t kill_at;
    struct slot *slots;
};

static int unmap_told(struct pool *pool)
{
    munmap(pool->told, sizeof *pool->told);
    return 0;
}

static int slow_workers(int workers)
{
    if (workers == 1) {
        return 0;
    }
    return workers >= 4 ? workers / 4 : 1;
}

struct pool *pool_new(void *ctx, struct config *config, int listen_fd, int other_fd,
                      const struct channels *channels)
{
    struct pool *pool = mem_new(ctx, struct pool);
    void *shared =
        mmap(NULL, sizeof *pool->told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED) {
        mem_fail();
    }
    pool->told = shared;
    talloc_set_destructor(pool, unmap_told);
    pool->config = config;
    pool->slow = slow_workers(config->workers);
    pool->channels = *channels;
    mem_move(pool, config);
    if (config->jwks_url != NULL) {
        pool->issuer = issuer_new(pool, config->jwks_url);
    }
    pool->listen_fd = listen_fd;
    pool->other_fd = other_fd;
    pool->slots = mem_array(pool, struct slot, config->workers);
    return pool;
}

void pool_set_ready(struct pool *pool)
{
    atomic_store(&pool->told->schema_ready, true);
    metric_set(METRIC_SCHEMA_READY, 1);
}

void pool_publish(const struct pool *pool)
{
    metric_set(METRIC_WORKERS, pool->config->workers);
    metric_set(METRIC_SLOW_WORKERS, pool->slow);
    metric_set(METRIC_RELOADED_AT, clock_now());
}

const struct config *pool_config(const struct pool *pool)
{
    return pool->config;
}

static void wait_longer(struct slot *slot, int64_t now)
{
    if (slot->backoff == 0) {
        slot->backoff = BACKOFF_MIN;
    } else {
        slot->backoff = slot->backoff * 2 > BACKOFF_MAX ? BACKOFF_MAX : slot->backoff * 2;
    }
    slot->due = now + slot->backoff;
}

/* A process may be had again as soon as one of the generation that leaves has ended. */
static void note_refusal(struct slot *slot, const char *why)
{
    if (!slot->refused) {
        log_error("a worker cannot be started: %s; it is tried again and again", why);
    }
    slot->refused = true;
    wait_longer(slot, slot->started);
}

static void start_worker(struct pool *pool, struct slot *slot)
{
    const int seat = metric_seat_take();
    bool slow = slot < pool->slots + pool->slow;
    const struct worker worker = {.config = pool->config,
                                  .issuer = pool->issuer,
                                  .told = pool->told,
                                  .channels = pool->channels,
                                  .listen_fd = pool->listen_fd,
                                  .seat = seat,
                                  .role = pool->slow == 0 ? WORKER_ALL
                                          : slow          ? WORKER_SLOW
                                                          : WORKER_FAST};
    pid_t pid = fork();

    if (pid == 0) {
        if (pool->other_fd >= 0) {
            close(pool->other_fd);
        }
        worker_run(&worker);
    }
    slot->started = clock_monotonic();
    if (pid > 0) {
        slot->pid = pid;
        slot->seat = seat;
        slot->refused = false;
        metric_seat_started(seat, pid);
        metric_count(METRIC_WORKER_STARTS, 0, 0);
        return;
    }
    const char *why = strerror(errno);
    metric_seat_free(seat);
    note_refusal(slot, why);
}

/* Who asks for what the slow workers do is told at once where there will be none for a while; one
 * that died is there again before long. */
static void tell_slow(const struct pool *pool)
{
    bool refused = false;
    bool alive = false;

    for (int i = 0; i < pool->slow; i++) {
        refused = refused || pool->slots[i].refused;
        alive = alive || pool->slots[i].pid != 0;
    }
    atomic_store(&pool->told->no_slow, refused && !alive);
}

int64_t pool_start(struct pool *pool)
{
    int64_t now = clock_monotonic();
    int64_t next = 0;

    if (pool->stopping) {
        return 0;
    }
    /* The slow ones last: if there is no process for all, the others can do without them. */
    for (int i = pool->config->workers - 1; i >= 0; i--) {
        struct slot *slot = &pool->slots[i];
        if (slot->pid == 0 && slot->due <= now) {
            start_worker(pool, slot);
        }
        if (slot->pid == 0 && (next == 0 || slot->due < next)) {
            next = slot->due;
        }
    }
    tell_slow(pool);
    return next;
}

static void report(const struct pool *pool, pid_t pid, int status)
{
    if (pool->stopping && (!WIFSIGNALED(status) || WTERMSIG(status) == SIGKILL)) {
        return;
    }
    if (WIFSIGNALED(status)) {
        log_error("worker %d was ended by signal %d (%s); starting another", (int)pid,
                  WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else {
        log_warn("worker %d ended with status %d; starting another", (int)pid, WEXITSTATUS(status));
    }
}

static void count_exit(const struct pool *pool, int status)
{
    char name[16];

    if (WIFSIGNALED(status)) {
        const char *word = sigabbrev_np(WTERMSIG(status));
        snprintf(name, sizeof name, "SIG%s", word == NULL ? "" : word);
    }
    metric_count_name(METRIC_WORKER_EXITS, WIFSIGNALED(status) ? name
                                           : pool->stopping    ? "stopped"
                                                               : "exit");
}

bool pool_reap(struct pool *pool, pid_t pid, int status)
{
    int64_t now = clock_monotonic();

    for (int i = 0; i < pool->config->workers; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->pid != pid) {
            continue;
        }
        report(pool, pid, status);
        count_exit(pool, status);
        metric_seat_free(slot->seat);
        slot->pid = 0;
        if (now - slot->started >= YOUNG) {
            slot->backoff = 0;
        }
        wait_longer(slot, now);
        return true;
    }
    return false;
}

static void signal_slots(const struct pool *pool, int first, int end, int signal)
{
    for (int i = first; i < end; i++) {
        if (pool->slots[i].pid != 0) {
            kill(pool->slots[i].pid, signal);
        }
    }
}

void pool_stop(struct pool *pool, int signal)
{
    pool->stopping = true;
    pool->stop_signal = signal;
    pool->kill_at = clock_monotonic() + STOP_GRACE;
    signal_slots(pool, pool->slow, pool->config->workers, signal);
    pool_expire(pool);
}

static bool has_workers(const struct pool *pool, int first)
{
    for (int i = first; i < pool->config->workers; i++) {
        if (pool->slots[i].pid != 0) {
            return true;
        }
    }
    return false;
}

void pool_expire(struct pool *pool)
{
    if (pool->stop_signal != 0 && !has_workers(pool, pool->slow)) {
        signal_slots(pool, 0, pool->slow, pool->stop_signal);
        pool->stop_signal = 0;
    }
    if (pool->stopping && clock_monotonic() >= pool->kill_at && !pool_is_empty(pool)) {
        log_error("workers that did not stop within %d seconds are killed",
                  (int)(STOP_GRACE / CLOCK_SECOND));
        signal_slots(pool, 0, pool->config->workers, SIGKILL);
        pool->kill_at = clock_monotonic() + STOP_GRACE;
    }
}

bool pool_is_empty(const struct pool *pool)
{
    return !has_workers(pool, 0);
}
