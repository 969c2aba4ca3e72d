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
#include "base/clock.h"
#include "base/err.h"
#include "conf/conf.h"

struct store; /* one worker's connection; never shared across fork (R27) */

/* Makes what processes that are forked from here on share: a queue for writing. Once. */
void store_share(void);

/* Opens the configured database. PostgreSQL connects lazily, with back-off; an unreachable server
 * is not an error here. Owned by CTX; freeing it closes the connection. */
enum err store_open(void *ctx, const struct config *config, struct store **ret_store) WARN_UNUSED;

/* The same, but a SQLite file must be there already: a process that serves must not take a new
 * empty one for the database that was there. ERR_STORE_DOWN. */
enum err store_open_existing(void *ctx, const struct config *config,
                             struct store **ret_store) WARN_UNUSED;

/* What an open store opens later by a name in the file system, for who limits a process to it. */
enum store_path_use {
    STORE_PATH_READ,  /* a file, or a folder with what is below it */
    STORE_PATH_WRITE, /* a folder in which files are made, changed and removed */
};
typedef void store_path(void *arg, enum store_path_use use, const char *path);
void store_paths(const struct config *config, store_path *visit, void *arg);

/* ERR_OK when the database answers a trivial query. */
enum err store_ping(struct store *store) WARN_UNUSED;

/* Whether writes of several requests should be committed together: where there is one writer at a
 * time, all others wait while a commit waits for the disk. PostgreSQL does this itself. */
bool store_groups(const struct store *store);

/* Where it should: from here to store_group_end() all that is written is one transaction. What is
 * read may not be on the disk yet: nobody may be told of it before. */
void store_group_begin(struct store *store);

/* Any error: nothing of all that has happened; it may be done again, one by one. */
enum err store_group_end(struct store *store) WARN_UNUSED;

/* Brings the schema to this program's version under a lock, one transaction per step. Progress and
 * problems are logged. ERR_CONFIG when the schema is newer than the program. */
enum err store_migrate(struct store *store) WARN_UNUSED;

/* Schema versions: of the database (0 = no table of ours is there yet), and of this program. */
struct store_schema {
    int64_t found;
    int64_t wanted;
};

/* Both. ERR_CONFIG (logged: what to do) when this program cannot use the database, nor bring it to
 * its own version. */
enum err store_look_schema(struct store *store, struct store_schema *ret_schema) WARN_UNUSED;

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
    bool banned; /* these three as Better Auth's admin plugin has them */
    const char *ban_reason;
    int64_t ban_expires_at; /* 0 = never */
};

/* Whether USER is banned at NOW: nobody signs in as them, their sessions are not alive (though a
 * program that does not know of bans may have written some) and their tasks are out of reach. */
bool store_user_is_banned(const struct user *user, int64_t now);

/* --- what a person does with users (store_admin.c) --- */

/* Called for each user, by address; USER and its texts are valid during the call only. False: no
 * more are wanted. */
typedef bool store_user_row(void *arg, const struct user *user);

/* All users, or those with MATCH (NULL = all) in their address, whatever its case. Read in pages,
 * so memory does not grow with their number; the row function may take its time, and use the store.
 */
enum err store_user_list(struct store *store, const char *match, store_user_row *row,
                         void *arg) WARN_UNUSED;

/* How many living sessions and how many tasks USER_ID has. */
struct user_counts {
    int64_t sessions;
    int64_t tasks;
};
enum err store_user_count(struct store *store, const char *user_id, int64_t now,
                          struct user_counts *ret_counts) WARN_UNUSED;

/* Gives USER_ID another password, in a credential account with ACCOUNT_ID if there is none; in the
 * same transaction all their sessions, refresh tokens and letters' links end. ERR_ABSENT: there is
 * no such user. */
enum err store_user_set_password(struct store *store, const char *user_id, const char *account_id,
                                 const char *hash, int64_t now) WARN_UNUSED;

/* Bans USER_ID, with a REASON and until EXPIRES_AT (0 = for ever); in the same transaction all
 * their sessions, refresh tokens and letters' links end (GHSA-2vg6-77g8-24mp). ERR_ABSENT. */
enum err store_user_ban(struct store *store, const char *user_id, const char *reason,
                        int64_t expires_at, int64_t now) WARN_UNUSED;

/* Takes a ban that is over off the row. ERR_OK also when there is no such user. */
enum err store_user_unban(struct store *store, const char *user_id, int64_t now) WARN_UNUSED;

/* Takes any ban off; a session that was written meanwhile ends. ERR_ABSENT: there is no such user.
 */
enum err store_user_pardon(struct store *store, const char *user_id, int64_t now) WARN_UNUSED;

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
    const char *hash; /* of the password that begins a new session; NULL = none, and in rows read */
};

/* Writes user, credential account and first session (NULL = none) in one transaction. ERR_CONFLICT
 * when the e-mail (or the id) is taken: nothing is written then. */
enum err store_user_register(struct store *store, const struct user *user,
                             const char *password_hash, const struct session *session) WARN_UNUSED;

/* The user with ID, owned by CTX. ERR_ABSENT. */
enum err store_user_by_id(struct store *store, void *ctx, const char *id,
                          struct user **ret_user) WARN_UNUSED;

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

/* What to change: NULL = leave as it is; an image that is set and NULL clears it. */
struct user_change {
    const char *name;
    bool image_set;
    const char *image;
};

/* ERR_ABSENT when the user is gone. */
enum err store_user_update(struct store *store, const char *user_id,
                           const struct user_change *change, int64_t now) WARN_UNUSED;

/*
 * EMAIL of USER_ID is proven to be theirs. Whoever made the account before that proof may be
 * another (GHSA-qq9h-g4jm-xgf3): in the same transaction all sessions but KEEP_SESSION_ID (NULL =
 * none) and all accounts but the credential account end. ERR_ABSENT: it was proven before, or is
 * another by now; nothing changes then.
 */
enum err store_user_verify(struct store *store, const char *user_id, const char *email,
                           const char *keep_session_id, int64_t now) WARN_UNUSED;

/* Replaces OLD_EMAIL of USER_ID by NEW_EMAIL, which counts as proven if the old one did; in the
 * same transaction the links in letters to the old one end. ERR_ABSENT: the address is another by
 * now. ERR_CONFLICT: the new one is taken. Nothing changes then. */
enum err store_user_move(struct store *store, const char *user_id, const char *old_email,
                         const char *new_email, int64_t now) WARN_UNUSED;

/*
 * Deletes the user and with it, in one transaction, all sessions, refresh tokens, accounts, tasks
 * and letters' links (GHSA-2vg6-77g8-24mp). With an IDENTIFIER (may be NULL) only if that link of
 * the user's can be consumed at NOW, else ERR_ABSENT; it is used up then too.
 */
enum err store_user_delete(struct store *store, const char *user_id, const char *identifier,
                           int64_t now) WARN_UNUSED;

/* --- accounts (store_account.c): how a user may prove who they are --- */

struct account {
    const char *id;
    const char *provider_id;
    const char *account_id;
    const char *user_id;
    int64_t created_at;
    int64_t updated_at;
    const char *scope; /* comma-separated; NULL = none */
};

/* The accounts of USER_ID; the array and its rows are owned by CTX. */
enum err store_account_list(struct store *store, void *ctx, const char *user_id,
                            struct account ***ret_accounts, size_t *ret_count) WARN_UNUSED;

/* The hash of USER_ID's credential account, owned by CTX. ERR_ABSENT when there is none. */
enum err store_account_hash(struct store *store, void *ctx, const char *user_id,
                            const char **ret_hash) WARN_UNUSED;

/*
 * Replaces the hash of USER_ID's credential account if it still is OLD_HASH. With a SESSION (may be
 * NULL) all sessions of the user end and this one is written, in the same transaction. ERR_ABSENT
 * when the hash is another by now.
 */
enum err store_account_change(struct store *store, const char *user_id, const char *old_hash,
                              const char *new_hash, int64_t now,
                              const struct session *session) WARN_UNUSED;

/*
 * Consumes IDENTIFIER, which must be USER_ID's, and sets the hash of the credential account, which
 * is made with ACCOUNT_ID if there is none; one transaction. When the user's address was never
 * proven, this letter is the first proof, and what was made before it ends (store_user_verify).
 * ERR_ABSENT: the link is gone, of several that use it at once one wins. ERR_MISSING_PARENT: the
 * user is.
 */
struct account_reset {
    const char *identifier;
    const char *user_id;
    const char *account_id;
    const char *hash;
    int64_t now;
};
enum err store_account_reset(struct store *store, const struct account_reset *reset) WARN_UNUSED;

/* --- links in letters (store_verification.c): Better Auth's "verification" rows --- */

struct verification {
    const char *id;
    const char *identifier;
    const char *value;
    int64_t created_at;
    int64_t expires_at;
};

enum err store_verification_insert(struct store *store,
                                   const struct verification *verification) WARN_UNUSED;

/* What the newest row of IDENTIFIER holds, owned by CTX, without using it up. ERR_ABSENT: there is
 * none, or it expired before NOW. */
enum err store_verification_find(struct store *store, void *ctx, const char *identifier,
                                 int64_t now, const char **ret_value) WARN_UNUSED;

/* --- sessions (store_session.c) --- */

/* Writes the session and its refresh token in one transaction, and deletes the user's sessions that
 * have expired: what no browser comes back for is seen by nobody else. ERR_MISSING_PARENT when the
 * user is gone. ERR_RACE: the session has a hash, and the user's is another by now, so that nobody
 * gets in with a password that was changed while it was verified. */
enum err store_session_insert(struct store *store, const struct session *session) WARN_UNUSED;

/* The living session with TOKEN and its user, or the one with SESSION_ID if it is USER_ID's; owned
 * by CTX. ERR_ABSENT: there is none, or it expired before NOW (its row is deleted then). */
enum err store_session_by_token(struct store *store, void *ctx, const char *token, int64_t now,
                                struct session **ret_session, struct user **ret_user) WARN_UNUSED;
enum err store_session_by_id(struct store *store, void *ctx, const char *session_id,
                             const char *user_id, int64_t now, struct session **ret_session,
                             struct user **ret_user) WARN_UNUSED;

/* Moves the end of a session that is alive at NOW and returns its row, owned by CTX. ERR_ABSENT. */
enum err store_session_extend(struct store *store, void *ctx, const char *session_id,
                              int64_t expires_at, int64_t now,
                              struct session **ret_session) WARN_UNUSED;

/* The living sessions of USER_ID, newest first, at most STORE_SESSION_LIST_MAX; the array and its
 * rows are owned by CTX. */
#define STORE_SESSION_LIST_MAX 100
enum err store_session_list(struct store *store, void *ctx, const char *user_id, int64_t now,
                            struct session ***ret_sessions, size_t *ret_count) WARN_UNUSED;

/* Ends USER_ID's session with TOKEN; all of USER_ID's; all but KEEP_ID. With a session go its
 * refresh tokens. ERR_OK also when there is none. */
enum err store_session_end_own(struct store *store, const char *token,
                               const char *user_id) WARN_UNUSED;
enum err store_session_end_all(struct store *store, const char *user_id) WARN_UNUSED;
enum err store_session_end_others(struct store *store, const char *user_id,
                                  const char *keep_id) WARN_UNUSED;

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

struct refresh_use {
    const char *digest;         /* of the token to use up */
    const struct refresh *next; /* what takes its place, created now */
    int64_t session_expires_at;
    int64_t grace; /* ms for which a token that was used up is not yet a reuse; 0 = none */
};

/*
 * Uses up a token and writes the next one in its place; the session is extended and returned with
 * its user, both owned by CTX. Of several that use one token at the same time exactly one wins.
 * ERR_ABSENT: unknown or expired. ERR_RACE: another was faster, just now or within the grace.
 * ERR_CONFLICT: it was used up before; the session and with it the whole family has been ended,
 * *ret_user is set to its id alone.
 */
enum err store_refresh_use(struct store *store, void *ctx, const struct refresh_use *use,
                           struct user **ret_user, struct session **ret_session) WARN_UNUSED;

/*
 * What a lost race leads to: the session and the user of the token with DIGEST, which is not used
 * up by this. ERR_ABSENT: unknown or expired at NOW. ERR_CONFLICT as above.
 */
enum err store_refresh_follow(struct store *store, void *ctx, const char *digest, int64_t now,
                              struct user **ret_user, struct session **ret_session) WARN_UNUSED;

/* --- limits (store_throttle.c): Better Auth's "rateLimit" rows, one for each key --- */

/* At most MAX hits of KEY, none more than WINDOW ms behind the one before. */
struct throttle_limit {
    const char *key;
    int64_t max;
    int64_t window;
};

/* Counts a hit at NOW and starts the window anew. ERR_LIMITED: there is no room, nothing changes.
 * Of hits at the same time, whatever process they come from, no more than MAX are counted. */
enum err store_throttle_hit(struct store *store, const struct throttle_limit *limit,
                            int64_t now) WARN_UNUSED;

/* How many ms after NOW there is room for a hit; 0 = there is now. */
enum err store_throttle_wait(struct store *store, const struct throttle_limit *limit, int64_t now,
                             int64_t *ret_wait) WARN_UNUSED;

/* Uncounts one hit; uncounts all of them. */
enum err store_throttle_take_back(struct store *store,
                                  const struct throttle_limit *limit) WARN_UNUSED;
enum err store_throttle_clear(struct store *store, const struct throttle_limit *limit) WARN_UNUSED;

/* --- signing keys (store_key.c): Better Auth's "jwks" rows --- */

/* How long a key that has expired stays published, for tokens signed before. */
#define KEY_GRACE (30 * CLOCK_DAY)

struct key {
    const char *id;
    const char *public_jwk;  /* JSON */
    const char *private_key; /* encrypted (sec/seal), as a JSON text with its quotes */
    int64_t created_at;
    int64_t expires_at; /* 0 = never */
    const char *alg;    /* NULL in rows of old versions of Better Auth */
};

/* Called once per row, newest first; KEY and its texts are valid during the call only. */
typedef void store_key_row(void *arg, const struct key *key);

/* The keys that are published at NOW, the newest 100; with ALL also those whose time is over. */
enum err store_key_list(struct store *store, bool all, int64_t now, store_key_row *row,
                        void *arg) WARN_UNUSED;

/* The key called ID if it is published at NOW. ERR_ABSENT. */
enum err store_key_find(struct store *store, void *ctx, const char *id, int64_t now,
                        struct key **ret_key) WARN_UNUSED;

/* The EdDSA key that signs at NOW. ERR_ABSENT. */
enum err store_key_signing(struct store *store, void *ctx, int64_t now,
                           struct key **ret_key) WARN_UNUSED;

/* Writes KEY, an EdDSA key, unless one that signs is there; of several processes that try at once
 * one does. *ret_key is the one that signs then. */
enum err store_key_first(struct store *store, void *ctx, const struct key *key,
                         struct key **ret_key) WARN_UNUSED;

/* Writes KEY, an EdDSA key, and has all others that sign expire when it was created. */
enum err store_key_rotate(struct store *store, const struct key *key) WARN_UNUSED;

/* --- tasks (store_task.c): every statement is filtered by the user id. To a user who is banned at
 * NOW it is as if there were no tasks; so it is where SESSION_ID is not NULL and no living session
 * of theirs. --- */

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
    const char *session_id;
    int64_t now;
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

/* One task of a user, for whoever asks at NOW. */
struct task_key {
    const char *user_id;
    int64_t id;
    const char *session_id;
    int64_t now;
};

/* ERR_ABSENT when there is no such task, here and below. */
enum err store_task_get(struct store *store, void *ctx, const struct task_key *key,
                        struct task **ret_task) WARN_UNUSED;

/* Inserts TASK (its id is ignored) for SESSION_ID (NULL: none is asked for). ERR_MISSING_PARENT
 * when the user has no row, ERR_ABSENT when they are banned, or the session has ended, at the
 * task's created_at. */
enum err store_task_insert(struct store *store, void *ctx, const struct task *task,
                           const char *session_id, struct task **ret_task) WARN_UNUSED;

/* What to change: NULL = leave as it is; a description that is set and NULL clears it. */
struct task_change {
    const char *title;
    bool description_set;
    const char *description;
    const bool *completed;
};

/* Updated at the key's NOW. */
enum err store_task_update(struct store *store, void *ctx, const struct task_key *key,
                           const struct task_change *change, struct task **ret_task) WARN_UNUSED;

/* Flips completed in one statement. */
enum err store_task_toggle(struct store *store, void *ctx, const struct task_key *key,
                           struct task **ret_task) WARN_UNUSED;

enum err store_task_delete(struct store *store, const struct task_key *key) WARN_UNUSED;

#endif
