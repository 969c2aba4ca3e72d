/* proc/listen: sockets that somebody opened for us. */
#include <fcntl.h>
#include <sys/wait.h>

#include "unit_listen.h"

/* Runs TAKE in a child, whose descriptors and environment it may change; its result comes back. */
static int in_child(struct bench *bench, int (*take)(struct bench *bench))
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        _exit(take(bench));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* A listening socket on FOLDER/s. */
static int spawned_socket(const struct bench *bench)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(name.sun_path, bench->path, strlen(bench->path));
    return bind(fd, (const struct sockaddr *)&name, sizeof name) == 0 && listen(fd, 5) == 0 ? fd
                                                                                            : -1;
}

static bool is_ready(const struct listener *listener)
{
    return (fcntl(listener->fd, F_GETFL) & O_NONBLOCK) != 0 &&
           (fcntl(listener->fd, F_GETFD) & FD_CLOEXEC) != 0 && listener->path == NULL;
}

static int take_stdin(struct bench *bench)
{
    struct listener *listener = NULL;
    struct stat null, stdin_now;
    int fd = spawned_socket(bench);

    if (dup2(fd, STDIN_FILENO) != STDIN_FILENO || close(fd) != 0) {
        return 1;
    }
    /* The address in the settings is not looked at. */
    if (open_at(bench, "unix:/nowhere/s", &listener) != ERR_OK) {
        return 2;
    }
    if (!is_ready(listener) || listener->fd <= STDERR_FILENO) {
        return 3;
    }
    int client = connect_to(bench->path);
    if (client < 0 || accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC) < 0) {
        return 4;
    }
    if (stat("/dev/null", &null) != 0 || fstat(STDIN_FILENO, &stdin_now) != 0 ||
        null.st_rdev != stdin_now.st_rdev) {
        return 5;
    }
    /* It belongs to the spawner: stopping does not remove it. */
    listen_remove(listener);
    return access(bench->path, F_OK) == 0 ? 0 : 6;
}

static void a_spawners_socket_is_taken_from_descriptor_0(void **state)
{
    assert_int_equal(in_child(*state, take_stdin), 0);
}

static int take_systemd(struct bench *bench)
{
    struct listener *listener = NULL;
    int fd = spawned_socket(bench);

    if (dup2(fd, 3) != 3 || (fd != 3 && close(fd) != 0)) {
        return 1;
    }
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", mem_printf(bench, "%d", (int)getpid()), 1);
    if (open_at(bench, "unix:/nowhere/s", &listener) != ERR_OK) {
        return 2;
    }
    if (listener->fd != 3 || !is_ready(listener)) {
        return 3;
    }
    listen_remove(listener);
    return access(bench->path, F_OK) == 0 ? 0 : 4;
}

static void systemds_socket_is_taken_from_descriptor_3(void **state)
{
    assert_int_equal(in_child(*state, take_systemd), 0);
}

static int ignore_systemd(struct bench *bench)
{
    struct listener *listener = NULL;
    int fd = spawned_socket(bench);

    if (dup2(fd, 3) != 3) {
        return 1;
    }
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", "1", 1); /* meant for another process */
    if (open_at(bench, "127.0.0.1:0", &listener) != ERR_OK) {
        return 2;
    }
    return listener->fd == 3 ? 3 : 0;
}

static void a_socket_for_another_process_is_not_taken(void **state)
{
    assert_int_equal(in_child(*state, ignore_systemd), 0);
}

static int take_connected(struct bench *bench)
{
    struct listener *listener = NULL;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || dup2(pair[0], STDIN_FILENO) != 0) {
        return 1;
    }
    if (open_at(bench, "127.0.0.1:0", &listener) != ERR_OK) {
        return 2;
    }
    return listener->fd == STDIN_FILENO || port_of(listener->fd) == 0 ? 3 : 0;
}

static void a_connection_on_descriptor_0_is_no_listening_socket(void **state)
{
    assert_int_equal(in_child(*state, take_connected), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_spawners_socket_is_taken_from_descriptor_0),
        IN_FOLDER(systemds_socket_is_taken_from_descriptor_3),
        IN_FOLDER(a_socket_for_another_process_is_not_taken),
        IN_FOLDER(a_connection_on_descriptor_0_is_no_listening_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
