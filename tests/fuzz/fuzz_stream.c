/* The bytes of a connection, cut in different ways: what becomes of them is the same, and what
 * libfcgi gets is what it can decode. */
#include "fuzz.h"

#include <string.h>

#include "../unit/feed.h"
#include "base/mem.h"
#include "http/fcgi.h"

static void decode(const struct stream *stream)
{
    static bool ready;
    const struct stream_request request = stream_request(stream);
    char *const *params;

    FUZZ_PROMISE(ready || (ready = fcgi_setup() == ERR_OK));
    FUZZ_PROMISE(fcgi_decode(request.head, request.head_len, &params) == ERR_OK);
    for (size_t i = 0; params[i] != NULL; i++) {
        FUZZ_PROMISE(strchr(params[i], '=') != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t pieces[] = {1, 7, SIZE_MAX};
    enum stream_state first = STREAM_MORE;

    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct stream *stream = stream_new(NULL, 1000);
        enum stream_state state = feed(stream, data, size, pieces[i]);
        /* In one piece more may be seen: bytes behind a whole request. */
        FUZZ_PROMISE(i == 0 || state == first ||
                     (first == STREAM_WHOLE && state == STREAM_REFUSED));
        first = i == 0 ? state : first;
        if (state == STREAM_WHOLE) {
            decode(stream);
        }
        talloc_free(stream);
    }
    return 0;
}
