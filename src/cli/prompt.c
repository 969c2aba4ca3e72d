#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/escape.h"

#define LINE_MAX_BYTES PROMPT_PASSWORD_MAX

/* What ends or stops the program must not leave a terminal without echo behind. */
static const int ending[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
#define ENDING_COUNT (sizeof ending / sizeof *ending)

static volatile sig_atomic_t caught;

static void note_signal(int number)
{
    caught = number;
}

static void put(int fd, const char *text)
{
    for (size_t len = strlen(text); len > 0;) {
        ssize_t written = write(fd, text, len);
        if (written < 0 && errno != EINTR) {
            return; /* the answer will be missing too */
        }
        if (written > 0) {
            text += written;
            len -= (size_t)written;
        }
    }
}

/* One byte of FD; signals outside MASK (NULL = those blocked now) are let in while it waits. */
static ssize_t read_byte(int fd, const sigset_t *mask, char *byte)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    return ppoll(&wait, 1, NULL, mask) < 0 ? -1 : read(fd, byte, 1);
}

/* One line of FD without its newline, into LINE of SIZE bytes. ERR_ABSENT: the input ended before
 * any byte, or a signal came. ERR_BAD_VALUE: too long, or with a NUL in it; it was read whole. */
static enum err read_line(int fd, const sigset_t *mask, char *line, size_t size)
{
    size_t len = 0;
    bool fits = true;
    ssize_t got;
    char byte = 0;

    while ((got = read_byte(fd, mask, &byte)) == 1 && byte != '\n') {
        if (byte == '\0' || len + 1 == size) {
            fits = false;
        } else {
            line[len++] = byte;
        }
    }
    if (got < 0 || (got == 0 && len == 0)) {
        return ERR_ABSENT;
    }
    line[len] = '\0';
    return fits ? ERR_OK : ERR_BAD_VALUE;
}

/* The question when the echo is off, and its answer. Signals come in only while it waits: one that
 * came just before would not end the waiting. */
static enum err ask_with(int tty, const struct termios *usual, const sigset_t *mask,
                         const char *question, char *line, size_t size)
{
    struct termios silent = *usual;
    enum err error = ERR_ABSENT;

    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ECHONL;
    if (tcsetattr(tty, TCSAFLUSH, &silent) == 0) {
        put(tty, question);
        error = read_line(tty, mask, line, size);
    }
    (void)tcsetattr(tty, TCSAFLUSH, usual);
    return error;
}

/* After a signal the terminal is as it was and the signal is done; who was stopped by it and goes
 * on is asked again. */
static enum err ask_silently(int tty, const char *question, char *line, size_t size)
{
    const struct sigaction action = {.sa_handler = note_signal};
    struct sigaction before[ENDING_COUNT];
    struct termios usual;
    sigset_t blocked;
    sigset_t mask;
    enum err error = ERR_ABSENT;

    if (tcgetattr(tty, &usual) != 0) {
        return ERR_ABSENT;
    }
    do {
        caught = 0;
        sigemptyset(&blocked);
        for (size_t i = 0; i < ENDING_COUNT; i++) {
            sigaddset(&blocked, ending[i]);
            sigaction(ending[i], &action, &before[i]);
        }
        sigprocmask(SIG_BLOCK, &blocked, &mask);
        error = ask_with(tty, &usual, &mask, question, line, size);
        for (size_t i = 0; i < ENDING_COUNT; i++) {
            sigaction(ending[i], &before[i], NULL);
        }
        sigprocmask(SIG_SETMASK, &mask, NULL);
        if (caught != 0) {
            put(tty, "\n");
            raise(caught);
        }
    } while (caught == SIGTSTP);
    return error;
}

static int open_terminal(void)
{
    return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

enum err prompt_confirm(struct cli *cli, const char *what, const char *word)
{
    char line[LINE_MAX_BYTES];
    struct buf *question = buf_new(cli->ctx);

    if (cli_switch(cli, OPTION_YES)) {
        return ERR_OK;
    }
    int tty = open_terminal();
    if (tty < 0) {
        return cli_fail(cli, ERR_ABSENT, "there is no terminal to ask on; --yes goes on without");
    }
    escape_text(question, what, strlen(what));
    buf_puts(question, "\nType ");
    escape_text(question, word, strlen(word));
    buf_puts(question, " to go on: ");
    put(tty, question->data);
    enum err error = read_line(tty, NULL, line, sizeof line);
    close(tty);
    if (error != ERR_OK || strcmp(line, word) != 0) {
        return cli_fail(cli, ERR_ABSENT, "nothing was changed");
    }
    return ERR_OK;
}

/* A file's line: where it was written on Windows, the end of the line begins with CR. */
static enum err read_first_line(char *line, size_t size)
{
    enum err error = read_line(STDIN_FILENO, NULL, line, size);
    size_t len = error == ERR_OK ? strlen(line) : 0;

    if (len > 0 && line[len - 1] == '\r') {
        line[len - 1] = '\0';
    }
    return error;
}

static enum err read_password(struct cli *cli, char *password, char *again)
{
    enum err error;

    if (cli_switch(cli, OPTION_PASSWORD_STDIN)) {
        error = read_first_line(password, PROMPT_PASSWORD_MAX);
    } else {
        int tty = open_terminal();
        if (tty < 0) {
            return cli_fail(cli, ERR_ABSENT,
                            "there is no terminal to ask on; --password-stdin reads a line");
        }
        error = ask_silently(tty, "Password: ", password, PROMPT_PASSWORD_MAX);
        if (error == ERR_OK) {
            error = ask_silently(tty, "The same again: ", again, PROMPT_PASSWORD_MAX);
        }
        close(tty);
        if (error == ERR_OK && strcmp(password, again) != 0) {
            return cli_fail(cli, ERR_ABSENT, "these were two different passwords");
        }
    }
    if (error == ERR_ABSENT) {
        return cli_fail(cli, ERR_ABSENT, "there was no password to read");
    }
    if (error == ERR_BAD_VALUE) {
        return cli_fail(cli, ERR_ABSENT, "the password is too long or holds a NUL");
    }
    return error;
}

enum err prompt_password(struct cli *cli, void *ctx, char **ret_password)
{
    char *password = mem_wiped(mem_bytes(ctx, PROMPT_PASSWORD_MAX));
    char *again = mem_wiped(mem_bytes(ctx, PROMPT_PASSWORD_MAX));
    enum err error = read_password(cli, password, again);

    talloc_free(again);
    if (error == ERR_OK) {
        *ret_password = password;
    } else {
        talloc_free(password);
    }
    return error;
}
