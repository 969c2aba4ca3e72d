/* GET /api/auth/token: a token for other services, for whoever has a session. */
#include "api/access_token.h"

#include "auth/signing.h"
#include "base/json.h"
#include "sec/token.h"

enum err access_token_make(struct call *call, const struct user *user, const char **ret_token)
{
    const struct app *app = call->app;
    const struct token_profile profile = {
        .id = user->id,
        .name = user->name,
        .email = user->email,
        .email_verified = user->email_verified,
        .image = user->image,
        .created_at = user->created_at,
        .updated_at = user->updated_at,
    };
    struct ed25519 *key = NULL;

    if (app->config->token_alg == TOKEN_ALG_EDDSA) {
        enum err error = signing_key(call->ctx, app->config, app->store, call->now, &key);
        if (error != ERR_OK) {
            return error;
        }
    }
    *ret_token = token_issue_profile(call->ctx, app->config, &profile, key, call->now);
    talloc_free(key);
    return ERR_OK;
}

enum err access_token(struct call *call)
{
    const char *token = NULL;
    enum err error = access_token_make(call, call->principal.user, &token);

    if (error != ERR_OK) {
        return error;
    }
    struct buf *body = buf_new(call->ctx);
    buf_puts(body, "{\"token\":");
    json_put_text(body, token);
    buf_putc(body, '}');
    resp_json(call->response, 200, body);
    return ERR_OK;
}
