#include "http/screen.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

#define BEGIN_SIZE 8 /* the content of FCGI_BEGIN_REQUEST */

struct screen_record screen_header(const unsigned char *header)
{
    return (struct screen_record){
        .type = header[1],
        .request_id = (unsigned)header[2] << 8 | header[3],
        .content = header + SCREEN_HEADER_SIZE,
        .content_len = (size_t)header[4] << 8 | header[5],
        .padding_len = header[6],
    };
}

/* The record at *AT, which then moves behind its padding. */
static enum screen_verdict next_record(const unsigned char *data, size_t len, size_t *at,
                                       struct screen_record *record)
{
    size_t left = len - *at;

    if (left < SCREEN_HEADER_SIZE) {
        return SCREEN_MORE;
    }
    if (data[*at] != SCREEN_VERSION) {
        return SCREEN_REFUSE;
    }
    *record = screen_header(data + *at);
    size_t size = SCREEN_HEADER_SIZE + record->content_len + record->padding_len;
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
static enum screen_verdict judge_params(const unsigned char *data, size_t len, unsigned request_id,
                                        size_t *at)
{
    unsigned char *params = mem_bytes(NULL, len);
    size_t size = 0;
    struct screen_record record;
    enum screen_verdict verdict;

    while ((verdict = next_record(data, len, at, &record)) == SCREEN_PASS) {
        if (record.type != SCREEN_PARAMS || record.request_id != request_id) {
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

enum screen_verdict screen_judge(const unsigned char *data, size_t len, size_t *ret_used)
{
    struct screen_record begin;
    size_t at = 0;
    enum screen_verdict verdict;

    /* A first byte or type that is wrong need not be waited for. */
    if ((len > 0 && data[0] != SCREEN_VERSION) || (len > 1 && data[1] != SCREEN_BEGIN_REQUEST)) {
        return SCREEN_REFUSE;
    }
    verdict = next_record(data, len, &at, &begin);
    if (verdict != SCREEN_PASS) {
        return verdict;
    }
    if (begin.content_len != BEGIN_SIZE || begin.request_id == 0) {
        return SCREEN_REFUSE;
    }
    verdict = judge_params(data, len, begin.request_id, &at);
    if (verdict == SCREEN_PASS) {
        *ret_used = at;
    }
    return verdict;
}
