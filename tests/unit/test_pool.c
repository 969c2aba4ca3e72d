/* proc/pool: missing workers come back, dying ones ever more slowly, and a stopped pool stays so.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "proc/listen.h"
#include "proc/pool.h"
#include "unit.h"

struct bench {
    char *folder;
    struct listener *listener;
    struct channels channels;
    struct pool *pool;
    sigset_t before;
};

/* As the master does: a worker begins with the signals that end it blocked. */
static int set_up(void **state)
{
    struct bench *bench = mem_new(NULL, struct bench);
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGQUIT);
    sigprocmask(SIG_BLOCK, &blocked, &bench->before);
    assert_int_equal(handover_new(bench, &bench->channels.idle), ERR_OK);
    assert_int_equal(handover_new(bench, &bench->channels.slow), ERR_OK);
    bench->folder = mem_strdup(bench, "/tmp/taskgate-pool-XXXXXX");
    *state = bench;
    return mkdtemp(bench->folder) == NULL || listen_open(bench, ENDPOINT_WEB, "127.0.0.1:0",
                                                         &bench->listener, buf_new(bench)) != ERR_OK
               ? -1
               : 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    static const char *const files[] = {"test.db", "test.db-wal", "test.db-shm", "test.db-journal"};

    for (size_t i = 0; i < COUNT(files); i++) {
        unlink(mem_printf(bench, "%s/%s", bench->folder, files[i]));
    }
    int result = rmdir(bench->folder);
    close(bench->listener->fd);
    sigprocmask(SIG_SETMASK, &bench->before, NULL);
    talloc_free(bench);
    return result;
}

static void make_pool(struct bench *bench, int workers)
{
    struct config *config = mem_new(bench, struct config);

    config->workers = workers;
    config->store = STORE_SQLITE;
    config->database = mem_printf(config, "%s/test.db", bench->folder);
    bench->pool = pool_new(bench, config, bench->listener->fd, -1, &bench->channels);
}

/* Ends the workers, which are all the children we have. */
static void kill_workers(void)
{
    char *path = mem_printf(NULL, "/proc/self/task/%d/children", (int)getpid());
    FILE *children = fopen(path, "re");
    int pid;

    assert_non_null(children);
    while (fscanf(children, "%d", &pid) == 1) {
        kill(pid, SIGKILL);
    }
    fclose(children);
    talloc_free(path);
}

/* Waits for a child of ours and tells the pool, which must know it. */
static int reap_one(struct bench *bench)
{
    int status = 0;
    pid_t pid = waitpid(-1, &status, 0);

    assert_true(pid > 0);
    assert_true(pool_reap(bench->pool, pid, status));
    assert_false(pool_reap(bench->pool, pid, status)); /* once */
    return status;
}

static void assert_no_child(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void a_start_makes_the_missing_workers_and_no_more(void **state)
{
    struct bench *bench = *state;

    make_pool(bench, 3);
    assert_true(pool_is_empty(bench->pool));
    assert_int_equal(pool_start(bench->pool), 0);
    assert_false(pool_is_empty(bench->pool));
    assert_int_equal(pool_start(bench->pool), 0);
    kill_workers();
    for (int i = 0; i < 3; i++) {
        assert_false(pool_is_empty(bench->pool));
        reap_one(bench);
    }
    assert_true(pool_is_empty(bench->pool));
    assert_no_child();
}

static void a_worker_that_keeps_dying_comes_back_ever_more_slowly(void **state)
{
    struct bench *bench = *state;
    int64_t expected = 50;

    make_pool(bench, 1);
    assert_int_equal(pool_start(bench->pool), 0);
    for (int death = 0; death < 4; death++) {
        int64_t before, behind, due;
        int status;
        kill_workers();
        pid_t pid = waitpid(-1, &status, 0);
        before = clock_monotonic();
        assert_true(pool_reap(bench->pool, pid, status));
        behind = clock_monotonic();
        due = pool_start(bench->pool);
        if (due == 0) { /* this process was kept waiting until it was time */
            assert_true(clock_monotonic() >= before + expected);
        } else {
            assert_in_range(due, before + expected, behind + expected);
        }
        if (clock_monotonic() < due) {
            assert_true(pool_is_empty(bench->pool)); /* not before its time */
            assert_no_child();
        }
        while ((due = pool_start(bench->pool)) != 0) {
            poll(NULL, 0, 1); /* until it is due */
        }
        assert_false(pool_is_empty(bench->pool));
        expected *= 2;
    }
    kill_workers();
    reap_one(bench);
}

static void a_strangers_death_is_not_the_pools(void **state)
{
    struct bench *bench = *state;

    make_pool(bench, 2);
    assert_false(pool_reap(bench->pool, getpid(), 0));
    assert_false(pool_reap(bench->pool, 1, 0));
    assert_true(pool_is_empty(bench->pool));
}

static void stopped_workers_end_and_are_not_replaced(void **state)
{
    struct bench *bench = *state;
    static const int signals[] = {SIGTERM, SIGQUIT};

    for (size_t i = 0; i < COUNT(signals); i++) {
        make_pool(bench, 2);
        assert_int_equal(pool_start(bench->pool), 0);
        pool_stop(bench->pool, signals[i]);
        pool_expire(bench->pool); /* nobody is late yet */
        assert_false(pool_is_empty(bench->pool));
        assert_true(WIFEXITED(reap_one(bench)));
        assert_int_equal(pool_start(bench->pool), 0);
        pool_expire(bench->pool);
        assert_true(WIFEXITED(reap_one(bench)));
        assert_int_equal(pool_start(bench->pool), 0);
        assert_true(pool_is_empty(bench->pool));
        assert_no_child();
    }
}

/* The one for slow requests starts last, because the others can do without it, and leaves last: the
 * others may still send it some. */
static void who_hashes_comes_when_the_others_are_there_and_stays_until_they_have_gone(void **state)
{
    struct bench *bench = *state;
    static const int signals[] = {SIGTERM, SIGQUIT};

    for (size_t i = 0; i < COUNT(signals); i++) {
        int status, last = 0;
        make_pool(bench, 4);
        assert_int_equal(pool_start(bench->pool), 0);
        FILE *children =
            fopen(mem_printf(bench, "/proc/self/task/%d/children", (int)getpid()), "re");
        assert_non_null(children);
        assert_int_equal(fscanf(children, "%*d %*d %*d %d", &last), 1);
        fclose(children);
        pool_stop(bench->pool, signals[i]);
        for (int left = 4; left > 0; left--) {
            pid_t pid = waitpid(-1, &status, 0);
            assert_true(pool_reap(bench->pool, pid, status));
            assert_int_equal(pid == last, left == 1);
            pool_expire(bench->pool);
        }
        assert_true(pool_is_empty(bench->pool));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_start_makes_the_missing_workers_and_no_more, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_worker_that_keeps_dying_comes_back_ever_more_slowly,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_strangers_death_is_not_the_pools, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stopped_workers_end_and_are_not_replaced, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            who_hashes_comes_when_the_others_are_there_and_stays_until_they_have_gone, set_up,
            tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
