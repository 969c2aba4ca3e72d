#include "cli/line_reader.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define ROOM (LINE_READER_MAX + 1)

struct reader {
    struct line_reader public; /* first */
    int fd;
    bool ended;
    size_t begin; /* of what was read and not handed out */
    size_t end;
    char *data;
};

struct line_reader *line_reader_new(void *ctx, int fd)
{
    struct reader *reader = mem_new(ctx, struct reader);

    reader->fd = fd;
    reader->data = mem_wiped(mem_bytes(reader, ROOM));
    return &reader->public;
}

/* Reads on behind what is there. */
static enum err fill(struct reader *reader)
{
    ssize_t got;

    if (reader->begin > 0) {
        memmove(reader->data, reader->data + reader->begin, reader->end - reader->begin);
        reader->end -= reader->begin;
        reader->begin = 0;
    }
    do {
        got = read(reader->fd, reader->data + reader->end, ROOM - reader->end);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return ERR_INTERNAL;
    }
    reader->ended = got == 0;
    reader->end += (size_t)got;
    reader->public.bytes += got;
    return ERR_OK;
}

/* Where the line that begins at BEGIN ends; NULL when it is longer than there is room for. */
static enum err find_end(struct reader *reader, char **ret_newline)
{
    size_t seen = 0;

    for (;;) {
        size_t len = reader->end - reader->begin;
        char *begin = reader->data + reader->begin;
        char *newline = memchr(begin + seen, '\n', len - seen);
        if (newline != NULL || reader->ended || len == ROOM) {
            *ret_newline = newline != NULL ? newline : reader->ended ? begin + len : NULL;
            return ERR_OK;
        }
        seen = len;
        enum err error = fill(reader);
        if (error != ERR_OK) {
            return error;
        }
    }
}

/* Drops what there is of a line that is too long, up to its newline. */
static enum err skip(struct reader *reader)
{
    char *newline = NULL;
    enum err error = ERR_OK;

    while (error == ERR_OK && newline == NULL && !(reader->ended && reader->begin == reader->end)) {
        reader->begin = reader->end;
        error = fill(reader);
        newline = memchr(reader->data, '\n', reader->end);
    }
    if (newline != NULL) {
        reader->begin = (size_t)(newline + 1 - reader->data);
    }
    return error;
}

enum err line_reader_next(struct line_reader *public, const char **ret_line, size_t *ret_len)
{
    struct reader *reader = (struct reader *)public;
    char *newline = NULL;
    enum err error = find_end(reader, &newline);

    if (error != ERR_OK) {
        return error;
    }
    char *line = reader->data + reader->begin;
    if (newline != NULL && newline == reader->data + reader->end && newline == line) {
        return ERR_ABSENT;
    }
    public->number++;
    if (newline == NULL) {
        error = skip(reader);
        return error == ERR_OK ? ERR_BODY_TOO_LARGE : error;
    }
    *ret_line = line;
    *ret_len = (size_t)(newline - line);
    reader->begin += *ret_len + (newline < reader->data + reader->end ? 1 : 0);
    *newline = '\0';
    return ERR_OK;
}
