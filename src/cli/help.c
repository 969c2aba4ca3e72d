#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/json_line.h"

const char *help_title(void *ctx, const struct command *command)
{
    return command->verb == NULL ? command->name
                                 : mem_printf(ctx, "%s %s", command->name, command->verb);
}

struct buf *help_verbs(void *ctx, const char *name)
{
    struct buf *verbs = buf_new(ctx);
    size_t left = 0;

    for (size_t i = 0; i < command_count; i++) {
        left += strcmp(command_table[i].name, name) == 0 ? 1 : 0;
    }
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(command_table[i].name, name) == 0) {
            left--;
            buf_puts(verbs, command_table[i].verb);
            buf_puts(verbs, left > 1 ? ", " : left == 1 ? " or " : "");
        }
    }
    return verbs;
}

static bool chosen(const struct command *command, const char *name, const char *verb)
{
    return name == NULL ||
           (strcmp(command->name, name) == 0 &&
            (verb == NULL || command->verb == NULL || strcmp(command->verb, verb) == 0));
}

static const char *usage_of(void *ctx, const struct command *command)
{
    return mem_printf(ctx, "%s%s%s", help_title(ctx, command), *command->args == '\0' ? "" : " ",
                      command->args);
}

static void print_usage(void *ctx, const struct command *command)
{
    printf("Usage: taskgate %s [OPTION]...\n%c%s.\n", usage_of(ctx, command),
           *command->help - 'a' + 'A', command->help + 1);
}

/* All, or the verbs of NAME. */
static void print_commands(void *ctx, const char *name)
{
    size_t width = 0;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < command_count; i++) {
            const struct command *command = &command_table[i];
            const char *usage = usage_of(ctx, command);
            if (!chosen(command, name, NULL)) {
                continue;
            }
            if (pass == 0) {
                width = strlen(usage) > width ? strlen(usage) : width;
            } else {
                printf("  %-*s  %s\n", (int)width, usage, command->help);
            }
        }
    }
}

static void print_options(option_set options)
{
    for (int id = 0; id < OPTION_COUNT; id++) {
        const struct option_info *info = &option_table[id];
        if ((options & (UINT64_C(1) << id)) == 0) {
            continue;
        }
        if (info->letter != 0) {
            printf("  -%c, --", info->letter);
        } else {
            fputs("      --", stdout);
        }
        int used = printf("%s%s%s", info->name, info->value == NULL ? "" : " ",
                          info->value == NULL ? "" : info->value);
        printf("%*s%s\n", used < 20 ? 20 - used : 1, "", info->help);
    }
}

static void print_json(void *ctx, const char *name, const char *verb)
{
    struct json_line *line = json_line_new(ctx);

    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        if (!chosen(command, name, verb)) {
            continue;
        }
        struct buf *options = buf_new(ctx);
        for (int id = 0; id < OPTION_COUNT; id++) {
            if ((command->options & (UINT64_C(1) << id)) != 0) {
                buf_printf(options, "%s--%s", options->len == 0 ? "" : " ", option_table[id].name);
            }
        }
        json_line_text(line, "command", help_title(ctx, command));
        json_line_text(line, "arguments", command->args);
        json_line_text(line, "options", options->data);
        json_line_text(line, "help", command->help);
        json_line_print(line, stdout);
    }
    for (int id = 0; id < OPTION_COUNT && name == NULL; id++) {
        json_line_text(line, "option", mem_printf(ctx, "--%s", option_table[id].name));
        json_line_text(line, "value", option_table[id].value);
        json_line_bool(line, "common", (OPTION_COMMON & (UINT64_C(1) << id)) != 0);
        json_line_text(line, "help", option_table[id].help);
        json_line_print(line, stdout);
    }
}

enum err help_print(struct cli *cli, const char *name, const char *verb)
{
    const struct command *command = NULL; /* the last that is chosen */
    option_set own = 0;
    size_t count = 0;

    for (size_t i = 0; i < command_count; i++) {
        if (chosen(&command_table[i], name, verb)) {
            command = &command_table[i];
            own |= command->options;
            count++;
        }
    }
    if (count == 0) {
        return command_is_name(name) ? cli_usage(cli, "%s takes %s, not %s", name,
                                                 help_verbs(cli->ctx, name)->data, verb)
                                     : cli_usage(cli, "there is no command %s", name);
    }
    if (cli_switch(cli, OPTION_JSON)) {
        print_json(cli->ctx, name, verb);
        return ERR_OK;
    }
    if (count == 1) {
        print_usage(cli->ctx, command);
    } else if (name == NULL) {
        puts("Usage: taskgate COMMAND [OPTION]... [ARGUMENT]...\n"
             "An authentication server and task API behind a FastCGI web server.\n"
             "\nCommands:");
        print_commands(cli->ctx, NULL);
    } else {
        printf("Usage: taskgate %s COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:\n", name);
        print_commands(cli->ctx, name);
    }
    if (own != 0) {
        puts(name == NULL ? "\nOptions of some commands:" : "\nOptions:");
        print_options(own);
    }
    puts("\nOptions of every command:");
    print_options(OPTION_COMMON);
    if (name == NULL) {
        puts("\n'taskgate COMMAND --help' tells more, and the manual page taskgate(8) all.\n"
             "\nSettings:");
        conf_print_help(stdout);
    }
    return ERR_OK;
}
