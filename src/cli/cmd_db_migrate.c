#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "cli/cmd.h"
#include "cli/cmd_db.h"
#include "cli/progress.h"
#include "conf/address.h"
#include "store/move.h"

static void progress_rows(void *arg, int64_t done, int64_t total)
{
    progress_set_part(arg, done, total);
}

/* Better Auth's plugins have columns of their own; this program does not know what they mean. */
static void tell_left(void *arg, const char *name)
{
    struct buf *text = buf_new(NULL);

    progress_hide(arg);
    escape_text(text, name, strlen(name));
    fprintf(stderr, "the column %s is not this program's and stays behind\n", text->data);
    talloc_free(text);
}

/* The words of a command line can be read by all users as long as it runs. */
static void hide(const char *argument)
{
    memset((char *)(uintptr_t)argument, '*', strlen(argument));
}

enum err cmd_db_migrate_to(struct cli *cli)
{
    struct config to = *cli->config;
    struct upkeep_content content = {.version = 0};
    struct buf *problem = buf_new(cli->ctx);

    enum err error = address_database(cli->ctx, cli->args[0], &to.store, &to.database);
    hide(cli->args[0]);
    if (error != ERR_OK) {
        return cli_usage(cli, "the argument is no URL of a database as DATABASE_URL takes it; in a "
                              "password, @ is %%40 and / is %%2F");
    }
    audit_user(&cli->actor, AUDIT_MIGRATE, NULL);
    struct progress *progress = progress_new(cli->ctx, "copy", 0);
    const struct move_report report = {
        .progress = progress_rows, .left = tell_left, .arg = progress};
    error = move_database(cli->config, &to, &report, &content, problem);
    progress_end(progress);
    if (error != ERR_OK) {
        return problem->len == 0 ? error : cli_fail(cli, error, "%s", problem->data);
    }
    cmd_db_tell(cli, "copied", conf_database_public(cli->ctx, &to), NULL, &content);
    return ERR_OK;
}
