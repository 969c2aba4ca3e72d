#include "mailbox.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "browser.h"

static char mailbox[48];

int mailbox_start(void **state)
{
    strcpy(mailbox, "/tmp/taskgate-letters.XXXXXX");
    if (mkdtemp(mailbox) == NULL || server_start(state) != 0) {
        return -1;
    }
    struct server *server = *state;
    server->config.mail_dir = mailbox;
    return 0;
}

int mailbox_stop(void **state)
{
    return rmdir(mailbox) + server_stop(state);
}

int mailbox_reset(void **state)
{
    struct server *server = *state;

    server->config.mail_dir = mailbox;
    server->config.require_verification = false;
    server->config.delete_user = true;
    server->leave_rest = false;
    return 0;
}

const char *mailbox_take_all(struct server *server)
{
    struct buf *all = buf_new(server->ctx);
    DIR *folder = opendir(mailbox);

    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        const char *path = mem_printf(server->ctx, "%s/%s", mailbox, entry->d_name);
        FILE *file = fopen(path, "r");
        assert_non_null(file);
        for (int byte; (byte = getc(file)) != EOF;) {
            char code[3] = {0};
            if (byte != '=') {
                buf_putc(all, (char)byte);
                continue;
            }
            code[0] = (char)getc(file);
            if (code[0] == '\n') {
                continue;
            }
            code[1] = (char)getc(file);
            if (strspn(code, "0123456789ABCDEF") == 2) {
                buf_putc(all, (char)strtol(code, NULL, 16));
            } else {
                buf_printf(all, "=%s", code);
            }
        }
        fclose(file);
        unlink(path);
    }
    closedir(folder);
    return all->data;
}

const char *mailbox_take(struct server *server, const char *to)
{
    const char *letter = mailbox_take_all(server);
    const char *line = mem_printf(server->ctx, "\nTo: <%s>\n", to);

    assert_non_null(strstr(letter, line));
    assert_null(strstr(strstr(letter, line) + 1, "\nTo: "));
    return letter;
}

const char *mailbox_link(struct server *server, const char *letter)
{
    const char *link = strstr(letter, "\n" MAILBOX_BASE "/");

    assert_non_null(link);
    link += 1 + strlen(MAILBOX_BASE);
    return mem_strndup(server->ctx, link, strcspn(link, "\n"));
}

void assert_mailbox_empty(struct server *server)
{
    assert_string_equal(mailbox_take_all(server), "");
}

const char *mailbox_token(struct server *server, const struct mail_token *token)
{
    return mail_token_issue(server->ctx, &server->config, token, clock_now());
}

const char *mailbox_ask_for_reset(struct server *server, const char *email)
{
    const struct reply *reply = browser_post(
        server, "request-password-reset", NULL,
        mem_printf(server->ctx, "{\"email\":\"%s\",\"redirectTo\":\"/new?a=1\"}", email));

    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->body, "{\"status\":true,\"message\":\"If this email exists in our "
                                     "system, check your email for the reset link\"}");
    return mailbox_take_all(server);
}
