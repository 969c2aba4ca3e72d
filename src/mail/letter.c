#include "mail/letter.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/text.h"

#define LINE_MAX_QP      76  /* RFC 2045 section 6.7, rule 5 */
#define WORD_MAX         42  /* bytes in an encoded word of at most 75 characters */
#define PLAIN_HEADER_MAX 200 /* longer ones are encoded, and so folded */

/* --- headers --- */

/* Whether TEXT may stand in a header as it is. */
static bool is_plain(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f) {
            return false;
        }
    }
    return strlen(text) <= PLAIN_HEADER_MAX && strstr(text, "=?") == NULL;
}

/* RFC 2047 section 2: base64 words on lines of their own, characters whole. */
static void put_words(struct buf *letter, const char *text)
{
    size_t left = strlen(text);
    bool first = true;

    while (left > 0) {
        size_t len = 0;
        while (len < left) {
            uint32_t character;
            size_t size = text_next(text + len, left - len, &character);
            size = size == 0 ? 1 : size;
            if (len + size > WORD_MAX) {
                break;
            }
            len += size;
        }
        char *word = base64_encode(letter, BASE64_STANDARD, (const unsigned char *)text, len);
        buf_printf(letter, "%s=?UTF-8?B?%s?=", first ? "" : "\n ", word);
        talloc_free(word);
        first = false;
        text += len;
        left -= len;
    }
}

static void put_subject(struct buf *letter, const char *subject)
{
    buf_puts(letter, "Subject: ");
    if (is_plain(subject)) {
        buf_puts(letter, subject);
    } else {
        put_words(letter, subject);
    }
    buf_putc(letter, '\n');
}

static void put_from(struct buf *letter, const struct config *config)
{
    buf_puts(letter, "From: ");
    if (config->mail_from_name != NULL && is_plain(config->mail_from_name)) {
        buf_putc(letter, '"');
        for (const char *at = config->mail_from_name; *at != '\0'; at++) {
            if (*at == '"' || *at == '\\') {
                buf_putc(letter, '\\');
            }
            buf_putc(letter, *at);
        }
        buf_puts(letter, "\" ");
    } else if (config->mail_from_name != NULL) {
        put_words(letter, config->mail_from_name);
        buf_putc(letter, ' ');
    }
    buf_printf(letter, "<%s>\n", config->mail_from);
}

/* RFC 5322 section 3.3; names of our own, because strftime asks the locale. */
static void put_date(struct buf *letter, int64_t now)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(now / CLOCK_SECOND);
    struct tm date;

    gmtime_r(&seconds, &date);
    buf_printf(letter, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\n", days[date.tm_wday],
               date.tm_mday, months[date.tm_mon], date.tm_year + 1900, date.tm_hour, date.tm_min,
               date.tm_sec);
}

/* --- bodies --- */

/* Whether the byte at AT must be encoded; AT_START: it is the first of its line on the wire. */
static bool needs_code(const char *at, bool at_start)
{
    unsigned char byte = (unsigned char)*at;

    if (byte == ' ' || byte == '\t') {
        return at[1] == '\n' || at[1] == '\0'; /* lost on the way at the end of a line */
    }
    /* A lone dot ends a letter for some programs, and "From " begins one in some mailboxes. */
    return byte <= 0x20 || byte >= 0x7f || byte == '=' ||
           (at_start && (byte == '.' || byte == 'F'));
}

/* RFC 2045 section 6.7. CR is left out: lines end with LF here. */
static void put_quoted(struct buf *letter, const char *text)
{
    size_t column = 0;

    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\r') {
            continue;
        }
        if (*at == '\n') {
            buf_putc(letter, '\n');
            column = 0;
            continue;
        }
        if (column > LINE_MAX_QP - 4) { /* room for "=XX" and the "=" of a soft break */
            buf_puts(letter, "=\n");
            column = 0;
        }
        if (needs_code(at, column == 0)) {
            buf_printf(letter, "=%02X", (unsigned)(unsigned char)*at);
            column += 3;
        } else {
            buf_putc(letter, *at);
            column++;
        }
    }
    if (column > 0) {
        buf_putc(letter, '\n');
    }
}

static void put_part(struct buf *letter, const char *boundary, const char *type, const char *text)
{
    buf_printf(letter,
               "--%s\nContent-Type: %s; charset=utf-8\n"
               "Content-Transfer-Encoding: quoted-printable\n\n",
               boundary, type);
    put_quoted(letter, text);
}

enum err letter_build(void *ctx, const struct config *config, const char *to,
                      const struct template_texts *texts, int64_t now, struct buf **ret_letter)
{
    if (!text_is_email(to, strlen(to))) {
        return ERR_BAD_VALUE;
    }
    struct buf *letter = buf_new(ctx);
    /* "=_" occurs in no quoted-printable text. */
    const char *boundary = mem_printf(ctx, "=_%s", id_new(ctx));

    put_from(letter, config);
    buf_printf(letter, "To: <%s>\n", to);
    put_subject(letter, texts->subject);
    put_date(letter, now);
    buf_printf(letter, "Message-ID: <%s%s>\n", id_new(ctx), strchr(config->mail_from, '@'));
    buf_puts(letter, "MIME-Version: 1.0\nAuto-Submitted: auto-generated\n");
    buf_printf(letter, "Content-Type: multipart/alternative;\n boundary=\"%s\"\n\n", boundary);
    put_part(letter, boundary, "text/plain", texts->text);
    put_part(letter, boundary, "text/html", texts->html);
    buf_printf(letter, "--%s--\n", boundary);
    *ret_letter = letter;
    return ERR_OK;
}
