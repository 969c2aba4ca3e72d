/* What is left in the memory of this process. */
#ifndef TASKGATE_TESTS_UNIT_MEMORY_H
#define TASKGATE_TESTS_UNIT_MEMORY_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

/* Whether the LEN bytes of NEEDLE, a constant, are anywhere in the memory that this process writes,
 * but for what sanitizers reserve. */
static inline bool memory_has(const void *needle, size_t len)
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
            found = got > 0 && memmem(piece, (size_t)got, needle, len) != NULL;
        }
    }
    fclose(maps);
    close(memory);
    return found;
}

#endif
