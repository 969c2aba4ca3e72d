/* Letters that ask whether an address is the user's. */
#ifndef TASKGATE_API_VERIFY_EMAIL_H
#define TASKGATE_API_VERIFY_EMAIL_H

#include "api/app.h"

/* Sends one to USER, a struct user, for the call's rest. The link goes on to the callbackURL of the
 * call's body. */
void verify_email_send(struct call *call, const void *user);

#endif
