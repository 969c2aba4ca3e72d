#include "cli/report.h"

#include <stdio.h>

#include "cli/json_line.h"
#include "cli/table.h"

struct report {
    struct table *table; /* or: */
    struct json_line *line;
    int wrong;
};

struct report *report_new(struct cli *cli)
{
    static const char *const headings[] = {"STATE", "CHECK", "FOUND", NULL};
    struct report *report = mem_new(cli->ctx, struct report);

    if (cli_switch(cli, OPTION_JSON)) {
        report->line = json_line_new(report);
    } else {
        report->table = table_new(report, stdout, headings);
    }
    return report;
}

void report_found(void *arg, const char *check, enum upkeep_state state, const char *text)
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

void report_tell(struct report *report, const char *check, enum upkeep_state state,
                 const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = mem_checked(talloc_vasprintf(report, format, args));
    va_end(args);
    report_found(report, check, state, text);
    talloc_free(text);
}

enum err report_end(struct cli *cli, struct report *report, enum err error,
                    const struct buf *problem)
{
    int wrong = report->wrong;

    if (report->table != NULL) {
        table_end(report->table);
    }
    talloc_free(report);
    if (error != ERR_OK) {
        return cli_fail(cli, error, "%s", problem->data);
    }
    return wrong == 0 ? ERR_OK
                      : cli_fail(cli, ERR_BAD_VALUE, "%d of these %s wrong", wrong,
                                 wrong == 1 ? "is" : "are");
}
