#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cmd.h"
#include "cli/cmd_db.h"
#include "cli/json_line.h"
#include "cli/new_file.h"
#include "cli/pg_tool.h"
#include "cli/progress.h"

void cmd_db_progress(void *arg, int64_t done, int64_t total)
{
    progress_set_part(arg, done, total);
}

void cmd_db_tell(struct cli *cli, const char *word, const char *file, const char *kept,
                 const struct upkeep_content *content)
{
    if (cli_switch(cli, OPTION_JSON)) {
        struct json_line *line = json_line_new(cli->ctx);
        json_line_text(line, "file", file);
        json_line_int(line, "version", content->version);
        for (int i = 0; i < UPKEEP_TABLES; i++) {
            json_line_int(line, upkeep_table_names[i], content->rows[i]);
        }
        if (kept != NULL) {
            json_line_text(line, "kept", kept);
        }
        json_line_print(line, stdout);
        return;
    }
    printf("%s: %lld users, %lld accounts, %lld sessions, %lld tasks\n", word,
           (long long)content->rows[UPKEEP_USERS], (long long)content->rows[UPKEEP_ACCOUNTS],
           (long long)content->rows[UPKEEP_SESSIONS], (long long)content->rows[UPKEEP_TASKS]);
}

static enum err copy_sqlite(struct cli *cli, const char *work, struct upkeep_content *ret_content)
{
    struct progress *progress = progress_new(cli->ctx, "backup", 0);
    struct buf *problem = buf_new(cli->ctx);
    enum err error =
        upkeep_copy_file(cli->config, work, cmd_db_progress, progress, ret_content, problem);

    progress_end(progress);
    return error == ERR_OK ? ERR_OK : cli_fail(cli, error, "%s", problem->data);
}

/* The state that is dumped is the one that was counted. */
static enum err copy_postgresql(struct cli *cli, const char *work,
                                struct upkeep_content *ret_content)
{
    struct upkeep_snapshot *snapshot = NULL;
    struct buf *problem = buf_new(cli->ctx);
    struct upkeep_content content = {.version = 0};
    enum err error = upkeep_snapshot(cli->ctx, cli->config, &snapshot, problem);

    if (error != ERR_OK) {
        return cli_fail(cli, error, "%s", problem->data);
    }
    error = pg_tool_dump(cli, snapshot->name, work);
    if (error == ERR_OK) {
        error = pg_tool_read(cli, work, &content);
    }
    if (error == ERR_OK && memcmp(&content, &snapshot->content, sizeof content) != 0) {
        error = cli_fail(cli, ERR_INTERNAL, "the dump has other numbers of rows than the database");
    }
    talloc_free(snapshot);
    if (error == ERR_OK) {
        *ret_content = content;
    }
    return error;
}

enum err cmd_db_backup(struct cli *cli)
{
    const char *name = cli->args[0];
    struct new_file *file = NULL;
    struct upkeep_content content = {.version = 0};
    struct stat status;

    if (strcmp(name, "-") == 0) {
        return cli_usage(cli, "a backup is a file: - is no name of one");
    }
    audit_user(&cli->actor, AUDIT_BACKUP, NULL);
    if (stat(name, &status) == 0 && !S_ISREG(status.st_mode)) {
        return cli_fail(cli, ERR_BAD_VALUE, "%s is not a file", name);
    }
    enum err error = new_file_begin(cli, name, &file);
    if (error != ERR_OK) {
        return error;
    }
    error = cli->config->store == STORE_SQLITE ? copy_sqlite(cli, file->work, &content)
                                               : copy_postgresql(cli, file->work, &content);
    if (error == ERR_OK) {
        error = new_file_finish(cli, file);
    }
    talloc_free(file);
    if (error == ERR_OK) {
        cmd_db_tell(cli, "backed up", name, NULL, &content);
    }
    return error;
}
