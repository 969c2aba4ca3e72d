#include <stdio.h>

#include "cli/cmd.h"
#include "cli/json_line.h"
#include "cli/table.h"
#include "store/upkeep.h"

struct report {
    struct table *table; /* or: */
    struct json_line *line;
    int wrong;
};

static void print_finding(void *arg, const char *check, enum upkeep_state state, const char *text)
{
    static const char *const words[] = {
        [UPKEEP_FINE] = "fine", [UPKEEP_WARNING] = "warning", [UPKEEP_WRONG] = "wrong"};
    struct report *report = arg;

    report->wrong += state == UPKEEP_WRONG ? 1 : 0;
    if (report->line != NULL) {
        json_line_text(report->line, "check", check);
        json_line_text(report->line, "state", words[state]);
        json_line_text(report->line, "text", text);
        json_line_print(report->line, stdout);
        return;
    }
    table_text(report->table, words[state]);
    table_text(report->table, check);
    table_text(report->table, text);
}

enum err cmd_db_check(struct cli *cli)
{
    static const char *const headings[] = {"STATE", "CHECK", "FOUND", NULL};
    struct report report = {.wrong = 0};
    struct buf *problem = buf_new(cli->ctx);

    if (cli_switch(cli, OPTION_JSON)) {
        report.line = json_line_new(cli->ctx);
    } else {
        report.table = table_new(cli->ctx, stdout, headings);
    }
    enum err error = upkeep_check(cli->config, print_finding, &report, problem);
    if (report.table != NULL) {
        table_end(report.table);
    }
    if (error != ERR_OK) {
        return cli_fail(cli, error, "%s", problem->data);
    }
    return report.wrong == 0 ? ERR_OK
                             : cli_fail(cli, ERR_BAD_VALUE, "%d of these are wrong", report.wrong);
}
