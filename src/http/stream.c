#include "http/stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "http/screen.h"

/* Up to LEN bytes; 0 at the end, at a time-out and at an error. */
static size_t receive(int fd, void *data, size_t len)
{
    ssize_t got;

    do {
        got = recv(fd, data, len, 0);
    } while (got < 0 && errno == EINTR);
    return got > 0 ? (size_t)got : 0;
}

enum err stream_read_head(void *ctx, int fd, struct stream **ret_stream)
{
    struct stream *stream = mem_new(ctx, struct stream);
    enum screen_verdict verdict = SCREEN_MORE;
    size_t got;

    stream->fd = fd;
    stream->data = mem_bytes(stream, SCREEN_MAX);
    while (verdict == SCREEN_MORE && stream->len < SCREEN_MAX &&
           (got = receive(fd, stream->data + stream->len, SCREEN_MAX - stream->len)) > 0) {
        stream->len += got;
        verdict = screen_judge(stream->data, stream->len, &stream->head_len);
    }
    if (verdict != SCREEN_PASS) {
        talloc_free(stream);
        return ERR_CLIENT_GONE;
    }
    stream->request_id = screen_header(stream->data).request_id;
    stream->at = stream->head_len;
    *ret_stream = stream;
    return ERR_OK;
}

/* Exactly LEN bytes: first of those that came with the parameters. */
static bool take(struct stream *stream, void *data, size_t len)
{
    size_t ahead = stream->len - stream->at;
    size_t done = ahead < len ? ahead : len;

    memcpy(data, stream->data + stream->at, done);
    stream->at += done;
    while (done < len) {
        size_t got = receive(stream->fd, (char *)data + done, len - done);
        if (got == 0) {
            return false;
        }
        done += got;
    }
    return true;
}

enum err stream_read_body(struct stream *stream, char *body, size_t len)
{
    unsigned char header[SCREEN_HEADER_SIZE];
    unsigned char padding[UINT8_MAX];
    size_t done = 0;

    while (take(stream, header, sizeof header)) {
        const struct screen_record record = screen_header(header);
        if (header[0] != SCREEN_VERSION || record.type != SCREEN_STDIN ||
            record.request_id != stream->request_id || record.content_len > len - done) {
            return ERR_BAD_REQUEST;
        }
        if (record.content_len == 0) {
            return done == len ? ERR_OK : ERR_BAD_REQUEST;
        }
        if (!take(stream, body + done, record.content_len) ||
            !take(stream, padding, record.padding_len)) {
            return ERR_BAD_REQUEST;
        }
        done += record.content_len;
    }
    return ERR_BAD_REQUEST;
}
