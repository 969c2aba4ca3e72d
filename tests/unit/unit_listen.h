/* A folder for sockets, and what the last listen_open said. */
#ifndef TASKGATE_TESTS_UNIT_LISTEN_H
#define TASKGATE_TESTS_UNIT_LISTEN_H

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "proc/listen.h"
#include "unit.h"

struct bench {
    char *folder;
    char *path; /* FOLDER/s */
    struct buf *problem;
};

static inline int set_up(void **state)
{
    struct bench *bench = mem_new(NULL, struct bench);

    bench->folder = mem_strdup(bench, "/tmp/taskgate-listen-XXXXXX");
    if (mkdtemp(bench->folder) == NULL) {
        return -1;
    }
    bench->path = mem_printf(bench, "%s/s", bench->folder);
    bench->problem = buf_new(bench);
    *state = bench;
    return 0;
}

static inline int tear_down(void **state)
{
    struct bench *bench = *state;

    unlink(bench->path);
    int result = rmdir(bench->folder);
    talloc_free(bench);
    return result;
}

static inline enum err open_at(struct bench *bench, const char *address, struct listener **listener)
{
    bench->problem = buf_new(bench);
    return listen_open(bench, ENDPOINT_WEB, address, listener, bench->problem);
}

/* Opens "unix:PATH" and OPTIONS behind. */
static inline enum err open_unix(struct bench *bench, const char *options,
                                 struct listener **listener)
{
    return open_at(bench, mem_printf(bench, "unix:%s%s", bench->path, options), listener);
}

static inline void assert_refused(struct bench *bench, const char *address, const char *why)
{
    struct listener *listener = NULL;

    print_message("  %s\n", address);
    assert_int_equal(open_at(bench, address, &listener), ERR_CONFIG);
    assert_null(listener);
    assert_non_null(strstr(bench->problem->data, "LISTEN"));
    assert_non_null(strstr(bench->problem->data, why));
    assert_null(strchr(bench->problem->data, '\n'));
}

static inline int connect_to(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(name.sun_path, path, strlen(path));
    if (connect(fd, (const struct sockaddr *)&name, sizeof name) == 0) {
        return fd;
    }
    close(fd);
    return -1;
}

static inline mode_t mode_of(const char *path)
{
    struct stat status;

    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode;
}

static inline in_port_t port_of(int fd)
{
    struct sockaddr_storage address;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    socklen_t size = sizeof address;

    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    if (address.ss_family == AF_INET) {
        memcpy(&in, &address, sizeof in);
        assert_int_equal(ntohl(in.sin_addr.s_addr), INADDR_LOOPBACK);
        return ntohs(in.sin_port);
    }
    memcpy(&in6, &address, sizeof in6);
    assert_int_equal(address.ss_family, AF_INET6);
    assert_true(IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr));
    return ntohs(in6.sin6_port);
}

/* One test of a group, in a folder of its own. */
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
