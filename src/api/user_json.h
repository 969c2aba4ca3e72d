/* Users and sessions as JSON, as Better Auth spells them. */
#ifndef TASKGATE_API_USER_JSON_H
#define TASKGATE_API_USER_JSON_H

#include <stdbool.h>

#include "base/buf.h"
#include "store/store.h"

/* REPEAT_ID: the id also as "userId", for the front ends of the short paths. */
void user_json_put(struct buf *body, const struct user *user, bool repeat_id);

void user_json_put_session(struct buf *body, const struct session *session);

#endif
