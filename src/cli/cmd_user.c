#include "cli/cmd_user.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/id.h"
#include "base/text.h"
#include "cli/cmd.h"
#include "cli/prompt.h"
#include "cli/record.h"
#include "sec/password.h"

/* An id may look like an address: tokens of another issuer can name users so. */
enum err cmd_user_find(struct cli *cli, struct user **ret_user)
{
    const char *who = cli->args[0];
    enum err error = ERR_ABSENT;

    if (text_is_email(who, strlen(who))) {
        const char *hash;
        const char *email = text_email(cli->ctx, who);
        error = store_user_by_email(cli->store, cli->ctx, email, ret_user, &hash);
    }
    if (error == ERR_ABSENT) {
        error = store_user_by_id(cli->store, cli->ctx, who, ret_user);
    }
    return error == ERR_ABSENT || error == ERR_BAD_VALUE
               ? cli_fail(cli, ERR_ABSENT, "there is no user %s", who)
               : error;
}

void cmd_user_put(struct json_line *line, const struct user *user, int64_t now)
{
    struct user shown = *user;

    shown.banned = store_user_is_banned(user, now);
    record_put_user_members(line, &shown);
}

void cmd_user_tell(struct cli *cli, const struct user *user, const char *what)
{
    if (cli_switch(cli, OPTION_JSON)) {
        struct json_line *line = json_line_new(cli->ctx);
        json_line_text(line, "id", user->id);
        json_line_text(line, "email", user->email);
        json_line_print(line, stdout);
        return;
    }
    struct buf *sentence = buf_new(cli->ctx);
    escape_text(sentence, user->email, strlen(user->email));
    printf("%s: %s\n", sentence->data, what);
}

/* Asks for a password and hashes it as the server would. */
static enum err new_hash(struct cli *cli, char **ret_hash)
{
    const struct config *config = cli->config;
    char *password = NULL;
    enum err error = prompt_password(cli, cli->ctx, &password);

    if (error != ERR_OK) {
        return error;
    }
    size_t len = strlen(password);
    if (!text_is_utf8(password, len)) {
        return cli_fail(cli, ERR_BAD_VALUE, "the password is not UTF-8 text");
    }
    size_t units = text_utf16_length(password, len);
    if (units < (size_t)config->min_password || units > (size_t)config->max_password) {
        return cli_fail(cli, ERR_BAD_VALUE, "a password has %d to %d characters",
                        config->min_password, config->max_password);
    }
    error = password_hash(cli->ctx, config->password_scheme, password, len, ret_hash);
    if (error == ERR_BUSY) {
        return cli_fail(cli, error, "there is not enough memory for the hash");
    }
    return error == ERR_BAD_INPUT ? cli_fail(cli, error, "the password is too long") : error;
}

enum err cmd_user_add(struct cli *cli)
{
    const int64_t now = clock_now();
    const char *name = cli->options[OPTION_NAME];
    const char *email = text_email(cli->ctx, cli->args[0]);
    char *hash = NULL;

    if (!text_is_email(email, strlen(email))) {
        return cli_usage(cli, "%s is not an e-mail address", cli->args[0]);
    }
    if (name != NULL && !text_is_utf8(name, strlen(name))) {
        return cli_usage(cli, "the name is not UTF-8 text");
    }
    enum err error = new_hash(cli, &hash);
    if (error != ERR_OK) {
        return error;
    }
    const struct user user = {
        .id = id_new(cli->ctx),
        .name = name != NULL ? name : mem_strndup(cli->ctx, email, strcspn(email, "@")),
        .email = email,
        .email_verified = cli_switch(cli, OPTION_VERIFIED),
        .created_at = now,
        .updated_at = now,
    };
    error = store_user_register(cli->store, &user, hash, NULL);
    if (error == ERR_CONFLICT) {
        return cli_fail(cli, error, "%s has an account already", email);
    }
    if (error == ERR_OK) {
        audit_user(&cli->actor, AUDIT_ADD_USER, user.id);
        cmd_user_tell(cli, &user, mem_printf(cli->ctx, "added with the id %s", user.id));
    }
    return error;
}

enum err cmd_user_passwd(struct cli *cli)
{
    struct user *user = NULL;
    char *hash = NULL;
    enum err error = cmd_user_find(cli, &user);

    if (error == ERR_OK) {
        error = new_hash(cli, &hash);
    }
    if (error != ERR_OK) {
        return error;
    }
    error = store_user_set_password(cli->store, user->id, id_new(cli->ctx), hash, clock_now());
    if (error == ERR_OK) {
        audit_user(&cli->actor, AUDIT_SET_PASSWORD, user->id);
        cmd_user_tell(cli, user, "has a new password; all sessions have ended");
    }
    return error;
}

enum err cmd_user_delete(struct cli *cli)
{
    const int64_t now = clock_now();
    struct user *user = NULL;
    struct user_counts counts;
    enum err error = cmd_user_find(cli, &user);

    if (error == ERR_OK) {
        error = store_user_count(cli->store, user->id, now, &counts);
    }
    if (error == ERR_OK) {
        const char *what =
            mem_printf(cli->ctx, "This deletes %s (%s) and their %lld tasks. It cannot be undone.",
                       user->email, user->name, (long long)counts.tasks);
        error = prompt_confirm(cli, what, user->email);
    }
    if (error == ERR_OK) {
        error = store_user_delete(cli->store, user->id, NULL, now);
    }
    if (error == ERR_OK) {
        audit_user(&cli->actor, AUDIT_DELETE_USER, user->id);
        cmd_user_tell(cli, user, "deleted");
    }
    return error;
}
