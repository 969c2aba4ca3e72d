#include "store/turn.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

static pthread_mutex_t *queue; /* shared with other processes; NULL = none */

/* One that inherits priority is given to who has waited longest, and not to who asks at the right
 * moment. */
void turn_open(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED) {
        mem_fail();
    }
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    if (pthread_mutex_init(shared, &attributes) == 0) {
        queue = shared;
    } else {
        munmap(shared, sizeof *shared);
    }
    pthread_mutexattr_destroy(&attributes);
}

/* The kernel waits for this kind of mutex by the wall clock. */
static struct timespec moment(int64_t patience)
{
    int64_t end = clock_now() + patience;

    return (struct timespec){.tv_sec = (time_t)(end / CLOCK_SECOND),
                             .tv_nsec = (long)(end % CLOCK_SECOND) * 1000000L};
}

bool turn_take(int64_t patience)
{
    const struct timespec end = moment(patience);
    int code = queue == NULL ? ENOTSUP : pthread_mutex_timedlock(queue, &end);

    if (code == EOWNERDEAD) { /* SQLite knows itself what to do about a writer that died */
        pthread_mutex_consistent(queue);
        return true;
    }
    return code == 0;
}

void turn_pass(void)
{
    pthread_mutex_unlock(queue);
}
