/* Commands that end what a user holds, or may again. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/cmd.h"
#include "cli/cmd_user.h"

#define DAYS_MAX 36500

/* When a ban ends: 0 without --days. */
static enum err ban_end(struct cli *cli, int64_t now, int64_t *ret_end)
{
    const char *text = cli->options[OPTION_DAYS];
    char *end = NULL;

    if (text == NULL) {
        *ret_end = 0;
        return ERR_OK;
    }
    long days = *text >= '1' && *text <= '9' ? strtol(text, &end, 10) : 0;
    if (days < 1 || days > DAYS_MAX || *end != '\0') {
        return cli_usage(cli, "--days takes a number from 1 to %d", DAYS_MAX);
    }
    *ret_end = now + days * CLOCK_DAY;
    return ERR_OK;
}

static void tell_disabled(struct cli *cli, const struct user *user)
{
    char until[CLOCK_ISO_SIZE];

    if (cli_switch(cli, OPTION_JSON)) {
        struct json_line *line = json_line_new(cli->ctx);
        json_line_text(line, "id", user->id);
        json_line_text(line, "email", user->email);
        json_line_time(line, "banExpires", user->ban_expires_at);
        json_line_print(line, stdout);
        return;
    }
    clock_format(user->ban_expires_at, until);
    cmd_user_tell(cli, user,
                  user->ban_expires_at == 0
                      ? "disabled until somebody enables it; all sessions have ended"
                      : mem_printf(cli->ctx, "disabled until %s; all sessions have ended", until));
}

enum err cmd_user_disable(struct cli *cli)
{
    const int64_t now = clock_now();
    /* What Better Auth writes when nobody gives a reason. */
    const char *reason = cli->options[OPTION_REASON] ? cli->options[OPTION_REASON] : "No reason";
    struct user *user = NULL;
    int64_t end = 0;
    enum err error = ban_end(cli, now, &end);

    if (error == ERR_OK) {
        error = cmd_user_find(cli, &user);
    }
    if (error == ERR_OK) {
        error = store_user_ban(cli->store, user->id, reason, end, now);
    }
    if (error == ERR_BAD_VALUE) {
        return cli_usage(cli, "the reason is not UTF-8 text");
    }
    if (error == ERR_OK) {
        audit_user(&cli->actor, AUDIT_DISABLE_USER, user->id);
        user->banned = true;
        user->ban_reason = reason;
        user->ban_expires_at = end;
        tell_disabled(cli, user);
    }
    return error;
}

enum err cmd_user_enable(struct cli *cli)
{
    struct user *user = NULL;
    enum err error = cmd_user_find(cli, &user);

    if (error == ERR_OK && !user->banned) {
        cmd_user_tell(cli, user, "is not disabled");
        return ERR_OK;
    }
    if (error == ERR_OK) {
        error = store_user_pardon(cli->store, user->id, clock_now());
    }
    if (error == ERR_OK) {
        audit_user(&cli->actor, AUDIT_ENABLE_USER, user->id);
        cmd_user_tell(cli, user, "may sign in again");
    }
    return error;
}

enum err cmd_user_revoke(struct cli *cli)
{
    const char *session_id = cli->args[1];
    const char *owner = NULL;
    struct user *user = NULL;
    enum err error = cmd_user_find(cli, &user);

    if (error != ERR_OK) {
        return error;
    }
    if (session_id == NULL) {
        error = store_session_end_all(cli->store, user->id);
    } else {
        error = store_session_end_id(cli->store, cli->ctx, session_id, user->id, &owner);
        if (error == ERR_BAD_VALUE || (error == ERR_OK && owner == NULL)) {
            return cli_fail(cli, ERR_ABSENT, "%s has no session %s", user->email, session_id);
        }
    }
    if (error == ERR_OK) {
        audit_user(&cli->actor, session_id == NULL ? AUDIT_REVOKE_SESSIONS : AUDIT_REVOKE_SESSION,
                   user->id);
        cmd_user_tell(cli, user,
                      session_id == NULL ? "all sessions have ended" : "the session has ended");
    }
    return error;
}
