#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cmd.h"
#include "cli/new_file.h"
#include "cli/progress.h"
#include "cli/record.h"

struct writer {
    struct cli *cli;
    FILE *out;
    struct json_line *line;
    struct progress *progress;
    bool sessions;
    int64_t users;
    int64_t rows;
    enum err error; /* of a query that a row's function made */
};

/* False ends the reading: nothing more can be written. */
static bool print(struct writer *writer)
{
    json_line_print(writer->line, writer->out);
    writer->rows++;
    return ferror(writer->out) == 0;
}

static bool put_account(void *arg, const struct transfer_account *account)
{
    struct writer *writer = arg;

    record_put_account(writer->line, account);
    return print(writer);
}

static bool put_task(void *arg, const struct task *task)
{
    struct writer *writer = arg;

    record_put_task(writer->line, task);
    progress_set(writer->progress, writer->users, writer->rows);
    return print(writer);
}

static bool put_refresh(void *arg, const struct transfer_refresh *refresh)
{
    struct writer *writer = arg;

    record_put_refresh(writer->line, refresh);
    return print(writer);
}

static bool put_session(void *arg, const struct session *session)
{
    struct writer *writer = arg;

    record_put_session(writer->line, session);
    if (!print(writer)) {
        return false;
    }
    writer->error = transfer_refresh_tokens(writer->cli->store, session->id, put_refresh, writer);
    return writer->error == ERR_OK;
}

/* A user, then all that is theirs: who reads the file has the user first. */
static bool put_user(void *arg, const struct user *user)
{
    struct writer *writer = arg;
    struct store *store = writer->cli->store;

    record_put_user(writer->line, user);
    if (!print(writer)) {
        return false;
    }
    writer->error = transfer_accounts(store, user->id, put_account, writer);
    if (writer->error == ERR_OK) {
        writer->error = transfer_tasks(store, user->id, put_task, writer);
    }
    if (writer->error == ERR_OK && writer->sessions) {
        enum err error = transfer_sessions(store, user->id, put_session, writer);
        writer->error = writer->error == ERR_OK ? error : writer->error;
    }
    writer->users++;
    progress_set(writer->progress, writer->users, writer->rows);
    return writer->error == ERR_OK && ferror(writer->out) == 0;
}

static enum err write_all(struct cli *cli, FILE *out, struct json_line *line, int64_t *ret_rows)
{
    struct writer writer = {
        .cli = cli,
        .out = out,
        .line = line,
        .sessions = cli_switch(cli, OPTION_SESSIONS),
    };
    int64_t total = 0;
    enum err error = transfer_user_total(cli->store, &total);

    if (error != ERR_OK) {
        return error;
    }
    writer.progress = progress_new(cli->ctx, "export", total);
    record_put_head(line, clock_now());
    json_line_print(line, out);
    error = store_user_list(cli->store, NULL, put_user, &writer);
    error = error == ERR_OK ? writer.error : error;
    if (error == ERR_OK) {
        record_put_end(line, writer.rows);
        json_line_print(line, out);
    }
    progress_end(writer.progress);
    *ret_rows = writer.rows;
    return error;
}

/* The file appears under its name when it is complete, for its owner only. */
static enum err write_file(struct cli *cli, const char *name)
{
    struct new_file *file = NULL;
    int64_t rows = 0;
    enum err error = new_file_begin(cli, name, &file);

    if (error != ERR_OK) {
        return error;
    }
    FILE *out = mem_checked(fdopen(file->fd, "w"));
    file->fd = -1; /* closed with OUT */
    error = write_all(cli, out, json_line_new_file(cli->ctx), &rows);
    if (ferror(out) != 0 || fflush(out) != 0 || fsync(fileno(out)) != 0) {
        enum err lost =
            cli_fail(cli, ERR_INTERNAL, "%s cannot be written: %s", file->work, strerror(errno));
        error = error == ERR_OK ? lost : error;
    }
    fclose(out);
    if (error == ERR_OK) {
        error = new_file_finish(cli, file);
    }
    talloc_free(file);
    if (error != ERR_OK) {
        return error;
    }
    if (cli_switch(cli, OPTION_JSON)) {
        struct json_line *line = json_line_new(cli->ctx);
        json_line_text(line, "file", name);
        json_line_int(line, "rows", rows);
        json_line_print(line, stdout);
    } else {
        printf("%lld rows\n", (long long)rows);
    }
    return ERR_OK;
}

/* A pipe or a device is written as it is; nothing takes its place. */
static enum err write_special(struct cli *cli, const char *name)
{
    int64_t rows;
    FILE *out = fopen(name, "w");

    if (out == NULL) {
        return cli_fail(cli, ERR_INTERNAL, "%s cannot be written: %s", name, strerror(errno));
    }
    enum err error = write_all(cli, out, json_line_new_file(cli->ctx), &rows);
    bool written = ferror(out) == 0 && fflush(out) == 0;
    int reason = errno;
    fclose(out);
    return error == ERR_OK && !written
               ? cli_fail(cli, ERR_INTERNAL, "%s cannot be written: %s", name, strerror(reason))
               : error;
}

enum err cmd_export(struct cli *cli)
{
    const char *name = cli->args[0];
    struct stat status;
    int64_t rows;

    audit_user(&cli->actor, AUDIT_EXPORT, NULL);
    if (name == NULL || strcmp(name, "-") == 0) {
        return write_all(cli, stdout, json_line_new(cli->ctx), &rows);
    }
    if (stat(name, &status) == 0 && !S_ISREG(status.st_mode)) {
        return write_special(cli, name);
    }
    return write_file(cli, name);
}
