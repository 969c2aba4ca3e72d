/* What a signed-in user may ask about and change of their own account. */
#include <string.h>

#include "api/auth_result.h"
#include "api/form.h"
#include "api/session_cookies.h"
#include "auth/authn.h"
#include "base/json.h"
#include "base/mem.h"

/* "a,b" as ["a","b"]. */
static void put_scopes(struct buf *body, const char *scope)
{
    buf_putc(body, '[');
    for (const char *at = scope == NULL ? "" : scope; *at != '\0';) {
        size_t len = strcspn(at, ",");
        if (at != scope) {
            buf_putc(body, ',');
        }
        json_put_string(body, at, len);
        at += len + (at[len] == ',' ? 1 : 0);
    }
    buf_putc(body, ']');
}

static void put_account(struct buf *body, const void *rows, size_t index)
{
    struct account *const *accounts = rows;
    const struct account *account = accounts[index];

    buf_puts(body, "{\"id\":");
    json_put_text(body, account->id);
    buf_puts(body, ",\"providerId\":");
    json_put_text(body, account->provider_id);
    buf_puts(body, ",\"accountId\":");
    json_put_text(body, account->account_id);
    buf_puts(body, ",\"userId\":");
    json_put_text(body, account->user_id);
    buf_puts(body, ",\"createdAt\":");
    json_put_time(body, account->created_at);
    buf_puts(body, ",\"updatedAt\":");
    json_put_time(body, account->updated_at);
    buf_puts(body, ",\"scopes\":");
    put_scopes(body, account->scope);
    buf_putc(body, '}');
}

enum err account_list(struct call *call)
{
    struct account **accounts;
    size_t count;
    enum err error =
        store_account_list(call->app->store, call->ctx, call->principal.user_id, &accounts, &count);

    return error == ERR_OK ? auth_answer_list(call, accounts, count, put_account) : error;
}

/* The call's user after CHANGE. */
static const struct user *changed_user(struct call *call, const struct user_change *change)
{
    struct user *user = mem_new(call->ctx, struct user);

    *user = *call->principal.user;
    user->name = change->name != NULL ? change->name : user->name;
    user->image = change->image_set ? change->image : user->image;
    user->updated_at = call->now;
    return user;
}

enum err account_update_user(struct call *call)
{
    const struct app *app = call->app;
    const struct user_change change = {
        .name = form_text(call->form, "name", NULL),
        .image_set = form_has(call->form, "image"),
        .image = form_text(call->form, "image", NULL),
    };

    if (form_is_filled(call->form, "email")) {
        return ERR_EMAIL_FIXED;
    }
    if (change.name == NULL && !change.image_set) {
        return ERR_NO_FIELDS;
    }
    enum err error = store_user_update(app->store, call->principal.user_id, &change, call->now);
    if (error == ERR_ABSENT) { /* deleted since we looked */
        session_cookies_clear(call);
        return ERR_UNAUTHORIZED;
    }
    if (error != ERR_OK) {
        return error;
    }
    session_cookies_set(call, call->principal.session, changed_user(call, &change),
                        !authn_is_forgetful(call->ctx, app->config, &call->request));
    return auth_answer(call, "{\"status\":true}");
}

/* There are no fields of a session that a client may change. */
enum err account_update_session(struct call *call)
{
    (void)call;
    return ERR_NO_FIELDS;
}
