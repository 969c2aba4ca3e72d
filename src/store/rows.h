/* Rows that several nouns of the store read or write. Private to store/. */
#ifndef TASKGATE_STORE_ROWS_H
#define TASKGATE_STORE_ROWS_H

#include "store/db.h"
#include "store/store.h"

/* The user in the first seven COLUMNS (user_by_id, user_by_email), owned by CTX. */
struct user *rows_user(void *ctx, const struct db_value *columns);

/* Inserts the session and, where it has one, its refresh token; the caller has begun a transaction
 * when there are two rows to write. */
enum err rows_insert_session(struct db *db, const struct session *session) WARN_UNUSED;

enum err rows_insert_refresh(struct db *db, const struct refresh *refresh, const char *session_id,
                             const char *user_id) WARN_UNUSED;

#endif
