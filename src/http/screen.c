#include "http/screen.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

/* FastCGI 1.0, section 8. */
#define FCGI_VERSION       1
#define FCGI_BEGIN_REQUEST 1
#define FCGI_PARAMS        4
#define FCGI_HEADER_SIZE   8
#define FCGI_BEGIN_SIZE    8

/* A second look at what came is only worth it for this much. */
#define FIRST_LOOK (16 * 1024)

struct record {
    unsigned type;
    unsigned request_id;
    const unsigned char *content;
    size_t content_len;
};

/* The record at *AT, which then moves behind its padding. */
static enum screen_verdict next_record(const unsigned char *data, size_t len, size_t *at,
                                       struct record *record)
{
    const unsigned char *header = data + *at;
    size_t left = len - *at;

    if (left < FCGI_HEADER_SIZE) {
        return SCREEN_MORE;
    }
    if (header[0] != FCGI_VERSION) {
        return SCREEN_REFUSE;
    }
    record->type = header[1];
    record->request_id = (unsigned)header[2] << 8 | header[3];
    record->content_len = (size_t)header[4] << 8 | header[5];
    record->content = header + FCGI_HEADER_SIZE;
    size_t size = FCGI_HEADER_SIZE + record->content_len + header[6];
    if (left < size) {
        return SCREEN_MORE;
    }
    *at += size;
    return SCREEN_PASS;
}

/* A length of one byte, or of four with the highest bit set (section 3.4). */
static bool read_length(const unsigned char *data, size_t len, size_t *at, size_t *ret_length)
{
    if (*at < len && data[*at] < 0x80) {
        *ret_length = data[(*at)++];
        return true;
    }
    if (len - *at < 4) {
        return false;
    }
    *ret_length = (size_t)(data[*at] & 0x7f) << 24 | (size_t)data[*at + 1] << 16 |
                  (size_t)data[*at + 2] << 8 | data[*at + 3];
    *at += 4;
    return true;
}

/* Whether DATA is a row of whole names and values without NUL: C strings would be cut there. */
static bool are_pairs(const unsigned char *data, size_t len)
{
    size_t at = 0;

    while (at < len) {
        size_t name, value;
        if (!read_length(data, len, &at, &name) || !read_length(data, len, &at, &value) ||
            name > len - at || value > len - at - name ||
            memchr(data + at, '\0', name + value) != NULL) {
            return false;
        }
        at += name + value;
    }
    return true;
}

/* The pairs may cross the borders of records, so they are judged in one piece. */
static enum screen_verdict judge_params(const unsigned char *data, size_t len, size_t at,
                                        unsigned request_id)
{
    unsigned char *params = mem_bytes(NULL, len);
    size_t size = 0;
    struct record record;
    enum screen_verdict verdict;

    while ((verdict = next_record(data, len, &at, &record)) == SCREEN_PASS) {
        if (record.type != FCGI_PARAMS || record.request_id != request_id) {
            verdict = SCREEN_REFUSE;
            break;
        }
        if (record.content_len == 0) {
            verdict = are_pairs(params, size) ? SCREEN_PASS : SCREEN_REFUSE;
            break;
        }
        memcpy(params + size, record.content, record.content_len);
        size += record.content_len;
    }
    talloc_free(params);
    return verdict;
}

enum screen_verdict screen_judge(const unsigned char *data, size_t len)
{
    struct record begin;
    size_t at = 0;
    enum screen_verdict verdict;

    /* A first byte or type that is wrong need not be waited for. */
    if ((len > 0 && data[0] != FCGI_VERSION) || (len > 1 && data[1] != FCGI_BEGIN_REQUEST)) {
        return SCREEN_REFUSE;
    }
    verdict = next_record(data, len, &at, &begin);
    if (verdict != SCREEN_PASS) {
        return verdict;
    }
    if (begin.content_len != FCGI_BEGIN_SIZE || begin.request_id == 0) {
        return SCREEN_REFUSE;
    }
    return judge_params(data, len, at, begin.request_id);
}

/* Sees what is there beyond HAVE bytes, waiting for more. The kernel keeps the place for Unix
 * sockets; where it does not (TCP), WANT bytes from the start are waited for. */
static ssize_t look(int fd, unsigned char *data, size_t have, size_t want)
{
    const int offset = (int)have;
    ssize_t got;

    if (have == 0) {
        got = recv(fd, data, FIRST_LOOK, MSG_PEEK);
    } else if (setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &offset, sizeof offset) == 0) {
        got = recv(fd, data + have, SCREEN_MAX - have, MSG_PEEK);
        got += got > 0 ? (ssize_t)have : 0;
    } else {
        got = recv(fd, data, want, MSG_PEEK | MSG_WAITALL);
    }
    return got;
}

enum err screen_wait(int fd)
{
    const int no_offset = -1;
    unsigned char *data = mem_bytes(NULL, SCREEN_MAX);
    enum screen_verdict verdict = SCREEN_MORE;
    size_t have = 0;

    while (verdict == SCREEN_MORE && have < SCREEN_MAX) {
        ssize_t got = look(fd, data, have, have + 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= (ssize_t)have) { /* the end, a time-out, or an error */
            break;
        }
        have = (size_t)got;
        verdict = screen_judge(data, have);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &no_offset, sizeof no_offset);
    talloc_free(data);
    return verdict == SCREEN_PASS ? ERR_OK : ERR_CLIENT_GONE;
}
