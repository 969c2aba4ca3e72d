#include "sec/gate.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"

/* One second in all. */
#define WAIT_STEPS            50
#define WAIT_STEP_NANOSECONDS 20000000L

/*
 * Two rows of mutexes shared by the pool: who has one of the places may wait for one of the slots,
 * who has one of the slots may hash. Mutexes and not a semaphore, because the kernel gives back a
 * robust mutex whose owner was killed.
 *
 * The struct itself belongs to one process: which place and slot it holds is its own knowledge.
 */
struct gate {
    pthread_mutex_t *places;
    pthread_mutex_t *slots;
    size_t place_count;
    size_t slot_count;
    pthread_mutex_t *place;
    pthread_mutex_t *slot;
};

static size_t share(int workers, int part)
{
    return workers >= part ? (size_t)(workers / part) : 1;
}

static int unmap(struct gate *gate)
{
    munmap(gate->places, (gate->place_count + gate->slot_count) * sizeof *gate->places);
    return 0;
}

struct gate *gate_new(int workers)
{
    struct gate *gate = mem_new(NULL, struct gate);
    gate->place_count = share(workers, 2);
    gate->slot_count = share(workers, 4);
    size_t count = gate->place_count + gate->slot_count;
    void *shared = mmap(NULL, count * sizeof(pthread_mutex_t), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        mem_fail();
    }
    gate->places = shared;
    talloc_set_destructor(gate, unmap);
    gate->slots = gate->places + gate->place_count;

    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    for (size_t i = 0; i < count; i++) {
        pthread_mutex_init(&gate->places[i], &attributes);
    }
    pthread_mutexattr_destroy(&attributes);
    return gate;
}

void gate_publish(const struct gate *gate)
{
    metric_set(METRIC_GATE_SLOTS, (int64_t)gate->slot_count);
    metric_set(METRIC_GATE_PLACES, (int64_t)gate->place_count);
}

/* Whether a lock call got MUTEX. A dead owner leaves nothing behind that would have to be mended.
 */
static bool got(pthread_mutex_t *mutex, int result)
{
    if (result == EOWNERDEAD) {
        pthread_mutex_consistent(mutex);
        return true;
    }
    return result == 0;
}

/* Locks any free one of COUNT mutexes; NULL when there is none. */
static pthread_mutex_t *take_any(pthread_mutex_t *mutexes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (got(&mutexes[i], pthread_mutex_trylock(&mutexes[i]))) {
            return &mutexes[i];
        }
    }
    return NULL;
}

static struct timespec after(struct timespec time, long nanoseconds)
{
    time.tv_nsec += nanoseconds;
    time.tv_sec += time.tv_nsec / 1000000000L;
    time.tv_nsec %= 1000000000L;
    return time;
}

/*
 * Waits for a slot. A mutex wakes only those who wait for it, so a wait is made of short ones, and
 * all slots are tried in between. Which one is waited for is spread over the processes.
 */
static pthread_mutex_t *wait_slot(struct gate *gate)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    for (int i = 0; i < WAIT_STEPS; i++) {
        now = after(now, WAIT_STEP_NANOSECONDS);
        pthread_mutex_t *slot = &gate->slots[(size_t)getpid() % gate->slot_count];
        if (!got(slot, pthread_mutex_clocklock(slot, CLOCK_MONOTONIC, &now))) {
            slot = take_any(gate->slots, gate->slot_count);
        }
        if (slot) {
            return slot;
        }
    }
    return NULL;
}

enum err gate_enter(struct gate *gate)
{
    int64_t started = clock_nanoseconds();
    gate->place = take_any(gate->places, gate->place_count);
    if (!gate->place) {
        metric_count(METRIC_GATE_ENTRIES, METRIC_GATE_FULL, 0);
        return ERR_BUSY;
    }
    gate->slot = take_any(gate->slots, gate->slot_count);
    if (!gate->slot) {
        metric_seat_set(METRIC_SEAT_WAITING, true);
        gate->slot = wait_slot(gate);
        metric_seat_set(METRIC_SEAT_WAITING, false);
    }
    metric_observe(METRIC_GATE_WAIT, 0, clock_nanoseconds() - started);
    if (!gate->slot) {
        pthread_mutex_unlock(gate->place);
        metric_count(METRIC_GATE_ENTRIES, METRIC_GATE_TIMEOUT, 0);
        return ERR_BUSY;
    }
    metric_count(METRIC_GATE_ENTRIES, METRIC_GATE_ENTERED, 0);
    metric_seat_set(METRIC_SEAT_HASHING, true);
    return ERR_OK;
}

void gate_leave(struct gate *gate)
{
    metric_seat_set(METRIC_SEAT_HASHING, false);
    pthread_mutex_unlock(gate->slot);
    pthread_mutex_unlock(gate->place);
}
