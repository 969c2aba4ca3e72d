#include "base/mem.h"
#include "store/db.h"
#include "store/rows.h"
#include "store/store.h"

/* Rows that have expired go first: nobody else deletes them. */
enum err store_verification_insert(struct store *store, const struct verification *verification)
{
    const struct db_value expired[] = {db_time(verification->created_at)};
    const struct db_value params[] = {
        db_text(verification->id),         db_text(verification->identifier),
        db_text(verification->value),      db_time(verification->expires_at),
        db_time(verification->created_at),
    };
    enum err error = store->db->driver->query(store->db, STMT_VERIFICATION_FORGET_EXPIRED, expired,
                                              NULL, NULL, NULL);

    if (error == ERR_OK) {
        error =
            store->db->driver->query(store->db, STMT_VERIFICATION_INSERT, params, NULL, NULL, NULL);
    }
    return error;
}

struct found {
    void *ctx;
    const char *value;
    int64_t expires_at;
};

static void take_value(void *arg, const struct db_value *columns)
{
    struct found *found = arg;

    found->value = mem_strndup(found->ctx, columns[0].text, columns[0].len);
    found->expires_at = columns[1].number;
}

enum err store_verification_find(struct store *store, void *ctx, const char *identifier,
                                 int64_t now, const char **ret_value)
{
    const struct db_value params[] = {db_text(identifier)};
    struct found found = {.ctx = ctx};
    enum err error = store->db->driver->query(store->db, STMT_VERIFICATION_NEWEST, params,
                                              take_value, &found, NULL);

    if (error != ERR_OK) {
        return error;
    }
    if (found.value == NULL || found.expires_at < now) {
        return ERR_ABSENT;
    }
    *ret_value = found.value;
    return ERR_OK;
}
