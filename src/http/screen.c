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
        .padding_len = header[SCREEN_PADDING_AT],
    };
}

enum screen_verdict screen_record(const unsigned char *data, size_t len, size_t *at,
                                  struct screen_record *ret_record)
{
    size_t left = len - *at;

    if (left > 0 && data[*at] != SCREEN_VERSION) {
        return SCREEN_REFUSE;
    }
    if (left < SCREEN_HEADER_SIZE) {
        return SCREEN_MORE;
    }
    const struct screen_record record = screen_header(data + *at);
    size_t size = SCREEN_HEADER_SIZE + record.content_len + record.padding_len;
    if (left < size) {
        return SCREEN_MORE;
    }
    *at += size;
    *ret_record = record;
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

/* A value of CONTENT_LENGTH; nothing means 0 (RFC 3875, 4.1.2). */
static size_t read_number(const unsigned char *text, size_t len)
{
    size_t number = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || number > (SIZE_MAX - 9) / 10) {
            return SCREEN_BAD_LENGTH;
        }
        number = number * 10 + (size_t)(text[i] - '0');
    }
    return number;
}

#define IS(data, len, literal)                                                                     \
    ((len) == sizeof(literal) - 1 && memcmp(data, literal, sizeof(literal) - 1) == 0)

/* What else is to be known of a request before it is decoded. VALUE is behind NAME. */
static void note_pair(struct screen *screen, const unsigned char *name, size_t name_len,
                      size_t value_len)
{
    const unsigned char *value = name + name_len;

    if (IS(name, name_len, "CONTENT_LENGTH")) {
        screen->content_length = read_number(value, value_len);
    } else if (IS(name, name_len, "REQUEST_METHOD")) {
        screen->safe = IS(value, value_len, "GET") || IS(value, value_len, "HEAD") ||
                       IS(value, value_len, "OPTIONS");
    }
}

/* Whether DATA is a row of whole names and values without NUL: C strings would be cut there. */
static bool are_pairs(struct screen *screen, const unsigned char *data, size_t len)
{
    size_t at = 0;

    while (at < len) {
        size_t name, value;
        if (!read_length(data, len, &at, &name) || !read_length(data, len, &at, &value) ||
            name > len - at || value > len - at - name ||
            memchr(data + at, '\0', name + value) != NULL) {
            return false;
        }
        note_pair(screen, data + at, name, value);
        at += name + value;
    }
    return true;
}

/* The pairs may cross the borders of records, so they are judged in one piece. */
static bool are_params(struct screen *screen, const unsigned char *data)
{
    unsigned char *params = mem_wiped(mem_bytes(NULL, screen->at));
    struct screen_record record;
    size_t size = 0;
    size_t at = 0;

    while (at < screen->at && screen_record(data, screen->at, &at, &record) == SCREEN_PASS) {
        if (record.type == SCREEN_PARAMS) {
            memcpy(params + size, record.content, record.content_len);
            size += record.content_len;
        }
    }
    bool right = are_pairs(screen, params, size);
    talloc_free(params);
    return right;
}

static enum screen_verdict judge_begin(struct screen *screen, const struct screen_record *begin)
{
    if (begin->type != SCREEN_BEGIN_REQUEST || begin->content_len != BEGIN_SIZE ||
        begin->request_id == 0 || begin->content[0] != 0 || begin->content[1] != SCREEN_RESPONDER) {
        return SCREEN_REFUSE;
    }
    screen->request_id = begin->request_id;
    screen->keep = (begin->content[2] & SCREEN_KEEP_CONN) != 0;
    return SCREEN_MORE;
}

enum screen_verdict screen_judge(struct screen *screen, const unsigned char *data, size_t len)
{
    struct screen_record record;
    enum screen_verdict verdict;

    /* A first type that is wrong need not be waited for. */
    if (len > 1 && data[1] != SCREEN_BEGIN_REQUEST) {
        return SCREEN_REFUSE;
    }
    while ((verdict = screen_record(data, len, &screen->at, &record)) == SCREEN_PASS) {
        if (screen->at > SCREEN_MAX) { /* all of it may be there at the first look */
            verdict = SCREEN_REFUSE;
        } else if (screen->request_id == 0) {
            verdict = judge_begin(screen, &record);
        } else if (record.type != SCREEN_PARAMS || record.request_id != screen->request_id) {
            verdict = SCREEN_REFUSE;
        } else if (record.content_len == 0) {
            return are_params(screen, data) ? SCREEN_PASS : SCREEN_REFUSE;
        }
        if (verdict == SCREEN_REFUSE) {
            return SCREEN_REFUSE;
        }
    }
    return verdict == SCREEN_MORE && len >= SCREEN_MAX ? SCREEN_REFUSE : verdict;
}
