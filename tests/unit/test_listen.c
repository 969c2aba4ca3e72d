/* proc/listen: HOST:PORT, and the admin socket. */
#include <errno.h>
#include <fcntl.h>

#include "unit_listen.h"

static enum err read_address(struct bench *bench, enum endpoint_kind kind, const char *address,
                             struct buf *problem)
{
    struct endpoint endpoint;

    return endpoint_read(bench, kind, address, &endpoint, problem);
}

/* --- HOST:PORT --- */

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(host_and_port_are_listened_on),
        IN_FOLDER(a_port_in_use_is_refused),
        IN_FOLDER(what_is_no_address_is_refused),
        IN_FOLDER(a_check_reads_an_address_without_opening_it),
        IN_FOLDER(an_admin_socket_is_for_this_machine_and_not_for_everybody_on_it),
        IN_FOLDER(an_admin_socket_is_its_owners_alone_unless_a_mode_says_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
