/*
 * A FastCGI program that says what http/path makes of a request's target, and whether the web
 * server reads the same path. Listens on descriptor 0, as web servers start such programs. The body
 * of its answers: "refused", "same", or "different" with both paths, a line feed, and the target.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "http/fcgi.h"
#include "http/output.h"
#include "http/path.h"
#include "http/resp.h"
#include "http/stream.h"

#define CONNECTIONS_MAX 64

static struct pollfd fds[CONNECTIONS_MAX] = {{.fd = STDIN_FILENO, .events = POLLIN}};
static struct stream *streams[CONNECTIONS_MAX];
static nfds_t count = 1;

static const char *param(char *const *params, const char *name)
{
    size_t len = strlen(name);

    for (; *params != NULL; params++) {
        if (strncmp(*params, name, len) == 0 && (*params)[len] == '=')
            return *params + len + 1;
    }
    return "";
}

/* The decoded path as web servers write it. */
static const char *spell(void *ctx, const struct path *path)
{
    struct buf *text = buf_new(ctx);

    for (size_t i = 0; i < path->count; i++) {
        buf_putc(text, '/');
        buf_puts(text, path->segments[i]);
    }
    if (path->count == 0 || path->trailing_slash)
        buf_putc(text, '/');
    return text->data;
}

static struct buf *judge(void *ctx, char *const *params)
{
    const char *target = param(params, "REQUEST_URI");
    const char *theirs =
        mem_printf(ctx, "%s%s", param(params, "SCRIPT_NAME"), param(params, "PATH_INFO"));
    struct buf *verdict = buf_new(ctx);
    struct path path;

    if (path_parse(ctx, target, &path) != ERR_OK)
        buf_puts(verdict, "refused");
    else if (strcmp(spell(ctx, &path), theirs) == 0)
        buf_puts(verdict, "same");
    else
        buf_printf(verdict, "different: ours is %s, the server's %s", spell(ctx, &path), theirs);
    buf_printf(verdict, "\n%s", target);
    return verdict;
}

static void answer(int fd, const struct stream *stream)
{
    const struct stream_request request = stream_request(stream);
    void *ctx = mem_context(NULL);
    struct response *resp = resp_new(ctx);
    char *const *params;
    enum err error;

    if (fcgi_decode(request.head, request.head_len, &params) != ERR_OK)
        abort();
    resp_html(resp, 200, judge(ctx, params));
    struct output *output = output_new(ctx, request.request_id, resp_head(ctx, resp), resp->body);
    while ((error = output_send(output, fd)) == ERR_BUSY)
        (void)poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
    talloc_free(ctx);
}

/* False when the connection is to be closed. */
static bool serve(int fd, struct stream *stream)
{
    size_t room = 0;
    void *where = stream_room(stream, &room);
    ssize_t got = recv(fd, where, room, 0);

    if (got <= 0)
        return false;
    enum stream_state state = stream_add(stream, (size_t)got);
    if (state == STREAM_WHOLE) {
        bool keep = stream_request(stream).keep;
        answer(fd, stream);
        stream_next(stream);
        return keep;
    }
    return state == STREAM_MORE;
}

static void take_connection(void)
{
    int fd = accept(STDIN_FILENO, NULL, NULL);

    if (fd < 0)
        return;
    streams[count] = stream_new(NULL, 0);
    fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

int main(void)
{
    if (fcgi_setup() != ERR_OK)
        return 1;
    for (;;) {
        fds[0].events = count < CONNECTIONS_MAX ? POLLIN : 0;
        if (poll(fds, count, -1) < 0)
            return 1;
        for (nfds_t i = count - 1; i > 0; i--) {
            if (fds[i].revents != 0 && !serve(fds[i].fd, streams[i])) {
                close(fds[i].fd);
                talloc_free(streams[i]);
                fds[i] = fds[--count];
                streams[i] = streams[count];
            }
        }
        if (fds[0].revents != 0)
            take_connection();
    }
}
