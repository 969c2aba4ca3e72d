#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/cmd_db.h"
#include "cli/new_file.h"
#include "cli/pg_tool.h"
#include "cli/progress.h"
#include "cli/prompt.h"
#include "conf/endpoint.h"

/* A server without a write-ahead log holds no lock between two requests, but its socket. */
static bool server_listens(struct cli *cli)
{
    struct endpoint endpoint;
    struct buf *problem = buf_new(cli->ctx);

    if (endpoint_read(cli->ctx, ENDPOINT_WEB, cli->config->listen, &endpoint, problem) != ERR_OK) {
        return false;
    }
    int fd = socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool listens =
        fd >= 0 && connect(fd, (const struct sockaddr *)&endpoint.address, endpoint.size) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return listens;
}

static enum err ask(struct cli *cli, const char *name, const struct upkeep_content *content)
{
    const char *what =
        mem_printf(cli->ctx,
                   "This replaces the database %s by %s, which has %lld users and "
                   "%lld tasks.",
                   conf_database_public(cli->ctx, cli->config), name,
                   (long long)content->rows[UPKEEP_USERS], (long long)content->rows[UPKEEP_TASKS]);

    return prompt_confirm(cli, what, "yes");
}

static enum err restore_sqlite(struct cli *cli, const char *name)
{
    struct buf *problem = buf_new(cli->ctx);
    struct upkeep_content content = {.version = 0};
    const char *kept = NULL;

    if (new_file_is_database(cli, name)) {
        return cli_fail(cli, ERR_BAD_VALUE, "%s is the database itself: give a copy of it", name);
    }
    enum err error = upkeep_read_file(name, &content, problem);
    if (error != ERR_OK) {
        return cli_fail(cli, error, "%s", problem->data);
    }
    if (server_listens(cli)) {
        return cli_fail(cli, ERR_CONFLICT,
                        "a server listens on %s: stop it first. Nothing was changed",
                        cli->config->listen);
    }
    error = ask(cli, name, &content);
    if (error != ERR_OK) {
        return error;
    }
    struct progress *progress = progress_new(cli->ctx, "restore", 0);
    error =
        upkeep_restore_file(cli->ctx, cli->config, name, cmd_db_progress, progress, &kept, problem);
    progress_end(progress);
    if (error != ERR_OK) {
        return cli_fail(cli, error, "%s", problem->data);
    }
    cmd_db_tell(cli, "restored", name, kept, &content);
    if (kept != NULL && !cli_switch(cli, OPTION_JSON)) {
        printf("the database that was there is now %s\n", kept);
    }
    return ERR_OK;
}

static enum err restore_postgresql(struct cli *cli, const char *name)
{
    struct upkeep_snapshot *snapshot = NULL;
    struct upkeep_content content = {.version = 0};
    struct buf *problem = buf_new(cli->ctx);
    enum err error = pg_tool_read(cli, name, &content);

    if (error == ERR_OK) {
        error = ask(cli, name, &content);
    }
    if (error == ERR_OK) {
        error = pg_tool_restore(cli, name);
    }
    if (error != ERR_OK) {
        return error;
    }
    error = upkeep_snapshot(cli->ctx, cli->config, &snapshot, problem);
    if (error != ERR_OK) {
        return cli_fail(cli, error, "restored, but then: %s", problem->data);
    }
    if (memcmp(&content, &snapshot->content, sizeof content) != 0) {
        return cli_fail(cli, ERR_INTERNAL,
                        "restored, but the numbers of rows differ already: does a server run?");
    }
    cmd_db_tell(cli, "restored", name, NULL, &content);
    return ERR_OK;
}

enum err cmd_db_restore(struct cli *cli)
{
    audit_user(&cli->actor, AUDIT_RESTORE, NULL);
    return cli->config->store == STORE_SQLITE ? restore_sqlite(cli, cli->args[0])
                                              : restore_postgresql(cli, cli->args[0]);
}
