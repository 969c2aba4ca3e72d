#include "cli/scrape.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define BLOCK 16384

static enum err fail(struct buf *problem, const struct endpoint *endpoint, const char *why)
{
    buf_printf(problem, "%s %s: %s", endpoint->setting, endpoint->text, why);
    return ERR_STORE_DOWN;
}

static const char *reason(int code)
{
    return code == EAGAIN || code == EINPROGRESS ? "no answer in time" : strerror(code);
}

/* A connected socket that no call keeps for longer than SCRAPE_SECONDS; -1 with errno. */
static int connect_to(const struct endpoint *endpoint)
{
    const struct timeval limit = {.tv_sec = SCRAPE_SECONDS};
    int fd = socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (const struct sockaddr *)&endpoint->address, endpoint->size) != 0) {
        int code = errno;
        close(fd);
        errno = code;
        return -1;
    }
    return fd;
}

/* False: errno says why not. HTTP/1.0 ends the answer with the connection. */
static bool ask(void *ctx, int fd, const char *path)
{
    const char *request = mem_printf(ctx, "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n", path);
    size_t len = strlen(request);
    ssize_t sent = send(fd, request, len, MSG_NOSIGNAL);

    if (sent >= 0 && (size_t)sent < len) {
        errno = EAGAIN;
    }
    return sent >= 0 && (size_t)sent == len;
}

/* Reads to the end of the connection. False: errno says why not. */
static bool read_all(int fd, struct buf *answer)
{
    int64_t until = clock_monotonic() + SCRAPE_SECONDS * CLOCK_SECOND;
    ssize_t len;

    while ((len = recv(fd, buf_reserve(answer, BLOCK), BLOCK, 0)) > 0) {
        answer->len += (size_t)len;
        answer->data[answer->len] = '\0';
        if (answer->len > SCRAPE_MAX || clock_monotonic() > until) {
            errno = answer->len > SCRAPE_MAX ? EFBIG : EAGAIN;
            return false;
        }
    }
    answer->data[answer->len] = '\0';
    return len == 0;
}

/* What stands behind the head of an answer with status 200. */
static enum err cut_head(void *ctx, const struct endpoint *endpoint, const struct buf *answer,
                         struct buf **ret_body, struct buf *problem)
{
    const char *end = strstr(answer->data, "\r\n\r\n");

    if (end == NULL || strncmp(answer->data, "HTTP/1.", 7) != 0) {
        return fail(problem, endpoint, "what answers there is not taskgate");
    }
    if (strncmp(answer->data + 8, " 200 ", 5) != 0) {
        return fail(problem, endpoint,
                    mem_printf(ctx, "status %.3s instead of 200", answer->data + 9));
    }
    struct buf *body = buf_new(ctx);
    buf_add(body, end + 4, answer->len - (size_t)(end + 4 - answer->data));
    *ret_body = body;
    return ERR_OK;
}

enum err scrape_page(void *ctx, const struct endpoint *endpoint, const char *path,
                     struct buf **ret_body, struct buf *problem)
{
    void *work = mem_context(NULL);
    struct buf *answer = buf_new(work);
    int fd = connect_to(endpoint);
    enum err error;

    if (fd < 0 || !ask(work, fd, path) || !read_all(fd, answer)) {
        error = fail(problem, endpoint, reason(errno));
    } else {
        error = cut_head(ctx, endpoint, answer, ret_body, problem);
    }
    if (fd >= 0) {
        close(fd);
    }
    talloc_free(work);
    return error;
}
