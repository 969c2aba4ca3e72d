/* What the flows with letters share. Letters are sent after the answer (struct call_rest). */
#ifndef TASKGATE_API_LETTERS_H
#define TASKGATE_API_LETTERS_H

#include "api/app.h"
#include "mail/template.h"
#include "sec/mail_token.h"

/* What a letter is about. */
struct letter {
    enum template_kind kind;
    const struct user *user;
    const char *to;    /* the address that it is sent to */
    const char *about; /* the address that it speaks of */
    const char *url;
    const char *token;
};

/*
 * Sends LETTER. No address gets more than a few in a while, whoever asks. Nobody waits for the
 * outcome, which may not be known yet: it will be in the log.
 */
void letters_send(struct call *call, const struct letter *letter);

/* A letter with a link to verify-email, which carries TOKEN and goes on to CALLBACK (NULL or empty:
 * "/"). */
void letters_send_token(struct call *call, struct letter *letter, const struct mail_token *token,
                        const char *callback);

/* Writes the row of a link for USER_ID that ends after TTL ms; its name is PREFIX and TOKEN. The
 * store's errors. */
enum err letters_new_link(struct call *call, const char *prefix, const char *token,
                          const char *user_id, int64_t ttl) WARN_UNUSED;

#endif
