#include "http/output.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/mem.h"
#include "http/screen.h"

/* The most content of a record that is a multiple of eight, as section 3.3 recommends. */
#define RECORD_MAX 65528
#define END_SIZE   8  /* the content of FCGI_END_REQUEST: all zero, FCGI_REQUEST_COMPLETE */
#define PIECES_MAX 64 /* in one system call; well below IOV_MAX */

struct output {
    struct iovec *pieces;
    size_t count;
    size_t at; /* the first piece that is not sent; its base is moved as it goes */
};

static void put_header(unsigned char *header, unsigned type, unsigned request_id, size_t len)
{
    header[0] = SCREEN_VERSION;
    header[1] = (unsigned char)type;
    header[2] = (unsigned char)(request_id >> 8);
    header[3] = (unsigned char)request_id;
    header[4] = (unsigned char)(len >> 8);
    header[5] = (unsigned char)len;
    header[6] = 0;
    header[7] = 0;
}

static void add(struct output *output, void *data, size_t len)
{
    output->pieces[output->count++] = (struct iovec){.iov_base = data, .iov_len = len};
}

/* A stream of records, each with its header out of *HEADERS. */
static void add_stream(struct output *output, unsigned request_id, struct buf *text,
                       unsigned char **headers)
{
    for (size_t at = 0; at < text->len;) {
        size_t len = text->len - at < RECORD_MAX ? text->len - at : RECORD_MAX;
        put_header(*headers, SCREEN_STDOUT, request_id, len);
        add(output, *headers, SCREEN_HEADER_SIZE);
        add(output, text->data + at, len);
        *headers += SCREEN_HEADER_SIZE;
        at += len;
    }
}

struct output *output_new(void *ctx, unsigned request_id, struct buf *head, struct buf *body)
{
    struct output *output = mem_new(ctx, struct output);
    size_t records = 2 + (head->len + (body == NULL ? 0 : body->len)) / RECORD_MAX;
    size_t headers_size = (records + 2) * SCREEN_HEADER_SIZE + END_SIZE;
    unsigned char *headers = mem_bytes(output, headers_size);

    output->pieces = mem_array(output, struct iovec, records * 2 + 1);
    add_stream(output, request_id, head, &headers);
    if (body != NULL) {
        add_stream(output, request_id, body, &headers);
    }
    put_header(headers, SCREEN_STDOUT, request_id, 0);
    put_header(headers + SCREEN_HEADER_SIZE, SCREEN_END_REQUEST, request_id, END_SIZE);
    memset(headers + 2 * SCREEN_HEADER_SIZE, 0, END_SIZE);
    add(output, headers, 2 * SCREEN_HEADER_SIZE + END_SIZE);
    return output;
}

/* Leaves out what was sent. */
static void advance(struct output *output, size_t sent)
{
    while (output->at < output->count && sent >= output->pieces[output->at].iov_len) {
        sent -= output->pieces[output->at++].iov_len;
    }
    if (sent > 0) {
        struct iovec *piece = &output->pieces[output->at];
        piece->iov_base = (char *)piece->iov_base + sent;
        piece->iov_len -= sent;
    }
}

enum err output_send(struct output *output, int fd)
{
    while (output->at < output->count) {
        size_t left = output->count - output->at;
        const struct msghdr message = {.msg_iov = output->pieces + output->at,
                                       .msg_iovlen = left < PIECES_MAX ? left : PIECES_MAX};
        ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
            return ERR_BUSY;
        }
        if (sent < 0 && errno != EINTR) {
            return ERR_CLIENT_GONE;
        }
        advance(output, sent < 0 ? 0 : (size_t)sent);
    }
    return ERR_OK;
}
