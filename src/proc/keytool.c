#include "proc/keytool.h"

#include <string.h>

#include "auth/signing.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

struct table {
    FILE *out;
    int64_t now;
    const char *signing; /* the name of the key that signs, or NULL */
};

static const char *state_of(const struct table *table, const struct key *key)
{
    if (table->signing != NULL && strcmp(table->signing, key->id) == 0) {
        return "signs";
    }
    if (key->expires_at == 0 || key->expires_at > table->now - KEY_GRACE) {
        return "verifies";
    }
    return "retired";
}

static void print_row(void *arg, const struct key *key)
{
    const struct table *table = arg;
    char created[CLOCK_ISO_SIZE];
    char expires[CLOCK_ISO_SIZE] = "never";

    clock_format(key->created_at, created);
    if (key->expires_at != 0) {
        clock_format(key->expires_at, expires);
    }
    fprintf(table->out, "%s %s %s %s %s\n", key->id, key->alg == NULL ? "EdDSA" : key->alg, created,
            expires, state_of(table, key));
}

/* The database with the schema of this program; others are not read and not written. */
static enum err open_database(void *ctx, const struct config *config, struct store **ret_store)
{
    struct store *store = NULL;
    enum err error = store_open(ctx, config, &store);

    if (error == ERR_OK) {
        error = store_check_schema(store);
    }
    if (error == ERR_OK) {
        *ret_store = store;
    } else if (error == ERR_STORE_DOWN) {
        log_error("the database does not answer");
    }
    return error;
}

enum err keytool_list(const struct config *config, FILE *out)
{
    struct table table = {.out = out, .now = clock_now()};
    void *ctx = mem_context(NULL);
    struct store *store = NULL;
    struct key *signing = NULL;
    enum err error = open_database(ctx, config, &store);

    if (error == ERR_OK) {
        error = store_key_signing(store, ctx, table.now, &signing);
        error = error == ERR_ABSENT ? ERR_OK : error;
    }
    if (error == ERR_OK) {
        table.signing = signing == NULL ? NULL : signing->id;
        error = store_key_list(store, true, table.now, print_row, &table);
    }
    talloc_free(ctx);
    return error;
}

enum err keytool_rotate(const struct config *config, FILE *out)
{
    void *ctx = mem_context(NULL);
    struct store *store = NULL;
    const char *id = NULL;
    enum err error = open_database(ctx, config, &store);

    if (error == ERR_OK) {
        error = signing_rotate(ctx, config, store, clock_now(), &id);
    }
    if (error == ERR_OK) {
        fprintf(out, "%s\n", id);
    }
    talloc_free(ctx);
    return error;
}
