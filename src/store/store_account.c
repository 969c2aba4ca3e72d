#include <string.h>

#include "base/mem.h"
#include "store/db.h"
#include "store/rows.h"
#include "store/store.h"

struct accounts {
    void *ctx;
    struct account **items;
    size_t count;
};

static void take_account(void *arg, const struct db_value *columns)
{
    struct accounts *list = arg;
    struct account *account;

    list->items = mem_checked(
        talloc_realloc(list->ctx, list->items, struct account *, (unsigned)list->count + 1));
    account = mem_new(list->items, struct account);
    account->id = mem_strndup(account, columns[0].text, columns[0].len);
    account->provider_id = mem_strndup(account, columns[1].text, columns[1].len);
    account->account_id = mem_strndup(account, columns[2].text, columns[2].len);
    account->user_id = mem_strndup(account, columns[3].text, columns[3].len);
    account->created_at = columns[4].number;
    account->updated_at = columns[5].number;
    account->scope = columns[6].null ? NULL : mem_strndup(account, columns[6].text, columns[6].len);
    list->items[list->count++] = account;
}

enum err store_account_list(struct store *store, void *ctx, const char *user_id,
                            struct account ***ret_accounts, size_t *ret_count)
{
    const struct db_value params[] = {db_text(user_id)};
    struct accounts list = {.ctx = ctx};
    enum err error =
        store->db->driver->query(store->db, STMT_ACCOUNT_LIST, params, take_account, &list, NULL);

    if (error != ERR_OK) {
        talloc_free(list.items);
        return error;
    }
    *ret_accounts = list.items;
    *ret_count = list.count;
    return ERR_OK;
}

struct found_hash {
    void *ctx;
    const char *hash;
};

static void take_hash(void *arg, const struct db_value *columns)
{
    struct found_hash *found = arg;

    if (!columns[0].null) {
        found->hash = mem_strndup(found->ctx, columns[0].text, columns[0].len);
    }
}

enum err store_account_hash(struct store *store, void *ctx, const char *user_id,
                            const char **ret_hash)
{
    const struct db_value params[] = {db_text(user_id)};
    struct found_hash found = {.ctx = ctx};
    enum err error =
        store->db->driver->query(store->db, STMT_ACCOUNT_HASH, params, take_hash, &found, NULL);

    if (error == ERR_OK && found.hash == NULL) {
        error = ERR_ABSENT;
    }
    if (error == ERR_OK) {
        *ret_hash = found.hash;
    }
    return error;
}

/* Every session of the user ends, and SESSION begins. */
static enum err replace_sessions(struct db *db, const char *user_id, const struct session *session)
{
    const struct db_value params[] = {db_text(user_id)};
    enum err error = db->driver->query(db, STMT_SESSION_END_ALL, params, NULL, NULL, NULL);

    return error == ERR_OK ? rows_insert_session(db, session) : error;
}

enum err store_account_change(struct store *store, const char *user_id, const char *old_hash,
                              const char *new_hash, int64_t now, const struct session *session)
{
    struct db *db = store->db;
    const struct db_value params[] = {db_text(new_hash), db_time(now), db_text(user_id),
                                      db_text(old_hash)};
    enum err error = rows_begin_user(db, user_id);

    if (error != ERR_OK) {
        return error;
    }
    error = db_one(db, STMT_ACCOUNT_REHASH, params, NULL, NULL);
    if (error == ERR_OK && session != NULL) {
        error = replace_sessions(db, user_id, session);
    }
    return db_finish(db, error);
}

/* The steps of a reset, inside a transaction. */
static enum err reset_password(struct db *db, void *work, const struct account_reset *reset)
{
    struct user *user = NULL;
    const char *owner;
    enum err error = rows_consume(db, work, reset->identifier, reset->now, &owner);

    if (error == ERR_OK && strcmp(owner, reset->user_id) != 0) {
        error = ERR_ABSENT;
    }
    if (error != ERR_OK) {
        return error;
    }
    error = rows_one_user(db, work, STMT_USER_LOCK, reset->user_id, &user);
    if (error != ERR_OK) {
        return error == ERR_ABSENT ? ERR_MISSING_PARENT : error;
    }
    if (!user->email_verified) {
        error = rows_end_unproven(db, reset->user_id, NULL);
    }
    if (error == ERR_OK) {
        error = rows_set_password(db, reset->user_id, reset->account_id, reset->hash, reset->now);
    }
    return error;
}

enum err store_account_reset(struct store *store, const struct account_reset *reset)
{
    struct db *db = store->db;
    void *work = mem_context(NULL);
    enum err error = db->driver->begin(db);

    if (error == ERR_OK) {
        error = db_finish(db, reset_password(db, work, reset));
    }
    talloc_free(work);
    return error;
}
