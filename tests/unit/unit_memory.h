/* What is left in the memory of this process. */
#ifndef TASKGATE_TESTS_UNIT_MEMORY_H
#define TASKGATE_TESTS_UNIT_MEMORY_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

/* Whether BEGIN and behind it the LEN bytes of END are anywhere in the DATA. */
static inline bool memory_holds(const char *data, size_t len_data, const char *begin,
                                const char *end, size_t len)
{
    const char *stop = data + len_data;
    const char *at = data;

    while ((at = memmem(at, (size_t)(stop - at), begin, strlen(begin))) != NULL) {
        at += strlen(begin);
        if ((size_t)(stop - at) >= len && memcmp(at, end, len) == 0) {
            return true;
        }
    }
    return false;
}

/* The same of the memory that this process writes, but for what sanitizers reserve. The text comes
 * in two parts because what looks for it must not leave it there. */
static inline bool memory_has(const char *first, const char *rest, size_t rest_len)
{
    static char piece[1 << 20];
    FILE *maps = fopen("/proc/self/maps", "r");
    int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    unsigned long begin, end;
    char mode[5];
    bool found = false;

    assert_non_null(maps);
    assert_true(memory >= 0);
    while (!found && fscanf(maps, "%lx-%lx %4s%*[^\n]", &begin, &end, mode) == 3) {
        bool wanted = mode[0] == 'r' && mode[1] == 'w' && end - begin < (256UL << 20);
        for (unsigned long at = begin; wanted && !found && at < end; at += sizeof piece / 2) {
            unsigned long left = end - at < sizeof piece ? end - at : sizeof piece;
            bool own = at < (uintptr_t)piece + sizeof piece && at + left > (uintptr_t)piece;
            ssize_t got = own ? 0 : pread(memory, piece, left, (off_t)at);
            found = got > 0 && memory_holds(piece, (size_t)got, first, rest, rest_len);
        }
    }
    fclose(maps);
    close(memory);
    return found;
}

#endif
