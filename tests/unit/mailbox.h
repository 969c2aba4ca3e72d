/* The folder that a server's letters are written into (MAIL_DIR). */
#ifndef TASKGATE_TESTS_MAILBOX_H
#define TASKGATE_TESTS_MAILBOX_H

#include "sec/mail_token.h"
#include "server.h"

#define MAILBOX_BASE "http://localhost:8080" /* what links begin with */

/* Fixtures for cmocka: of a group, a server that sends letters; before each test, letters on and
 * the defaults. */
int mailbox_start(void **state);
int mailbox_stop(void **state);
int mailbox_reset(void **state);

/* All letters with their soft line breaks and codes undone; they are taken out. */
const char *mailbox_take_all(struct server *server);

/* The one letter in the mailbox, which must be to TO. */
const char *mailbox_take(struct server *server, const char *to);

/* Asks for a letter with a new password for EMAIL, which goes on to "/new?a=1"; what came. */
const char *mailbox_ask_for_reset(struct server *server, const char *email);

/* The path and query of the link in LETTER. */
const char *mailbox_link(struct server *server, const char *letter);

void assert_mailbox_empty(struct server *server);

/* What a letter's link would hold to say TOKEN. */
const char *mailbox_token(struct server *server, const struct mail_token *token);

#endif
