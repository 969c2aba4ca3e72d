/* The head of a request on the admin socket: an accepted one is inside the data and has one
 * reading, however its bytes arrive. */
#include "fuzz.h"

#include <string.h>

#include "http/http1.h"

static bool is_status(int status)
{
    return status == 0 || status == 200 || status == 400 || status == 431 || status == 505;
}

static void check_accepted(const uint8_t *data, size_t size, const struct http1_request *request)
{
    const char *start = (const char *)data;
    const char *end = memmem(data, size, "\r\n\r\n", 4);
    struct http1_request again;

    FUZZ_PROMISE(end != NULL);
    size_t len = (size_t)(end - start) + 4;
    FUZZ_PROMISE(len <= HTTP1_MAX_HEAD);
    FUZZ_PROMISE(request->path > start && request->path + request->path_len < end);
    FUZZ_PROMISE(request->path_len > 0 && request->path[0] == '/');
    FUZZ_PROMISE(memchr(request->path, '?', request->path_len) == NULL);
    FUZZ_PROMISE(memchr(start, '\0', len) == NULL);
    /* Nothing behind the head counts, and each part of it asks for more. */
    FUZZ_PROMISE(http1_read(start, len, &again) == 200);
    FUZZ_PROMISE(again.method == request->method && again.path == request->path &&
                 again.path_len == request->path_len);
    for (size_t part = 0; part < len; part += len / 16 + 1)
        FUZZ_PROMISE(http1_read(start, part, &again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http1_request request;
    int status = http1_read((const char *)data, size, &request);

    FUZZ_PROMISE(is_status(status));
    FUZZ_PROMISE(size < HTTP1_MAX_HEAD || status != 0);
    if (status == 200)
        check_accepted(data, size, &request);
    return 0;
}
