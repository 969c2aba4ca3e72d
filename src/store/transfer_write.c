#include <string.h>

#include "base/mem.h"
#include "store/db.h"
#include "store/rows.h"
#include "store/transfer.h"

enum err transfer_begin(struct store *store, int64_t top_task_id)
{
    struct db *db = store->db;
    enum err error = db->driver->begin(db);

    if (error == ERR_OK && top_task_id > 0) {
        error = db->driver->reserve_tasks(db, top_task_id);
        if (error != ERR_OK) {
            db->driver->rollback(db);
        }
    }
    return error;
}

enum err transfer_end(struct store *store, enum err error)
{
    return db_finish(store->db, error);
}

/* --- several rows --- */

#define QUEUE_VALUES 13 /* of the statements that write one row */

struct queued {
    enum stmt statement;
    struct db_value params[QUEUE_VALUES];
};

struct transfer_queue {
    size_t count;
    struct queued rows[TRANSFER_QUEUE_MAX];
    struct db_call calls[TRANSFER_QUEUE_MAX];
};

void transfer_queue_begin(struct store *store)
{
    talloc_free(store->queue);
    store->queue = mem_new(store, struct transfer_queue);
}

size_t transfer_queue_count(const struct store *store)
{
    return store->queue->count;
}

enum err transfer_queue_run(struct store *store, bool *ret_written)
{
    struct transfer_queue *queue = store->queue;

    store->queue = NULL;
    for (size_t i = 0; i < queue->count; i++) {
        queue->calls[i] = (struct db_call){.statement = queue->rows[i].statement,
                                           .params = queue->rows[i].params};
    }
    enum err error = store->db->driver->query_all(store->db, queue->calls, queue->count);
    for (size_t i = 0; i < queue->count && error == ERR_OK; i++) {
        ret_written[i] = queue->calls[i].count > 0;
    }
    talloc_free(queue);
    return error;
}

static void add_to_queue(struct transfer_queue *queue, enum stmt statement,
                         const struct db_value *params)
{
    struct queued *row = &queue->rows[queue->count++];

    row->statement = statement;
    memcpy(row->params, params, stmt_table[statement].param_count * sizeof *params);
}

static void take_id(void *arg, const struct db_value *columns)
{
    struct transfer_name *name = arg;

    name->id = mem_strndup(name->ctx, columns[0].text, columns[0].len);
}

enum err transfer_find_users(struct store *store, struct transfer_name *names, size_t count)
{
    void *work = mem_context(NULL);
    struct db_call *calls = mem_array(work, struct db_call, count);
    struct db_value *emails = mem_array(work, struct db_value, count);

    for (size_t i = 0; i < count; i++) {
        emails[i] = db_text(names[i].email);
        calls[i] = (struct db_call){.statement = STMT_USER_BY_EMAIL,
                                    .params = &emails[i],
                                    .row = take_id,
                                    .arg = &names[i]};
    }
    enum err error = store->db->driver->query_all(store->db, calls, count);
    talloc_free(work);
    return error;
}

/* --- one row --- */

static enum err run(struct db *db, enum stmt statement, const struct db_value *params,
                    bool *ret_any)
{
    int64_t count = 0;
    enum err error = db->driver->query(db, statement, params, NULL, NULL, &count);

    if (error == ERR_OK) {
        *ret_any = count > 0;
    }
    return error;
}

/* Runs a statement that writes one row, or none where it is in the way of another; or queues it,
 * which counts as written for now. */
static enum err put(struct store *store, enum stmt statement, const struct db_value *params,
                    bool *ret_written)
{
    if (store->queue == NULL) {
        return run(store->db, statement, params, ret_written);
    }
    add_to_queue(store->queue, statement, params);
    *ret_written = true;
    return ERR_OK;
}

static enum err exists(struct db *db, enum stmt statement, const struct db_value *params,
                       bool *ret_exists)
{
    return run(db, statement, params, ret_exists);
}

/* Why a row was not written, or what would become of it: by its own SAME row, then its PARENT. A
 * row that has both a parent and no twin was refused for another that has its id. */
struct look {
    enum stmt same;
    const struct db_value *same_params;
    enum stmt parent;
    const struct db_value *parent_params;
};

static enum err look_at(struct db *db, const struct look *look, bool refused,
                        enum transfer_state *ret_state)
{
    bool same = false;
    bool parent = false;
    enum err error = exists(db, look->same, look->same_params, &same);

    if (error == ERR_OK && !same) {
        error = exists(db, look->parent, look->parent_params, &parent);
    }
    if (error != ERR_OK) {
        return error;
    }
    if (same) {
        *ret_state = TRANSFER_THERE;
    } else if (!parent) {
        *ret_state = TRANSFER_ORPHAN;
    } else {
        *ret_state = refused ? TRANSFER_TAKEN : TRANSFER_NEW;
    }
    return ERR_OK;
}

static enum err put_or_look(struct store *store, enum stmt statement, const struct db_value *params,
                            const struct look *look, bool write, enum transfer_state *ret_state)
{
    bool written = false;
    enum err error = write ? put(store, statement, params, &written) : ERR_OK;

    if (error == ERR_OK && written) {
        *ret_state = TRANSFER_NEW;
        return ERR_OK;
    }
    return error == ERR_OK ? look_at(store->db, look, write, ret_state) : error;
}

static struct db_value time_or_null(int64_t time)
{
    return time == 0 ? db_null() : db_time(time);
}

enum err transfer_put_user(struct store *store, const struct user *user, bool write,
                           enum transfer_state *ret_state)
{
    const struct db_value params[] = {
        db_text(user->id),         db_text(user->name),
        db_text(user->email),      db_bool(user->email_verified),
        db_text(user->image),      db_time(user->created_at),
        db_time(user->updated_at), db_bool(user->banned),
        db_text(user->ban_reason), time_or_null(user->ban_expires_at),
    };
    const struct db_value id[] = {db_text(user->id)};
    const struct db_value email[] = {db_text(user->email)};
    bool there = false;
    bool taken = false;
    bool written = false;
    enum err error = write ? put(store, STMT_TRANSFER_PUT_USER, params, &written) : ERR_OK;

    if (error == ERR_OK && !written) {
        error = exists(store->db, STMT_USER_BY_ID, id, &there);
    }
    if (error == ERR_OK && !written && !there) {
        error = exists(store->db, STMT_USER_BY_EMAIL, email, &taken);
    }
    if (error == ERR_OK) {
        *ret_state = there ? TRANSFER_THERE : taken ? TRANSFER_TAKEN : TRANSFER_NEW;
    }
    return error;
}

enum err transfer_put_account(struct store *store, const struct transfer_account *account,
                              bool write, enum transfer_state *ret_state)
{
    const struct db_value params[] = {
        db_text(account->id),
        db_text(account->account_id),
        db_text(account->provider_id),
        db_text(account->user_id),
        db_text(account->access_token),
        db_text(account->refresh_token),
        db_text(account->id_token),
        time_or_null(account->access_token_expires_at),
        time_or_null(account->refresh_token_expires_at),
        db_text(account->scope),
        db_text(account->password),
        db_time(account->created_at),
        db_time(account->updated_at),
    };
    const struct db_value same[] = {db_text(account->user_id), db_text(account->provider_id),
                                    db_text(account->account_id)};
    const struct db_value user[] = {db_text(account->user_id)};
    const struct look look = {STMT_TRANSFER_FIND_ACCOUNT, same, STMT_USER_BY_ID, user};

    return put_or_look(store, STMT_TRANSFER_PUT_ACCOUNT, params, &look, write, ret_state);
}

/* A task whose id is another's; there may be one that was given a new id before. */
static enum err put_new_task(struct store *store, const struct task *task,
                             enum transfer_state *ret_state)
{
    struct db_value params[ROWS_TASK_VALUES];
    bool written = false;

    rows_task_values(task, params);
    enum err error = put(store, STMT_TRANSFER_PUT_NEW_TASK, params, &written);

    if (error == ERR_OK) {
        *ret_state = written ? TRANSFER_NEW : TRANSFER_THERE;
    }
    return error;
}

enum err transfer_put_task(struct store *store, const struct task *task, bool write,
                           enum transfer_state *ret_state)
{
    struct db_value params[1 + ROWS_TASK_VALUES] = {db_int(task->id)};
    const struct db_value same[] = {
        db_text(task->user_id),
        db_time(task->created_at),
        db_text_len(task->title, task->title_len),
        db_int(task->id),
        db_time(task->updated_at),
    };
    const struct db_value user[] = {db_text(task->user_id)};
    const struct look look = {STMT_TRANSFER_FIND_TASK, same, STMT_USER_BY_ID, user};
    enum transfer_state state = TRANSFER_TAKEN;
    enum err error = ERR_OK;

    rows_task_values(task, params + 1);
    if (task->id != 0 || !write) {
        error = put_or_look(store, STMT_TRANSFER_PUT_TASK, params, &look, write, &state);
    } else {
        error = look_at(store->db, &look, true, &state);
    }
    if (error == ERR_OK && state == TRANSFER_TAKEN) {
        return put_new_task(store, task, ret_state);
    }
    if (error == ERR_OK) {
        *ret_state = state;
    }
    return error;
}

enum err transfer_put_session(struct store *store, const struct session *session, bool write,
                              enum transfer_state *ret_state)
{
    const struct db_value params[] = {
        db_text(session->id),         db_time(session->expires_at), db_text(session->token),
        db_time(session->created_at), db_time(session->updated_at), db_text(session->ip_address),
        db_text(session->user_agent), db_text(session->user_id),
    };
    const struct db_value same[] = {db_text(session->id), db_text(session->user_id)};
    const struct db_value user[] = {db_text(session->user_id)};
    const struct look look = {STMT_TRANSFER_FIND_SESSION, same, STMT_USER_BY_ID, user};

    return put_or_look(store, STMT_TRANSFER_PUT_SESSION, params, &look, write, ret_state);
}

enum err transfer_put_refresh(struct store *store, const struct transfer_refresh *refresh,
                              bool write, enum transfer_state *ret_state)
{
    const struct db_value params[] = {
        db_text(refresh->digest),     db_text(refresh->session_id), db_text(refresh->user_id),
        db_time(refresh->created_at), db_time(refresh->expires_at), time_or_null(refresh->used_at),
    };
    const struct db_value same[] = {db_text(refresh->digest), db_text(refresh->session_id)};
    const struct db_value session[] = {db_text(refresh->session_id), db_text(refresh->user_id)};
    const struct look look = {STMT_TRANSFER_FIND_REFRESH_TOKEN, same, STMT_TRANSFER_FIND_SESSION,
                              session};

    return put_or_look(store, STMT_TRANSFER_PUT_REFRESH_TOKEN, params, &look, write, ret_state);
}
