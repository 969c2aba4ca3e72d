/* The hashing gate, with real processes. */
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sec/gate.h"
#include "unit.h"

struct answer {
    enum err error; /* of gate_enter */
    int64_t took;   /* milliseconds */
};

/* A child that enters GATE and stays inside until it is told to end or is killed. */
struct holder {
    pid_t pid;
    int keep;   /* one byte: the child shall leave and end */
    int report; /* a struct answer */
};

static struct holder start_holder(struct gate *gate)
{
    int keep[2];
    int report[2];
    assert_int_equal(pipe(keep), 0);
    assert_int_equal(pipe(report), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(keep[1]);
        int64_t start = clock_monotonic();
        struct answer answer = {.error = gate_enter(gate)};
        answer.took = clock_monotonic() - start;
        if (write(report[1], &answer, sizeof answer) != sizeof answer) {
            _exit(1);
        }
        char byte = 0;
        if (read(keep[0], &byte, 1) != 1) {
            _exit(1);
        }
        if (answer.error == ERR_OK) {
            gate_leave(gate);
        }
        _exit(0);
    }
    close(keep[0]);
    close(report[1]);
    return (struct holder){.pid = pid, .keep = keep[1], .report = report[0]};
}

/* Waits for the answer that the child got. */
static struct answer full_answer_of(const struct holder *holder)
{
    struct answer answer = {.error = ERR_COUNT};
    assert_int_equal(read(holder->report, &answer, sizeof answer), sizeof answer);
    return answer;
}

static enum err answer_of(const struct holder *holder)
{
    return full_answer_of(holder).error;
}

static void end_holder(const struct holder *holder, bool kill_it)
{
    if (kill_it) {
        kill(holder->pid, SIGKILL);
    } else {
        assert_int_equal(write(holder->keep, "", 1), 1);
    }
    int status = 0;
    assert_int_equal(waitpid(holder->pid, &status, 0), holder->pid);
    assert_int_equal(kill_it ? WIFSIGNALED(status) : WIFEXITED(status) && !WEXITSTATUS(status), 1);
    close(holder->keep);
    close(holder->report);
}

static void the_smallest_pool_has_one_slot_and_no_waiting(void **state)
{
    (void)state;
    for (int workers = 1; workers <= 3; workers++) {
        struct gate *gate = gate_new(workers);
        struct holder holder = start_holder(gate);
        assert_int_equal(answer_of(&holder), ERR_OK);
        int64_t start = clock_monotonic();
        assert_int_equal(gate_enter(gate), ERR_BUSY);
        assert_true(clock_monotonic() - start < 500);
        end_holder(&holder, false);
        assert_int_equal(gate_enter(gate), ERR_OK);
        gate_leave(gate);
        talloc_free(gate);
    }
}

static void it_can_be_entered_again_and_again(void **state)
{
    (void)state;
    struct gate *gate = gate_new(4);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(gate_enter(gate), ERR_OK);
        gate_leave(gate);
    }
    talloc_free(gate);
}

static void a_waiter_is_refused_after_a_second(void **state)
{
    (void)state;
    /* One slot, two places. */
    struct gate *gate = gate_new(4);
    struct holder inside = start_holder(gate);
    assert_int_equal(answer_of(&inside), ERR_OK);
    for (int i = 0; i < 2; i++) { /* the place of the refused is free again */
        int64_t start = clock_monotonic();
        assert_int_equal(gate_enter(gate), ERR_BUSY);
        assert_in_range(clock_monotonic() - start, 900, 5000);
    }
    end_holder(&inside, false);
    talloc_free(gate);
}

static void those_above_the_places_do_not_wait(void **state)
{
    (void)state;
    /* Two slots, four places: of five who come, two may wait. */
    enum { OTHERS = 5 };
    struct gate *gate = gate_new(8);
    struct holder inside[2] = {start_holder(gate), start_holder(gate)};
    assert_int_equal(answer_of(&inside[0]), ERR_OK);
    assert_int_equal(answer_of(&inside[1]), ERR_OK);
    struct holder others[OTHERS];
    for (int i = 0; i < OTHERS; i++) {
        others[i] = start_holder(gate);
    }
    int waited = 0;
    for (int i = 0; i < OTHERS; i++) {
        struct answer answer = full_answer_of(&others[i]);
        assert_int_equal(answer.error, ERR_BUSY);
        waited += answer.took >= 500 ? 1 : 0;
        end_holder(&others[i], false);
    }
    assert_int_equal(waited, 2);
    end_holder(&inside[0], false);
    end_holder(&inside[1], false);
    talloc_free(gate);
}

static void a_waiter_gets_the_slot_that_becomes_free(void **state)
{
    (void)state;
    /* Two slots: whichever is freed, the waiter gets it. */
    for (int freed = 0; freed < 2; freed++) {
        for (int killed = 0; killed < 2; killed++) {
            struct gate *gate = gate_new(8);
            struct holder inside[2] = {start_holder(gate), start_holder(gate)};
            assert_int_equal(answer_of(&inside[0]), ERR_OK);
            assert_int_equal(answer_of(&inside[1]), ERR_OK);
            struct holder waiter = start_holder(gate);
            end_holder(&inside[freed], killed);
            assert_int_equal(answer_of(&waiter), ERR_OK);
            end_holder(&inside[1 - freed], false);
            end_holder(&waiter, false);
            talloc_free(gate);
        }
    }
}

static void a_killed_holder_frees_its_slot_and_its_place(void **state)
{
    (void)state;
    struct gate *gate = gate_new(1);
    for (int i = 0; i < 20; i++) {
        struct holder holder = start_holder(gate);
        assert_int_equal(answer_of(&holder), ERR_OK);
        assert_int_equal(gate_enter(gate), ERR_BUSY);
        end_holder(&holder, true);
    }
    assert_int_equal(gate_enter(gate), ERR_OK);
    gate_leave(gate);
    talloc_free(gate);
}

static void a_killed_waiter_frees_its_place(void **state)
{
    (void)state;
    /* One slot, two places. */
    struct gate *gate = gate_new(4);
    struct holder inside = start_holder(gate);
    assert_int_equal(answer_of(&inside), ERR_OK);
    for (int i = 0; i < 20; i++) {
        struct holder waiter = start_holder(gate);
        end_holder(&waiter, true);
    }
    end_holder(&inside, false);
    assert_int_equal(gate_enter(gate), ERR_OK);
    struct holder waiter = start_holder(gate);
    gate_leave(gate);
    assert_int_equal(answer_of(&waiter), ERR_OK);
    end_holder(&waiter, false);
    talloc_free(gate);
}

struct counters {
    atomic_int inside;
    atomic_int most;
    atomic_int entered;
};

static void visit_often(struct gate *gate, struct counters *counters)
{
    for (int i = 0; i < 200; i++) {
        if (gate_enter(gate) != ERR_OK) {
            continue;
        }
        int inside = atomic_fetch_add(&counters->inside, 1) + 1;
        int most = atomic_load(&counters->most);
        while (inside > most && !atomic_compare_exchange_weak(&counters->most, &most, inside)) {
        }
        atomic_fetch_add(&counters->entered, 1);
        for (int turn = 0; turn < 20; turn++) {
            sched_yield();
        }
        atomic_fetch_sub(&counters->inside, 1);
        gate_leave(gate);
    }
}

static void never_more_than_the_slots_are_inside(void **state)
{
    (void)state;
    enum { WORKERS = 12 };
    struct gate *gate = gate_new(WORKERS);
    struct counters *counters =
        mmap(NULL, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(counters, MAP_FAILED);
    pid_t children[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            visit_often(gate, counters);
            _exit(0);
        }
    }
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(waitpid(children[i], NULL, 0), children[i]);
    }
    assert_in_range(atomic_load(&counters->most), 1, WORKERS / 4);
    assert_true(atomic_load(&counters->entered) >= 200);
    munmap(counters, sizeof *counters);
    talloc_free(gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_pool_has_one_slot_and_no_waiting),
        cmocka_unit_test(it_can_be_entered_again_and_again),
        cmocka_unit_test(a_waiter_is_refused_after_a_second),
        cmocka_unit_test(those_above_the_places_do_not_wait),
        cmocka_unit_test(a_waiter_gets_the_slot_that_becomes_free),
        cmocka_unit_test(a_killed_holder_frees_its_slot_and_its_place),
        cmocka_unit_test(a_killed_waiter_frees_its_place),
        cmocka_unit_test(never_more_than_the_slots_are_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
