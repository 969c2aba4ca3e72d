#include "base/mem.h"
#include "store/db.h"
#include "store/rows.h"
#include "store/store.h"

/* What a refresh finds out on its way. */
struct found {
    void *ctx;
    bool used;
    int64_t used_at;
    struct user *user;
    struct session *session;
};

static void take_look(void *arg, const struct db_value *columns)
{
    struct found *found = arg;

    found->session = mem_new(found->ctx, struct session);
    found->session->id = mem_strndup(found->ctx, columns[0].text, columns[0].len);
    found->session->user_id = mem_strndup(found->ctx, columns[1].text, columns[1].len);
    found->used = !columns[2].null;
    found->used_at = columns[2].number;
}

static void take_session(void *arg, const struct db_value *columns)
{
    struct found *found = arg;

    found->session = rows_session(found->ctx, columns);
}

/* The steps of a rotation, inside a transaction. */
static enum err rotate(struct db *db, const struct refresh_use *use, struct found *found)
{
    const struct refresh *next = use->next;
    const char *session_id = found->session->id;
    const char *user_id = found->session->user_id;
    const struct db_value take[] = {db_time(next->created_at), db_text(use->digest)};
    const struct db_value extend[] = {db_time(use->session_expires_at), db_time(next->created_at),
                                      db_text(session_id)};
    const struct db_value forget[] = {db_text(session_id), db_time(next->created_at)};
    /* The session first (db.h), as a sign-out has it first too. */
    enum err error = db_one(db, STMT_SESSION_EXTEND, extend, take_session, found);

    if (error == ERR_OK) {
        error = db_one(db, STMT_REFRESH_TAKE, take, NULL, found);
        error = error == ERR_ABSENT ? ERR_RACE : error;
    }
    if (error == ERR_OK) {
        error = rows_one_user(db, found->ctx, STMT_USER_BY_ID, user_id, &found->user);
    }
    if (error == ERR_OK) {
        error = db->driver->query(db, STMT_REFRESH_FORGET_EXPIRED, forget, NULL, NULL, NULL);
    }
    if (error == ERR_OK) {
        error = rows_insert_refresh(db, next, session_id, user_id);
        error = error == ERR_CONFLICT ? ERR_RACE : error; /* somebody wrote this one before */
    }
    return error;
}

/* A used token came back: one of its two holders is a thief, so both lose the session. */
static enum err end_family(struct store *store, struct found *found, struct user **ret_user)
{
    const char *owner;
    enum err error = store_session_end_id(store, found->ctx, found->session->id,
                                          found->session->user_id, &owner);

    if (error != ERR_OK) {
        return error;
    }
    *ret_user = mem_new(found->ctx, struct user);
    (*ret_user)->id = found->session->user_id;
    return ERR_CONFLICT;
}

static enum err look(struct db *db, const char *digest, int64_t now, struct found *found)
{
    const struct db_value params[] = {db_text(digest), db_time(now)};

    return db_one(db, STMT_REFRESH_LOOK, params, take_look, found);
}

/* Machines that share the database need not agree about the time, but a clock that was set back
 * must not make the grace longer. */
static bool is_recent(int64_t used_at, int64_t now, int64_t grace)
{
    int64_t age = now - used_at;

    return grace > 0 && age <= grace && age >= -grace;
}

/*
 * Looks before it takes: a token that was still unused at the look and is used at the take was used
 * by a request at the same time, which is no theft. The look stands outside the transaction, which
 * in SQLite lets nobody write between the two.
 */
enum err store_refresh_use(struct store *store, void *ctx, const struct refresh_use *use,
                           struct user **ret_user, struct session **ret_session)
{
    struct db *db = store->db;
    struct found found = {.ctx = ctx};
    int64_t now = use->next->created_at;
    enum err error = look(db, use->digest, now, &found);

    if (error != ERR_OK) {
        return error;
    }
    if (found.used) {
        return is_recent(found.used_at, now, use->grace) ? ERR_RACE
                                                         : end_family(store, &found, ret_user);
    }
    error = db->driver->begin(db);
    if (error != ERR_OK) {
        return error;
    }
    error = db_finish(db, rotate(db, use, &found));
    if (error != ERR_OK) {
        return error;
    }
    *ret_user = found.user;
    *ret_session = found.session;
    return ERR_OK;
}

enum err store_refresh_follow(struct store *store, void *ctx, const char *digest, int64_t now,
                              struct user **ret_user, struct session **ret_session)
{
    struct found found = {.ctx = ctx};
    enum err error = look(store->db, digest, now, &found);

    if (error != ERR_OK) {
        return error;
    }
    if (found.used) {
        return end_family(store, &found, ret_user);
    }
    return store_session_by_id(store, ctx, found.session->id, found.session->user_id, now,
                               ret_session, ret_user);
}
