/* What the rows of the command table run; each says in man/taskgate.8 what it does. */
#ifndef TASKGATE_CLI_CMD_H
#define TASKGATE_CLI_CMD_H

#include "cli/cli.h"

/* cmd_server.c */
enum err cmd_serve(struct cli *cli) WARN_UNUSED;
enum err cmd_check(struct cli *cli) WARN_UNUSED;
enum err cmd_migrate(struct cli *cli) WARN_UNUSED;

/* cmd_top.c */
enum err cmd_top(struct cli *cli) WARN_UNUSED;

/* cmd_check_web.c: "check --web URL" */
enum err cmd_check_web(struct cli *cli, const char *url) WARN_UNUSED;

/* cmd_keys.c */
enum err cmd_keys_list(struct cli *cli) WARN_UNUSED;
enum err cmd_keys_rotate(struct cli *cli) WARN_UNUSED;

/* cmd_user.c */
enum err cmd_user_add(struct cli *cli) WARN_UNUSED;
enum err cmd_user_passwd(struct cli *cli) WARN_UNUSED;
enum err cmd_user_delete(struct cli *cli) WARN_UNUSED;

/* cmd_user_end.c */
enum err cmd_user_disable(struct cli *cli) WARN_UNUSED;
enum err cmd_user_enable(struct cli *cli) WARN_UNUSED;
enum err cmd_user_revoke(struct cli *cli) WARN_UNUSED;

/* cmd_user_list.c */
enum err cmd_user_list(struct cli *cli) WARN_UNUSED;
enum err cmd_user_show(struct cli *cli) WARN_UNUSED;
enum err cmd_user_sessions(struct cli *cli) WARN_UNUSED;

/* cmd_export.c, cmd_import.c */
enum err cmd_export(struct cli *cli) WARN_UNUSED;
enum err cmd_import(struct cli *cli) WARN_UNUSED;

/* cmd_db_check.c, cmd_db_backup.c, cmd_db_migrate.c, cmd_db_restore.c */
enum err cmd_db_check(struct cli *cli) WARN_UNUSED;
enum err cmd_db_backup(struct cli *cli) WARN_UNUSED;
enum err cmd_db_migrate_to(struct cli *cli) WARN_UNUSED;
enum err cmd_db_restore(struct cli *cli) WARN_UNUSED;

#endif
