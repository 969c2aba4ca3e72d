/* Users and sessions as JSON, as Better Auth spells them. */
#ifndef TASKGATE_API_USER_JSON_H
#define TASKGATE_API_USER_JSON_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/json.h"
#include "store/store.h"

/* REPEAT_ID: the id also as "userId", for the front ends of the short paths. */
void user_json_put(struct buf *body, const struct user *user, bool repeat_id);

void user_json_put_session(struct buf *body, const struct session *session);

/* Reads them again, owned by CTX; members that we do not know are passed over. ERR_BAD_VALUE. */
enum err user_json_read(void *ctx, const struct json *json, struct user **ret_user) WARN_UNUSED;
enum err user_json_read_session(void *ctx, const struct json *json,
                                struct session **ret_session) WARN_UNUSED;

#endif
