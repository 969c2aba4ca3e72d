#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/log.h"
#include "cli/help.h"
#include "cli/json_line.h"
#include "sec/keyring.h"

static void note(struct buf *problem, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void note(struct buf *problem, const char *format, va_list args)
{
    char *text = talloc_vasprintf(problem, format, args);

    buf_puts(problem, problem->len == 0 ? "" : "; ");
    buf_puts(problem, mem_checked(text));
}

enum err cli_fail(struct cli *cli, enum err error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    note(cli->problem, format, args);
    va_end(args);
    return error;
}

enum err cli_usage(struct cli *cli, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    note(cli->problem, format, args);
    va_end(args);
    return ERR_BAD_REQUEST;
}

bool cli_switch(const struct cli *cli, enum option_id id)
{
    return cli->options[id] != NULL;
}

/* Problems of the settings go to stderr as they are: a line each, made and escaped by conf/. */
static enum err load_settings(struct cli *cli)
{
    struct buf *problems = buf_new(cli->ctx);
    struct buf *warnings = buf_new(cli->ctx);
    enum err error = conf_load(cli->ctx, &cli->source, &cli->config, problems, warnings);

    if (error == ERR_OK) {
        error = keyring_check_file(cli->config->jwks_file, problems);
    }
    fputs(warnings->data, stderr);
    fputs(problems->data, stderr);
    if (error == ERR_OK) {
        log_open_command(&cli->config->log);
        cli->actor = (struct audit_source){.config = cli->config, .command = true};
    }
    return error;
}

static enum err prepare(struct cli *cli)
{
    enum err error = ERR_OK;

    if (cli->command->need >= NEED_SETTINGS) {
        error = load_settings(cli);
    }
    if (error == ERR_OK && cli->command->need >= NEED_STORE) {
        error = store_open_existing(cli->ctx, cli->config, &cli->store);
        if (error == ERR_OK) {
            error = store_check_schema(cli->store);
        }
    }
    return error;
}

/* The words of the command line: a command, its verb, its arguments. */
static enum err take_words(struct cli *cli, char **words, size_t count)
{
    const char *name = count > 0 ? words[0] : NULL;

    if (name == NULL) {
        return cli_usage(cli, "which command?");
    }
    if (!command_is_name(name)) {
        return cli_usage(cli, "there is no command %s", name);
    }
    cli->command = command_find(name, count > 1 ? words[1] : NULL);
    if (cli->command == NULL) {
        struct buf *verbs = help_verbs(cli->ctx, name);
        return count > 1 ? cli_usage(cli, "%s takes %s, not %s", name, verbs->data, words[1])
                         : cli_usage(cli, "%s takes %s", name, verbs->data);
    }
    size_t used = cli->command->verb != NULL ? 2 : 1;
    size_t min;
    size_t max;
    command_count_args(cli->command, &min, &max);
    const char *title = help_title(cli->ctx, cli->command);
    if (count - used < min) {
        return cli_usage(cli, "%s needs %s", title, cli->command->args);
    }
    if (count - used > max) {
        return cli_usage(cli, "%s: one argument too many: %s", title, words[used + max]);
    }
    memcpy(cli->args, words + used, (count - used) * sizeof *words);
    for (int id = 0; id < OPTION_COUNT; id++) {
        if (cli->options[id] != NULL &&
            ((cli->command->options | OPTION_COMMON) & (UINT64_C(1) << id)) == 0) {
            return cli_usage(cli, "%s takes no option --%s", title, option_table[id].name);
        }
    }
    return ERR_OK;
}

static void print_version(const struct cli *cli)
{
    if (!cli_switch(cli, OPTION_JSON)) {
        puts("taskgate " VERSION);
        return;
    }
    struct json_line *line = json_line_new(cli->ctx);
    json_line_text(line, "version", VERSION);
    json_line_print(line, stdout);
}

static enum err run(struct cli *cli, int argc, char **argv)
{
    int first = 0;
    enum err error = option_parse(argc, argv, cli->problem, cli->options, &first);

    if (error != ERR_OK) {
        return error;
    }
    size_t count = (size_t)(argc - first);
    if (cli_switch(cli, OPTION_VERSION)) {
        print_version(cli);
        return ERR_OK;
    }
    if (cli_switch(cli, OPTION_HELP)) {
        return help_print(cli, count > 0 ? argv[first] : NULL, count > 1 ? argv[first + 1] : NULL);
    }
    error = take_words(cli, argv + first, count);
    cli->source = (struct conf_source){.file = cli->options[OPTION_CONFIG], .environ = environ};
    if (error == ERR_OK) {
        error = prepare(cli);
    }
    return error == ERR_OK ? cli->command->run(cli) : error;
}

static int exit_status(enum err error)
{
    switch ((int)error) {
    case ERR_OK:
        return EXIT_SUCCESS;
    case ERR_BAD_REQUEST:
        return EX_USAGE;
    case ERR_STORE_DOWN:
        return EX_UNAVAILABLE;
    case ERR_CONFIG:
        return CONF_EXIT_STATUS;
    default:
        return EXIT_FAILURE;
    }
}

static void complain(const struct cli *cli, enum err error)
{
    const char *text = cli->problem->data;

    if (cli->problem->len == 0 && error == ERR_STORE_DOWN) {
        text = "the database does not answer; \"taskgate db check\" looks closer";
    } else if (cli->problem->len == 0 && error != ERR_CONFIG) {
        text = "the command failed";
    }
    if (*text != '\0') {
        struct buf *line = buf_new(cli->ctx);
        escape_text(line, text, strlen(text));
        fprintf(stderr, "taskgate: %s\n", line->data);
    }
    if (error == ERR_BAD_REQUEST) {
        fputs("Try 'taskgate --help'.\n", stderr);
    }
}

int cli_main(int argc, char **argv, const struct cli_host *host)
{
    void *ctx = mem_context(NULL);
    struct cli cli = {.ctx = ctx, .host = host, .problem = buf_new(ctx)};
    enum err error = run(&cli, argc, argv);

    /* A full disk shows at the last write, or before: what was asked for was not printed then. */
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        enum err lost =
            cli_fail(&cli, ERR_INTERNAL, "the output cannot be written: %s", strerror(errno));
        error = error == ERR_OK ? lost : error;
    }
    if (error != ERR_OK) {
        complain(&cli, error);
    }
    int status = exit_status(error);
    talloc_free(ctx);
    return status;
}
