/* proc/listen: a Unix socket of ours with the right mode, and nothing of anybody else's removed. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>

#include "unit_listen.h"

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
    const char *address = mem_printf(bench, "unix:%s/none/s", bench->folder);

    assert_refused(bench, address, strerror(ENOENT));
    assert_refused(bench, address, "its folder must be there");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
