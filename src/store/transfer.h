/*
 * Whole rows out of the database and into it: "taskgate export" and "taskgate import". Errors as in
 * store.h.
 */
#ifndef TASKGATE_STORE_TRANSFER_H
#define TASKGATE_STORE_TRANSFER_H

#include "store/store.h"

/* A row of "account". Texts may be NULL, times 0, but for id, ids, created_at and updated_at. */
struct transfer_account {
    const char *id;
    const char *account_id;
    const char *provider_id;
    const char *user_id;
    const char *access_token;
    const char *refresh_token;
    const char *id_token;
    int64_t access_token_expires_at;
    int64_t refresh_token_expires_at;
    const char *scope;
    const char *password;
    int64_t created_at;
    int64_t updated_at;
};

/* A row of "refreshToken". */
struct transfer_refresh {
    const char *digest;
    const char *session_id;
    const char *user_id;
    int64_t created_at;
    int64_t expires_at;
    int64_t used_at; /* 0 = not yet */
};

/* --- out (transfer_read.c): rows are read in pages and valid during the call only; a function that
 * returns false wants no more. --- */

typedef bool transfer_account_row(void *arg, const struct transfer_account *account);
typedef bool transfer_session_row(void *arg, const struct session *session);
typedef bool transfer_refresh_row(void *arg, const struct transfer_refresh *refresh);

enum err transfer_user_total(struct store *store, int64_t *ret_total) WARN_UNUSED;

/* What USER_ID has, also when they are banned. The row functions may use the store. */
enum err transfer_accounts(struct store *store, const char *user_id, transfer_account_row *row,
                           void *arg) WARN_UNUSED;
enum err transfer_tasks(struct store *store, const char *user_id, store_task_row *row,
                        void *arg) WARN_UNUSED;
enum err transfer_sessions(struct store *store, const char *user_id, transfer_session_row *row,
                           void *arg) WARN_UNUSED;
enum err transfer_refresh_tokens(struct store *store, const char *session_id,
                                 transfer_refresh_row *row, void *arg) WARN_UNUSED;

/* --- in (transfer_write.c): what is there stays as it is --- */

enum transfer_state {
    TRANSFER_NEW,    /* it was written; without writing: it would be */
    TRANSFER_THERE,  /* the same row is there already, whatever is in it */
    TRANSFER_TAKEN,  /* another row has its id, address or token */
    TRANSFER_ORPHAN, /* its user, or its session, is not there */
};

/*
 * A transaction for some hundred rows: others that write wait for its end. TOP_TASK_ID is the
 * highest id of the tasks among them, 0 = none has one: tasks that the server makes get higher
 * ones.
 */
enum err transfer_begin(struct store *store, int64_t top_task_id) WARN_UNUSED;

/* Commits unless there is an ERROR; what became of it. */
enum err transfer_end(struct store *store, enum err error) WARN_UNUSED;

/*
 * Rows that are put with WRITE from here on wait, and say TRANSFER_NEW, until transfer_queue_run
 * sends them all at once; what they are put from lives until then. *ret_written has for each of the
 * transfer_queue_count rows, in order, whether it was written; one that was not says why when it is
 * put again. Tasks without an id cannot wait.
 */
#define TRANSFER_QUEUE_MAX 1000
void transfer_queue_begin(struct store *store);
size_t transfer_queue_count(const struct store *store);
enum err transfer_queue_run(struct store *store, bool *ret_written) WARN_UNUSED;

/* The ids of the users with these addresses, inside a transaction; owned by CTX of each, NULL where
 * there is none. */
struct transfer_name {
    void *ctx;
    const char *email;
    const char *id;
};
enum err transfer_find_users(struct store *store, struct transfer_name *names,
                             size_t count) WARN_UNUSED;

/* Writes a row inside a transaction, or with WRITE false looks what would become of it. */
enum err transfer_put_user(struct store *store, const struct user *user, bool write,
                           enum transfer_state *ret_state) WARN_UNUSED;
enum err transfer_put_account(struct store *store, const struct transfer_account *account,
                              bool write, enum transfer_state *ret_state) WARN_UNUSED;
/* A task without an id (0) gets one, and so does one whose id another task has. */
enum err transfer_put_task(struct store *store, const struct task *task, bool write,
                           enum transfer_state *ret_state) WARN_UNUSED;
enum err transfer_put_session(struct store *store, const struct session *session, bool write,
                              enum transfer_state *ret_state) WARN_UNUSED;
enum err transfer_put_refresh(struct store *store, const struct transfer_refresh *refresh,
                              bool write, enum transfer_state *ret_state) WARN_UNUSED;

#endif
