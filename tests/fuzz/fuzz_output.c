/*
 * Answers as FastCGI records: four bytes choose the request's id and how long head and body are,
 * the rest how much the other side takes each time. Whatever it takes, it gets the whole answer
 * once.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/output.h"
#include "http/screen.h"

#define ANSWER_MAX (1024 * 1024)

static struct buf *fill(void *ctx, size_t len, char first)
{
    struct buf *text = buf_new(ctx);
    char *at = buf_reserve(text, len);

    for (size_t i = 0; i < len; i++)
        at[i] = (char)(first + (char)(i % 26));
    text->len += len;
    return text;
}

/* All that is sent to FD's other end, read in pieces of the sizes that DATA tells. */
static size_t carry(struct output *output, const int fds[2], const uint8_t *data, size_t size,
                    unsigned char *got)
{
    enum err error;
    size_t len = 0, at = 0;

    do {
        error = output_send(output, fds[0]);
        FUZZ_PROMISE(error == ERR_OK || error == ERR_BUSY);
        size_t piece = size == 0 ? ANSWER_MAX : (size_t)(data[at++ % size] + 1) * 1024;
        ssize_t taken = recv(fds[1], got + len, piece, MSG_DONTWAIT);
        FUZZ_PROMISE(taken > 0);
        len += (size_t)taken;
    } while (error == ERR_BUSY);
    for (ssize_t taken; (taken = recv(fds[1], got + len, ANSWER_MAX - len, MSG_DONTWAIT)) > 0;)
        len += (size_t)taken;
    return len;
}

static void check(const unsigned char *got, size_t len, unsigned id, const struct buf *head,
                  const struct buf *body)
{
    static const unsigned char zeros[8];
    struct screen_record record;
    unsigned char *content = mem_bytes(NULL, len);
    size_t at = 0, size = 0;

    while (screen_record(got, len, &at, &record) == SCREEN_PASS && record.content_len > 0 &&
           record.type == SCREEN_STDOUT) {
        FUZZ_PROMISE(record.request_id == id);
        memcpy(content + size, record.content, record.content_len);
        size += record.content_len;
    }
    FUZZ_PROMISE(record.type == SCREEN_STDOUT && record.content_len == 0);
    FUZZ_PROMISE(size == head->len + body->len && memcmp(content, head->data, head->len) == 0);
    FUZZ_PROMISE(memcmp(content + head->len, body->data, body->len) == 0);
    FUZZ_PROMISE(screen_record(got, len, &at, &record) == SCREEN_PASS && at == len);
    FUZZ_PROMISE(record.type == SCREEN_END_REQUEST && record.request_id == id);
    FUZZ_PROMISE(record.content_len == 8 && memcmp(record.content, zeros, 8) == 0);
    talloc_free(content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned char got[ANSWER_MAX];
    int fds[2];

    if (size < 4)
        return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
        abort();
    void *ctx = mem_context(NULL);
    unsigned id = (unsigned)data[0] << 8 | data[1];
    struct buf *head = fill(ctx, (size_t)data[2] * 16, 'a');
    struct buf *body = fill(ctx, (size_t)data[3] * data[3] * 4, 'A');
    struct output *output = output_new(ctx, id, head, body);
    size_t len = carry(output, fds, data + 4, size - 4, got);

    check(got, len, id, head, body);
    close(fds[0]);
    close(fds[1]);
    talloc_free(ctx);
    return 0;
}
