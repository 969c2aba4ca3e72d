#include "cli/command.h"

#include <string.h>

#include "cli/cmd.h"

/* In the order of --help. The verbs of one command stand together. */
const struct command command_table[] = {
    {"serve", NULL, "", OPTION_SET(LISTEN) | OPTION_SET(WORKERS), NEED_NOTHING,
     "answer requests until SIGTERM; SIGHUP reads the settings again", cmd_serve},
    {"check", NULL, "", OPTION_SET(PRINT) | OPTION_SET(OFFLINE) | OPTION_SET(WEB), NEED_SETTINGS,
     "check the settings and look at the database, or ask the whole site", cmd_check},
    {"migrate", NULL, "", 0, NEED_SETTINGS, "bring the database's schema to this version",
     cmd_migrate},
    {"top", NULL, "", OPTION_SET(ONCE), NEED_SETTINGS, "watch a server that runs; q quits",
     cmd_top},
    {"keys", "list", "", 0, NEED_STORE,
     "list the keys that sign and verify the tokens of /api/auth/token", cmd_keys_list},
    {"keys", "rotate", "", 0, NEED_STORE,
     "sign with a new key from now on; the old ones verify for 30 days", cmd_keys_rotate},
    {"user", "add", "EMAIL", OPTION_SET(NAME) | OPTION_SET(VERIFIED) | OPTION_SET(PASSWORD_STDIN),
     NEED_STORE, "make an account; asks for the password", cmd_user_add},
    {"user", "list", "[PART]", 0, NEED_STORE, "list users, or those with PART in their address",
     cmd_user_list},
    {"user", "show", "USER", 0, NEED_STORE, "show a user, given by address or id", cmd_user_show},
    {"user", "passwd", "USER", OPTION_SET(PASSWORD_STDIN), NEED_STORE,
     "set another password and end all sessions", cmd_user_passwd},
    {"user", "disable", "USER", OPTION_SET(REASON) | OPTION_SET(DAYS), NEED_STORE,
     "let a user sign in no more and end all sessions", cmd_user_disable},
    {"user", "enable", "USER", 0, NEED_STORE, "let a disabled user sign in again", cmd_user_enable},
    {"user", "delete", "USER", 0, NEED_STORE, "delete a user and all their tasks; asks first",
     cmd_user_delete},
    {"user", "sessions", "USER", 0, NEED_STORE, "list the sessions of a user", cmd_user_sessions},
    {"user", "revoke", "USER [SESSION]", 0, NEED_STORE, "end all sessions of a user, or one",
     cmd_user_revoke},
    {"export", NULL, "[FILE]", OPTION_SET(SESSIONS), NEED_STORE,
     "write users, accounts and tasks as JSON lines", cmd_export},
    {"import", NULL, "[FILE]", OPTION_SET(DRY_RUN), NEED_STORE,
     "read them back, or those of another program", cmd_import},
    {"db", "check", "", 0, NEED_SETTINGS,
     "say how the database is, and what to do where it is not well", cmd_db_check},
    {"db", "backup", "FILE", 0, NEED_SETTINGS, "copy the database while the server runs",
     cmd_db_backup},
    {"db", "migrate-to", "URL", 0, NEED_SETTINGS,
     "copy everything into another, empty database of either kind", cmd_db_migrate_to},
    {"db", "restore", "FILE", 0, NEED_SETTINGS, "put a copy in its place; asks first",
     cmd_db_restore},
};
const size_t command_count = sizeof command_table / sizeof *command_table;

const struct command *command_find(const char *name, const char *verb)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        if (strcmp(command->name, name) == 0 &&
            (command->verb == NULL || (verb != NULL && strcmp(command->verb, verb) == 0))) {
            return command;
        }
    }
    return NULL;
}

bool command_is_name(const char *name)
{
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(command_table[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

bool command_has_verbs(const char *name)
{
    return command_is_name(name) && command_find(name, NULL) == NULL;
}

void command_count_args(const struct command *command, size_t *ret_min, size_t *ret_max)
{
    size_t min = 0;
    size_t max = 0;

    for (const char *word = command->args; *word != '\0'; word += strspn(word, " ")) {
        min += *word == '[' ? 0 : 1;
        max++;
        word += strcspn(word, " ");
    }
    *ret_min = min;
    *ret_max = max;
}
