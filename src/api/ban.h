/* What a ban means for a request; sessions and tasks of the banned are kept back by the store. */
#ifndef TASKGATE_API_BAN_H
#define TASKGATE_API_BAN_H

#include "api/app.h"

/* USER has given the right password. ERR_USER_BANNED (in the audit log), the store's errors. A ban
 * that is over is taken off the row, as Better Auth does. */
enum err ban_check_sign_in(struct call *call, const struct user *user) WARN_UNUSED;

/*
 * Nothing was found for the principal: whether that is because they are banned. A token of another
 * issuer has no session that a ban could end, and is not asked about before its request: the store
 * keeps the rows back (sql/query/task.sql), and only who gets none costs this query.
 * ERR_USER_BANNED (in the audit log), the store's errors; ERR_OK also when the user has no row.
 */
enum err ban_check_absent(struct call *call) WARN_UNUSED;

#endif
