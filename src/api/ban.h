/* What a ban means for a request; sessions and tasks of the banned are kept back by the store. */
#ifndef TASKGATE_API_BAN_H
#define TASKGATE_API_BAN_H

#include "api/app.h"

/* USER has given the right password. ERR_USER_BANNED (in the audit log), the store's errors. A ban
 * that is over is taken off the row, as Better Auth does. */
enum err ban_check_sign_in(struct call *call, const struct user *user) WARN_UNUSED;

/*
 * Nothing, or not surely all, was found for the principal: whether that is because they are banned,
 * or deleted, or their session has ended. A token of another issuer, or of /api/auth/token, has no
 * session that either could end, and is not asked about before its request: the store keeps the
 * rows back (sql/query/task.sql) or has none, and only who gets none costs this query.
 * ERR_USER_BANNED (in the audit log); ERR_TOKEN_INVALID for a token of a user of ours who is gone;
 * as ban_refuse_ended for a session that is over by now; the store's errors. ERR_OK also when a
 * user who lives elsewhere has no row.
 */
enum err ban_check_absent(struct call *call) WARN_UNUSED;

/* The session or the user behind the call has ended since the guard let it pass: notes that for the
 * audit log, and takes the cookies back if they were the proof. ERR_TOKEN_INVALID,
 * ERR_UNAUTHORIZED. */
enum err ban_refuse_ended(struct call *call) WARN_UNUSED;

#endif
