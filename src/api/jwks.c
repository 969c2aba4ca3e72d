/* GET /api/auth/jwks: the public keys that verify the tokens of /api/auth/token. */
#include <string.h>

#include "api/app.h"
#include "auth/signing.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "sec/jwk.h"

/* Less than verifiers wait before they look for a key that is new to them (R51). */
#define CACHE "public, max-age=60"

struct listing {
    void *ctx;
    struct buf *body;
    size_t count;
};

/* Only what makes up a public key is passed on, whatever the row holds. */
static void put_key(void *arg, const struct key *row)
{
    struct listing *listing = arg;
    struct json *object = NULL;
    struct jwk *jwk = NULL;

    if (json_parse_object(listing->ctx, row->public_jwk, strlen(row->public_jwk), &object) !=
            ERR_OK ||
        jwk_read(listing->ctx, object, row->alg, &jwk) != ERR_OK) {
        log_warn("the key %s in the table jwks is not one that can be used", row->id);
        return;
    }
    buf_printf(listing->body, "%s{\"alg\":\"%s\"", listing->count++ == 0 ? "" : ",",
               jwk_alg_name(jwk_alg_of(jwk)));
    jwk_put_members(listing->body, object);
    buf_puts(listing->body, ",\"kid\":");
    json_put_text(listing->body, row->id);
    buf_putc(listing->body, '}');
}

static enum err list(struct call *call, struct listing *listing)
{
    buf_puts(listing->body, "{\"keys\":[");
    enum err error = store_key_list(call->app->store, false, call->now, put_key, listing);
    buf_puts(listing->body, "]}");
    return error;
}

/* A list that would be empty gets its first key, where tokens are made here at all. */
enum err jwks(struct call *call)
{
    const struct app *app = call->app;
    struct listing listing = {.ctx = call->ctx, .body = buf_new(call->ctx)};
    struct ed25519 *key = NULL;

    if (!app_is_ready(app)) {
        return ERR_STORE_DOWN;
    }
    enum err error = list(call, &listing);
    if (error == ERR_OK && listing.count == 0 && app->config->auth_routes) {
        error = signing_key(call->ctx, app->config, app->store, call->now, &key);
        talloc_free(key);
        listing.body = buf_new(call->ctx);
        error = error == ERR_OK ? list(call, &listing) : error;
    }
    if (error != ERR_OK) {
        return error;
    }
    resp_json(call->response, 200, listing.body);
    resp_header(call->response, "Cache-Control", CACHE);
    return ERR_OK;
}
