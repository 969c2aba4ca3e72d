#include "http/fcgi.h"

#include <fcgiapp.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/stream.h"

/* How much unread body is dropped, and how long a pause between two pieces may be (microseconds),
 * before the connection is closed all the same. */
#define DRAIN_MAX   (1024 * 1024)
#define DRAIN_PAUSE 200000

struct fcgi {
    FCGX_Request request;
    int fd;
    struct stream *stream;
};

/* Where libfcgi reads what was screened: it wants a descriptor. One for the process, -1 = none yet.
 */
static int screened = -1;

enum err fcgi_setup(void)
{
    return FCGX_Init() == 0 ? ERR_OK : ERR_INTERNAL;
}

static bool put_screened(const struct stream *stream)
{
    const off_t len = (off_t)stream->head_len;

    if (screened < 0) {
        screened = memfd_create("taskgate-params", MFD_CLOEXEC);
    }
    return screened >= 0 && pwrite(screened, stream->data, stream->head_len, 0) == (ssize_t)len &&
           ftruncate(screened, len) == 0 && lseek(screened, 0, SEEK_SET) == 0;
}

/*
 * Lets libfcgi read the parameters. With ipcFd set the library does not accept (R7), and
 * keepConnection stops it from closing the descriptor before it has read; on an error it closes it
 * all the same. Afterwards ipcFd is where it writes: the web server's socket.
 */
static enum err parse(struct fcgi *fcgi)
{
    if (!put_screened(fcgi->stream) || FCGX_InitRequest(&fcgi->request, -1, 0) != 0) {
        return ERR_INTERNAL;
    }
    fcgi->request.ipcFd = screened;
    fcgi->request.keepConnection = 1;
    if (FCGX_Accept_r(&fcgi->request) != 0) {
        screened = -1;
        return ERR_CLIENT_GONE;
    }
    fcgi->request.ipcFd = fcgi->fd;
    return ERR_OK;
}

enum err fcgi_open(void *ctx, int fd, struct fcgi **ret_fcgi)
{
    struct fcgi *fcgi = mem_new(ctx, struct fcgi);
    enum err error;

    fcgi->fd = fd;
    error = stream_read_head(fcgi, fd, &fcgi->stream);
    if (error == ERR_OK) {
        error = parse(fcgi);
    }
    if (error != ERR_OK) {
        close(fd);
        talloc_free(fcgi);
        return error;
    }
    *ret_fcgi = fcgi;
    return ERR_OK;
}

char *const *fcgi_params(const struct fcgi *fcgi)
{
    return fcgi->request.envp;
}

static enum err read_body(void *arg, void *ctx, size_t len, char **ret_body)
{
    struct fcgi *fcgi = arg;
    char *body = mem_wiped(mem_bytes(ctx, len + 1));
    enum err error = stream_read_body(fcgi->stream, body, len);

    if (error != ERR_OK) {
        return error;
    }
    body[len] = '\0';
    *ret_body = body;
    return ERR_OK;
}

struct body_source fcgi_body(struct fcgi *fcgi)
{
    return (struct body_source){.read = read_body, .arg = fcgi};
}

static bool put(FCGX_Stream *out, const struct buf *text)
{
    size_t sent = 0;

    while (sent < text->len) {
        size_t left = text->len - sent;
        int chunk = left > INT_MAX ? INT_MAX : (int)left;
        if (FCGX_PutStr(text->data + sent, chunk, out) != chunk) {
            return false;
        }
        sent += (size_t)chunk;
    }
    return true;
}

enum err fcgi_send(struct fcgi *fcgi, const struct buf *head, const struct buf *body)
{
    FCGX_Request *request = &fcgi->request;
    bool sent = put(request->out, head) && (body == NULL || put(request->out, body));

    /* The last of the two streams to close writes the end of the request. */
    if (FCGX_FClose(request->err) != 0 || FCGX_FClose(request->out) != 0) {
        sent = false;
    }
    return sent ? ERR_OK : ERR_CLIENT_GONE;
}

void fcgi_close(struct fcgi *fcgi)
{
    const struct timeval pause = {.tv_usec = DRAIN_PAUSE};
    char dropped[4096];
    size_t total = 0;
    ssize_t got;

    /* The library is not to close: it would wait for the web server for two seconds. */
    FCGX_Free(&fcgi->request, 0);
    shutdown(fcgi->fd, SHUT_WR);
    setsockopt(fcgi->fd, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause);
    do {
        got = recv(fcgi->fd, dropped, sizeof dropped, total == 0 ? MSG_DONTWAIT : 0);
        total += got > 0 ? (size_t)got : 0;
    } while (got > 0 && total < DRAIN_MAX);
    close(fcgi->fd);
}
