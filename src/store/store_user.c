#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "store/db.h"
#include "store/rows.h"
#include "store/store.h"

bool store_user_is_banned(const struct user *user, int64_t now)
{
    return user->banned && (user->ban_expires_at == 0 || user->ban_expires_at >= now);
}

static enum err insert_user(struct db *db, enum stmt statement, const struct user *user)
{
    const struct db_value params[] = {
        db_text(user->id),         db_text(user->name),
        db_text(user->email),      db_bool(user->email_verified),
        db_text(user->image),      db_time(user->created_at),
        db_time(user->updated_at),
    };

    return db->driver->query(db, statement, params, NULL, NULL, NULL);
}

static enum err insert_credential(struct db *db, const char *account_id, const struct user *user,
                                  const char *password_hash)
{
    const struct db_value params[] = {
        db_text(account_id),       db_text(user->id),         db_text(password_hash),
        db_time(user->created_at), db_time(user->updated_at),
    };

    return db->driver->query(db, STMT_ACCOUNT_INSERT_CREDENTIAL, params, NULL, NULL, NULL);
}

enum err store_user_register(struct store *store, const struct user *user,
                             const char *password_hash, const struct session *session)
{
    struct db *db = store->db;
    char *account_id = id_new(NULL);
    enum err error;

    error = db->driver->begin(db);
    if (error != ERR_OK) {
        goto out;
    }
    error = insert_user(db, STMT_USER_INSERT, user);
    if (error == ERR_OK) {
        error = insert_credential(db, account_id, user, password_hash);
    }
    if (error == ERR_OK && session != NULL) {
        error = rows_insert_session(db, session);
    }
    error = db_finish(db, error);
out:
    talloc_free(account_id);
    return error;
}

struct found_user {
    void *ctx;
    struct user *user;
    const char *hash;
};

static void take_user(void *arg, const struct db_value *columns)
{
    struct found_user *found = arg;
    struct user *user = rows_user(found->ctx, columns);

    const struct db_value *hash = &columns[ROWS_USER_COLUMNS];

    found->hash = hash->null ? NULL : mem_strndup(user, hash->text, hash->len);
    found->user = user;
}

enum err store_user_by_email(struct store *store, void *ctx, const char *email,
                             struct user **ret_user, const char **ret_hash)
{
    const struct db_value params[] = {db_text(email)};
    struct found_user found = {.ctx = ctx};
    enum err error = db_one(store->db, STMT_USER_BY_EMAIL, params, take_user, &found);

    if (error != ERR_OK) {
        talloc_free(found.user);
        return error;
    }
    *ret_user = found.user;
    *ret_hash = found.hash;
    return ERR_OK;
}

enum err store_user_provision(struct store *store, const struct user *user)
{
    const struct db_value params[] = {db_text(user->id)};
    enum err error = insert_user(store->db, STMT_USER_PROVISION, user);

    if (error != ERR_CONFLICT) {
        return error;
    }
    /* Of two that provision the same user at once, PostgreSQL may tell the slower one that the
     * e-mail is taken before it looks at the id. */
    error = db_one(store->db, STMT_USER_BY_ID, params, NULL, NULL);
    return error == ERR_ABSENT ? ERR_CONFLICT : error;
}

enum err store_account_rehash(struct store *store, const char *user_id, const char *old_hash,
                              const char *new_hash, int64_t now)
{
    const struct db_value params[] = {db_text(new_hash), db_time(now), db_text(user_id),
                                      db_text(old_hash)};

    return store->db->driver->query(store->db, STMT_ACCOUNT_REHASH, params, NULL, NULL, NULL);
}

enum err store_user_update(struct store *store, const char *user_id,
                           const struct user_change *change, int64_t now)
{
    const struct db_value params[] = {db_text(change->name), db_bool(change->image_set),
                                      db_text(change->image), db_time(now), db_text(user_id)};

    return db_one(store->db, STMT_USER_UPDATE, params, NULL, NULL);
}

enum err store_user_by_id(struct store *store, void *ctx, const char *id, struct user **ret_user)
{
    return rows_one_user(store->db, ctx, STMT_USER_BY_ID, id, ret_user);
}

enum err store_user_verify(struct store *store, const char *user_id, const char *email,
                           const char *keep_session_id, int64_t now)
{
    struct db *db = store->db;
    const struct db_value params[] = {db_bool(true), db_time(now), db_text(user_id),
                                      db_text(email)};
    enum err error = db->driver->begin(db);

    if (error != ERR_OK) {
        return error;
    }
    error = db_one(db, STMT_USER_VERIFY, params, NULL, NULL);
    if (error == ERR_OK) {
        error = rows_end_unproven(db, user_id, keep_session_id);
    }
    return db_finish(db, error);
}

/* Of the links that are deleted with a user, the newest that is called IDENTIFIER. */
struct link {
    const char *user_id;
    const char *identifier;
    int64_t created_at;
    int64_t expires_at;
    bool is_users;
};

static void take_link(void *arg, const struct db_value *columns)
{
    struct link *link = arg;

    if (link->identifier != NULL && strcmp(columns[3].text, link->identifier) == 0 &&
        columns[2].number > link->created_at) {
        link->is_users = strcmp(columns[0].text, link->user_id) == 0;
        link->expires_at = columns[1].number;
        link->created_at = columns[2].number;
    }
}

/* All links of the user go; ERR_ABSENT unless IDENTIFIER, if it is not NULL, is a good one. */
static enum err forget_links(struct db *db, const char *user_id, const char *identifier,
                             int64_t now)
{
    const struct db_value params[] = {db_text(user_id), db_text(identifier)};
    struct link link = {.user_id = user_id, .identifier = identifier, .created_at = -1};
    enum err error =
        db->driver->query(db, STMT_VERIFICATION_FORGET_USER, params, take_link, &link, NULL);

    if (error == ERR_OK && identifier != NULL && (!link.is_users || link.expires_at < now)) {
        error = ERR_ABSENT;
    }
    return error;
}

enum err store_user_move(struct store *store, const char *user_id, const char *old_email,
                         const char *new_email, int64_t now)
{
    struct db *db = store->db;
    const struct db_value params[] = {db_text(new_email), db_time(now), db_text(user_id),
                                      db_text(old_email)};
    enum err error = db->driver->begin(db);

    if (error != ERR_OK) {
        return error;
    }
    error = forget_links(db, user_id, NULL, now);
    if (error == ERR_OK) {
        error = db_one(db, STMT_USER_MOVE, params, NULL, NULL);
    }
    return db_finish(db, error);
}

/* The foreign keys take refresh tokens and tasks along. Sessions and accounts go before the user
 * because tables that others made may lack them. */
static enum err delete_rows(struct db *db, const char *user_id)
{
    static const enum stmt statements[] = {STMT_USER_LOCK, STMT_SESSION_END_ALL,
                                           STMT_ACCOUNT_END_ALL, STMT_USER_DELETE};
    const struct db_value params[] = {db_text(user_id)};
    enum err error = ERR_OK;

    for (size_t i = 0; error == ERR_OK && i < sizeof statements / sizeof statements[0]; i++) {
        error = db->driver->query(db, statements[i], params, NULL, NULL, NULL);
    }
    return error;
}

/* A link that did not do what it is for is used up all the same. */
static enum err burn(struct db *db, const char *identifier, int64_t now)
{
    void *work = mem_context(NULL);
    const char *owner;
    enum err error = rows_consume(db, work, identifier, now, &owner);

    talloc_free(work);
    return error == ERR_OK ? ERR_ABSENT : error;
}

enum err store_user_delete(struct store *store, const char *user_id, const char *identifier,
                           int64_t now)
{
    struct db *db = store->db;
    enum err error = db->driver->begin(db);

    if (error != ERR_OK) {
        return error;
    }
    error = forget_links(db, user_id, identifier, now);
    if (error == ERR_OK) {
        error = delete_rows(db, user_id);
    }
    error = db_finish(db, error);
    return error == ERR_ABSENT ? burn(db, identifier, now) : error;
}
