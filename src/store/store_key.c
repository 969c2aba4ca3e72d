#include "base/mem.h"
#include "store/db.h"
#include "store/store.h"

static struct key read_row(const struct db_value *columns)
{
    return (struct key){
        .id = columns[0].text,
        .public_jwk = columns[1].text,
        .private_key = columns[2].text,
        .created_at = columns[3].number,
        .expires_at = columns[4].null ? 0 : columns[4].number,
        .alg = columns[5].null ? NULL : columns[5].text,
    };
}

struct found {
    void *ctx;
    struct key *key;
};

static void take_key(void *arg, const struct db_value *columns)
{
    struct found *found = arg;
    struct key *key = mem_new(found->ctx, struct key);

    *key = read_row(columns);
    key->id = mem_strdup(key, key->id);
    key->public_jwk = mem_strdup(key, key->public_jwk);
    key->private_key = mem_strdup(key, key->private_key);
    key->alg = key->alg == NULL ? NULL : mem_strdup(key, key->alg);
    found->key = key;
}

/* The key that STATEMENT has. ERR_ABSENT. */
static enum err one(struct db *db, void *ctx, enum stmt statement, const struct db_value *params,
                    struct key **ret_key)
{
    struct found found = {.ctx = ctx};
    enum err error = db_one(db, statement, params, take_key, &found);

    if (error != ERR_OK) {
        talloc_free(found.key);
        return error;
    }
    *ret_key = found.key;
    return ERR_OK;
}

struct listing {
    store_key_row *row;
    void *arg;
};

static void pass_key(void *arg, const struct db_value *columns)
{
    const struct listing *listing = arg;
    const struct key key = read_row(columns);

    listing->row(listing->arg, &key);
}

enum err store_key_list(struct store *store, bool all, int64_t now, store_key_row *row, void *arg)
{
    const struct db_value params[] = {db_time(all ? 0 : now - KEY_GRACE)};
    struct listing listing = {.row = row, .arg = arg};

    return store->db->driver->query(store->db, STMT_KEY_LIST, params, pass_key, &listing, NULL);
}

enum err store_key_find(struct store *store, void *ctx, const char *id, int64_t now,
                        struct key **ret_key)
{
    const struct db_value params[] = {db_text(id), db_time(now - KEY_GRACE)};

    return one(store->db, ctx, STMT_KEY_FIND, params, ret_key);
}

enum err store_key_signing(struct store *store, void *ctx, int64_t now, struct key **ret_key)
{
    const struct db_value params[] = {db_time(now)};

    return one(store->db, ctx, STMT_KEY_SIGNING, params, ret_key);
}

static enum err insert(struct db *db, const struct key *key)
{
    const struct db_value params[] = {
        db_text(key->id),         db_text(key->public_jwk), db_text(key->private_key),
        db_time(key->created_at), db_text(key->alg),        db_text("Ed25519"),
    };

    return db->driver->query(db, STMT_KEY_INSERT, params, NULL, NULL, NULL);
}

enum err store_key_first(struct store *store, void *ctx, const struct key *key,
                         struct key **ret_key)
{
    struct db *db = store->db;
    struct key *found = NULL;
    enum err error = db->driver->begin(db);

    if (error != ERR_OK) {
        return error;
    }
    error = db->driver->query(db, STMT_KEY_LOCK, NULL, NULL, NULL, NULL);
    if (error == ERR_OK) {
        error = store_key_signing(store, ctx, key->created_at, &found);
    }
    if (error == ERR_ABSENT) {
        error = insert(db, key);
        if (error == ERR_OK) {
            error = store_key_signing(store, ctx, key->created_at, &found);
        }
    }
    error = db_finish(db, error);
    if (error != ERR_OK) {
        talloc_free(found);
        return error;
    }
    *ret_key = found;
    return ERR_OK;
}

enum err store_key_rotate(struct store *store, const struct key *key)
{
    const struct db_value now[] = {db_time(key->created_at)};
    struct db *db = store->db;
    enum err error = db->driver->begin(db);

    if (error != ERR_OK) {
        return error;
    }
    error = db->driver->query(db, STMT_KEY_LOCK, NULL, NULL, NULL, NULL);
    if (error == ERR_OK) {
        error = db->driver->query(db, STMT_KEY_RETIRE, now, NULL, NULL, NULL);
    }
    if (error == ERR_OK) {
        error = insert(db, key);
    }
    return db_finish(db, error);
}
