#include "proc/master.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/route.h"
#include "auth/audit.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "proc/admin_child.h"
#include "proc/conns.h"
#include "proc/listen.h"
#include "proc/notify.h"
#include "proc/pool.h"
#include "proc/schema.h"
#include "proc/settings.h"
#include "store/store.h"

#define SCHEMA_RETRY CLOCK_SECOND        /* between two tries to reach the database at start */
#define WAKE_UP      (10 * CLOCK_SECOND) /* the longest sleep of the loop */
#define CLOCK_JUMP   CLOCK_MINUTE        /* a change of the clock that is worth a line */
#define QUEUE_TIME   (2 * CLOCK_SECOND)  /* how long requests wait for the schema at a start */

/*
 * At most three generations live at a time: the one that serves, one that is being prepared (its
 * schema child runs), and those that are leaving.
 */
struct master {
    const struct conf_source *source;
    struct listener *listener;
    struct admin_child *admin; /* NULL without ADMIN_LISTEN */
    struct channels channels;
    struct pool *current;
    struct pool *next; /* a reload in preparation, or NULL */
    struct pool **leaving;
    pid_t schema_pid;     /* the child that prepares a schema; 0 = none */
    bool schema_for_next; /* it does so for next, else for current */
    int64_t schema_due;   /* when to try the schema of current again; 0 = not wanted */
    int64_t serve_at;     /* no workers before: after a start requests wait, rather than get 503 */
    bool reload_again;    /* SIGHUP came while next was being prepared */
    int64_t clock_offset; /* of the wall clock to the monotonic one, as last seen */
    int64_t watchdog;     /* the service manager wants a sign of life this often; 0 = never */
    bool stopping;
    int status;
};

static void schema_ended(struct master *master, enum err error);

/* Starts the child that prepares the schema of CONFIG. A machine that has no process to spare now
 * may have one later: then it is as if the database did not answer. */
static void start_schema(struct master *master, const struct config *config, bool for_next)
{
    pid_t pid = schema_prepare_start(config);

    master->schema_for_next = for_next;
    master->schema_pid = pid > 0 ? pid : 0;
    if (pid < 0) {
        log_error("the schema cannot be looked at: %s", strerror(errno));
        schema_ended(master, ERR_STORE_DOWN);
    }
}

static void leave(struct master *master, struct pool *pool, int signal)
{
    size_t count = talloc_array_length(master->leaving);

    pool_stop(pool, signal);
    master->leaving =
        mem_checked(talloc_realloc(master, master->leaving, struct pool *, (unsigned)count + 1));
    master->leaving[count] = pool;
}

static void tell_problem(const char *why)
{
    log_error("%s", why);
    notify_status("READY=1", "%s", why);
}

static void tell_ready(const struct master *master)
{
    notify_status("READY=1", "serving with %d workers", pool_config(master->current)->workers);
}

static struct pool *new_pool(struct master *master, struct config *config)
{
    return pool_new(master, config, master->listener->fd, admin_child_fd(master->admin),
                    &master->channels);
}

static void refuse_reload(const char *why)
{
    tell_problem(why);
    metric_count(METRIC_RELOADS, METRIC_FAILURE, 0);
}

/* Workers that cannot start must not take the place of some that serve. */
static bool can_have_workers(const struct master *master)
{
    struct buf *problem = buf_new(NULL);
    bool can = conns_check_limit(master->admin != NULL ? 1 : 0, problem) == ERR_OK;

    if (!can) {
        buf_puts(problem, "; nothing was changed, the old workers go on serving");
        refuse_reload(problem->data);
    }
    talloc_free(problem);
    return can;
}

static void reload(struct master *master)
{
    struct config *config = NULL;

    master->reload_again = master->next != NULL || master->schema_pid != 0;
    if (master->reload_again || master->stopping) {
        return; /* one at a time: the loop comes back to it when the child has ended */
    }
    log_info("SIGHUP: reading the settings again");
    notify_reloading();
    if (!can_have_workers(master)) {
        return;
    }
    if (settings_load(master, master->source, &config) != ERR_OK) {
        refuse_reload("the settings are wrong: nothing was changed, the old ones go on serving");
        return;
    }
    settings_warn_of_sockets(pool_config(master->current), config);
    master->next = new_pool(master, config);
    start_schema(master, config, true);
}

/* The schema of the next generation is right: it takes over. */
static void switch_generation(struct master *master)
{
    pool_set_ready(master->next);
    pool_start(master->next);
    leave(master, master->current, SIGTERM);
    master->current = master->next;
    master->next = NULL;
    master->schema_due = 0;
    log_open(&pool_config(master->current)->log, "master");
    tell_ready(master);
    metric_count(METRIC_RELOADS, METRIC_SUCCESS, 0);
    pool_publish(master->current);
    admin_child_renew(master->admin, pool_config(master->current));
    settings_describe(pool_config(master->current), master->listener->name);
}

static void begin_stop(struct master *master, int status)
{
    if (master->stopping) {
        return;
    }
    master->stopping = true;
    master->status = status;
    notify_send("STOPPING=1");
    metric_set(METRIC_DRAINING, 1);
    listen_remove(master->listener);
    if (master->schema_pid != 0) {
        kill(master->schema_pid, SIGTERM); /* its transaction is rolled back */
    }
    leave(master, master->current, SIGQUIT);
    master->current = NULL;
}

static void schema_ended(struct master *master, enum err error)
{
    bool for_next = master->schema_for_next;

    master->schema_pid = 0;
    master->schema_for_next = false;
    master->serve_at = 0;
    if (master->stopping) {
        return;
    }
    if (for_next && error == ERR_OK) {
        switch_generation(master);
    } else if (for_next) {
        refuse_reload("the database is not ready for the new settings: the old ones go on serving");
        TALLOC_FREE(master->next);
    } else if (error == ERR_OK) {
        pool_set_ready(master->current);
        tell_ready(master);
        log_info("ready");
        master->schema_due = 0;
    } else if (error == ERR_CONFIG) {
        begin_stop(master, CONF_EXIT_STATUS);
    } else {
        if (master->schema_due == 0) {
            /* Who waits for the start of this service would wait as long as the database. */
            tell_problem("the database does not answer: requests get 503 until it does");
        }
        master->schema_due = clock_monotonic() + SCHEMA_RETRY;
    }
}

static void reap(struct master *master)
{
    int status;

    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid == master->schema_pid) {
            schema_ended(master, schema_prepare_result(status));
            continue;
        }
        if (admin_child_reap(master->admin, pid, status) ||
            (master->current != NULL && pool_reap(master->current, pid, status))) {
            continue;
        }
        for (size_t i = 0; i < talloc_array_length(master->leaving); i++) {
            if (pool_reap(master->leaving[i], pid, status)) {
                break;
            }
        }
    }
}

/* Frees the generations that have left; kills what does not leave. */
static void tidy(struct master *master)
{
    size_t count = talloc_array_length(master->leaving);

    for (size_t i = 0; i < count;) {
        pool_expire(master->leaving[i]);
        if (!pool_is_empty(master->leaving[i])) {
            i++;
            continue;
        }
        talloc_free(master->leaving[i]);
        master->leaving[i] = master->leaving[--count];
    }
    master->leaving =
        count == 0
            ? NULL
            : mem_checked(talloc_realloc(master, master->leaving, struct pool *, (unsigned)count));
}

/* The sooner of two times, of which 0 is none. */
static int64_t sooner(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* Sessions and limits go by the wall clock: who wonders about theirs finds this line. */
static void watch_clock(struct master *master)
{
    int64_t offset = clock_now() - clock_monotonic();
    int64_t jump = offset - master->clock_offset;

    if (master->clock_offset != 0 && (jump > CLOCK_JUMP || jump < -CLOCK_JUMP)) {
        log_warn("the clock was set %s by %lld s", jump > 0 ? "forward" : "back",
                 (long long)((jump > 0 ? jump : -jump) / CLOCK_SECOND));
    }
    master->clock_offset = offset;
}

/* Does what is due and returns how long the loop may sleep, in ms. */
static int64_t work(struct master *master)
{
    int64_t next = 0;
    int64_t now = clock_monotonic();

    metric_note(METRIC_NOTE_BEAT, now);
    watch_clock(master);
    tidy(master);
    if (master->current != NULL) {
        next = master->serve_at > now ? master->serve_at : pool_start(master->current);
        if (master->schema_due != 0 && master->schema_due <= now && master->schema_pid == 0) {
            start_schema(master, pool_config(master->current), false);
        }
        next = sooner(next, master->schema_due > now ? master->schema_due : 0);
        next = sooner(next, admin_child_tend(master->admin, pool_config(master->current)));
    }
    if (master->watchdog != 0) {
        notify_send("WATCHDOG=1");
    }
    int64_t longest = sooner(master->leaving != NULL ? CLOCK_SECOND : WAKE_UP, master->watchdog);
    if (next == 0 || next > now + longest) {
        return longest;
    }
    return next > now ? next - now : 0;
}

static void loop(struct master *master, const sigset_t *signals)
{
    while (!master->stopping || master->leaving != NULL || master->schema_pid != 0) {
        int64_t wait = work(master);
        const struct timespec timeout = {.tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000};
        switch (sigtimedwait(signals, NULL, &timeout)) {
        case SIGHUP:
            reload(master);
            break;
        case SIGTERM:
        case SIGINT:
        case SIGQUIT:
            log_info("stopping: serving what is in the queue");
            begin_stop(master, EXIT_SUCCESS);
            break;
        default: /* SIGCHLD, a time-out, or an interruption */
            break;
        }
        reap(master);
        tidy(master);
        if (master->reload_again) {
            reload(master);
        }
    }
}

static void block_signals(sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    sigaddset(ret_signals, SIGCHLD);
    sigaddset(ret_signals, SIGHUP);
    sigaddset(ret_signals, SIGTERM);
    sigaddset(ret_signals, SIGINT);
    sigaddset(ret_signals, SIGQUIT);
    sigprocmask(SIG_BLOCK, ret_signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

/* Before anybody is forked: all count into the same memory. */
static void start_counting(void)
{
    struct metric_tables tables;

    tables.routes = route_metrics(&tables.route_count);
    tables.events = audit_metrics(&tables.event_count);
    metric_open(&tables);
    metric_set(METRIC_STARTED_AT, clock_now());
}

/* All that the children inherit. */
static enum err open_all(struct master *master, const struct config *config, struct buf *problem)
{
    enum err error = listen_open(master, ENDPOINT_WEB, config->listen, &master->listener, problem);

    if (error == ERR_OK && (handover_new(master, &master->channels.idle) != ERR_OK ||
                            handover_new(master, &master->channels.slow) != ERR_OK)) {
        buf_printf(problem, "the channels between workers cannot be made: %s", strerror(errno));
        error = ERR_CONFIG;
    }
    if (error == ERR_OK && (error = conns_check_limit(0, problem)) == ERR_OK) {
        error = admin_child_open(master, config, master->listener->fd, &master->channels,
                                 &master->admin, problem);
    }
    if (error != ERR_OK && master->listener != NULL) {
        listen_remove(master->listener);
    }
    return error;
}

int master_run(const struct conf_source *source)
{
    struct master *master = mem_new(NULL, struct master);
    struct config *config = NULL;
    struct buf *problem = buf_new(master);
    sigset_t signals;

    log_setup(LEVEL_INFO, "master");
    block_signals(&signals);
    master->source = source;
    master->watchdog = notify_watchdog();
    if (settings_load(master, source, &config) != ERR_OK) {
        talloc_free(master);
        return CONF_EXIT_STATUS;
    }
    log_open(&config->log, "master");
    if (open_all(master, config, problem) != ERR_OK) {
        log_error("%s", problem->data);
        talloc_free(master);
        return CONF_EXIT_STATUS;
    }
    start_counting();
    store_share();
    master->current = new_pool(master, config);
    pool_publish(master->current);
    settings_describe(config, master->listener->name);
    master->serve_at = clock_monotonic() + QUEUE_TIME;
    start_schema(master, config, false);
    loop(master, &signals);
    admin_child_stop(master->admin);
    int status = master->status;
    log_info("stopped");
    talloc_free(master);
    return status;
}
