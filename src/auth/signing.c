#include "auth/signing.h"

#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "sec/jwk.h"
#include "sec/seal.h"

/* A new key as a row; private keys never reach the database in the open. */
static struct key *make_row(void *ctx, const struct config *config, int64_t now)
{
    struct key *row = mem_new(ctx, struct key);
    const struct ed25519 *key = ed25519_new(row);
    const char *jwk = ed25519_private_jwk(row, key);

    row->id = key->kid;
    row->public_jwk = ed25519_public_jwk(row, key);
    row->private_key = mem_printf(row, "\"%s\"", seal_close(row, config, jwk, strlen(jwk)));
    row->created_at = now;
    row->alg = jwk_alg_name(JWK_EDDSA);
    return row;
}

/* The key that is sealed in ROW. The column is a JSON text of characters that need no escape. */
static enum err open_row(void *ctx, const struct config *config, const struct key *row,
                         struct ed25519 **ret_key)
{
    const char *quoted = row->private_key;
    size_t len = strlen(quoted);
    char *jwk = NULL;
    size_t jwk_len = 0;

    if (len < 2 || quoted[0] != '"' || quoted[len - 1] != '"' ||
        seal_open(ctx, config, quoted + 1, len - 2, &jwk, &jwk_len) != ERR_OK) {
        return ERR_BAD_VALUE;
    }
    enum err error = ed25519_read(ctx, row->id, jwk, jwk_len, ret_key);
    talloc_free(jwk);
    return error;
}

enum err signing_key(void *ctx, const struct config *config, struct store *store, int64_t now,
                     struct ed25519 **ret_key)
{
    struct key *row = NULL;
    void *work = mem_context(ctx);
    enum err error = store_key_signing(store, work, now, &row);

    if (error == ERR_ABSENT) {
        error = store_key_first(store, work, make_row(work, config, now), &row);
    }
    if (error == ERR_OK && open_row(ctx, config, row, ret_key) != ERR_OK) {
        log_error(
            "the private key %s in the table jwks cannot be opened with BETTER_AUTH_SECRET or "
            "one of BETTER_AUTH_SECRET_PREVIOUS: no token can be signed. Give the secret "
            "that it was encrypted with, or make a new key with: taskgate keys rotate",
            row->id);
        error = ERR_INTERNAL;
    }
    talloc_free(work);
    return error;
}

enum err signing_rotate(void *ctx, const struct config *config, struct store *store, int64_t now,
                        const char **ret_id)
{
    struct key *row = make_row(ctx, config, now);
    enum err error = store_key_rotate(store, row);

    if (error == ERR_OK) {
        *ret_id = row->id;
    }
    return error;
}
