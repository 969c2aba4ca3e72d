#include "base/clock.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/rows.h"
#include "store/store.h"

static struct task task_of(const struct db_value *columns, const char *user_id)
{
    return (struct task){
        .id = columns[0].number,
        .user_id = user_id,
        .title = columns[1].text,
        .title_len = columns[1].len,
        .description = columns[2].null ? NULL : columns[2].text,
        .description_len = columns[2].len,
        .completed = columns[3].number != 0,
        .created_at = columns[4].number,
        .updated_at = columns[5].number,
    };
}

/* A list on its way: rows so far of this chunk, and where the next one begins. */
struct list {
    void *ctx;
    const char *user_id;
    struct task_filter filter;
    store_task_row *row;
    void *arg;
    int64_t rows;
    int64_t wanted; /* of this chunk */
    bool stopped;
};

static bool sorts_by_update(enum task_sort sort)
{
    return sort == TASK_SORT_UPDATED_DESC || sort == TASK_SORT_UPDATED_ASC;
}

static void pass_task(void *arg, const struct db_value *columns)
{
    struct list *list = arg;
    struct task task = task_of(columns, list->user_id);

    list->rows++;
    if (list->stopped || !list->row(list->arg, &task)) {
        list->stopped = true;
    } else if (list->rows == list->wanted) {
        list->filter.after = true;
        list->filter.after_id = task.id;
        list->filter.after_time =
            sorts_by_update(list->filter.sort) ? task.updated_at : task.created_at;
        list->filter.after_title = mem_strndup(list->ctx, task.title, task.title_len);
    }
}

static struct db_value completed_of(const bool *completed)
{
    return completed == NULL ? db_null() : db_bool(*completed);
}

/* Behind which key a page begins: see sql/query/task.sql. */
static struct db_value after_of(const struct task_filter *filter)
{
    switch (filter->sort) {
    case TASK_SORT_CREATED_DESC:
    case TASK_SORT_UPDATED_DESC:
        return db_time(filter->after ? filter->after_time : CLOCK_MAX);
    case TASK_SORT_CREATED_ASC:
    case TASK_SORT_UPDATED_ASC:
        return db_time(filter->after ? filter->after_time : 0);
    case TASK_SORT_TITLE_DESC:
    case TASK_SORT_TITLE_ASC:
        break;
    }
    return db_text(filter->after ? filter->after_title : NULL);
}

static int64_t after_id_of(const struct task_filter *filter)
{
    if (filter->after) {
        return filter->after_id;
    }
    return filter->sort == TASK_SORT_CREATED_DESC || filter->sort == TASK_SORT_UPDATED_DESC
               ? INT64_MAX
               : INT64_MIN;
}

static enum err fetch_chunk(struct store *store, struct list *list)
{
    static const enum stmt statements[] = {
        [TASK_SORT_CREATED_DESC] = STMT_TASK_LIST_CREATED_DESC,
        [TASK_SORT_CREATED_ASC] = STMT_TASK_LIST_CREATED_ASC,
        [TASK_SORT_UPDATED_DESC] = STMT_TASK_LIST_UPDATED_DESC,
        [TASK_SORT_UPDATED_ASC] = STMT_TASK_LIST_UPDATED_ASC,
        [TASK_SORT_TITLE_DESC] = STMT_TASK_LIST_TITLE_DESC,
        [TASK_SORT_TITLE_ASC] = STMT_TASK_LIST_TITLE_ASC,
    };
    const struct task_filter filter = list->filter; /* it moves on with the rows */
    const struct db_value params[] = {
        db_text(list->user_id),         after_of(&filter),      db_int(after_id_of(&filter)),
        completed_of(filter.completed), db_text(filter.search), db_time(filter.now),
        db_text(filter.session_id),     db_int(list->wanted),
    };

    return store->db->driver->query(store->db, statements[filter.sort], params, pass_task, list,
                                    NULL);
}

enum err store_task_list(struct store *store, const char *user_id, const struct task_filter *filter,
                         store_task_row *row, void *arg)
{
    struct list list = {
        .ctx = mem_context(NULL), .user_id = user_id, .filter = *filter, .row = row, .arg = arg};
    int64_t left = filter->limit;
    enum err error;

    do {
        list.rows = 0;
        list.wanted = left < STORE_TASK_CHUNK ? left : STORE_TASK_CHUNK;
        error = fetch_chunk(store, &list);
        left -= list.rows;
    } while (error == ERR_OK && !list.stopped && left > 0 && list.rows == list.wanted);
    talloc_free(list.ctx);
    return error;
}

static void take_count(void *arg, const struct db_value *columns)
{
    *(int64_t *)arg = columns[0].number;
}

enum err store_task_count(struct store *store, const char *user_id,
                          const struct task_filter *filter, int64_t *ret_count)
{
    const struct db_value params[] = {db_text(user_id), completed_of(filter->completed),
                                      db_text(filter->search)};
    int64_t count = 0;
    enum err error;

    error = store->db->driver->query(store->db, STMT_TASK_COUNT, params, take_count, &count, NULL);
    if (error == ERR_OK) {
        *ret_count = count;
    }
    return error;
}

struct found_task {
    void *ctx;
    const char *user_id;
    struct task *task;
};

static void take_task(void *arg, const struct db_value *columns)
{
    struct found_task *found = arg;
    struct task *task = mem_new(found->ctx, struct task);

    *task = task_of(columns, NULL);
    task->user_id = mem_strdup(task, found->user_id);
    task->title = mem_strndup(task, task->title, task->title_len);
    if (task->description != NULL) {
        task->description = mem_strndup(task, task->description, task->description_len);
    }
    found->task = task;
}

/* Runs a statement that gives back one task, or none. */
static enum err one_task(struct store *store, void *ctx, enum stmt statement, const char *user_id,
                         const struct db_value *params, struct task **ret_task)
{
    struct found_task found = {.ctx = ctx, .user_id = user_id};
    enum err error = db_one(store->db, statement, params, take_task, &found);

    if (error != ERR_OK) {
        talloc_free(found.task);
        return error;
    }
    *ret_task = found.task;
    return ERR_OK;
}

enum err store_task_get(struct store *store, void *ctx, const struct task_key *key,
                        struct task **ret_task)
{
    const struct db_value params[] = {db_text(key->user_id), db_int(key->id), db_time(key->now),
                                      db_text(key->session_id)};

    return one_task(store, ctx, STMT_TASK_GET, key->user_id, params, ret_task);
}

enum err store_task_insert(struct store *store, void *ctx, const struct task *task,
                           const char *session_id, struct task **ret_task)
{
    struct db_value params[ROWS_TASK_VALUES + 1];

    rows_task_values(task, params);
    params[ROWS_TASK_VALUES] = db_text(session_id);
    return one_task(store, ctx, STMT_TASK_INSERT, task->user_id, params, ret_task);
}

enum err store_task_update(struct store *store, void *ctx, const struct task_key *key,
                           const struct task_change *change, struct task **ret_task)
{
    const struct db_value params[] = {
        db_text(change->title),
        db_bool(change->description_set),
        db_text(change->description),
        completed_of(change->completed),
        db_time(key->now),
        db_text(key->user_id),
        db_int(key->id),
        db_text(key->session_id),
    };

    return one_task(store, ctx, STMT_TASK_UPDATE, key->user_id, params, ret_task);
}

enum err store_task_toggle(struct store *store, void *ctx, const struct task_key *key,
                           struct task **ret_task)
{
    const struct db_value params[] = {db_time(key->now), db_text(key->user_id), db_int(key->id),
                                      db_text(key->session_id)};

    return one_task(store, ctx, STMT_TASK_TOGGLE, key->user_id, params, ret_task);
}

enum err store_task_delete(struct store *store, const struct task_key *key)
{
    const struct db_value params[] = {db_text(key->user_id), db_int(key->id), db_time(key->now),
                                      db_text(key->session_id)};

    return db_one(store->db, STMT_TASK_DELETE, params, NULL, NULL);
}
