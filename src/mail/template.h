/*
 * What letters say: built-in texts, or those of the folder MAIL_TEMPLATES. A template is plain text
 * with "Subject: ..." and an empty line before it (KIND.txt), and HTML (KIND.html); {{url}},
 * {{name}}, {{email}} and {{token}} in them are filled in.
 */
#ifndef TASKGATE_MAIL_TEMPLATE_H
#define TASKGATE_MAIL_TEMPLATE_H

#include "base/buf.h"
#include "conf/conf.h"

enum template_kind {
    TEMPLATE_RESET_PASSWORD,
    TEMPLATE_VERIFY_EMAIL,
    TEMPLATE_CONFIRM_CHANGE, /* to the old address: may it be replaced? */
    TEMPLATE_VERIFY_CHANGE,  /* to the new one */
    TEMPLATE_DELETE_ACCOUNT,
    TEMPLATE_COUNT
};

struct template_values {
    const char *url;
    const char *name; /* anybody's text; no built-in template repeats it to a stranger */
    const char *email;
    const char *token;
};

struct template_texts {
    const char *subject; /* one line */
    const char *text;
    const char *html;
};

/* "reset-password" and so on: the file's name, and the word for the log. */
const char *template_name(enum template_kind kind);

/*
 * The texts of KIND with VALUES in them, owned by CTX. Control characters of a value become spaces;
 * in HTML it is escaped, also for attributes in quotes. A file that is missing leaves the built-in
 * text; so does one that cannot be used, which is logged.
 */
void template_fill(void *ctx, const struct config *config, enum template_kind kind,
                   const struct template_values *values, struct template_texts *ret_texts);

#endif
