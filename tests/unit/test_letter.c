/* mail/letter and mail/template: what a letter says, and that nobody's text becomes more of it. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "mail/letter.h"
#include "unit.h"

#define NOW INT64_C(1795218180123) /* Friday, 2026-11-20 23:43:00 UTC */

struct suite {
    void *ctx;
    struct config *config;
    char folder[40];
};

static struct suite suite;

static int set_up(void **state)
{
    (void)state;
    log_setup(LEVEL_ERROR, "test");
    suite.ctx = mem_context(NULL);
    suite.config = mem_new(suite.ctx, struct config);
    suite.config->mail_from = "auth@example.org";
    strcpy(suite.folder, "/tmp/taskgate-letter.XXXXXX");
    return mkdtemp(suite.folder) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    talloc_free(suite.ctx);
    return rmdir(suite.folder);
}

static const char *build(const char *to, const char *subject, const char *text, const char *html)
{
    const struct template_texts texts = {.subject = subject, .text = text, .html = html};
    struct buf *letter = NULL;

    assert_int_equal(letter_build(suite.ctx, suite.config, to, &texts, NOW, &letter), ERR_OK);
    return letter->data;
}

/* The lines before the first empty one. */
static const char *head_of(const char *letter)
{
    return mem_strndup(suite.ctx, letter, (size_t)(strstr(letter, "\n\n") + 1 - letter));
}

static void assert_line(const char *head, const char *line)
{
    const char *all = mem_printf(suite.ctx, "\n%s", head);

    assert_non_null(strstr(all, mem_printf(suite.ctx, "\n%s\n", line)));
}

static void the_header_is_complete(void **state)
{
    const char *head = head_of(build("a.b@example.com", "Hello", "t", "h"));

    (void)state;
    assert_line(head, "From: <auth@example.org>");
    assert_line(head, "To: <a.b@example.com>");
    assert_line(head, "Subject: Hello");
    assert_line(head, "Date: Fri, 20 Nov 2026 23:43:00 +0000");
    assert_line(head, "MIME-Version: 1.0");
    assert_line(head, "Auto-Submitted: auto-generated");
    assert_non_null(strstr(head, "\nMessage-ID: <"));
    assert_non_null(strstr(head, "@example.org>\n"));
    assert_non_null(strstr(head, "\nContent-Type: multipart/alternative;\n boundary=\"=_"));
}

static void both_forms_are_parts_of_it(void **state)
{
    const char *letter = build("a@b.co", "s", "the text\n", "<p>the page</p>\n");
    const char *text = strstr(letter, "Content-Type: text/plain; charset=utf-8\n");
    const char *html = strstr(letter, "Content-Type: text/html; charset=utf-8\n");

    (void)state;
    assert_non_null(text);
    assert_non_null(html);
    assert_true(text < html);
    assert_non_null(strstr(text, "\n\nthe text\n--=_"));
    assert_non_null(strstr(html, "\n\n<p>the page</p>\n--=_"));
    assert_string_equal(letter + strlen(letter) - 3, "--\n");
    assert_true(strcmp(strstr(letter, "Message-ID"),
                       strstr(build("a@b.co", "s", "t", "h"), "Message-ID")) != 0);
}

static void what_is_no_address_gets_no_letter(void **state)
{
    static const char *const rows[] = {
        "",           "nobody",   "a@b.co\nBcc: x@y.co", "a@b.co, x@y.co", "<a@b.co>",
        "a@b.co\r\n", "a b@c.co", "-t@b.co>\nX: y",      "\"a\"@b.co",
    };
    const struct template_texts texts = {.subject = "s", .text = "t", .html = "h"};
    struct buf *letter = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(letter_build(suite.ctx, suite.config, rows[i], &texts, NOW, &letter),
                         ERR_BAD_VALUE);
    }
    assert_null(letter);
}

static void a_subject_stays_one_header_whatever_it_holds(void **state)
{
    const char *head = head_of(build("a@b.co", "x\r\nBcc: evil@example.com", "t", "h"));

    (void)state;
    assert_null(strstr(head, "Bcc"));
    assert_line(head, "Subject: =?UTF-8?B?eA0KQmNjOiBldmlsQGV4YW1wbGUuY29t?=");
    assert_line(head_of(build("a@b.co", "=?x", "t", "h")), "Subject: =?UTF-8?B?PT94?=");
    assert_line(head_of(build("a@b.co", "Gr\xc3\xbc\xc3\x9f", "t", "h")),
                "Subject: =?UTF-8?B?R3LDvMOf?=");
}

static void a_long_subject_is_folded_between_characters(void **state)
{
    struct buf *subject = buf_new(suite.ctx);

    (void)state;
    for (int i = 0; i < 60; i++) {
        buf_puts(subject, "\xf0\x9f\xa6\x8a"); /* four bytes each */
    }
    const char *head = head_of(build("a@b.co", subject->data, "t", "h"));
    size_t words = 0;
    for (const char *at = head; (at = strstr(at, "=?UTF-8?B?")) != NULL; words++) {
        const char *end = strstr(at, "?=\n");
        assert_true(end != NULL && end - at + 2 <= 75);
        /* Whole characters: base64 of a multiple of four bytes that begins with the first. */
        assert_int_equal(strncmp(at + 10, "8J+m", 4), 0);
        at = end;
    }
    assert_int_equal(words, 6);
}

static void the_senders_name_is_quoted_or_encoded(void **state)
{
    (void)state;
    suite.config->mail_from_name = "The \"best\" \\ tasks, Inc.";
    assert_line(head_of(build("a@b.co", "s", "t", "h")),
                "From: \"The \\\"best\\\" \\\\ tasks, Inc.\" <auth@example.org>");
    suite.config->mail_from_name = "T\xc3\xa4sk";
    assert_line(head_of(build("a@b.co", "s", "t", "h")),
                "From: =?UTF-8?B?VMOkc2s=?= <auth@example.org>");
    suite.config->mail_from_name = NULL;
}

static void lines_are_short_ascii_and_never_end_a_letter(void **state)
{
    struct buf *text = buf_new(suite.ctx);

    (void)state;
    for (int i = 0; i < 500; i++) {
        buf_printf(text, "%c\xc3\xa9=. \t%s", 'A' + i % 26, i % 7 == 0 ? "\n.\nFrom x\r\n" : "");
    }
    const char *letter = build("a@b.co", "s", text->data, text->data);
    for (const char *at = letter; *at != '\0';) {
        size_t len = strcspn(at, "\n");
        assert_true(len <= 78);
        assert_false(len > 0 && (at[0] == '.' || strncmp(at, "From ", 5) == 0));
        for (size_t i = 0; i < len; i++) {
            assert_true(at[i] == 0x09 || (at[i] >= 0x20 && at[i] <= 0x7e));
        }
        assert_false(len > 0 && at[len - 1] == ' ');
        at += len + 1;
    }
}

/* --- templates --- */

static const struct template_values values = {
    .url = "http://h/x?a=1&b=\"2\"",
    .name = "<b>{{url}}</b>\r\nSubject: y",
    .email = "o'neil@example.com",
    .token = "T0K",
};

static struct template_texts filled(enum template_kind kind)
{
    struct template_texts texts = {.subject = NULL};

    template_fill(suite.ctx, suite.config, kind, &values, &texts);
    assert_non_null(texts.subject);
    return texts;
}

static void every_built_in_letter_has_its_link(void **state)
{
    (void)state;
    for (enum template_kind kind = 0; kind < TEMPLATE_COUNT; kind++) {
        const struct template_texts texts = filled(kind);
        assert_true(strlen(texts.subject) > 0);
        assert_non_null(strstr(texts.text, values.url));
        assert_non_null(strstr(texts.html, "<a href=\"http://h/x?a=1&amp;b=&quot;2&quot;\">"));
        assert_non_null(strstr(texts.text, "o'neil@example.com"));
        assert_non_null(strstr(texts.html, "o&#39;neil@example.com"));
        /* A stranger's mailbox is no place for texts that anybody can write. */
        assert_null(strstr(texts.text, "<b>"));
        assert_null(strstr(texts.html, "&lt;b&gt;"));
        assert_null(strstr(texts.text, "{{"));
        assert_null(strstr(texts.html, "{{"));
    }
}

static const char *path_of(const char *name)
{
    return mem_printf(suite.ctx, "%s/%s", suite.folder, name);
}

static void put_file(const char *name, const char *text, size_t len)
{
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
}

#define PUT(name, text) put_file(name, text, sizeof(text) - 1)

static void files_replace_the_texts_each_for_itself(void **state)
{
    (void)state;
    suite.config->mail_templates = suite.folder;
    PUT("reset-password.txt",
        "Subject: For {{name}} {{x}}\r\n\r\nOpen {{url}} {{token}}\n{{name}}");
    struct template_texts texts = filled(TEMPLATE_RESET_PASSWORD);
    assert_string_equal(texts.subject, "For <b>{{url}}</b>  Subject: y {{x}}");
    assert_string_equal(texts.text, "Open http://h/x?a=1&b=\"2\" T0K\n<b>{{url}}</b>  Subject: y");
    assert_non_null(strstr(texts.html, "Choose a new password"));
    PUT("reset-password.html", "<p title='{{name}}'>{{email}}</p>");
    texts = filled(TEMPLATE_RESET_PASSWORD);
    assert_string_equal(texts.html, "<p title='&lt;b&gt;{{url}}&lt;/b&gt;  Subject: y'>"
                                    "o&#39;neil@example.com</p>");
    assert_string_equal(filled(TEMPLATE_VERIFY_EMAIL).subject, "Confirm your e-mail address");
    unlink(path_of("reset-password.txt"));
    unlink(path_of("reset-password.html"));
    suite.config->mail_templates = NULL;
}

static void files_that_cannot_be_used_leave_the_built_in_texts(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {
#define ROW(text) {text, sizeof(text) - 1}
        ROW(""),
        ROW("Open {{url}}\n"),
        ROW("Subject:\n\nOpen"),
        ROW("Subject: a\n\n\xff"),
        ROW("Subject: a\n\nx\0y"),
#undef ROW
    };
    char *large = mem_bytes(suite.ctx, 65537);

    (void)state;
    suite.config->mail_templates = suite.folder;
    memset(large, 'x', 65537);
    memcpy(large, "Subject: a\n\n", 12);
    for (size_t i = 0; i <= COUNT(rows); i++) {
        put_file("verify-email.txt", i < COUNT(rows) ? rows[i].text : large,
                 i < COUNT(rows) ? rows[i].len : 65537);
        struct template_texts texts = filled(TEMPLATE_VERIFY_EMAIL);
        assert_string_equal(texts.subject, "Confirm your e-mail address");
        assert_non_null(strstr(texts.text, values.url));
    }
    unlink(path_of("verify-email.txt"));
    suite.config->mail_templates = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_is_complete),
        cmocka_unit_test(both_forms_are_parts_of_it),
        cmocka_unit_test(what_is_no_address_gets_no_letter),
        cmocka_unit_test(a_subject_stays_one_header_whatever_it_holds),
        cmocka_unit_test(a_long_subject_is_folded_between_characters),
        cmocka_unit_test(the_senders_name_is_quoted_or_encoded),
        cmocka_unit_test(lines_are_short_ascii_and_never_end_a_letter),
        cmocka_unit_test(every_built_in_letter_has_its_link),
        cmocka_unit_test(files_replace_the_texts_each_for_itself),
        cmocka_unit_test(files_that_cannot_be_used_leave_the_built_in_texts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
