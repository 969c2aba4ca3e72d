#include "base/mem.h"
#include "store/db.h"
#include "store/rows.h"
#include "store/store.h"

enum err store_session_insert(struct store *store, const struct session *session)
{
    struct db *db = store->db;
    enum err error = db->driver->begin(db);

    if (error != ERR_OK) {
        return error;
    }
    error = rows_insert_session(db, session);
    if (error == ERR_OK) {
        error = db->driver->commit(db);
    }
    if (error != ERR_OK) {
        db->driver->rollback(db);
    }
    return error;
}

enum err store_session_alive(struct store *store, const char *session_id, const char *user_id,
                             int64_t now)
{
    const struct db_value params[] = {db_text(session_id), db_text(user_id), db_time(now)};
    int64_t count;
    enum err error;

    error = store->db->driver->query(store->db, STMT_SESSION_ALIVE, params, NULL, NULL, &count);
    if (error == ERR_OK && count == 0) {
        error = ERR_ABSENT;
    }
    return error;
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
