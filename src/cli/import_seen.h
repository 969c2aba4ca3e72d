/* What a file has brought so far, for an import that writes nothing. */
#ifndef TASKGATE_CLI_IMPORT_SEEN_H
#define TASKGATE_CLI_IMPORT_SEEN_H

#include <stdbool.h>

struct import_seen;

/* Owned by CTX. It keeps 8 bytes for a name, so that one in 2^64 is taken for another. */
struct import_seen *import_seen_new(void *ctx);

/* Notes NAME of a KIND ("user", "email"); false: it was noted before. */
bool import_seen_add(struct import_seen *seen, const char *kind, const char *name);

bool import_seen_has(const struct import_seen *seen, const char *kind, const char *name);

#endif
