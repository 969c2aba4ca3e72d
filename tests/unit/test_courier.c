/* mail/courier: work goes on beside the process that has it done, up to a limit. */
#include "mail/courier.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "unit.h"

/* What children tell, and wait for. */
struct shared {
    sem_t begun;
    sem_t go;
    pid_t pid; /* of who worked last */
    int descriptors;
};

static struct shared *shared;
static struct courier *courier;
static struct log_options log_options;

static int begin(void **state)
{
    (void)state;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || sem_init(&shared->begun, 1, 0) != 0 ||
        sem_init(&shared->go, 1, 0) != 0) {
        return -1;
    }
    log_options = (struct log_options){.level = LEVEL_INFO};
    courier = courier_new(NULL, &log_options);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (int i = 0; i < COURIER_MAX; i++)
        sem_post(&shared->go);
    courier_finish(courier);
    talloc_free(courier);
    return munmap(shared, sizeof *shared);
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        continue;
}

static void tell_pid(const void *arg)
{
    (void)arg;
    shared->pid = getpid();
}

static void tell_pid_and_wait(const void *arg)
{
    tell_pid(arg);
    sem_post(&shared->begun);
    wait_for(&shared->go);
}

static void count_descriptors(const void *arg)
{
    for (int fd = 3; fd < *(const int *)arg; fd++)
        shared->descriptors += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    tell_pid(arg);
}

/* So many workers that wait, each in a process of its own. */
static void send_waiting(int count)
{
    for (int i = 0; i < count; i++) {
        pid_t before = shared->pid;

        courier_send(courier, tell_pid_and_wait, NULL);
        wait_for(&shared->begun);
        assert_true(shared->pid != before && shared->pid != getpid());
    }
}

static bool has_children(void)
{
    siginfo_t info;

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void the_caller_goes_on_while_the_work_is_done(void **state)
{
    (void)state;
    send_waiting(1);
    assert_true(has_children());
    sem_post(&shared->go);
    courier_finish(courier);
    assert_false(has_children());
}

static void beyond_the_limit_the_caller_does_the_work(void **state)
{
    (void)state;
    send_waiting(COURIER_MAX);
    courier_send(courier, tell_pid, NULL);
    assert_int_equal(shared->pid, getpid());
    courier_reap(courier); /* nobody has ended, so nothing changes */
    courier_send(courier, tell_pid, NULL);
    assert_int_equal(shared->pid, getpid());
}

static void one_that_has_ended_makes_room(void **state)
{
    siginfo_t info;

    (void)state;
    send_waiting(COURIER_MAX);
    sem_post(&shared->go);
    assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
    send_waiting(1);
}

static void children_that_have_ended_are_buried(void **state)
{
    siginfo_t info;

    (void)state;
    send_waiting(2);
    sem_post(&shared->go);
    assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
    courier_reap(courier);
    assert_true(waitpid(info.si_pid, NULL, WNOHANG) < 0 && errno == ECHILD);
    assert_true(has_children());
}

static void a_child_keeps_no_descriptor_of_ours(void **state)
{
    int high = fcntl(STDERR_FILENO, F_DUPFD, 3);
    const int limit = high + 32;

    (void)state;
    assert_true(high >= 3);
    courier_send(courier, count_descriptors, &limit);
    courier_finish(courier);
    assert_true(shared->pid != 0 && shared->pid != getpid());
    assert_int_equal(shared->descriptors, 0);
    assert_int_equal(close(high), 0); /* and we keep ours */
}

/* As a letter is given away: a new file gets the lowest free number, and then the outcome is told.
 */
static void open_a_file_and_log(const void *arg)
{
    int fd = memfd_create("letter", MFD_CLOEXEC);

    (void)arg;
    log_info("the child has worked");
    shared->descriptors = (int)lseek(fd, 0, SEEK_END); /* bytes in the file */
    tell_pid(NULL);
}

static void a_child_logs_where_its_worker_does(void **state)
{
    char path[] = "/tmp/taskgate-courier.XXXXXX";
    char text[512] = "";
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    log_options.target = LOG_TO_FILE;
    log_options.path = path;
    log_open(&log_options, "worker");
    log_info("the worker asks");
    courier_send(courier, open_a_file_and_log, NULL);
    courier_finish(courier);
    log_info("the worker goes on");
    log_setup(LEVEL_INFO, "unit");
    assert_true(read(fd, text, sizeof text - 1) > 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
    assert_true(shared->pid != getpid());
    assert_int_equal(shared->descriptors, 0);
    const char *child = strstr(text, "the child has worked");
    assert_true(strstr(text, "the worker asks") < child);
    assert_true(child < strstr(text, "the worker goes on"));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        T(the_caller_goes_on_while_the_work_is_done),
        T(beyond_the_limit_the_caller_does_the_work),
        T(one_that_has_ended_makes_room),
        T(children_that_have_ended_are_buried),
        T(a_child_keeps_no_descriptor_of_ours),
        T(a_child_logs_where_its_worker_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
