#include "http/stream.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "http/screen.h"

#define FIRST_SIZE  8192          /* most requests fit in */
#define DISCARD_MAX (1024 * 1024) /* a body that is refused anyway is read so far */

/*
 * The records as they came, the parameters first. Bodies are short enough to be kept as records and
 * to be put together when somebody wants them.
 */
struct stream {
    size_t max_body;
    struct screen screen;
    unsigned char *data; /* NULL while there is nothing */
    size_t size;
    size_t len;
    size_t used;     /* the most that len has been: what stands in data and has to be wiped */
    size_t head_len; /* 0 while the parameters are not complete */
    size_t at;       /* how far the records behind them were judged */
    size_t body_len; /* the content of those */
    bool body_has_ended;
    bool discards; /* the body is not what it has to be: what comes of it is forgotten */
};

/* The bytes hold passwords and tokens. Most requests are far shorter than their room. */
static int wipe(struct stream *stream)
{
    if (stream->data != NULL) {
        mem_wipe(stream->data, stream->used);
    }
    return 0;
}

struct stream *stream_new(void *ctx, size_t max_body)
{
    struct stream *stream = mem_new(ctx, struct stream);

    talloc_set_destructor(stream, wipe);
    stream->max_body = max_body;
    return stream;
}

/* Leaves no copy behind. */
static void grow(struct stream *stream)
{
    size_t size = stream->size == 0 ? FIRST_SIZE : stream->size * 2;
    unsigned char *data = mem_bytes(stream, size);

    if (stream->data != NULL) {
        memcpy(data, stream->data, stream->len);
        wipe(stream);
        talloc_free(stream->data);
    }
    stream->data = data;
    stream->size = size;
    stream->used = stream->len;
}

void *stream_room(struct stream *stream, size_t *ret_len)
{
    if (stream->len == stream->size) {
        grow(stream);
    }
    *ret_len = stream->size - stream->len;
    return stream->data + stream->len;
}

/* Web servers do not expect an answer before they have sent the body, so it is read also when it is
 * refused; within reason. */
static bool is_worth_reading(const struct stream *stream)
{
    return stream->screen.content_length <= DISCARD_MAX && stream->body_len <= DISCARD_MAX;
}

/* Forgets the records that were judged. */
static void discard(struct stream *stream)
{
    size_t rest = stream->len - stream->at;

    memmove(stream->data + stream->head_len, stream->data + stream->at, rest);
    stream->len = stream->head_len + rest;
    stream->at = stream->head_len;
}

/* A record of the body; one without content ends it (FastCGI 1.0, section 5.3). */
static enum stream_state judge_record(struct stream *stream, const struct screen_record *record)
{
    if (record->type != SCREEN_STDIN || record->request_id != stream->screen.request_id) {
        return STREAM_REFUSED;
    }
    stream->body_len += record->content_len;
    if (record->content_len == 0) {
        stream->body_has_ended = true;
        /* Web servers wait for the answer: more bytes are no next request of theirs. */
        return stream->at == stream->len ? STREAM_WHOLE : STREAM_REFUSED;
    }
    stream->discards = stream->discards || stream->body_len > stream->screen.content_length;
    return STREAM_MORE;
}

static enum stream_state judge_body(struct stream *stream)
{
    struct screen_record record;
    enum screen_verdict verdict;
    enum stream_state state = STREAM_MORE;

    stream->discards = stream->discards || stream->screen.content_length > stream->max_body;
    while (is_worth_reading(stream) &&
           (verdict = screen_record(stream->data, stream->len, &stream->at, &record)) !=
               SCREEN_MORE) {
        state = verdict == SCREEN_PASS ? judge_record(stream, &record) : STREAM_REFUSED;
        if (state != STREAM_MORE) {
            return state;
        }
    }
    if (!is_worth_reading(stream)) {
        return STREAM_WHOLE;
    }
    if (stream->discards) {
        discard(stream);
    }
    /* Records of one byte, or of padding alone, must not fill the memory. */
    return stream->len - stream->head_len > SCREEN_MAX + 2 * stream->max_body ? STREAM_REFUSED
                                                                              : STREAM_MORE;
}

enum stream_state stream_add(struct stream *stream, size_t len)
{
    stream->len += len;
    stream->used = stream->len > stream->used ? stream->len : stream->used;
    if (stream->head_len == 0) {
        enum screen_verdict verdict = screen_judge(&stream->screen, stream->data, stream->len);
        if (verdict != SCREEN_PASS) {
            return verdict == SCREEN_MORE ? STREAM_MORE : STREAM_REFUSED;
        }
        stream->head_len = stream->screen.at;
        stream->at = stream->head_len;
    }
    return judge_body(stream);
}

bool stream_is_empty(const struct stream *stream)
{
    return stream->len == 0;
}

const void *stream_bytes(const struct stream *stream, size_t *ret_len)
{
    *ret_len = stream->len;
    return stream->data;
}

struct stream_request stream_request(const struct stream *stream)
{
    return (struct stream_request){
        .head = stream->data,
        .head_len = stream->head_len,
        .request_id = stream->screen.request_id,
        .keep = stream->screen.keep,
        .safe = stream->screen.safe,
        .intact = stream->body_has_ended && !stream->discards,
        .ended = stream->body_has_ended,
    };
}

enum err stream_body(const struct stream *stream, void *ctx, size_t len, char **ret_body)
{
    struct screen_record record;
    size_t at = stream->head_len;
    size_t done = 0;

    if (!stream->body_has_ended || stream->discards || stream->body_len != len) {
        return ERR_BAD_REQUEST;
    }
    char *body = mem_wiped(mem_bytes(ctx, len + 1));
    while (screen_record(stream->data, stream->at, &at, &record) == SCREEN_PASS) {
        memcpy(body + done, record.content, record.content_len);
        done += record.content_len;
    }
    body[len] = '\0';
    *ret_body = body;
    return ERR_OK;
}

void stream_next(struct stream *stream)
{
    struct stream fresh = {.max_body = stream->max_body};

    wipe(stream);
    talloc_free(stream->data);
    *stream = fresh;
}
