/*
 * What handlers may ask of the database. Every function is one noun and one verb, runs under the
 * store's deadline and returns typed rows owned by the context it was given. Errors: ERR_STORE_DOWN
 * when the database does not answer, is full, locked or read-only; ERR_BAD_VALUE when it refuses a
 * value's encoding or range; ERR_INTERNAL for a bug (logged); others as said at each function.
 */
#ifndef TASKGATE_STORE_STORE_H
#define TASKGATE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "conf/conf.h"

struct store; /* one worker's connection; never shared across fork (R27) */

/* Opens the configured database. PostgreSQL connects lazily, with back-off; an unreachable server
 * is not an error here. Owned by CTX; freeing it closes the connection. */
enum err store_open(void *ctx, const struct config *config, struct store **ret_store) WARN_UNUSED;

/* The same, but a SQLite file must be there already: a process that serves must not take a new
 * empty one for the database that was there. ERR_STORE_DOWN. */
enum err store_open_existing(void *ctx, const struct config *config,
                             struct store **ret_store) WARN_UNUSED;

/* ERR_OK when the database answers a trivial query. */
enum err store_ping(struct store *store) WARN_UNUSED;

/* Brings the schema to this program's version under a lock, one transaction per step. Progress and
 * problems are logged. ERR_CONFIG when the schema is newer than the program. */
enum err store_migrate(struct store *store) WARN_UNUSED;

/* ERR_OK when the schema is exactly this program's; ERR_CONFIG (logged: what to do) otherwise. */
enum err store_check_schema(struct store *store) WARN_UNUSED;

/* --- users (store_user.c): Better Auth's "user" and "account" rows. Times in ms. --- */

struct user {
    const char *id;
    const char *name;
    const char *email; /* lower case */
    bool email_verified;
    const char *image; /* NULL = none */
    int64_t created_at;
    int64_t updated_at;
};

/* The first refresh token of a session, as it is stored: a digest of it. */
struct refresh {
    const char *digest;
    int64_t created_at;
    int64_t expires_at;
};

struct session {
    const char *id;
    const char *token;
    const char *user_id;
    int64_t expires_at;
    int64_t created_at;
    int64_t updated_at;
    const char *ip_address; /* "" when unknown */
    const char *user_agent;
    const struct refresh *refresh; /* written with a new session; NULL = none, and in rows read */
};

/* Writes user, credential account and first session in one transaction. ERR_CONFLICT when the
 * e-mail (or the id) is taken: nothing is written then. */
enum err store_user_register(struct store *store, const struct user *user,
                             const char *password_hash, const struct session *session) WARN_UNUSED;

/* The user with EMAIL (lower case) and the hash of the credential account (NULL when there is
 * none). ERR_ABSENT. */
enum err store_user_by_email(struct store *store, void *ctx, const char *email,
                             struct user **ret_user, const char **ret_hash) WARN_UNUSED;

/* Writes USER unless a row with that id is there (then ERR_OK). ERR_CONFLICT: the e-mail is taken
 * by another id. For tokens of users who live elsewhere (AUTO_PROVISION). */
enum err store_user_provision(struct store *store, const struct user *user) WARN_UNUSED;

/* Replaces the credential hash of USER_ID if it still is OLD_HASH (a better one after sign-in). */
enum err store_account_rehash(struct store *store, const char *user_id, const char *old_hash,
                              const char *new_hash, int64_t now) WARN_UNUSED;

/* --- sessions (store_session.c) --- */

/* Writes the session and its refresh token in one transaction. ERR_MISSING_PARENT when the user is
 * gone. */
enum err store_session_insert(struct store *store, const struct session *session) WARN_UNUSED;

/* ERR_OK when session SESSION_ID of USER_ID exists and has not expired at NOW; ERR_ABSENT. */
enum err store_session_alive(struct store *store, const char *session_id, const char *user_id,
                             int64_t now) WARN_UNUSED;

/* Ends one session by its token, or by its id if it is USER_ID's, and its refresh tokens with it;
 * ERR_OK also when there is none. *ret_user_id is the owner or NULL, owned by CTX. */
enum err store_session_end_token(struct store *store, void *ctx, const char *token,
                                 const char **ret_user_id) WARN_UNUSED;
enum err store_session_end_id(struct store *store, void *ctx, const char *session_id,
                              const char *user_id, const char **ret_user_id) WARN_UNUSED;

/* --- refresh tokens (store_refresh.c): single use, one family per session --- */

/*
 * Uses up the token with DIGEST at NOW and writes NEXT in its place; the session is extended to
 * SESSION_EXPIRES_AT and returned with its user, both owned by CTX. Of several that use one token
 * at the same time exactly one wins. ERR_ABSENT: unknown, expired, or another was faster.
 * ERR_CONFLICT: it was used up before; the session and with it the whole family has been ended,
 * *ret_user is set to its id alone.
 */
enum err store_refresh_use(struct store *store, void *ctx, const char *digest,
                           const struct refresh *next, int64_t session_expires_at,
                           struct user **ret_user, struct session **ret_session) WARN_UNUSED;

/* --- tasks (store_task.c): every statement is filtered by the user id --- */

#define TASK_TITLE_MAX       255   /* characters */
#define TASK_DESCRIPTION_MAX 10000 /* characters */

struct task {
    int64_t id;
    const char *user_id;
    const char *title;
    size_t title_len;
    const char *description; /* NULL = none */
    size_t description_len;
    bool completed;
    int64_t created_at;
    int64_t updated_at;
};

enum task_sort {
    TASK_SORT_CREATED_DESC, /* "-created_at", the default: newest first */
    TASK_SORT_CREATED_ASC,
    TASK_SORT_UPDATED_DESC,
    TASK_SORT_UPDATED_ASC,
    TASK_SORT_TITLE_DESC,
    TASK_SORT_TITLE_ASC,
};

/* Which tasks of a user. A keyset page begins behind the row (after_key, after_id). */
struct task_filter {
    const bool *completed; /* NULL = both */
    const char *search;    /* substring of title or description, any case; NULL = all */
    enum task_sort sort;
    int64_t limit;           /* rows at most, > 0 */
    bool after;              /* the next two members are set */
    int64_t after_time;      /* sort by time: the last row's value */
    const char *after_title; /* sort by title: the last row's */
    int64_t after_id;
};

/* Called once per row, in order; TASK and its texts are valid during the call only. False: no more
 * rows are wanted. */
typedef bool store_task_row(void *arg, const struct task *task);

/* Rows that are fetched at a time: a list may be long, and its rows large. */
#define STORE_TASK_CHUNK 500

enum err store_task_list(struct store *store, const char *user_id, const struct task_filter *filter,
                         store_task_row *row, void *arg) WARN_UNUSED;

/* How many tasks match the filter, whatever its page. */
enum err store_task_count(struct store *store, const char *user_id,
                          const struct task_filter *filter, int64_t *ret_count) WARN_UNUSED;

/* ERR_ABSENT when USER_ID has no such task, here and below. */
enum err store_task_get(struct store *store, void *ctx, const char *user_id, int64_t id,
                        struct task **ret_task) WARN_UNUSED;

/* Inserts TASK (its id is ignored). ERR_MISSING_PARENT when the user has no row. */
enum err store_task_insert(struct store *store, void *ctx, const struct task *task,
                           struct task **ret_task) WARN_UNUSED;

/* What to change: NULL = leave as it is; a description that is set and NULL clears it. */
struct task_change {
    const char *title;
    bool description_set;
    const char *description;
    const bool *completed;
};

enum err store_task_update(struct store *store, void *ctx, const char *user_id, int64_t id,
                           const struct task_change *change, int64_t now,
                           struct task **ret_task) WARN_UNUSED;

/* Flips completed in one statement. */
enum err store_task_toggle(struct store *store, void *ctx, const char *user_id, int64_t id,
                           int64_t now, struct task **ret_task) WARN_UNUSED;

enum err store_task_delete(struct store *store, const char *user_id, int64_t id) WARN_UNUSED;

#endif
