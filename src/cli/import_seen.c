#include "cli/import_seen.h"

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

#define FIRST_SIZE 1024

/* Open addressing; 0 is an empty place. */
struct import_seen {
    uint64_t *places;
    size_t size; /* a power of two, at least twice the count */
    size_t count;
};

struct import_seen *import_seen_new(void *ctx)
{
    struct import_seen *seen = mem_new(ctx, struct import_seen);

    seen->size = FIRST_SIZE;
    seen->places = mem_array(seen, uint64_t, seen->size);
    return seen;
}

/* FNV-1a, 64 bits, of "kind NUL name". */
static uint64_t hash(const char *kind, const char *name)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);

    for (const char *at = kind; *at != '\0'; at++) {
        value = (value ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    }
    value *= UINT64_C(0x100000001b3);
    for (const char *at = name; *at != '\0'; at++) {
        value = (value ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    }
    return value == 0 ? 1 : value;
}

static size_t place_of(const struct import_seen *seen, uint64_t value)
{
    size_t place = (value ^ value >> 32) & (seen->size - 1);

    while (seen->places[place] != 0 && seen->places[place] != value) {
        place = (place + 1) & (seen->size - 1);
    }
    return place;
}

static void grow(struct import_seen *seen)
{
    uint64_t *old = seen->places;
    size_t old_size = seen->size;

    seen->size *= 2;
    seen->places = mem_array(seen, uint64_t, seen->size);
    for (size_t i = 0; i < old_size; i++) {
        if (old[i] != 0) {
            seen->places[place_of(seen, old[i])] = old[i];
        }
    }
    talloc_free(old);
}

bool import_seen_add(struct import_seen *seen, const char *kind, const char *name)
{
    uint64_t value = hash(kind, name);
    size_t place = place_of(seen, value);

    if (seen->places[place] == value) {
        return false;
    }
    seen->places[place] = value;
    if (++seen->count > seen->size / 2) {
        grow(seen);
    }
    return true;
}

bool import_seen_has(const struct import_seen *seen, const char *kind, const char *name)
{
    uint64_t value = hash(kind, name);

    return seen->places[place_of(seen, value)] == value;
}
