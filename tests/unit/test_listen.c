/* proc/listen: a socket of ours with the right mode, and nothing of anybody else's removed. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "proc/listen.h"
#include "unit.h"

/* A folder for sockets, and what the last listen_open said. */
struct bench {
    char *folder;
    char *path; /* FOLDER/s */
    struct buf *problem;
};

static int set_up(void **state)
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

static int tear_down(void **state)
{
    struct bench *bench = *state;

    unlink(bench->path);
    int result = rmdir(bench->folder);
    talloc_free(bench);
    return result;
}

static enum err open_at(struct bench *bench, const char *address, struct listener **listener)
{
    bench->problem = buf_new(bench);
    return listen_open(bench, ENDPOINT_WEB, address, listener, bench->problem);
}

/* Opens "unix:PATH" and OPTIONS behind. */
static enum err open_unix(struct bench *bench, const char *options, struct listener **listener)
{
    return open_at(bench, mem_printf(bench, "unix:%s%s", bench->path, options), listener);
}

static void assert_refused(struct bench *bench, const char *address, const char *why)
{
    struct listener *listener = NULL;

    print_message("  %s\n", address);
    assert_int_equal(open_at(bench, address, &listener), ERR_CONFIG);
    assert_null(listener);
    assert_non_null(strstr(bench->problem->data, "LISTEN"));
    assert_non_null(strstr(bench->problem->data, why));
    assert_null(strchr(bench->problem->data, '\n'));
}

static enum err read_address(struct bench *bench, enum endpoint_kind kind, const char *address,
                             struct buf *problem)
{
    struct endpoint endpoint;

    return endpoint_read(bench, kind, address, &endpoint, problem);
}

static int connect_to(const char *path)
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

static mode_t mode_of(const char *path)
{
    struct stat status;

    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode;
}

/* --- Unix sockets --- */

static void a_unix_socket_accepts_and_is_closed_on_exec(void **state)
{
    struct bench *bench = *state;
    struct listener *listener = NULL;

    assert_int_equal(open_unix(bench, "", &listener), ERR_OK);
    assert_string_equal(listener->path, bench->path);
    assert_true((fcntl(listener->fd, F_GETFL) & O_NONBLOCK) != 0);
    assert_true((fcntl(listener->fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC), -1);
    assert_int_equal(errno, EAGAIN);
    int client = connect_to(bench->path);
    assert_true(client >= 0);
    int served = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
    assert_true(served >= 0);
    close(served);
    close(client);
    close(listener->fd);
}

/* Also when the umask would allow more or less than was asked for. */
static void mode_is_what_was_asked_for(void **state)
{
    static const struct {
        const char *options;
        mode_t mode;
    } rows[] = {{"", 0660},           {",mode=0660", 0660}, {",mode=600", 0600},
                {",mode=0666", 0666}, {",mode=0777", 0777}, {",mode=0", 0}};
    static const mode_t masks[] = {0, 022, 077, 0777};
    struct bench *bench = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t j = 0; j < COUNT(masks); j++) {
            struct listener *listener = NULL;
            mode_t before = umask(masks[j]);
            enum err error = open_unix(bench, rows[i].options, &listener);
            mode_t behind = umask(before);
            assert_int_equal(error, ERR_OK);
            assert_int_equal(behind, masks[j]); /* the process's own is put back */
            assert_int_equal(mode_of(bench->path), S_IFSOCK | rows[i].mode);
            close(listener->fd);
            listen_remove(listener);
        }
    }
}

static void group_is_what_was_asked_for(void **state)
{
    struct bench *bench = *state;
    struct listener *listener = NULL;
    struct stat status;
    gid_t gid = getegid();
    const struct group *group = getgrgid(gid);

    if (geteuid() == 0) { /* root may give it to any */
        group = getgrnam("daemon");
        assert_non_null(group);
        gid = group->gr_gid;
    }
    if (group == NULL) {
        skip();
    }
    assert_int_equal(
        open_unix(bench, mem_printf(bench, ",group=%s,mode=0640", group->gr_name), &listener),
        ERR_OK);
    assert_int_equal(stat(bench->path, &status), 0);
    assert_int_equal(status.st_gid, gid);
    assert_int_equal(status.st_mode, S_IFSOCK | 0640);
    close(listener->fd);
}

static void wrong_options_are_refused_and_leave_nothing(void **state)
{
    static const char *const options[] = {
        ",mode=",          ",mode=0888",
        ",mode=1000",      ",mode=-1",
        ",mode=0x1b0",     ",mode=660 ",
        ",mode=rw-rw----", ",mod=0660",
        ",group=",         ",group=no-such-group-here",
        ",0660",           ",x",
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < COUNT(options); i++) {
        assert_refused(bench, mem_printf(bench, "unix:%s%s", bench->path, options[i]),
                       "is not mode=OCTAL or group=NAME");
        assert_int_equal(access(bench->path, F_OK), -1);
    }
}

static void a_missing_path_is_refused(void **state)
{
    struct bench *bench = *state;
    int start = open(".", O_PATH | O_CLOEXEC);

    assert_int_equal(chdir(bench->folder), 0); /* whatever is made by mistake is made here */
    assert_refused(bench, "unix:", "needs a path");
    assert_refused(bench, "unix:,mode=0660", "needs a path");
    assert_int_equal(fchdir(start), 0);
    close(start);
}

static void the_longest_path_works_and_a_longer_one_is_refused(void **state)
{
    struct bench *bench = *state;
    struct listener *listener = NULL;
    struct buf *path = buf_new(bench);
    struct sockaddr_un name;

    buf_puts(path, bench->folder);
    buf_putc(path, '/');
    while (path->len < sizeof name.sun_path - 1) {
        buf_putc(path, 'l');
    }
    assert_int_equal(open_at(bench, mem_printf(bench, "unix:%s", path->data), &listener), ERR_OK);
    assert_int_equal(mode_of(path->data), S_IFSOCK | 0660);
    close(listener->fd);
    listen_remove(listener);
    assert_int_equal(access(path->data, F_OK), -1);
    buf_putc(path, 'l');
    assert_refused(bench, mem_printf(bench, "unix:%s", path->data), "longer than the 107 bytes");
}

static void a_path_that_cannot_be_made_says_why(void **state)
{
    struct bench *bench = *state;

    assert_refused(bench, mem_printf(bench, "unix:%s/none/s", bench->folder), strerror(ENOENT));
}

static void a_stale_socket_is_replaced(void **state)
{
    struct bench *bench = *state;
    struct listener *first = NULL, *second = NULL;

    assert_int_equal(open_unix(bench, "", &first), ERR_OK);
    close(first->fd); /* died without removing it */
    assert_int_equal(access(bench->path, F_OK), 0);
    assert_int_equal(open_unix(bench, ",mode=0600", &second), ERR_OK);
    assert_int_equal(mode_of(bench->path), S_IFSOCK | 0600);
    int client = connect_to(bench->path);
    assert_true(client >= 0);
    close(client);
    close(second->fd);
}

static void a_served_socket_is_left_to_its_server(void **state)
{
    struct bench *bench = *state;
    struct listener *first = NULL;

    assert_int_equal(open_unix(bench, "", &first), ERR_OK);
    assert_refused(bench, mem_printf(bench, "unix:%s", bench->path), "another process already");
    close(accept4(first->fd, NULL, NULL, SOCK_CLOEXEC)); /* the probe */
    int client = connect_to(bench->path);
    assert_true(client >= 0);
    int served = accept4(first->fd, NULL, NULL, SOCK_CLOEXEC);
    assert_true(served >= 0);
    close(served);
    close(client);
    close(first->fd);
}

/* A full queue answers EAGAIN, which is no sign of death. */
static void a_server_with_a_full_queue_is_alive(void **state)
{
    struct bench *bench = *state;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(name.sun_path, bench->path, strlen(bench->path));
    assert_int_equal(bind(server, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(server, 0), 0);
    int waiting = connect_to(bench->path);
    assert_true(waiting >= 0);
    assert_refused(bench, mem_printf(bench, "unix:%s", bench->path), "another process already");
    assert_int_equal(mode_of(bench->path) & S_IFMT, S_IFSOCK);
    close(waiting);
    close(server);
}

static void what_is_not_a_socket_is_never_removed(void **state)
{
    struct bench *bench = *state;
    const char *address = mem_printf(bench, "unix:%s", bench->path);
    const char *target = mem_printf(bench, "%s/target", bench->folder);

    int fd = open(bench->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "data", 4), 4);
    close(fd);
    assert_refused(bench, address, "not a socket");
    assert_int_equal(mode_of(bench->path), S_IFREG | 0600);
    unlink(bench->path);

    assert_int_equal(mkfifo(bench->path, 0600), 0);
    assert_refused(bench, address, "not a socket");
    unlink(bench->path);

    assert_int_equal(mkdir(bench->path, 0700), 0);
    assert_refused(bench, address, "not a socket");
    assert_int_equal(rmdir(bench->path), 0);

    /* Also not through a link to a socket that could be replaced. */
    struct listener *stale = NULL;
    assert_int_equal(open_at(bench, mem_printf(bench, "unix:%s", target), &stale), ERR_OK);
    close(stale->fd);
    assert_int_equal(symlink(target, bench->path), 0);
    assert_refused(bench, address, "not a socket");
    assert_int_equal(access(target, F_OK), 0);
    unlink(target);
}

static void another_kind_of_socket_is_not_replaced(void **state)
{
    struct bench *bench = *state;
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int datagrams = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(name.sun_path, bench->path, strlen(bench->path));
    assert_int_equal(bind(datagrams, (const struct sockaddr *)&name, sizeof name), 0);
    assert_refused(bench, mem_printf(bench, "unix:%s", bench->path), "cannot be replaced");
    assert_int_equal(access(bench->path, F_OK), 0);
    close(datagrams);
}

static void removing_takes_the_path_and_leaves_the_socket(void **state)
{
    struct bench *bench = *state;
    struct listener *listener = NULL;

    assert_int_equal(open_unix(bench, "", &listener), ERR_OK);
    listen_remove(listener);
    assert_int_equal(access(bench->path, F_OK), -1);
    assert_true(fcntl(listener->fd, F_GETFD) >= 0);
    /* Once more does no harm to a successor's. */
    struct listener *next = NULL;
    assert_int_equal(open_unix(bench, "", &next), ERR_OK);
    listen_remove(listener);
    assert_int_equal(access(bench->path, F_OK), 0);
    close(next->fd);
    close(listener->fd);
}

static int lowest_free_fd(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    close(fd);
    return fd;
}

static void a_refusal_keeps_no_descriptor(void **state)
{
    struct bench *bench = *state;
    struct listener *listener = NULL;
    int before = lowest_free_fd();

    (void)open_at(bench, mem_printf(bench, "unix:%s/none/s", bench->folder), &listener);
    assert_int_equal(lowest_free_fd(), before);
    /* An address of nobody's machine (RFC 5737). */
    assert_int_equal(open_at(bench, "192.0.2.1:9000", &listener), ERR_CONFIG);
    assert_int_equal(lowest_free_fd(), before);
}

/* --- HOST:PORT --- */

static in_port_t port_of(int fd)
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

static void host_and_port_are_listened_on(void **state)
{
    static const char *const addresses[] = {"127.0.0.1:0", "localhost:0", "[::1]:0"};
    struct bench *bench = *state;
    int six = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in6 loopback = {.sin6_family = AF_INET6,
                                          .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    bool has_six = six >= 0 && bind(six, (const struct sockaddr *)&loopback, sizeof loopback) == 0;

    close(six);
    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct listener *listener = NULL;
        if (addresses[i][0] == '[' && !has_six) {
            continue;
        }
        assert_int_equal(open_at(bench, addresses[i], &listener), ERR_OK);
        assert_null(listener->path);
        assert_true(port_of(listener->fd) > 0);
        assert_true((fcntl(listener->fd, F_GETFL) & O_NONBLOCK) != 0);
        assert_true((fcntl(listener->fd, F_GETFD) & FD_CLOEXEC) != 0);
        listen_remove(listener); /* nothing to remove */
        close(listener->fd);
    }
}

static void a_port_in_use_is_refused(void **state)
{
    struct bench *bench = *state;
    struct listener *first = NULL;

    assert_int_equal(open_at(bench, "127.0.0.1:0", &first), ERR_OK);
    assert_refused(bench, mem_printf(bench, "127.0.0.1:%d", port_of(first->fd)),
                   strerror(EADDRINUSE));
    close(first->fd);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const addresses[] = {
        "",
        ":9000",
        "127.0.0.1",
        "127.0.0.1:",
        "9000",
        "/run/s",
        "127.0.0.1:x",
        "127.0.0.1:http",
        "[]:9000",
        "[::1:9000",
        "127.0.0.1:90 00",
        "127.0.0.1:-1",
        "no.such.host.invalid:9000",
        "127.0.0.1:70000",
        "127.0.0.1:4294967376",
        "Unix:/tmp/x",
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < COUNT(addresses); i++) {
        assert_refused(bench, addresses[i], "");
        assert_int_equal(read_address(bench, ENDPOINT_WEB, addresses[i], buf_new(bench)),
                         ERR_CONFIG);
    }
}

static void a_check_reads_an_address_without_opening_it(void **state)
{
    static const struct {
        const char *address;
        enum err error;
    } rows[] = {
        {"unix:./checked", ERR_OK},
        {"unix:./checked,mode=0600,group=root", ERR_OK},
        {"127.0.0.1:9", ERR_OK},
        {"[::1]:9", ERR_OK},
        {"unix:", ERR_CONFIG},
        {"unix:./checked,mode=9999", ERR_CONFIG},
        {"unix:./checked,group=no-such-group", ERR_CONFIG},
        {"unix:./checked,colour=red", ERR_CONFIG},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s\n", rows[i].address);
        struct buf *problem = buf_new(bench);
        assert_int_equal(read_address(bench, ENDPOINT_WEB, rows[i].address, problem),
                         rows[i].error);
        assert_int_equal(problem->len > 0, rows[i].error != ERR_OK);
    }
    assert_int_equal(access("./checked", F_OK), -1);
}

/* --- the admin socket --- */

static void an_admin_socket_is_for_this_machine_and_not_for_everybody_on_it(void **state)
{
    static const struct {
        const char *address;
        const char *why; /* NULL: right */
    } rows[] = {
        {"unix:./admin", NULL},
        {"unix:./admin,mode=0600", NULL},
        {"unix:./admin,mode=0660,group=root", NULL},
        {"unix:./admin,mode=0666", "mode=0660"},
        {"unix:./admin,mode=0604", "mode=0660"},
        {"unix:./admin,mode=0661", "mode=0660"},
        {"127.0.0.1:9", NULL},
        {"127.8.7.6:9", NULL},
        {"[::1]:9", NULL},
        {"localhost:9", NULL},
        {"0.0.0.0:9", "other machines"},
        {"[::]:9", "other machines"},
        {"192.0.2.1:9", "other machines"},
        {"[2001:db8::1]:9", "other machines"},
        {"[::ffff:127.0.0.1]:9", "other machines"},
        {"unix:", "unix:/run/taskgate/admin.sock"},
        {"9", "neither"},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        print_message("  %s\n", rows[i].address);
        struct buf *problem = buf_new(bench);
        enum err error = read_address(bench, ENDPOINT_ADMIN, rows[i].address, problem);
        assert_int_equal(error, rows[i].why == NULL ? ERR_OK : ERR_CONFIG);
        if (rows[i].why != NULL) {
            assert_memory_equal(problem->data, "ADMIN_LISTEN: ", 14);
            assert_non_null(strstr(problem->data, rows[i].why));
        }
    }
}

static void an_admin_socket_is_its_owners_alone_unless_a_mode_says_otherwise(void **state)
{
    struct bench *bench = *state;
    const char *address = mem_printf(bench, "unix:%s", bench->path);
    struct listener *listener = NULL;

    assert_int_equal(listen_open(bench, ENDPOINT_ADMIN, address, &listener, bench->problem),
                     ERR_OK);
    assert_int_equal(mode_of(bench->path) & 0777, 0600);
    close(listener->fd);
    listen_remove(listener);
    address = mem_printf(bench, "unix:%s,mode=0660", bench->path);
    assert_int_equal(listen_open(bench, ENDPOINT_ADMIN, address, &listener, bench->problem),
                     ERR_OK);
    assert_int_equal(mode_of(bench->path) & 0777, 0660);
    close(listener->fd);
}

/* --- sockets that somebody opened for us --- */

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
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
        IN_FOLDER(a_unix_socket_accepts_and_is_closed_on_exec),
        IN_FOLDER(mode_is_what_was_asked_for),
        IN_FOLDER(group_is_what_was_asked_for),
        IN_FOLDER(wrong_options_are_refused_and_leave_nothing),
        IN_FOLDER(a_missing_path_is_refused),
        IN_FOLDER(the_longest_path_works_and_a_longer_one_is_refused),
        IN_FOLDER(a_path_that_cannot_be_made_says_why),
        IN_FOLDER(a_stale_socket_is_replaced),
        IN_FOLDER(a_served_socket_is_left_to_its_server),
        IN_FOLDER(a_server_with_a_full_queue_is_alive),
        IN_FOLDER(what_is_not_a_socket_is_never_removed),
        IN_FOLDER(another_kind_of_socket_is_not_replaced),
        IN_FOLDER(removing_takes_the_path_and_leaves_the_socket),
        IN_FOLDER(a_refusal_keeps_no_descriptor),
        IN_FOLDER(host_and_port_are_listened_on),
        IN_FOLDER(a_port_in_use_is_refused),
        IN_FOLDER(what_is_no_address_is_refused),
        IN_FOLDER(a_check_reads_an_address_without_opening_it),
        IN_FOLDER(an_admin_socket_is_for_this_machine_and_not_for_everybody_on_it),
        IN_FOLDER(an_admin_socket_is_its_owners_alone_unless_a_mode_says_otherwise),
        IN_FOLDER(a_spawners_socket_is_taken_from_descriptor_0),
        IN_FOLDER(systemds_socket_is_taken_from_descriptor_3),
        IN_FOLDER(a_socket_for_another_process_is_not_taken),
        IN_FOLDER(a_connection_on_descriptor_0_is_no_listening_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
