#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "conf/endpoint.h"

enum err cmd_serve(struct cli *cli)
{
    /* The command line wins as part of the environment, also at a reload. */
    if (cli->options[OPTION_LISTEN] != NULL) {
        setenv("LISTEN", cli->options[OPTION_LISTEN], 1);
    }
    if (cli->options[OPTION_WORKERS] != NULL) {
        setenv("WORKERS", cli->options[OPTION_WORKERS], 1);
    }
    cli->source.environ = environ;
    return cli->host->serve(&cli->source) == 0 ? ERR_OK : ERR_CONFIG;
}

enum err cmd_check(struct cli *cli)
{
    struct buf *problem = buf_new(cli->ctx);

    if (endpoint_check(cli->config, problem) != ERR_OK) {
        return cli_fail(cli, ERR_CONFIG, "%s", problem->data);
    }
    if (cli_switch(cli, OPTION_PRINT)) {
        conf_print(cli->config, stdout);
    } else {
        puts("The settings are right.");
    }
    return ERR_OK;
}

enum err cmd_migrate(struct cli *cli)
{
    enum err error = store_open(cli->ctx, cli->config, &cli->store);

    return error == ERR_OK ? store_migrate(cli->store) : error;
}
