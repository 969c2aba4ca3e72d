#include <string.h>

#include "base/mem.h"
#include "store/db.h"
#include "store/rows.h"
#include "store/store.h"

struct asked {
    const char *hash;
    bool same;
};

static void compare_hash(void *arg, const struct db_value *columns)
{
    struct asked *asked = arg;

    asked->same = !columns[0].null && strcmp(columns[0].text, asked->hash) == 0;
}

/* ERR_RACE when the password that begins SESSION is not the user's any more. */
static enum err check_hash(struct db *db, const struct session *session)
{
    const struct db_value user[] = {db_text(session->user_id)};
    struct asked asked = {.hash = session->hash};
    enum err error = db->driver->query(db, STMT_ACCOUNT_HASH, user, compare_hash, &asked, NULL);

    return error == ERR_OK && !asked.same ? ERR_RACE : error;
}

enum err store_session_insert(struct store *store, const struct session *session)
{
    struct db *db = store->db;
    const struct db_value expired[] = {db_text(session->user_id), db_time(session->created_at)};
    enum err error = rows_begin_user(db, session->user_id);

    if (error != ERR_OK) {
        return error == ERR_ABSENT ? ERR_MISSING_PARENT : error;
    }
    error = db->driver->query(db, STMT_SESSION_FORGET_EXPIRED, expired, NULL, NULL, NULL);
    if (error == ERR_OK && session->hash != NULL) {
        error = check_hash(db, session);
    }
    if (error == ERR_OK) {
        error = rows_insert_session(db, session);
    }
    return db_finish(db, error);
}

enum err store_session_alive(struct store *store, const char *session_id, const char *user_id,
                             int64_t now)
{
    const struct db_value params[] = {db_text(session_id), db_text(user_id), db_time(now)};

    return db_one(store->db, STMT_SESSION_ALIVE, params, NULL, NULL);
}

struct owner {
    void *ctx;
    char *user_id;
};

static void take_owner(void *arg, const struct db_value *columns)
{
    struct owner *owner = arg;

    owner->user_id = mem_strndup(owner->ctx, columns[0].text, columns[0].len);
}

static enum err end_session(struct store *store, void *ctx, enum stmt statement,
                            const struct db_value *params, const char **ret_user_id)
{
    struct owner owner = {.ctx = ctx};
    enum err error;

    error = store->db->driver->query(store->db, statement, params, take_owner, &owner, NULL);
    if (error != ERR_OK) {
        talloc_free(owner.user_id);
        return error;
    }
    *ret_user_id = owner.user_id;
    return ERR_OK;
}

enum err store_session_end_token(struct store *store, void *ctx, const char *token,
                                 const char **ret_user_id)
{
    const struct db_value params[] = {db_text(token)};

    return end_session(store, ctx, STMT_SESSION_END_TOKEN, params, ret_user_id);
}

enum err store_session_end_id(struct store *store, void *ctx, const char *session_id,
                              const char *user_id, const char **ret_user_id)
{
    const struct db_value params[] = {db_text(session_id), db_text(user_id)};

    return end_session(store, ctx, STMT_SESSION_END_ID, params, ret_user_id);
}

/* --- the session and its user --- */

struct found {
    void *ctx;
    struct session *session;
    struct user *user;
};

static void take_session(void *arg, const struct db_value *columns)
{
    struct found *found = arg;

    found->session = rows_session(found->ctx, columns);
}

static void take_session_and_user(void *arg, const struct db_value *columns)
{
    struct found *found = arg;

    found->session = rows_session(found->ctx, columns);
    found->user = rows_user(found->ctx, columns + 8);
}

/* An expired row is of no use to anybody; that it cannot be deleted now (a full disk, a read-only
 * database) changes nothing for the caller. */
static void delete_expired(struct store *store, const char *session_id, int64_t now)
{
    const struct db_value params[] = {db_text(session_id), db_time(now)};
    enum err ignored =
        store->db->driver->query(store->db, STMT_SESSION_DELETE_EXPIRED, params, NULL, NULL, NULL);

    (void)ignored;
}

static enum err find_alive(struct store *store, void *ctx, enum stmt statement,
                           const struct db_value *params, int64_t now, struct session **ret_session,
                           struct user **ret_user)
{
    struct found found = {.ctx = ctx};
    enum err error = db_one(store->db, statement, params, take_session_and_user, &found);

    if (error == ERR_OK && found.session->expires_at < now) {
        delete_expired(store, found.session->id, now);
        error = ERR_ABSENT;
    }
    if (error == ERR_OK && store_user_is_banned(found.user, now)) {
        error = ERR_ABSENT;
    }
    if (error != ERR_OK) {
        talloc_free(found.session);
        talloc_free(found.user);
        return error;
    }
    *ret_session = found.session;
    *ret_user = found.user;
    return ERR_OK;
}

enum err store_session_by_token(struct store *store, void *ctx, const char *token, int64_t now,
                                struct session **ret_session, struct user **ret_user)
{
    const struct db_value params[] = {db_text(token)};

    return find_alive(store, ctx, STMT_SESSION_BY_TOKEN, params, now, ret_session, ret_user);
}

enum err store_session_by_id(struct store *store, void *ctx, const char *session_id,
                             const char *user_id, int64_t now, struct session **ret_session,
                             struct user **ret_user)
{
    const struct db_value params[] = {db_text(session_id), db_text(user_id)};

    return find_alive(store, ctx, STMT_SESSION_BY_ID, params, now, ret_session, ret_user);
}

enum err store_session_extend(struct store *store, void *ctx, const char *session_id,
                              int64_t expires_at, int64_t now, struct session **ret_session)
{
    const struct db_value params[] = {db_time(expires_at), db_time(now), db_text(session_id)};
    struct found found = {.ctx = ctx};
    enum err error = db_one(store->db, STMT_SESSION_EXTEND, params, take_session, &found);

    if (error != ERR_OK) {
        talloc_free(found.session);
        return error;
    }
    *ret_session = found.session;
    return ERR_OK;
}

/* --- all sessions of a user --- */

struct sessions {
    struct session **items;
    size_t count;
};

static void take_next(void *arg, const struct db_value *columns)
{
    struct sessions *list = arg;

    list->items[list->count++] = rows_session(list->items, columns);
}

enum err store_session_list(struct store *store, void *ctx, const char *user_id, int64_t now,
                            struct session ***ret_sessions, size_t *ret_count)
{
    const struct db_value params[] = {db_text(user_id), db_time(now),
                                      db_int(STORE_SESSION_LIST_MAX)};
    struct sessions list = {.items = mem_array(ctx, struct session *, STORE_SESSION_LIST_MAX)};
    enum err error =
        store->db->driver->query(store->db, STMT_SESSION_LIST, params, take_next, &list, NULL);

    if (error != ERR_OK) {
        talloc_free(list.items);
        return error;
    }
    *ret_sessions = list.items;
    *ret_count = list.count;
    return ERR_OK;
}

enum err store_session_end_own(struct store *store, const char *token, const char *user_id)
{
    const struct db_value params[] = {db_text(token), db_text(user_id)};

    return store->db->driver->query(store->db, STMT_SESSION_END_OWN, params, NULL, NULL, NULL);
}

/* Several sessions of a user, which has the user's row first; without a user there are none. */
static enum err end_sessions(struct store *store, const char *user_id, enum stmt statement,
                             const struct db_value *params)
{
    struct db *db = store->db;
    enum err error = rows_begin_user(db, user_id);

    if (error != ERR_OK) {
        return error == ERR_ABSENT ? ERR_OK : error;
    }
    return db_finish(db, db->driver->query(db, statement, params, NULL, NULL, NULL));
}

enum err store_session_end_all(struct store *store, const char *user_id)
{
    const struct db_value params[] = {db_text(user_id)};

    return end_sessions(store, user_id, STMT_SESSION_END_ALL, params);
}

enum err store_session_end_others(struct store *store, const char *user_id, const char *keep_id)
{
    const struct db_value params[] = {db_text(user_id), db_text(keep_id)};

    return end_sessions(store, user_id, STMT_SESSION_END_OTHERS, params);
}
