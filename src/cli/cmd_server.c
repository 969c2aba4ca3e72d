#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/json_line.h"
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
    int status = cli->host->serve(&cli->source);
    if (status == EXIT_SUCCESS || status == CONF_EXIT_STATUS) {
        return status == EXIT_SUCCESS ? ERR_OK : ERR_CONFIG;
    }
    return cli_fail(cli, ERR_INTERNAL, "the server could not start; its log says why");
}

/* What check has found: DATABASE in a word for programs, SENTENCE (may be NULL) for people. SCHEMA
 * is NULL when nobody looked at it. */
static void tell_checked(struct cli *cli, const char *database, const struct store_schema *schema,
                         const char *sentence)
{
    if (cli_switch(cli, OPTION_JSON)) {
        struct json_line *line = json_line_new(cli->ctx);
        json_line_text(line, "database", database);
        if (schema != NULL) {
            json_line_int(line, "schemaVersion", schema->found);
            json_line_int(line, "programVersion", schema->wanted);
        }
        json_line_print(line, stdout);
    } else if (sentence != NULL) {
        puts(sentence);
    }
}

/* A file that is to be made: only the folder can be looked at. */
static enum err check_missing_file(struct cli *cli)
{
    const char *name = cli->config->database;
    char *path = mem_strdup(cli->ctx, name);
    const char *folder = dirname(path);

    if (!cli->config->auto_migrate) {
        return cli_fail(cli, ERR_STORE_DOWN,
                        "there is no database %s: run \"taskgate migrate\" or set AUTO_MIGRATE=on",
                        name);
    }
    if (access(mem_printf(cli->ctx, "%s/.", folder), W_OK | X_OK) != 0) {
        return cli_fail(cli, ERR_STORE_DOWN, "the database %s cannot be made: %s: %s", name, folder,
                        strerror(errno));
    }
    tell_checked(
        cli, "missing", NULL,
        mem_printf(cli->ctx, "There is no database %s yet: \"taskgate serve\" makes it.", name));
    return ERR_OK;
}

/* Asks the database, and writes nothing. */
static enum err check_database(struct cli *cli)
{
    struct store_schema schema;
    const char *sentence;

    if (cli->config->store == STORE_SQLITE && access(cli->config->database, F_OK) != 0 &&
        (errno == ENOENT || errno == ENOTDIR)) {
        return check_missing_file(cli);
    }
    enum err error = store_open_existing(cli->ctx, cli->config, &cli->store);
    if (error == ERR_OK) {
        error = store_look_schema(cli->store, &schema);
    }
    if (error == ERR_OK && schema.found < schema.wanted && !cli->config->auto_migrate) {
        error = store_check_schema(cli->store);
    }
    if (error != ERR_OK) {
        return error;
    }
    const char *state = schema.found == 0 ? "has no schema of this program yet"
                                          : mem_printf(cli->ctx, "is at schema version %lld",
                                                       (long long)schema.found);
    sentence =
        schema.found == schema.wanted
            ? mem_printf(cli->ctx, "The database answers and %s, as this program wants it.", state)
            : mem_printf(cli->ctx,
                         "The database answers and %s: \"taskgate serve\" brings it to "
                         "version %lld.",
                         state, (long long)schema.wanted);
    tell_checked(cli, "answers", &schema, sentence);
    return ERR_OK;
}

static void print_setting(void *arg, const char *name, const char *text)
{
    struct json_line *line = arg;

    if (line == NULL) {
        printf("%s=%s\n", name, text);
    } else {
        json_line_text(line, name, *text == '\0' ? NULL : text);
    }
}

static void print_settings(struct cli *cli)
{
    struct json_line *line = cli_switch(cli, OPTION_JSON) ? json_line_new(cli->ctx) : NULL;

    conf_each(cli->config, print_setting, line);
    if (line != NULL) {
        json_line_print(line, stdout);
    }
}

enum err cmd_check(struct cli *cli)
{
    struct buf *problem = buf_new(cli->ctx);

    if (cli->options[OPTION_WEB] != NULL) {
        return cmd_check_web(cli, cli->options[OPTION_WEB]);
    }
    if (endpoint_check(cli->config, problem) != ERR_OK) {
        return cli_fail(cli, ERR_CONFIG, "%s", problem->data);
    }
    if (cli_switch(cli, OPTION_PRINT)) {
        print_settings(cli);
        return ERR_OK;
    }
    if (!cli_switch(cli, OPTION_JSON)) {
        puts("The settings are right.");
        fflush(stdout); /* before what the database says on stderr */
    }
    if (cli_switch(cli, OPTION_OFFLINE)) {
        tell_checked(cli, "not asked", NULL, NULL);
        return ERR_OK;
    }
    return check_database(cli);
}

enum err cmd_migrate(struct cli *cli)
{
    struct store_schema before, after;
    enum err error = store_open(cli->ctx, cli->config, &cli->store);

    if (error == ERR_OK) {
        error = store_look_schema(cli->store, &before);
    }
    if (error == ERR_OK) {
        error = store_migrate(cli->store);
    }
    if (error == ERR_OK) {
        error = store_look_schema(cli->store, &after);
    }
    if (error != ERR_OK) {
        return error;
    }
    if (cli_switch(cli, OPTION_JSON)) {
        struct json_line *line = json_line_new(cli->ctx);
        json_line_int(line, "from", before.found);
        json_line_int(line, "to", after.found);
        json_line_print(line, stdout);
    } else if (before.found == after.found) {
        printf("The database is at schema version %lld already: there is nothing to do.\n",
               (long long)after.found);
    } else {
        printf("The database was brought from schema version %lld to %lld.\n",
               (long long)before.found, (long long)after.found);
    }
    return ERR_OK;
}
