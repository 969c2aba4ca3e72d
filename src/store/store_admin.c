#include "base/mem.h"
#include "store/db.h"
#include "store/rows.h"
#include "store/store.h"

/* Rows that are fetched at a time. */
#define LIST_CHUNK 500

/* --- reading --- */

struct page {
    void *ctx;
    struct user *users[LIST_CHUNK];
    size_t count;
};

static void take_user(void *arg, const struct db_value *columns)
{
    struct page *page = arg;

    if (page->count < LIST_CHUNK) {
        page->users[page->count++] = rows_user(page->ctx, columns);
    }
}

static enum err read_page(struct db *db, const char *after, const char *match, struct page *page)
{
    const struct db_value params[] = {db_text(after), db_text(match), db_int(LIST_CHUNK)};

    return db->driver->query(db, STMT_USER_LIST, params, take_user, page, NULL);
}

enum err store_user_list(struct store *store, const char *match, store_user_row *row, void *arg)
{
    void *work = mem_context(NULL);
    const char *after = "";
    struct page *page;
    enum err error;

    do {
        void *last = work;
        work = mem_context(NULL);
        page = mem_new(work, struct page);
        page->ctx = work;
        error = read_page(store->db, after, match, page);
        talloc_free(last); /* AFTER was in there */
        bool wanted = error == ERR_OK;
        for (size_t i = 0; i < page->count && wanted; i++) {
            after = page->users[i]->email;
            wanted = row(arg, page->users[i]);
        }
        if (!wanted) {
            break;
        }
    } while (page->count == LIST_CHUNK);
    talloc_free(work);
    return error;
}

static void take_counts(void *arg, const struct db_value *columns)
{
    struct user_counts *counts = arg;

    counts->sessions = columns[0].number;
    counts->tasks = columns[1].number;
}

enum err store_user_count(struct store *store, const char *user_id, int64_t now,
                          struct user_counts *ret_counts)
{
    const struct db_value params[] = {db_text(user_id), db_time(now)};
    struct user_counts counts = {.sessions = 0};
    enum err error =
        store->db->driver->query(store->db, STMT_USER_COUNT, params, take_counts, &counts, NULL);

    if (error == ERR_OK) {
        *ret_counts = counts;
    }
    return error;
}

/* --- what ends all that a user holds --- */

/* The links in letters to a user, then the user: the order that db.h asks for. */
static enum err forget_links(struct db *db, const char *user_id)
{
    const struct db_value params[] = {db_text(user_id), db_null()};

    return db->driver->query(db, STMT_VERIFICATION_FORGET_USER, params, NULL, NULL, NULL);
}

static enum err lock_user(struct db *db, const char *user_id)
{
    const struct db_value params[] = {db_text(user_id)};

    return db_one(db, STMT_USER_LOCK, params, NULL, NULL);
}

static enum err end_sessions(struct db *db, const char *user_id)
{
    const struct db_value params[] = {db_text(user_id)};

    return db->driver->query(db, STMT_SESSION_END_ALL, params, NULL, NULL, NULL);
}

static enum err set_ban(struct db *db, const char *user_id, bool banned, const char *reason,
                        int64_t expires_at, int64_t now)
{
    const struct db_value params[] = {
        db_bool(banned), db_text(reason),  expires_at == 0 ? db_null() : db_time(expires_at),
        db_time(now),    db_text(user_id),
    };

    return db_one(db, STMT_USER_SET_BAN, params, NULL, NULL);
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
    enum err error = db->driver->begin(db);

    if (error != ERR_OK) {
        return error;
    }
    error = forget_links(db, user_id);
    if (error == ERR_OK) {
        error = set_ban(db, user_id, banned, reason, expires_at, now);
    }
    if (error == ERR_OK) {
        error = end_sessions(db, user_id);
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

enum err store_user_set_password(struct store *store, const char *user_id, const char *account_id,
                                 const char *hash, int64_t now)
{
    struct db *db = store->db;
    enum err error = db->driver->begin(db);

    if (error != ERR_OK) {
        return error;
    }
    error = forget_links(db, user_id);
    if (error == ERR_OK) {
        error = lock_user(db, user_id);
    }
    if (error == ERR_OK) {
        error = end_sessions(db, user_id);
    }
    if (error == ERR_OK) {
        error = rows_set_password(db, user_id, account_id, hash, now);
    }
    return db_finish(db, error);
}
