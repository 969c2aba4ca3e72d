/* Puts bytes into a stream, in pieces as they may come from a connection. */
#ifndef TASKGATE_TESTS_FEED_H
#define TASKGATE_TESTS_FEED_H

#include <string.h>

#include "http/stream.h"

/* In pieces of PIECE bytes, until the stream has its request or refuses it. */
static inline enum stream_state feed(struct stream *stream, const void *data, size_t len,
                                     size_t piece)
{
    enum stream_state state = STREAM_MORE;

    for (size_t at = 0; at < len && state == STREAM_MORE;) {
        size_t room;
        void *where = stream_room(stream, &room);
        size_t size = len - at < piece ? len - at : piece;
        size = size < room ? size : room;
        memcpy(where, (const char *)data + at, size);
        state = stream_add(stream, size);
        at += size;
    }
    return state;
}

#endif
