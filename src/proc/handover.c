#include "proc/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

/* What waits in a channel is bounded by its send buffer: some 150 requests of ordinary size. */
#define SEND_BUFFER 212992

/* The kernel doubles the buffer, and a packet is never longer than it. */
#define PACKET_MAX (2 * SEND_BUFFER)

static int close_both(struct handover *channel)
{
    close(channel->in);
    close(channel->out);
    return 0;
}

enum err handover_new(void *ctx, struct handover **ret_channel)
{
    const int size = SEND_BUFFER;
    int fds[2];

    /* Packets: each receiver gets whole ones. */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
        return ERR_INTERNAL;
    }
    (void)setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    struct handover *channel = mem_new(ctx, struct handover);
    *channel = (struct handover){.in = fds[0], .out = fds[1]};
    talloc_set_destructor(channel, close_both);
    *ret_channel = channel;
    return ERR_OK;
}

/* What stands before the bytes in a packet. */
struct header {
    int64_t put_at;
    int64_t deadline;
};

/* Room for one descriptor, aligned as CMSG_FIRSTHDR wants it. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

enum err handover_put(const struct handover *channel, int fd, int64_t deadline, const void *bytes,
                      size_t len)
{
    union control control = {.bytes = {0}};
    struct header header = {.put_at = clock_nanoseconds(), .deadline = deadline};
    struct iovec pieces[] = {{.iov_base = &header, .iov_len = sizeof header},
                             {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len}};
    const struct msghdr message = {.msg_iov = pieces,
                                   .msg_iovlen = len > 0 ? 2 : 1,
                                   .msg_control = control.bytes,
                                   .msg_controllen = sizeof control.bytes};
    ssize_t sent;

    control.header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    do {
        sent = sendmsg(channel->in, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) {
        return ERR_OK;
    }
    return errno == EMSGSIZE ? ERR_BODY_TOO_LARGE : ERR_BUSY;
}

/* Whether this process may have one more descriptor. */
static bool has_room(const struct handover *channel)
{
    int fd = fcntl(channel->out, F_DUPFD_CLOEXEC, 0);

    if (fd < 0) {
        return false;
    }
    close(fd);
    return true;
}

enum err handover_take(struct handover *channel, void *ctx, struct handed *ret_handed)
{
    struct header header;
    struct handed handed;
    union control control = {.bytes = {0}};

    if (!has_room(channel)) { /* the kernel would give the bytes and close the connection */
        return ERR_BUSY;
    }
    /* All of a packet that does not fit is lost, and its size cannot be asked for: another worker
     * may take it in between. */
    if (channel->packet == NULL) {
        channel->packet = mem_bytes(channel, PACKET_MAX);
    }
    struct iovec piece = {.iov_base = channel->packet, .iov_len = PACKET_MAX};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got = recvmsg(channel->out, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (got < (ssize_t)sizeof header) {
        return ERR_NOT_FOUND;
    }
    memcpy(&header, channel->packet, sizeof header);
    handed.put_at = header.put_at;
    handed.deadline = header.deadline;
    handed.len = (size_t)got - sizeof header;
    handed.bytes = mem_wiped(mem_strndup(ctx, channel->packet + sizeof header, handed.len));
    mem_wipe(channel->packet, (size_t)got);
    if (control.header.cmsg_type != SCM_RIGHTS) {
        return ERR_BUSY;
    }
    memcpy(&handed.fd, CMSG_DATA(&control.header), sizeof handed.fd);
    *ret_handed = handed;
    return ERR_OK;
}
