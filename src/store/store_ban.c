#include "store/db.h"
#include "store/store.h"

static enum err set_ban(struct db *db, const char *user_id, bool banned, const char *reason,
                        int64_t expires_at, int64_t now)
{
    const struct db_value params[] = {
        db_bool(banned), db_text(reason),  expires_at == 0 ? db_null() : db_time(expires_at),
        db_time(now),    db_text(user_id),
    };
    int64_t count = 0;
    enum err error = db->driver->query(db, STMT_USER_SET_BAN, params, NULL, NULL, &count);

    return error == ERR_OK && count == 0 ? ERR_ABSENT : error;
}

enum err store_user_unban(struct store *store, const char *user_id, int64_t now)
{
    enum err error = set_ban(store->db, user_id, false, NULL, 0, now);

    return error == ERR_ABSENT ? ERR_OK : error;
}

static enum err set_ban_and_end(struct store *store, const char *user_id, bool banned,
                                const char *reason, int64_t expires_at, int64_t now)
{
    struct db *db = store->db;
    const struct db_value user[] = {db_text(user_id), db_null()};
    enum err error = db->driver->begin(db);

    if (error != ERR_OK) {
        return error;
    }
    error = db->driver->query(db, STMT_VERIFICATION_FORGET_USER, user, NULL, NULL, NULL);
    if (error == ERR_OK) {
        error = set_ban(db, user_id, banned, reason, expires_at, now);
    }
    if (error == ERR_OK) {
        error = db->driver->query(db, STMT_SESSION_END_ALL, user, NULL, NULL, NULL);
    }
    return db_finish(db, error);
}

enum err store_user_ban(struct store *store, const char *user_id, const char *reason,
                        int64_t expires_at, int64_t now)
{
    return set_ban_and_end(store, user_id, true, reason, expires_at, now);
}

enum err store_user_pardon(struct store *store, const char *user_id, int64_t now)
{
    return set_ban_and_end(store, user_id, false, NULL, 0, now);
}
