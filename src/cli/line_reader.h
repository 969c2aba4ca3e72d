/* A file line by line, in bounded memory. */
#ifndef TASKGATE_CLI_LINE_READER_H
#define TASKGATE_CLI_LINE_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define LINE_READER_MAX ((size_t)1024 * 1024)

struct line_reader {
    int64_t number; /* of the line that was read last, from 1 */
    int64_t bytes;  /* read so far */
};

/* Reads from FD, which stays the caller's. Owned by CTX; lines may hold secrets and are wiped. */
struct line_reader *line_reader_new(void *ctx, int fd);

/*
 * The next line without its newline, NUL behind it; valid until the next call. ERR_ABSENT: there is
 * none. ERR_BODY_TOO_LARGE: it is longer than LINE_READER_MAX and was skipped. ERR_INTERNAL: the
 * file cannot be read, errno says why.
 */
enum err line_reader_next(struct line_reader *reader, const char **ret_line,
                          size_t *ret_len) WARN_UNUSED;

#endif
