#include "auth/keys.h"

#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "sec/keyring.h"
#include "sec/token_cache.h"

struct keys {
    const struct config *config;
    struct store *store;
    struct issuer *issuer;
    enum issuer_fetch fetch;
    struct stat file_status; /* as it was when file was read */
    struct keyring *file;    /* NULL: not read yet, or never well */
    struct token_keys for_tokens;
};

struct keys *keys_new(void *ctx, const struct config *config, struct store *store,
                      struct issuer *issuer, enum issuer_fetch fetch)
{
    struct keys *keys = mem_new(ctx, struct keys);

    keys->config = config;
    keys->store = store;
    keys->issuer = issuer;
    keys->fetch = fetch;
    keys->for_tokens = (struct token_keys){.find = keys_find, .arg = keys};
    if (config->token_cache > 0) {
        keys->for_tokens.cache = token_cache_new(keys, config->token_cache);
    }
    return keys;
}

const struct token_keys *keys_for_tokens(const struct keys *keys)
{
    return &keys->for_tokens;
}

/* A row that somebody else wrote may be anything; what is no key of ours is not there. */
static enum err find_in_table(struct keys *keys, void *ctx, const char *kid,
                              const struct jwk **ret_key)
{
    struct key *row = NULL;
    struct json *object = NULL;
    struct jwk *jwk = NULL;
    enum err error = store_key_find(keys->store, ctx, kid, clock_now(), &row);

    if (error != ERR_OK) {
        return error == ERR_BAD_VALUE ? ERR_ABSENT : error;
    }
    if (json_parse_object(ctx, row->public_jwk, strlen(row->public_jwk), &object) != ERR_OK ||
        jwk_read(ctx, object, row->alg, &jwk) != ERR_OK) {
        log_warn("the key %s in the table jwks is not one that can be used", row->id);
        return ERR_ABSENT;
    }
    *ret_key = jwk;
    return ERR_OK;
}

static bool is_changed(const struct stat *now, const struct stat *before)
{
    return now->st_dev != before->st_dev || now->st_ino != before->st_ino ||
           now->st_size != before->st_size || now->st_mtim.tv_sec != before->st_mtim.tv_sec ||
           now->st_mtim.tv_nsec != before->st_mtim.tv_nsec ||
           now->st_ctim.tv_sec != before->st_ctim.tv_sec ||
           now->st_ctim.tv_nsec != before->st_ctim.tv_nsec;
}

/* The state of the file is noted before it is read: a change in between is seen the next time. A
 * file that is gone or broken leaves the keys as they were. */
static void look_at_file(struct keys *keys)
{
    const char *path = keys->config->jwks_file;
    struct stat status;
    struct keyring *keyring = NULL;

    memset(&status, 0, sizeof status);
    (void)stat(path, &status); /* a file that is not there is all zero: told once, below */
    if (!is_changed(&status, &keys->file_status)) {
        return;
    }
    struct buf *problem = buf_new(NULL);
    keys->file_status = status;
    if (keyring_read_file(keys, path, &keyring, problem) == ERR_OK) {
        talloc_free(keys->file);
        keys->file = keyring;
    } else {
        log_error("JWKS_FILE: %s; the keys read before stay in use", problem->data);
    }
    talloc_free(problem);
}

static const struct jwk *find_in_file(struct keys *keys, const char *kid)
{
    if (keys->config->jwks_file == NULL) {
        return NULL;
    }
    look_at_file(keys);
    return keys->file == NULL ? NULL : keyring_find(keys->file, kid);
}

enum err keys_find(void *arg, void *ctx, const char *kid, bool needed, const struct jwk **ret_key)
{
    struct keys *keys = arg;
    enum err error = find_in_table(keys, ctx, kid, ret_key);

    if (error != ERR_ABSENT) {
        return error;
    }
    const struct jwk *key = find_in_file(keys, kid);
    if (key != NULL) {
        *ret_key = key;
        return ERR_OK;
    }
    if (keys->issuer == NULL) {
        return ERR_ABSENT;
    }
    return issuer_find(keys->issuer, kid, needed ? keys->fetch : ISSUER_NOBODY, ret_key);
}
