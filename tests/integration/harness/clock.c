/* Loaded before libc (LD_PRELOAD): the clock of a host is SKEW seconds ahead. Not libfaketime,
 * which waits for ever under a sanitizer. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *ret_time)
{
    int result = (int)syscall(SYS_clock_gettime, id, ret_time);

    if (result == 0 && id == CLOCK_REALTIME) {
        ret_time->tv_sec += SKEW;
    }
    return result;
}
