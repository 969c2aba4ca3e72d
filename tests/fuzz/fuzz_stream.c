/*
 * The bytes of a FastCGI connection on which requests follow each other. However they are cut, the
 * same requests are read, up to where a request comes before the last one was answered; and what
 * libfcgi makes of their parameters is what the records say, read here in a few lines of its own.
 */
#include "fuzz.h"

#include <string.h>

#include "base/mem.h"
#include "http/fcgi.h"
#include "http/stream.h"

#define BODY_MAX  1000
#define INPUT_MAX (64 * 1024) /* below the bounds, which may be seen earlier in smaller pieces */
#define CUTS      8

/* What was read of a connection; the requests stand in TEXT one after the other. */
struct outcome {
    struct buf *text;
    enum stream_state state;
};

/* --- the records, read once more --- */

static size_t read_length(const unsigned char **at)
{
    size_t length = *(*at)++;

    if (length >= 0x80) {
        length = (length & 0x7f) << 24 | (size_t)(*at)[0] << 16 | (size_t)(*at)[1] << 8 | (*at)[2];
        *at += 3;
    }
    return length;
}

/* The contents of all records of TYPE among LEN bytes, joined. */
static struct buf *join(void *ctx, const unsigned char *at, size_t len, unsigned type)
{
    struct buf *joined = buf_new(ctx);

    for (const unsigned char *end = at + len; at < end;) {
        size_t size = (size_t)at[4] << 8 | at[5];
        if (at[1] == type)
            buf_add(joined, (const char *)at + 8, size);
        at += 8 + size + at[6];
    }
    return joined;
}

static void check_params(void *ctx, const struct stream_request *request, char *const *params)
{
    const struct buf *joined = join(ctx, request->head, request->head_len, 4);
    const unsigned char *at = (const unsigned char *)joined->data, *end = at + joined->len;

    for (; at < end; params++) {
        size_t name = read_length(&at), value = read_length(&at);
        FUZZ_PROMISE(*params != NULL);
        FUZZ_PROMISE(strcmp(*params, mem_printf(ctx, "%.*s=%.*s", (int)name, (const char *)at,
                                                (int)value, (const char *)at + name)) == 0);
        at += name + value;
    }
    FUZZ_PROMISE(*params == NULL);
}

static void check_body(void *ctx, const struct stream *stream, const struct stream_request *request)
{
    size_t len = 0;
    const unsigned char *bytes = stream_bytes(stream, &len);
    const struct buf *joined = join(ctx, bytes + request->head_len, len - request->head_len, 5);
    char *body = NULL;

    if (!request->intact)
        return;
    FUZZ_PROMISE(joined->len <= BODY_MAX);
    FUZZ_PROMISE(stream_body(stream, ctx, joined->len, &body) == ERR_OK);
    FUZZ_PROMISE(memcmp(body, joined->data, joined->len + 1) == 0);
    FUZZ_PROMISE(stream_body(stream, ctx, joined->len + 1, &body) == ERR_BAD_REQUEST);
}

static void check(const struct stream *stream)
{
    static bool ready;
    const struct stream_request request = stream_request(stream);
    void *ctx = mem_context(NULL);
    char *const *params;

    FUZZ_PROMISE(ready || (ready = fcgi_setup() == ERR_OK));
    FUZZ_PROMISE(fcgi_decode(request.head, request.head_len, &params) == ERR_OK);
    FUZZ_PROMISE(strcmp(params[0], "FCGI_ROLE=RESPONDER") == 0); /* libfcgi's own */
    check_params(ctx, &request, params + 1);
    check_body(ctx, stream, &request);
    talloc_free(ctx);
}

/* --- the connection --- */

static void take(struct buf *text, const struct stream *stream)
{
    const struct stream_request request = stream_request(stream);
    size_t len = 0;
    const char *bytes = stream_bytes(stream, &len);

    buf_printf(text, "%u %d %d %d %zu ", request.request_id, request.keep, request.intact,
               request.ended, request.head_len);
    buf_add(text, bytes, request.intact ? len : request.head_len);
}

/* Reads DATA in pieces: FIRST bytes, then PIECE each time. Each piece waits for the answer to what
 * came before it. */
static struct outcome run(void *ctx, const uint8_t *data, size_t size, size_t first, size_t piece)
{
    struct stream *stream = stream_new(ctx, BODY_MAX);
    struct outcome outcome = {.text = buf_new(ctx), .state = STREAM_MORE};
    size_t left = first;

    for (size_t at = 0; at < size && outcome.state == STREAM_MORE;) {
        size_t room = 0;
        void *where = stream_room(stream, &room);
        size_t part = left < room ? left : room;
        part = part < size - at ? part : size - at;
        memcpy(where, data + at, part);
        at += part;
        left = left > part ? left - part : piece;
        outcome.state = stream_add(stream, part);
        if (outcome.state == STREAM_WHOLE) {
            const struct stream_request request = stream_request(stream);
            take(outcome.text, stream);
            if (piece == 1)
                check(stream);
            if (request.keep && request.ended) {
                stream_next(stream);
                outcome.state = STREAM_MORE;
            }
        }
    }
    talloc_free(stream);
    return outcome;
}

/* Nothing is read that is not there byte by byte, and nothing is lost but by a refusal. */
static void compare(const struct outcome *slow, const struct outcome *fast)
{
    FUZZ_PROMISE(fast->text->len <= slow->text->len);
    FUZZ_PROMISE(memcmp(fast->text->data, slow->text->data, fast->text->len) == 0);
    FUZZ_PROMISE(fast->state == STREAM_REFUSED || fast->text->len == slow->text->len);
    FUZZ_PROMISE(fast->state == slow->state || fast->state == STREAM_REFUSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > INPUT_MAX)
        return 0;
    void *ctx = mem_context(NULL);
    const struct outcome slow = run(ctx, data, size, 1, 1);
    struct outcome fast = run(ctx, data, size, 7, 7);

    compare(&slow, &fast);
    for (size_t i = 0; i <= CUTS; i++) {
        fast = run(ctx, data, size, size * i / CUTS + 1, SIZE_MAX);
        compare(&slow, &fast);
    }
    talloc_free(ctx);
    return 0;
}
