#include "store/rows.h"

#include "base/mem.h"

struct user *rows_user(void *ctx, const struct db_value *columns)
{
    struct user *user = mem_new(ctx, struct user);

    user->id = mem_strndup(user, columns[0].text, columns[0].len);
    user->name = mem_strndup(user, columns[1].text, columns[1].len);
    user->email = mem_strndup(user, columns[2].text, columns[2].len);
    user->email_verified = columns[3].number != 0;
    user->image = columns[4].null ? NULL : mem_strndup(user, columns[4].text, columns[4].len);
    user->created_at = columns[5].number;
    user->updated_at = columns[6].number;
    return user;
}

enum err rows_insert_refresh(struct db *db, const struct refresh *refresh, const char *session_id,
                             const char *user_id)
{
    const struct db_value params[] = {
        db_text(refresh->digest),     db_text(session_id),          db_text(user_id),
        db_time(refresh->created_at), db_time(refresh->expires_at),
    };

    return db->driver->query(db, STMT_REFRESH_INSERT, params, NULL, NULL, NULL);
}

enum err rows_insert_session(struct db *db, const struct session *session)
{
    const struct db_value params[] = {
        db_text(session->id),         db_time(session->expires_at), db_text(session->token),
        db_time(session->created_at), db_time(session->updated_at), db_text(session->ip_address),
        db_text(session->user_agent), db_text(session->user_id),
    };
    enum err error = db->driver->query(db, STMT_SESSION_INSERT, params, NULL, NULL, NULL);

    if (error == ERR_OK && session->refresh != NULL) {
        error = rows_insert_refresh(db, session->refresh, session->id, session->user_id);
    }
    return error;
}
