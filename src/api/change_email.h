/* The links of change-email, which lead to verify-email. */
#ifndef TASKGATE_API_CHANGE_EMAIL_H
#define TASKGATE_API_CHANGE_EMAIL_H

#include "api/app.h"
#include "sec/mail_token.h"

/* Answers the link with TOKEN, which names a new address; goes on to CALLBACK (may be NULL). */
enum err change_email_link(struct call *call, const struct mail_token *token, const char *callback);

#endif
