#include "conf/problem.h"

#include <inttypes.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "conf/address.h"
#include "conf/value.h"

#define ENCODED "In a password, @ is %40 and / is %2F"

/* The databases this program was built with. */
#if defined HAVE_SQLITE && defined HAVE_POSTGRESQL
#define SUPPORTED "postgresql:// or sqlite:/// with a file name. " ENCODED
#elif defined HAVE_SQLITE
#define SUPPORTED "sqlite:/// with a file name (this program was built without PostgreSQL)"
#else
#define SUPPORTED "postgresql:// (this program was built without SQLite). " ENCODED
#endif

/* What a value of SETTING must be, for people. */
static char *describe(void *ctx, const struct setting *setting)
{
    switch (setting->type) {
    case SETTING_BOOL:
        return mem_strdup(ctx, "on or off");
    case SETTING_INT:
    case SETTING_SIZE:
    case SETTING_SECONDS:
    case SETTING_MINUTES:
        return mem_printf(ctx, "a whole number from %" PRId64 " to %" PRId64, setting->min,
                          setting->max);
    case SETTING_NOTHING:
    case SETTING_WORD: {
        char *words = mem_strdup(ctx, setting->words[0]);
        for (unsigned i = 1; setting->words[i]; i++) {
            words = mem_printf(ctx, "%s%s%s", words, setting->words[i + 1] ? ", " : " or ",
                               setting->words[i]);
        }
        return words;
    }
    case SETTING_NETWORKS:
        return mem_strdup(ctx, "a list of IP addresses or networks ADDRESS/BITS, not of everybody");
    case SETTING_LIST:
        return mem_strdup(ctx, "a list of at least one text");
    case SETTING_COOKIES:
        return mem_printf(ctx, "off, or at most %d names of cookies other than our own",
                          COOKIE_ALIASES_MAX);
    case SETTING_BASE_URL:
    case SETTING_ORIGINS:
        return mem_printf(ctx, "%sscheme://host[:port] without path, * or user",
                          setting->type == SETTING_ORIGINS ? "a list of exact origins: " : "");
    case SETTING_KEYS_URL:
        return mem_strdup(ctx, "a URL with https, or with http to 127.0.0.1, [::1] or localhost");
    case SETTING_PROGRAM:
        return mem_strdup(ctx, "the absolute name of a program that can be run, and its arguments");
    case SETTING_FOLDER:
        return mem_strdup(ctx, "the name of a folder that is there");
    case SETTING_SENDER:
        return mem_strdup(ctx, "an e-mail address, or NAME <ADDRESS>");
    case SETTING_DATABASE:
        return mem_strdup(ctx, "a valid database connection string. Supported: " SUPPORTED);
    case SETTING_LOG:
        return mem_strdup(ctx, "stderr, syslog or file: and an absolute name");
    case SETTING_TEXT:
    case SETTING_SECRET:
    case SETTING_SECRETS:
        break;
    }
    return mem_strdup(ctx, "a text");
}

/* Who gives a URL a user's name and password where neither belongs must not find it in a log. */
static const char *shown(void *ctx, const struct setting *setting, const char *text)
{
    bool is_url = setting->type == SETTING_BASE_URL || setting->type == SETTING_ORIGINS ||
                  setting->type == SETTING_KEYS_URL;

    return is_url ? address_public(ctx, text) : text;
}

void problem_value(struct buf *problems, const char *where, const struct setting *setting,
                   const char *text)
{
    void *work = mem_context(NULL);

    buf_printf(problems, "%s%s must be %s", where, setting->name, describe(work, setting));
    if (!setting_is_sensitive(setting)) {
        const char *value = shown(work, setting, text);
        buf_puts(problems, ", not \"");
        escape_text(problems, value, strlen(value));
        buf_putc(problems, '"');
    }
    buf_putc(problems, '\n');
    talloc_free(work);
}
