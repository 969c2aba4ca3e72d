#include "base/mem.h"
#include "store/db.h"
#include "store/rows.h"
#include "store/transfer.h"

/* Rows that are fetched at a time. */
#define CHUNK 500

static void take_total(void *arg, const struct db_value *columns)
{
    *(int64_t *)arg = columns[0].number;
}

enum err transfer_user_total(struct store *store, int64_t *ret_total)
{
    int64_t total = 0;
    enum err error = store->db->driver->query(store->db, STMT_TRANSFER_USER_TOTAL, NULL, take_total,
                                              &total, NULL);

    if (error == ERR_OK) {
        *ret_total = total;
    }
    return error;
}

/* --- pages --- */

/* Rows are kept until the statement has ended, because the row function may use the store. */
struct page {
    void *ctx;
    void *rows[CHUNK];
    size_t count;
    void *(*copy)(void *ctx, const struct db_value *columns);
};

static void keep_row(void *arg, const struct db_value *columns)
{
    struct page *page = arg;

    if (page->count < CHUNK) {
        page->rows[page->count++] = page->copy(page->ctx, columns);
    }
}

static enum err read_page(struct store *store, enum stmt statement, const struct db_value *params,
                          struct page *page)
{
    return store->db->driver->query(store->db, statement, params, keep_row, page, NULL);
}

static struct page *new_page(void *(*copy)(void *ctx, const struct db_value *columns))
{
    struct page *page = mem_new(NULL, struct page);

    page->ctx = page;
    page->copy = copy;
    return page;
}

static const char *text_or_null(void *ctx, const struct db_value *column)
{
    return column->null ? NULL : mem_strndup(ctx, column->text, column->len);
}

static int64_t time_or_none(const struct db_value *column)
{
    return column->null ? 0 : column->number;
}

/* --- accounts: a user has a few --- */

static void *copy_account(void *ctx, const struct db_value *columns)
{
    struct transfer_account *account = mem_new(ctx, struct transfer_account);

    *account = (struct transfer_account){
        .id = text_or_null(account, &columns[0]),
        .account_id = text_or_null(account, &columns[1]),
        .provider_id = text_or_null(account, &columns[2]),
        .user_id = text_or_null(account, &columns[3]),
        .access_token = text_or_null(account, &columns[4]),
        .refresh_token = text_or_null(account, &columns[5]),
        .id_token = text_or_null(account, &columns[6]),
        .access_token_expires_at = time_or_none(&columns[7]),
        .refresh_token_expires_at = time_or_none(&columns[8]),
        .scope = text_or_null(account, &columns[9]),
        .password = text_or_null(account, &columns[10]),
        .created_at = columns[11].number,
        .updated_at = columns[12].number,
    };
    return account;
}

enum err transfer_accounts(struct store *store, const char *user_id, transfer_account_row *row,
                           void *arg)
{
    const struct db_value params[] = {db_text(user_id)};
    struct page *page = new_page(copy_account);
    enum err error = read_page(store, STMT_TRANSFER_ACCOUNTS, params, page);
    bool wanted = error == ERR_OK;

    for (size_t i = 0; i < page->count && wanted; i++) {
        wanted = row(arg, page->rows[i]);
    }
    talloc_free(page);
    return error;
}

/* --- tasks --- */

static void *copy_task(void *ctx, const struct db_value *columns)
{
    struct task *task = mem_new(ctx, struct task);

    *task = (struct task){
        .id = columns[0].number,
        .title = text_or_null(task, &columns[1]),
        .title_len = columns[1].len,
        .description = text_or_null(task, &columns[2]),
        .description_len = columns[2].null ? 0 : columns[2].len,
        .completed = columns[3].number != 0,
        .created_at = columns[4].number,
        .updated_at = columns[5].number,
    };
    return task;
}

enum err transfer_tasks(struct store *store, const char *user_id, store_task_row *row, void *arg)
{
    int64_t after = 0;
    int64_t after_id = INT64_MIN;
    bool wanted = true;
    bool more = true;
    enum err error = ERR_OK;

    while (error == ERR_OK && wanted && more) {
        const struct db_value params[] = {db_text(user_id), db_time(after), db_int(after_id),
                                          db_int(CHUNK)};
        struct page *page = new_page(copy_task);
        error = read_page(store, STMT_TRANSFER_TASKS, params, page);
        wanted = error == ERR_OK;
        more = page->count == CHUNK;
        for (size_t i = 0; i < page->count && wanted; i++) {
            struct task *task = page->rows[i];
            task->user_id = user_id;
            after = task->created_at;
            after_id = task->id;
            wanted = row(arg, task);
        }
        talloc_free(page);
    }
    return error;
}

/* --- sessions and their refresh tokens --- */

static void *copy_session(void *ctx, const struct db_value *columns)
{
    return rows_session(ctx, columns);
}

static void *copy_refresh(void *ctx, const struct db_value *columns)
{
    struct transfer_refresh *refresh = mem_new(ctx, struct transfer_refresh);

    *refresh = (struct transfer_refresh){
        .digest = text_or_null(refresh, &columns[0]),
        .session_id = text_or_null(refresh, &columns[1]),
        .user_id = text_or_null(refresh, &columns[2]),
        .created_at = columns[3].number,
        .expires_at = columns[4].number,
        .used_at = time_or_none(&columns[5]),
    };
    return refresh;
}

enum err transfer_sessions(struct store *store, const char *user_id, transfer_session_row *row,
                           void *arg)
{
    char *after = mem_strdup(NULL, "");
    bool wanted = true;
    bool more = true;
    enum err error = ERR_OK;

    while (error == ERR_OK && wanted && more) {
        const struct db_value params[] = {db_text(user_id), db_text(after), db_int(CHUNK)};
        struct page *page = new_page(copy_session);
        error = read_page(store, STMT_TRANSFER_SESSIONS, params, page);
        wanted = error == ERR_OK;
        more = page->count == CHUNK;
        for (size_t i = 0; i < page->count && wanted; i++) {
            wanted = row(arg, page->rows[i]);
        }
        if (more) {
            const struct session *last = page->rows[page->count - 1];
            talloc_free(after);
            after = mem_strdup(NULL, last->id);
        }
        talloc_free(page);
    }
    talloc_free(after);
    return error;
}

enum err transfer_refresh_tokens(struct store *store, const char *session_id,
                                 transfer_refresh_row *row, void *arg)
{
    char *after = mem_strdup(NULL, "");
    bool wanted = true;
    bool more = true;
    enum err error = ERR_OK;

    while (error == ERR_OK && wanted && more) {
        const struct db_value params[] = {db_text(session_id), db_text(after), db_int(CHUNK)};
        struct page *page = new_page(copy_refresh);
        error = read_page(store, STMT_TRANSFER_REFRESH_TOKENS, params, page);
        wanted = error == ERR_OK;
        more = page->count == CHUNK;
        for (size_t i = 0; i < page->count && wanted; i++) {
            wanted = row(arg, page->rows[i]);
        }
        if (more) {
            const struct transfer_refresh *last = page->rows[page->count - 1];
            talloc_free(after);
            after = mem_strdup(NULL, last->digest);
        }
        talloc_free(page);
    }
    talloc_free(after);
    return error;
}
