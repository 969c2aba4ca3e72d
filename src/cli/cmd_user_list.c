/* Commands that look at users. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/cmd_user.h"
#include "cli/table.h"
#include "sec/password.h"

struct list {
    int64_t now;
    struct table *table; /* or: */
    struct json_line *line;
};

static const char *state_of(const struct user *user, int64_t now)
{
    if (store_user_is_banned(user, now)) {
        return "disabled";
    }
    return user->email_verified ? "verified" : "unverified";
}

static bool print_user(void *arg, const struct user *user)
{
    const struct list *list = arg;

    if (list->line != NULL) {
        cmd_user_put(list->line, user, list->now);
        json_line_print(list->line, stdout);
    } else {
        table_text(list->table, user->email);
        table_text(list->table, user->name);
        table_text(list->table, state_of(user, list->now));
        table_time(list->table, user->created_at);
        table_text(list->table, user->id);
    }
    return ferror(stdout) == 0;
}

static void begin(struct cli *cli, struct list *list, const char *const *headings)
{
    list->now = clock_now();
    if (cli_switch(cli, OPTION_JSON)) {
        list->line = json_line_new(cli->ctx);
    } else {
        list->table = table_new(cli->ctx, stdout, headings);
    }
}

static void end(struct list *list)
{
    if (list->table != NULL) {
        table_end(list->table);
    }
}

enum err cmd_user_list(struct cli *cli)
{
    static const char *const headings[] = {"EMAIL", "NAME", "STATE", "CREATED", "ID", NULL};
    struct list list = {.table = NULL};

    begin(cli, &list, headings);
    enum err error = store_user_list(cli->store, cli->args[0], print_user, &list);
    end(&list);
    return error == ERR_BAD_VALUE ? cli_usage(cli, "the part of an address is not UTF-8 text")
                                  : error;
}

/* --- one user --- */

struct view {
    struct user *user;
    struct user_counts counts;
    const char *password; /* the kind of the hash */
    struct account **accounts;
    size_t account_count;
};

static enum err read_view(struct cli *cli, int64_t now, struct view *view)
{
    const char *hash = NULL;
    enum err error = cmd_user_find(cli, &view->user);

    if (error == ERR_OK) {
        error = store_user_count(cli->store, view->user->id, now, &view->counts);
    }
    if (error == ERR_OK) {
        error = store_account_list(cli->store, cli->ctx, view->user->id, &view->accounts,
                                   &view->account_count);
    }
    if (error == ERR_OK) {
        error = store_account_hash(cli->store, cli->ctx, view->user->id, &hash);
        error = error == ERR_ABSENT ? ERR_OK : error;
    }
    view->password = hash == NULL ? "none" : password_kind(hash);
    return error;
}

static void print_field(struct cli *cli, const char *name, const char *text)
{
    struct buf *value = buf_new(cli->ctx);

    if (text != NULL) {
        escape_text(value, text, strlen(text));
        printf("%-10s %s\n", name, value->data);
    }
}

static void print_time(struct cli *cli, const char *name, int64_t time)
{
    char text[CLOCK_ISO_SIZE];

    clock_format(time, text);
    print_field(cli, name, time == 0 ? NULL : text);
}

static void print_view(struct cli *cli, const struct view *view, int64_t now)
{
    const struct user *user = view->user;

    print_field(cli, "E-mail", user->email);
    print_field(cli, "Name", user->name);
    print_field(cli, "Id", user->id);
    print_field(cli, "State", state_of(user, now));
    if (store_user_is_banned(user, now)) {
        print_field(cli, "Reason", user->ban_reason);
        print_time(cli, "Until", user->ban_expires_at);
    }
    print_field(cli, "Image", user->image);
    print_time(cli, "Created", user->created_at);
    print_time(cli, "Changed", user->updated_at);
    print_field(cli, "Password", view->password);
    for (size_t i = 0; i < view->account_count; i++) {
        print_field(cli, "Account", view->accounts[i]->provider_id);
    }
    printf("%-10s %lld\n%-10s %lld\n", "Sessions", (long long)view->counts.sessions, "Tasks",
           (long long)view->counts.tasks);
}

static void print_json(struct cli *cli, const struct view *view, int64_t now)
{
    struct json_line *line = json_line_new(cli->ctx);
    struct buf *accounts = buf_new(cli->ctx);

    buf_putc(accounts, '[');
    for (size_t i = 0; i < view->account_count; i++) {
        buf_puts(accounts, i == 0 ? "" : ",");
        json_put_text(accounts, view->accounts[i]->provider_id);
    }
    buf_putc(accounts, ']');
    cmd_user_put(line, view->user, now);
    json_line_text(line, "password", view->password);
    json_line_raw(line, "accounts", accounts);
    json_line_int(line, "sessions", view->counts.sessions);
    json_line_int(line, "tasks", view->counts.tasks);
    json_line_print(line, stdout);
}

enum err cmd_user_show(struct cli *cli)
{
    const int64_t now = clock_now();
    struct view view = {.user = NULL};
    enum err error = read_view(cli, now, &view);

    if (error == ERR_OK && cli_switch(cli, OPTION_JSON)) {
        print_json(cli, &view, now);
    } else if (error == ERR_OK) {
        print_view(cli, &view, now);
    }
    return error;
}

/* --- sessions: never with their tokens --- */

static void print_session(const struct list *list, const struct session *session)
{
    if (list->line == NULL) {
        table_text(list->table, session->id);
        table_time(list->table, session->created_at);
        table_time(list->table, session->updated_at);
        table_time(list->table, session->expires_at);
        table_text(list->table, *session->ip_address == '\0' ? NULL : session->ip_address);
        table_text(list->table, *session->user_agent == '\0' ? NULL : session->user_agent);
        return;
    }
    json_line_text(list->line, "id", session->id);
    json_line_time(list->line, "createdAt", session->created_at);
    json_line_time(list->line, "updatedAt", session->updated_at);
    json_line_time(list->line, "expiresAt", session->expires_at);
    json_line_text(list->line, "ipAddress", session->ip_address);
    json_line_text(list->line, "userAgent", session->user_agent);
    json_line_print(list->line, stdout);
}

enum err cmd_user_sessions(struct cli *cli)
{
    static const char *const headings[] = {"SESSION", "CREATED", "USED", "EXPIRES",
                                           "ADDRESS", "CLIENT",  NULL};
    struct list list = {.table = NULL};
    struct session **sessions = NULL;
    struct user *user = NULL;
    size_t count = 0;
    enum err error = cmd_user_find(cli, &user);

    if (error == ERR_OK) {
        error = store_session_list(cli->store, cli->ctx, user->id, clock_now(), &sessions, &count);
    }
    if (error != ERR_OK) {
        return error;
    }
    begin(cli, &list, headings);
    for (size_t i = 0; i < count; i++) {
        print_session(&list, sessions[i]);
    }
    end(&list);
    return ERR_OK;
}
