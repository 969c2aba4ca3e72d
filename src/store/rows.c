#include "store/rows.h"

#include <string.h>

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
    user->banned = !columns[7].null && columns[7].number != 0;
    user->ban_reason = columns[8].null ? NULL : mem_strndup(user, columns[8].text, columns[8].len);
    user->ban_expires_at = columns[9].null ? 0 : columns[9].number;
    return user;
}

struct found_user {
    void *ctx;
    struct user *user;
};

static void take_user(void *arg, const struct db_value *columns)
{
    struct found_user *found = arg;

    found->user = rows_user(found->ctx, columns);
}

enum err rows_one_user(struct db *db, void *ctx, enum stmt statement, const char *user_id,
                       struct user **ret_user)
{
    const struct db_value params[] = {db_text(user_id)};
    struct found_user found = {.ctx = ctx};
    enum err error = db_one(db, statement, params, take_user, &found);

    if (error != ERR_OK) {
        talloc_free(found.user);
        return error;
    }
    *ret_user = found.user;
    return ERR_OK;
}

enum err rows_begin_user(struct db *db, const char *user_id)
{
    const struct db_value params[] = {db_text(user_id)};
    enum err error = db->driver->begin(db);

    if (error != ERR_OK) {
        return error;
    }
    error = db_one(db, STMT_USER_LOCK, params, NULL, NULL);
    if (error != ERR_OK) {
        db->driver->rollback(db);
    }
    return error;
}

static const char *text_or_empty(void *ctx, const struct db_value *column)
{
    return column->null ? "" : mem_strndup(ctx, column->text, column->len);
}

struct session *rows_session(void *ctx, const struct db_value *columns)
{
    struct session *session = mem_new(ctx, struct session);

    session->id = mem_strndup(session, columns[0].text, columns[0].len);
    session->token = mem_strndup(session, columns[1].text, columns[1].len);
    session->user_id = mem_strndup(session, columns[2].text, columns[2].len);
    session->expires_at = columns[3].number;
    session->created_at = columns[4].number;
    session->updated_at = columns[5].number;
    session->ip_address = text_or_empty(session, &columns[6]);
    session->user_agent = text_or_empty(session, &columns[7]);
    return session;
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

struct consumed {
    void *ctx;
    const char *value;
    int64_t expires_at;
    int64_t created_at;
};

static void take_newest(void *arg, const struct db_value *columns)
{
    struct consumed *newest = arg;

    if (newest->value == NULL || columns[2].number > newest->created_at) {
        newest->value = mem_strndup(newest->ctx, columns[0].text, columns[0].len);
        newest->expires_at = columns[1].number;
        newest->created_at = columns[2].number;
    }
}

void rows_task_values(const struct task *task, struct db_value values[ROWS_TASK_VALUES])
{
    const struct db_value all[] = {
        db_text(task->user_id),
        db_text_len(task->title, task->title_len),
        task->description == NULL ? db_null()
                                  : db_text_len(task->description, task->description_len),
        db_bool(task->completed),
        db_time(task->created_at),
        db_time(task->updated_at),
    };

    memcpy(values, all, sizeof all);
}

enum err rows_consume(struct db *db, void *ctx, const char *identifier, int64_t now,
                      const char **ret_value)
{
    const struct db_value params[] = {db_text(identifier)};
    struct consumed newest = {.ctx = ctx};
    enum err error =
        db->driver->query(db, STMT_VERIFICATION_CONSUME, params, take_newest, &newest, NULL);

    if (error != ERR_OK) {
        return error;
    }
    if (newest.value == NULL || newest.expires_at < now) {
        return ERR_ABSENT;
    }
    *ret_value = newest.value;
    return ERR_OK;
}

enum err rows_end_unproven(struct db *db, const char *user_id, const char *keep_session_id)
{
    const struct db_value user[] = {db_text(user_id)};
    const struct db_value others[] = {db_text(user_id), db_text(keep_session_id)};
    enum err error = keep_session_id == NULL
                         ? db->driver->query(db, STMT_SESSION_END_ALL, user, NULL, NULL, NULL)
                         : db->driver->query(db, STMT_SESSION_END_OTHERS, others, NULL, NULL, NULL);

    if (error == ERR_OK) {
        error = db->driver->query(db, STMT_ACCOUNT_END_OTHERS, user, NULL, NULL, NULL);
    }
    return error;
}

enum err rows_set_password(struct db *db, const char *user_id, const char *account_id,
                           const char *hash, int64_t now)
{
    const struct db_value set[] = {db_text(hash), db_time(now), db_text(user_id)};
    const struct db_value insert[] = {db_text(account_id), db_text(user_id), db_text(hash),
                                      db_time(now), db_time(now)};
    enum err error = db_one(db, STMT_ACCOUNT_SET, set, NULL, NULL);

    return error == ERR_ABSENT
               ? db->driver->query(db, STMT_ACCOUNT_INSERT_CREDENTIAL, insert, NULL, NULL, NULL)
               : error;
}
