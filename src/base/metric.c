#include "base/metric.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/metric_table.h"

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "shared counters need lock-free 64-bit atomics");

/* Three generations of the largest pool, and room for more that are leaving. */
#define SEATS 1024

#define CACHE_LINE 64

struct seat {
    alignas(CACHE_LINE) atomic_uint state; /* METRIC_SEAT_TAKEN and enum metric_seat */
    atomic_int pid;
};

struct shared {
    struct seat seats[SEATS];
    alignas(CACHE_LINE) atomic_llong notes[METRIC_NOTE_COUNT];
    alignas(CACHE_LINE) atomic_llong cells[];
};

static struct shared *shared; /* NULL: nothing is counted */
static size_t offsets[METRIC_COUNT];
static int own_seat = -1;

/* Lays the metrics out one behind the other; returns the number of cells. */
static size_t set_offsets(void)
{
    size_t cells = 0;

    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct metric_info *info = &metric_table[i];
        offsets[i] = cells;
        cells += metric_table_count(info->axes[0]) * metric_table_count(info->axes[1]) *
                 METRIC_CELLS(info->type);
    }
    return cells;
}

void metric_open(const struct metric_tables *tables)
{
    metric_table_set(tables);
    size_t size = sizeof *shared + set_offsets() * sizeof shared->cells[0];
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED) {
        mem_fail();
    }
    shared = memory;
    metric_set(METRIC_BUILD_INFO, 1);
}

/* The first cell of a series, NULL when there is no such series. */
static atomic_llong *find(enum metric metric, size_t a, size_t b)
{
    if (shared == NULL || metric >= METRIC_COUNT) {
        return NULL;
    }
    const struct metric_info *info = &metric_table[metric];
    size_t rows = metric_table_count(info->axes[0]);
    size_t columns = metric_table_count(info->axes[1]);
    if (a >= rows || b >= columns) {
        return NULL;
    }
    return &shared->cells[offsets[metric] + (a * columns + b) * METRIC_CELLS(info->type)];
}

static void add(atomic_llong *cell, int64_t count)
{
    atomic_fetch_add_explicit(cell, count, memory_order_relaxed);
}

void metric_count(enum metric metric, size_t a, size_t b)
{
    atomic_llong *cell = find(metric, a, b);

    if (cell != NULL) {
        add(cell, 1);
    }
}

void metric_count_name(enum metric metric, const char *name)
{
    enum metric_axis axis = metric_table[metric].axes[0];
    size_t last = metric_table_count(axis) - 1;
    size_t i = 0;

    while (i < last && strcmp(metric_table_value(axis, i, 0), name) != 0) {
        i++;
    }
    metric_count(metric, i, 0);
}

void metric_observe(enum metric metric, size_t a, int64_t nanoseconds)
{
    atomic_llong *cells = find(metric, a, 0);
    size_t bucket = 0;

    if (cells == NULL || metric_table[metric].type != METRIC_HISTOGRAM) {
        return;
    }
    while (bucket < METRIC_BOUNDS && nanoseconds > metric_bounds[bucket].nanoseconds) {
        bucket++;
    }
    add(&cells[bucket], 1);
    add(&cells[METRIC_SUM], nanoseconds < 0 ? 0 : nanoseconds);
}

void metric_set(enum metric metric, int64_t value)
{
    atomic_llong *cell = find(metric, 0, 0);

    if (cell != NULL) {
        atomic_store_explicit(cell, value, memory_order_relaxed);
    }
}

/* --- reading --- */

static int64_t count_seats(unsigned state)
{
    int64_t count = 0;

    for (size_t i = 0; i < SEATS; i++) {
        unsigned now = atomic_load_explicit(&shared->seats[i].state, memory_order_relaxed);
        count += (now & state) != 0 ? 1 : 0;
    }
    return count;
}

int64_t metric_cell(enum metric metric, size_t a, size_t b, size_t cell)
{
    atomic_llong *cells = find(metric, a, b);

    return cells == NULL ? 0 : atomic_load_explicit(&cells[cell], memory_order_relaxed);
}

int64_t metric_get(enum metric metric, size_t a, size_t b)
{
    const struct metric_info *info = &metric_table[metric];
    int64_t count = 0;

    if (info->seat_state != 0) {
        return shared == NULL ? 0 : count_seats(info->seat_state);
    }
    for (size_t i = 0; i < METRIC_CELLS(info->type) && i != METRIC_SUM; i++) {
        count += metric_cell(metric, a, b, i);
    }
    return count;
}

/* --- seats --- */

int metric_seat_take(void)
{
    for (int i = 0; shared != NULL && i < SEATS; i++) {
        struct seat *seat = &shared->seats[i];
        if (atomic_load_explicit(&seat->state, memory_order_relaxed) == 0) {
            atomic_store_explicit(&seat->pid, 0, memory_order_relaxed);
            atomic_store_explicit(&seat->state, METRIC_SEAT_TAKEN, memory_order_relaxed);
            return i;
        }
    }
    return -1;
}

void metric_seat_started(int seat, pid_t pid)
{
    if (seat >= 0) {
        atomic_store_explicit(&shared->seats[seat].pid, pid, memory_order_relaxed);
    }
}

void metric_seat_free(int seat)
{
    if (seat >= 0) {
        atomic_store_explicit(&shared->seats[seat].state, 0, memory_order_relaxed);
    }
}

void metric_seat_use(int seat)
{
    own_seat = seat;
}

void metric_seat_set(enum metric_seat state, bool on)
{
    if (own_seat < 0) {
        return;
    }
    atomic_uint *seat = &shared->seats[own_seat].state;
    unsigned now = atomic_load_explicit(seat, memory_order_relaxed);
    now = on ? now | (unsigned)state : now & ~(unsigned)state;
    atomic_store_explicit(seat, now, memory_order_relaxed); /* nobody else writes here meanwhile */
}

size_t metric_seat_pids(pid_t *pids, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; shared != NULL && i < SEATS && count < max; i++) {
        const struct seat *seat = &shared->seats[i];
        pid_t pid = atomic_load_explicit(&seat->pid, memory_order_relaxed);
        if (pid > 0 && atomic_load_explicit(&seat->state, memory_order_relaxed) != 0) {
            pids[count++] = pid;
        }
    }
    return count;
}

/* --- notes --- */

void metric_note(enum metric_note note, int64_t time)
{
    /* Read first: nearly always there is nothing to change, and the line stays shared. */
    if (shared != NULL && metric_noted(note) != time) {
        atomic_store_explicit(&shared->notes[note], time, memory_order_relaxed);
    }
}

int64_t metric_noted(enum metric_note note)
{
    return shared == NULL ? 0 : atomic_load_explicit(&shared->notes[note], memory_order_relaxed);
}
