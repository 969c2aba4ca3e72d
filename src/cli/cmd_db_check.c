#include "cli/cmd.h"
#include "cli/report.h"

enum err cmd_db_check(struct cli *cli)
{
    struct report *report = report_new(cli);
    struct buf *problem = buf_new(cli->ctx);
    enum err error = upkeep_check(cli->config, report_found, report, problem);

    return report_end(cli, report, error, problem);
}
