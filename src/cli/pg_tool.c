#include "cli/pg_tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unfinished.h"
#include "cli/line_reader.h"

/* --- the password --- */

/* A line of .pgpass for every host, with what is special escaped. */
static struct buf *passfile_line(void *ctx, const char *password)
{
    struct buf *line = buf_new(ctx);

    buf_puts(line, "*:*:*:*:");
    for (; *password != '\0'; password++) {
        if (*password == ':' || *password == '\\') {
            buf_putc(line, '\\');
        }
        buf_putc(line, *password);
    }
    buf_putc(line, '\n');
    return line;
}

/* PASSWORD in a file without a name, which a program that is started can open. */
static enum err make_passfile(struct cli *cli, const char *password, int *ret_fd)
{
    struct buf *line = passfile_line(cli->ctx, password);
    int fd = memfd_create("taskgate", 0);
    bool written =
        fd >= 0 && fchmod(fd, 0600) == 0 && write(fd, line->data, line->len) == (ssize_t)line->len;

    mem_wipe(line->data, line->len);
    if (!written) {
        if (fd >= 0) {
            close(fd);
        }
        return cli_fail(cli, ERR_INTERNAL, "no file in memory: %s", strerror(errno));
    }
    *ret_fd = fd;
    return ERR_OK;
}

/* --- a run --- */

struct run {
    struct cli *cli;
    const char *program;
    char **environment;
    int passfile; /* -1 = none */
    int output;   /* its standard output, -1 = ours */
    pid_t pid;
};

static char **with_passfile(void *ctx, char **environment, int fd)
{
    size_t count = 0;

    while (environment[count] != NULL) {
        count++;
    }
    char **more = mem_array(ctx, char *, count + 2);
    more[0] = mem_printf(ctx, "PGPASSFILE=/proc/self/fd/%d", fd);
    for (size_t i = 0, to = 1; i < count; i++) {
        if (strncmp(environment[i], "PGPASSFILE=", strlen("PGPASSFILE=")) != 0 &&
            strncmp(environment[i], "PGPASSWORD=", strlen("PGPASSWORD=")) != 0) {
            more[to++] = environment[i];
        }
    }
    return more;
}

/* A signal that ends this process ends the program too, and finds it known. It gets FILES, and the
 * signals as they were. */
static int spawn(struct run *run, const posix_spawn_file_actions_t *files,
                 const char *const *arguments)
{
    union {
        const char *const *given;
        char *const *wanted;
    } words = {arguments}; /* posix_spawn does not change them */
    posix_spawnattr_t attributes;
    sigset_t usual;

    sigprocmask(SIG_BLOCK, NULL, &usual);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &usual);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    unfinished_hold();
    int code =
        posix_spawnp(&run->pid, run->program, files, &attributes, words.wanted, run->environment);
    unfinished_child(code == 0 ? run->pid : 0);
    unfinished_release();
    posix_spawnattr_destroy(&attributes);
    return code;
}

static enum err start(struct run *run, const char *const *arguments, bool piped)
{
    struct upkeep_access access;
    struct buf *problem = buf_new(run->cli->ctx);
    posix_spawn_file_actions_t files;
    int ends[2] = {-1, -1};
    enum err error = upkeep_access(run->cli->ctx, run->cli->config, &access, problem);

    if (error != ERR_OK) {
        return cli_fail(run->cli, error, "%s", problem->data);
    }
    run->environment = access.environment;
    if (access.password != NULL) {
        error = make_passfile(run->cli, access.password, &run->passfile);
        if (error != ERR_OK) {
            return error;
        }
        run->environment = with_passfile(run->cli->ctx, access.environment, run->passfile);
    }
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (piped && pipe2(ends, O_CLOEXEC) == 0) {
        posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    }
    int code = spawn(run, &files, arguments);
    posix_spawn_file_actions_destroy(&files);
    if (ends[1] >= 0) {
        close(ends[1]);
    }
    run->output = ends[0];
    if (code == 0) {
        return ERR_OK;
    }
    run->pid = -1;
    return cli_fail(run->cli, ERR_INTERNAL,
                    "%s cannot be started: %s. It is in Debian's package postgresql-client",
                    run->program, strerror(code));
}

/* What it had to say is on standard error already. */
static enum err finish(struct run *run, enum err error)
{
    int status = 0;

    if (run->output >= 0) {
        close(run->output);
    }
    if (run->passfile >= 0) {
        close(run->passfile);
    }
    if (run->pid < 0) {
        return error;
    }
    while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR) {
    }
    unfinished_child(0);
    if (error == ERR_OK && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        error = cli_fail(run->cli, ERR_INTERNAL, "%s failed", run->program);
    }
    return error;
}

static enum err run_program(struct cli *cli, const char *const *arguments)
{
    struct run run = {.cli = cli, .program = arguments[0], .passfile = -1, .output = -1, .pid = -1};
    enum err error = start(&run, arguments, false);

    return finish(&run, error);
}

enum err pg_tool_dump(struct cli *cli, const char *snapshot, const char *name)
{
    const char *const arguments[] = {"pg_dump",
                                     "--format=custom",
                                     "--no-password",
                                     mem_printf(cli->ctx, "--snapshot=%s", snapshot),
                                     mem_printf(cli->ctx, "--file=%s", name),
                                     NULL};

    return run_program(cli, arguments);
}

enum err pg_tool_restore(struct cli *cli, const char *name)
{
    const char *const arguments[] = {
        "pg_restore", "--single-transaction", "--exit-on-error", "--clean", "--if-exists",
        "--no-owner", "--no-password",        "--dbname=",       "--",      name,
        NULL};

    return run_program(cli, arguments);
}

/* --- what is in a dump --- */

/* The table that "COPY public."user" (id, ...) FROM stdin;" is about: its place in the content,
 * UPKEEP_TABLES for the schema's versions, -1 for any other. */
static int table_of(const char *line)
{
    const char *end = strchr(line, ' ');
    const char *dot = NULL;

    if (end == NULL) {
        return -1;
    }
    for (const char *at = line; at < end; at++) {
        dot = *at == '.' ? at : dot;
    }
    const char *name = dot == NULL ? line : dot + 1;
    size_t len = (size_t)(end - name);
    if (len > 2 && name[0] == '"') {
        name++;
        len -= 2;
    }
    for (int i = 0; i < UPKEEP_TABLES; i++) {
        if (strlen(upkeep_table_names[i]) == len && memcmp(name, upkeep_table_names[i], len) == 0) {
            return i;
        }
    }
    return len == strlen("taskgate_schema") && memcmp(name, "taskgate_schema", len) == 0
               ? UPKEEP_TABLES
               : -1;
}

static void take_line(const char *line, int *table, bool *inside, struct upkeep_content *content)
{
    static const char copy[] = "COPY ";

    if (!*inside) {
        *inside = strncmp(line, copy, sizeof copy - 1) == 0;
        *table = *inside ? table_of(line + sizeof copy - 1) : -1;
    } else if (strcmp(line, "\\.") == 0) {
        *inside = false;
    } else if (*table == UPKEEP_TABLES) {
        int64_t version = strtoll(line, NULL, 10);
        content->version = version > content->version ? version : content->version;
    } else if (*table >= 0) {
        content->rows[*table]++;
    }
}

static enum err read_lines(struct run *run, struct upkeep_content *content)
{
    struct line_reader *reader = line_reader_new(run->cli->ctx, run->output);
    const char *line = NULL;
    bool inside = false;
    int table = -1;
    size_t len;
    enum err error;

    while ((error = line_reader_next(reader, &line, &len)) != ERR_ABSENT) {
        if (error != ERR_OK && error != ERR_BODY_TOO_LARGE) {
            return error;
        }
        /* A line that is too long is a row like another. */
        take_line(error == ERR_OK ? line : "", &table, &inside, content);
    }
    talloc_free(reader);
    return ERR_OK;
}

enum err pg_tool_read(struct cli *cli, const char *name, struct upkeep_content *ret_content)
{
    const char *const arguments[] = {"pg_restore", "--data-only", "--file=-", "--", name, NULL};
    struct run run = {.cli = cli, .program = arguments[0], .passfile = -1, .output = -1, .pid = -1};
    struct upkeep_content content = {.version = 0};
    enum err error = start(&run, arguments, true);

    if (error == ERR_OK) {
        error = read_lines(&run, &content);
    }
    error = finish(&run, error);
    if (error == ERR_OK && content.version == 0) {
        error = cli_fail(cli, ERR_BAD_VALUE, "%s is no dump of a database of taskgate", name);
    }
    if (error == ERR_OK) {
        *ret_content = content;
    }
    return error;
}
