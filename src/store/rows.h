/* Rows that several nouns of the store read or write. Private to store/. */
#ifndef TASKGATE_STORE_ROWS_H
#define TASKGATE_STORE_ROWS_H

#include "store/db.h"
#include "store/store.h"

/* The user in the first ROWS_USER_COLUMNS of COLUMNS (user_by_id, ...), owned by CTX. */
#define ROWS_USER_COLUMNS 10
struct user *rows_user(void *ctx, const struct db_value *columns);

/* Inserts the session and, where it has one, its refresh token; the caller has begun a transaction
 * when there are two rows to write. */
enum err rows_insert_session(struct db *db, const struct session *session) WARN_UNUSED;

/* The session in the first eight COLUMNS (session_by_token, session_list), owned by CTX. */
struct session *rows_session(void *ctx, const struct db_value *columns);

/* What is written of TASK besides its id, in the order of task_insert, which asks for the session
 * behind it. */
#define ROWS_TASK_VALUES 6
void rows_task_values(const struct task *task, struct db_value values[ROWS_TASK_VALUES]);

/* Deletes the rows of IDENTIFIER; what the newest of them held, owned by CTX. ERR_ABSENT: there was
 * none, it had expired at NOW, or another was faster. */
enum err rows_consume(struct db *db, void *ctx, const char *identifier, int64_t now,
                      const char **ret_value) WARN_UNUSED;

/* What was made before the address of USER_ID was proven: all sessions but KEEP_SESSION_ID (may be
 * NULL), all accounts but the credential account. */
enum err rows_end_unproven(struct db *db, const char *user_id,
                           const char *keep_session_id) WARN_UNUSED;

/* The user that STATEMENT (user_by_id, user_lock) has for USER_ID, owned by CTX. ERR_ABSENT. */
enum err rows_one_user(struct db *db, void *ctx, enum stmt statement, const char *user_id,
                       struct user **ret_user) WARN_UNUSED;

/* Begins a transaction that writes several rows of USER_ID, which has the user's row first (db.h).
 * ERR_ABSENT: there is no such user; no transaction has begun then. */
enum err rows_begin_user(struct db *db, const char *user_id) WARN_UNUSED;

/* Sets the hash of USER_ID's credential account, which is made with ACCOUNT_ID if there is none. */
enum err rows_set_password(struct db *db, const char *user_id, const char *account_id,
                           const char *hash, int64_t now) WARN_UNUSED;

enum err rows_insert_refresh(struct db *db, const struct refresh *refresh, const char *session_id,
                             const char *user_id) WARN_UNUSED;

#endif
