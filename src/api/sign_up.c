/* POST /api/auth/sign-up: a new account and its first session. */
#include <string.h>

#include "api/auth_result.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/text.h"
#include "sec/password.h"

/* contract.md section 6: a bad e-mail or weak password is 400 with field errors on this path. */
static enum err check_form(struct call *call, const struct credentials *form)
{
    const struct config *config = call->app->config;
    size_t units = text_utf16_length(form->password, form->password_len);

    if (!text_is_email(form->email, strlen(form->email))) {
        resp_problem(call->response, "email", "Invalid email format");
    }
    if (units < (size_t)config->min_password) {
        resp_problem(
            call->response, "password",
            mem_printf(call->ctx, "Password must be at least %d characters", config->min_password));
    } else if (units > (size_t)config->max_password) {
        resp_problem(
            call->response, "password",
            mem_printf(call->ctx, "Password must be at most %d characters", config->max_password));
    }
    return call->response->problem_count > 0 ? ERR_BAD_INPUT : ERR_OK;
}

/* Hashes inside the gate, so that a flood of sign-ups leaves workers for the task API (R33). */
static enum err hash(struct call *call, const struct credentials *form, char **ret_hash)
{
    enum err error = gate_enter(call->app->gate);

    if (error != ERR_OK) {
        return error;
    }
    error = password_hash(call->ctx, form->password, form->password_len, ret_hash);
    gate_leave(call->app->gate);
    return error;
}

static struct user *new_user(struct call *call, const struct credentials *form)
{
    struct user *user = mem_new(call->ctx, struct user);
    const char *name = form->name;

    if (name == NULL) {
        name = mem_strndup(call->ctx, form->email, strcspn(form->email, "@"));
    }
    *user = (struct user){
        .id = id_new(call->ctx),
        .name = name,
        .email = form->email,
        .created_at = call->now,
        .updated_at = call->now,
    };
    return user;
}

enum err sign_up(struct call *call)
{
    struct store *store = call->app->store;
    struct credentials form;
    struct user *taken;
    const char *unused;
    char *password = NULL;
    const char *refresh_token;
    enum err error;

    if ((error = auth_read_credentials(call, &form)) != ERR_OK) {
        return error;
    }
    if ((error = check_form(call, &form)) != ERR_OK) {
        return error;
    }
    /* Asked first only to save the hash; the unique index decides. */
    error = store_user_by_email(store, call->ctx, form.email, &taken, &unused);
    if (error == ERR_OK) {
        error = ERR_CONFLICT;
    } else if (error == ERR_ABSENT) {
        error = hash(call, &form, &password);
    }
    if (error == ERR_OK) {
        const struct user *user = new_user(call, &form);
        const struct session *session = auth_new_session(call, user->id, &refresh_token);
        error = store_user_register(store, user, password, session);
        if (error == ERR_OK) {
            auth_result(call, 201, user, session, refresh_token);
            auth_audit(call, "sign-up", "success", user->id);
        }
    }
    if (error == ERR_CONFLICT) {
        auth_audit(call, "sign-up", "email-exists", NULL);
        resp_problem(call->response, "email", "Email already exists");
        return ERR_EMAIL_EXISTS;
    }
    return error;
}
