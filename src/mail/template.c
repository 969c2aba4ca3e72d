#include "mail/template.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#define FILE_MAX  65536
#define VALUE_MAX 4096 /* bytes of a value in a letter */

#define HTML(head, link, foot)                                                                     \
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"></head>\n<body>\n<p>" head \
    "</p>\n<p><a href=\"{{url}}\">" link "</a></p>\n<p>" foot "</p>\n</body>\n</html>\n"

#define NOT_YOU "If this was not you, there is nothing to do: nothing happens without the link."

static const struct {
    const char *name;
    struct template_texts texts;
} built_in[TEMPLATE_COUNT] = {
    [TEMPLATE_RESET_PASSWORD] =
        {"reset-password",
         {"Reset your password",
          "Somebody asked for a new password for the account of {{email}}.\n"
          "To choose one, open this link within an hour:\n\n{{url}}\n\n" NOT_YOU "\n",
          HTML("Somebody asked for a new password for the account of {{email}}.",
               "Choose a new password", "The link works for an hour, once. " NOT_YOU)}},
    [TEMPLATE_VERIFY_EMAIL] =
        {"verify-email",
         {"Confirm your e-mail address",
          "Somebody made an account with the address {{email}}.\n"
          "To confirm that this is your account, open this link within an hour:\n\n{{url}}\n\n"
          "If this was not you, do not open it.\n",
          HTML("Somebody made an account with the address {{email}}.",
               "Confirm that this is my account",
               "The link works for an hour. If this was not you, do not open it.")}},
    [TEMPLATE_CONFIRM_CHANGE] =
        {"confirm-change",
         {"Confirm the change of your e-mail address",
          "Somebody asked to change the address of your account to {{email}}.\n"
          "To allow it, open this link within an hour:\n\n{{url}}\n\n"
          "If this was not you, do not open it, and change your password.\n",
          HTML("Somebody asked to change the address of your account to {{email}}.",
               "Allow the change",
               "The link works for an hour. If this was not you, do not open it, and change your "
               "password.")}},
    [TEMPLATE_VERIFY_CHANGE] =
        {"verify-change",
         {"Confirm your new e-mail address",
          "Somebody wants to use the address {{email}} for an account.\n"
          "To confirm that this is your account, open this link within an hour:\n\n{{url}}\n\n"
          "If this was not you, do not open it.\n",
          HTML("Somebody wants to use the address {{email}} for an account.",
               "Confirm that this is my account",
               "The link works for an hour. If this was not you, do not open it.")}},
    [TEMPLATE_DELETE_ACCOUNT] =
        {"delete-account",
         {"Confirm that your account is to be deleted",
          "Somebody asked to delete the account of {{email}} and all that is in it.\n"
          "To delete it, open this link within a day, signed in:\n\n{{url}}\n\n"
          "If this was not you, do not open it, and change your password.\n",
          HTML("Somebody asked to delete the account of {{email}} and all that is in it.",
               "Delete the account",
               "The link works for a day, signed in. If this was not you, do not open it, and "
               "change your password.")}},
};

const char *template_name(enum template_kind kind)
{
    return built_in[kind].name;
}

/* --- files --- */

/* All of an open file into BODY. False: it cannot be read or is too large. */
static bool read_all(int fd, struct buf *body)
{
    for (;;) {
        ssize_t got = read(fd, buf_reserve(body, 4096), 4096);
        if (got == 0) {
            body->data[body->len] = '\0';
            return true;
        }
        if (got < 0 || body->len + (size_t)got > FILE_MAX) {
            return false;
        }
        body->len += (size_t)got;
    }
}

/* The text of KIND's file with EXTENSION, NULL when there is none to use. */
static const char *read_file(void *ctx, const struct config *config, enum template_kind kind,
                             const char *extension)
{
    if (config->mail_templates == NULL) {
        return NULL;
    }
    const char *path =
        mem_printf(ctx, "%s/%s.%s", config->mail_templates, template_name(kind), extension);
    struct buf *body = buf_new(ctx);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT) {
            log_warn("%s cannot be opened: %s; the built-in text is used", path, strerror(errno));
        }
        return NULL;
    }
    bool good = read_all(fd, body) && strlen(body->data) == body->len &&
                text_is_utf8(body->data, body->len);
    close(fd);
    if (!good) {
        log_warn("%s is no text in UTF-8 of at most %d bytes; the built-in text is used", path,
                 FILE_MAX);
        return NULL;
    }
    return body->data;
}

/* Takes the line "Subject: ..." and the empty one behind it from TEXT. */
static bool split_subject(void *ctx, const char *text, struct template_texts *texts)
{
    static const char name[] = "Subject:";
    size_t len = strcspn(text, "\r\n");

    if (strncmp(text, name, sizeof name - 1) != 0) {
        return false;
    }
    const char *subject = text + sizeof name - 1;
    subject += strspn(subject, " \t");
    texts->subject = mem_strndup(ctx, subject, (size_t)(text + len - subject));
    text += len;
    text += strspn(text, "\r\n");
    texts->text = text;
    return *texts->subject != '\0';
}

/* --- values --- */

static void put_html(struct buf *out, char byte)
{
    switch (byte) {
    case '&':
        buf_puts(out, "&amp;");
        break;
    case '<':
        buf_puts(out, "&lt;");
        break;
    case '>':
        buf_puts(out, "&gt;");
        break;
    case '"':
        buf_puts(out, "&quot;");
        break;
    case '\'':
        buf_puts(out, "&#39;");
        break;
    default:
        buf_putc(out, byte);
    }
}

static void put_value(struct buf *out, const char *value, bool html)
{
    for (size_t i = 0; value[i] != '\0'; i++) {
        /* Not in the middle of a character. */
        if (i >= VALUE_MAX && ((unsigned char)value[i] & 0xc0) != 0x80) {
            return;
        }
        char byte = (unsigned char)value[i] < 0x20 || value[i] == 0x7f ? ' ' : value[i];
        if (html) {
            put_html(out, byte);
        } else {
            buf_putc(out, byte);
        }
    }
}

/* The value that TEXT, behind "{{", names; NULL when it names none. */
static const char *find_value(const char *text, const struct template_values *values,
                              size_t *ret_len)
{
    const struct {
        const char *name;
        const char *value;
    } known[] = {
        {"url}}", values->url},
        {"name}}", values->name},
        {"email}}", values->email},
        {"token}}", values->token},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        *ret_len = strlen(known[i].name);
        if (strncmp(text, known[i].name, *ret_len) == 0) {
            return known[i].value;
        }
    }
    return NULL;
}

/* TEMPLATE with the values in it. What a value says is not looked at again. */
static const char *fill(void *ctx, const char *template, const struct template_values *values,
                        bool html)
{
    struct buf *out = buf_new(ctx);
    size_t len = 0;

    for (const char *at = template; *at != '\0';) {
        const char *value = strncmp(at, "{{", 2) == 0 ? find_value(at + 2, values, &len) : NULL;
        if (value != NULL) {
            put_value(out, value, html);
            at += 2 + len;
        } else {
            buf_putc(out, *at++);
        }
    }
    return out->data;
}

void template_fill(void *ctx, const struct config *config, enum template_kind kind,
                   const struct template_values *values, struct template_texts *ret_texts)
{
    struct template_texts texts = built_in[kind].texts;
    const char *text = read_file(ctx, config, kind, "txt");
    const char *html = read_file(ctx, config, kind, "html");

    if (text != NULL && !split_subject(ctx, text, &texts)) {
        log_warn("%s/%s.txt does not begin with \"Subject: ...\"; the built-in text is used",
                 config->mail_templates, template_name(kind));
        texts = built_in[kind].texts;
    }
    if (html != NULL) {
        texts.html = html;
    }
    *ret_texts = (struct template_texts){
        .subject = fill(ctx, texts.subject, values, false),
        .text = fill(ctx, texts.text, values, false),
        .html = fill(ctx, texts.html, values, true),
    };
}
