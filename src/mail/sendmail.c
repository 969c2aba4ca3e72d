#include "mail/sendmail.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"

bool sendmail_is_set(const struct config *config)
{
    return config->sendmail.count > 0 || config->mail_dir != NULL;
}

/* False: the disk is full, or the like; errno says. */
static bool write_all(int fd, const struct buf *letter)
{
    for (size_t done = 0; done < letter->len;) {
        ssize_t wrote = write(fd, letter->data + done, letter->len - done);
        if (wrote < 0 && errno != EINTR) {
            return false;
        }
        done += wrote < 0 ? 0 : (size_t)wrote;
    }
    return true;
}

/* --- a folder --- */

static enum err write_file(const struct config *config, const struct buf *letter, int64_t now,
                           struct buf *problem)
{
    void *work = mem_context(NULL);
    const char *name = mem_printf(work, "%013" PRId64 "-%s.eml", now, id_new(work));
    const char *path = mem_printf(work, "%s/%s", config->mail_dir, name);
    const char *draft = mem_printf(work, "%s/.%s", config->mail_dir, name);
    int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write_all(fd, letter) && rename(draft, path) == 0;

    if (!good) {
        buf_printf(problem, "%s cannot be written: %s", path, strerror(errno));
        if (fd >= 0) {
            unlink(draft);
        }
    }
    if (fd >= 0) {
        close(fd);
    }
    talloc_free(work);
    return good ? ERR_OK : ERR_INTERNAL;
}

/* --- a program --- */

/* The letter as a file without a name: a program that does not read cannot hold us up. */
static int letter_file(const struct buf *letter)
{
    int fd = memfd_create("letter", MFD_CLOEXEC);

    if (fd >= 0 && (!write_all(fd, letter) || lseek(fd, 0, SEEK_SET) != 0)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Signals as a program expects them at its start, in a process group of its own. */
static void set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(attributes);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    posix_spawnattr_setpgroup(attributes, 0);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                             POSIX_SPAWN_SETPGROUP);
}

static int spawn(const struct config *config, int input, pid_t *ret_pid)
{
    static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    static char locale[] = "LC_ALL=C";
    char *const environment[] = {path, locale, NULL};
    char **arguments = mem_array(NULL, char *, config->sendmail.count + 1);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;

    memcpy(arguments, config->sendmail.items, config->sendmail.count * sizeof *arguments);
    set_attributes(&attributes);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    int error = posix_spawn(ret_pid, arguments[0], &files, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    talloc_free(arguments);
    return error;
}

/* Waits for PID; kills it and what it started when it takes too long. SIGCHLD is blocked by the
 * caller, so that it is not missed between a look and a wait. */
static enum err wait_for(pid_t pid, const sigset_t *child_signal, struct buf *problem)
{
    int64_t until = clock_monotonic() + SENDMAIL_SECONDS * CLOCK_SECOND;
    int status = 0;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        int64_t left = until - clock_monotonic();
        if (left <= 0) {
            kill(-pid, SIGKILL);
            waitpid(pid, &status, 0);
            buf_printf(problem, "it took more than %d seconds and was killed", SENDMAIL_SECONDS);
            return ERR_INTERNAL;
        }
        const struct timespec timeout = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
        sigtimedwait(child_signal, NULL, &timeout);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return ERR_OK;
    }
    if (WIFEXITED(status)) {
        buf_printf(problem, "it ended with status %d", WEXITSTATUS(status));
    } else {
        buf_printf(problem, "it was ended by signal %d", WTERMSIG(status));
    }
    return ERR_INTERNAL;
}

static enum err run_program(const struct config *config, const struct buf *letter,
                            struct buf *problem)
{
    sigset_t child_signal, before;
    pid_t pid = 0;
    int input = letter_file(letter);
    enum err error = ERR_INTERNAL;

    if (input < 0) {
        buf_printf(problem, "no memory file for the letter: %s", strerror(errno));
        return error;
    }
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, &before);
    int failure = spawn(config, input, &pid);
    if (failure != 0) {
        buf_printf(problem, "it cannot be started: %s", strerror(failure));
    } else {
        error = wait_for(pid, &child_signal, problem);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(input);
    return error;
}

enum err sendmail_send(const struct config *config, const struct buf *letter, int64_t now,
                       struct buf *problem)
{
    return config->mail_dir != NULL ? write_file(config, letter, now, problem)
                                    : run_program(config, letter, problem);
}
