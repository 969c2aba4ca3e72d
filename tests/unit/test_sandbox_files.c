/* proc/landlock: the files and ports that a worker may still open. */
#include "proc/landlock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "unit_sandbox.h"

struct file {
    const char *path; /* with "/" at its start, or in the folder of the test */
    int flags;
    bool allowed;
};

static int open_file(const void *arg)
{
    const struct file *file = arg;
    const char *path = *file->path == '/' ? file->path : path_of(file->path);

    return open(path, file->flags | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static void check_files(const struct file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int outcome = outcome_of(open_file, &files[i]);
        int expected = files[i].allowed || suite.version == 0 ? 0 : EACCES;
        if (outcome != expected) {
            fail_msg("%s: %d instead of %d", files[i].path, outcome, expected);
        }
    }
}

static void test_a_worker_opens_only_what_settings_and_libraries_need(void **state)
{
    static const struct file files[] = {
        {"data/file", O_RDWR, true},
        {"data/new", O_RDWR | O_CREAT, true},
        {"keys/file", O_RDONLY, true},
        {"keys/file", O_RDWR, false},
        {"keys/new", O_RDWR | O_CREAT, false},
        {"letters/new", O_WRONLY | O_CREAT, true},
        {"texts/file", O_RDONLY, true},
        {"texts/new", O_RDWR | O_CREAT, false},
        {"other/file", O_RDONLY, false},
        {"other/new", O_RDWR | O_CREAT, false},
        {"/etc/passwd", O_RDONLY, false},
        {"/proc/self/status", O_RDONLY, false},
        {"/etc", O_RDONLY, false},
        {"/", O_RDONLY, false},
        {"/usr/lib/os-release", O_RDONLY, true},
        {"/dev/urandom", O_RDONLY, true},
    };

    (void)state;
#ifdef TASKGATE_SANITIZED
    /* But for the sanitizers' look at their own process. */
    check_files(files, 11);
#else
    check_files(files, COUNT(files));
#endif
}

static void test_not_even_root_reads_the_passwords_of_the_machine(void **state)
{
    static const struct file shadow = {.path = "/etc/shadow", .flags = O_RDONLY};

    (void)state;
    check_files(&shadow, 1);
}

static void test_names_of_hosts_are_read_where_the_network_is_used(void **state)
{
    static const struct file files[] = {{"/etc/hosts", O_RDONLY, true},
                                        {"other/file", O_RDONLY, false}};

    (void)state;
    suite.config->jwks_url = "https://auth.example.org/jwks.json";
    check_files(files, COUNT(files));
}

static void test_a_link_to_the_database_allows_the_folder_behind_it(void **state)
{
    static const struct file files[] = {{"other/new", O_RDWR | O_CREAT, true},
                                        {"data/file", O_RDONLY, false}};

    (void)state;
    assert_int_equal(symlink(path_of("other/file"), suite.config->database), 0);
    check_files(files, COUNT(files));
}

/* Two ends of a conversation: with somebody who is not confined and makes the folder. */
static int write_below_a_new_folder(const void *arg)
{
    const int *end = arg;
    char byte = 0;

    if (write(*end, "", 1) != 1 || read(*end, &byte, 1) != 1) {
        return EPIPE;
    }
    return open(path_of("later/data/new"), O_RDWR | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno : 0;
}

static void test_a_folder_for_the_database_may_be_made_later(void **state)
{
    int ends[2], status = 0;
    char byte = 0;

    (void)state;
    suite.config->database = path_of("later/data/taskgate.db");
    assert_int_equal(mkdir(path_of("later"), 0700), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(read(ends[1], &byte, 1) == 1 && mkdir(path_of("later/data"), 0700) == 0 &&
                      write(ends[1], "", 1) == 1
                  ? EXIT_SUCCESS
                  : EXIT_FAILURE);
    }
    assert_int_equal(outcome_of(write_below_a_new_folder, &ends[0]), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    close(ends[0]);
    close(ends[1]);
}

#ifdef HAVE_POSTGRESQL
static void test_with_postgresql_the_files_that_its_url_names_are_read(void **state)
{
    static const struct file files[] = {
        {"keys/file", O_RDONLY, true},  {"keys/file", O_RDWR, false},
        {"texts/file", O_RDONLY, true}, {"data/file", O_RDONLY, false},
        {"/etc/hosts", O_RDONLY, true}, {"other/file", O_RDONLY, false},
    };

    (void)state;
    *suite.config = (struct config){
        .sandbox = true,
        .store = STORE_POSTGRESQL,
        .database =
            mem_printf(suite.ctx, "postgresql://u@db.example.org/t?sslrootcert=%s&passfile=%s",
                       path_of("keys/root.crt"), path_of("texts/file")),
    };
    check_files(files, COUNT(files));
}
#endif

/* --- the network --- */

static int use_tcp(int (*use)(int, const struct sockaddr *, socklen_t), in_port_t port)
{
    const struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return use(fd, (const struct sockaddr *)&name, sizeof name) != 0 ? errno : 0;
}

static int bind_port(const void *arg)
{
    (void)arg;
    return use_tcp(bind, 0);
}

static int connect_port(const void *arg)
{
    (void)arg;
    return use_tcp(connect, 1);
}

static void test_a_worker_on_sqlite_makes_and_takes_no_tcp_connections(void **state)
{
    (void)state;
    assert_int_equal(outcome_of(bind_port, NULL), suite.version >= 4 ? EACCES : 0);
    assert_int_equal(outcome_of(connect_port, NULL), suite.version >= 4 ? EACCES : ECONNREFUSED);
}

static void test_a_worker_on_postgresql_makes_them(void **state)
{
    (void)state;
    suite.config->store = STORE_POSTGRESQL;
    suite.config->database = "postgresql://127.0.0.1:1/taskgate";
    assert_int_equal(outcome_of(bind_port, NULL), suite.version >= 4 ? EACCES : 0);
    assert_int_equal(outcome_of(connect_port, NULL), ECONNREFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONFINED(test_a_worker_opens_only_what_settings_and_libraries_need),
        CONFINED(test_not_even_root_reads_the_passwords_of_the_machine),
        CONFINED(test_names_of_hosts_are_read_where_the_network_is_used),
        CONFINED(test_a_link_to_the_database_allows_the_folder_behind_it),
        CONFINED(test_a_folder_for_the_database_may_be_made_later),
#ifdef HAVE_POSTGRESQL
        CONFINED(test_with_postgresql_the_files_that_its_url_names_are_read),
#endif
        CONFINED(test_a_worker_on_sqlite_makes_and_takes_no_tcp_connections),
        CONFINED(test_a_worker_on_postgresql_makes_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
