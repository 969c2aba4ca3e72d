/* POST /api/auth/sign-up and sign-up/email: a new account and its first session. */
#include <string.h>

#include "api/auth_result.h"
#include "api/form.h"
#include "api/verify_email.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/sendmail.h"
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

static struct user *new_user(struct call *call, const struct credentials *form, const char *image)
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
        .image = image,
        .created_at = call->now,
        .updated_at = call->now,
    };
    return user;
}

/* A new account and its first session, which is NULL until the address is proven
 * (REQUIRE_EMAIL_VERIFICATION). */
struct created {
    const struct user *user;
    const struct session *session;
    const char *refresh_token;
};

/* Writes both. ERR_CONFLICT when the address is taken. */
static enum err write_account(struct call *call, const struct credentials *form, bool remember,
                              struct created *created)
{
    const struct config *config = call->app->config;
    struct store *store = call->app->store;
    struct user *taken;
    const char *unused;
    char *password = NULL;
    /* Asked first only to save the hash; the unique index decides. */
    enum err error = store_user_by_email(store, call->ctx, form->email, &taken, &unused);
    bool is_taken = error == ERR_OK;

    if (is_taken && !config->require_verification) {
        return ERR_CONFLICT;
    }
    if (is_taken || error == ERR_ABSENT) {
        error = password_hash(call->ctx, config->password_scheme, form->password,
                              form->password_len, &password);
    }
    if (error != ERR_OK || is_taken) {
        return error == ERR_OK ? ERR_CONFLICT : error;
    }
    if (!config->require_verification) {
        created->session =
            auth_new_session(call, created->user->id, remember, &created->refresh_token);
    }
    return store_user_register(store, created->user, password, created->session);
}

/*
 * ERR_CONFLICT when the address is taken. Where addresses have to be proven the answer does not say
 * so: a user that was never written looks like one that waits for the letter.
 */
static enum err create(struct call *call, const struct credentials *form, const char *image,
                       bool remember, struct created *ret_created)
{
    const struct config *config = call->app->config;
    struct created created = {.user = new_user(call, form, image)};
    enum err error = write_account(call, form, remember, &created);

    if (error == ERR_OK) {
        audit_account(&call->source, AUDIT_SIGN_UP, created.user->id, form->email);
    } else if (error == ERR_CONFLICT) {
        audit_account(&call->source, AUDIT_SIGN_UP_TAKEN, NULL, form->email);
    }
    if (error == ERR_OK && config->require_verification && sendmail_is_set(config)) {
        call->rest = (struct call_rest){.run = verify_email_send, .arg = created.user};
    }
    if (error == ERR_CONFLICT && config->require_verification) {
        error = ERR_OK;
    }
    if (error == ERR_OK) {
        *ret_created = created;
    }
    return error;
}

enum err sign_up(struct call *call)
{
    struct credentials form;
    struct created created;
    enum err error;

    if ((error = auth_read_credentials(call, &form)) != ERR_OK) {
        return error;
    }
    if ((error = check_form(call, &form)) != ERR_OK) {
        return error;
    }
    error = create(call, &form, NULL, true, &created);
    if (error == ERR_CONFLICT) {
        resp_problem(call->response, "email", "Email already exists");
        return ERR_EMAIL_EXISTS;
    }
    if (error != ERR_OK) {
        return error;
    }
    if (created.session == NULL) {
        auth_result_pending(call, 201, created.user, true);
        return ERR_OK;
    }
    auth_result(call, 201, created.user, created.session, created.refresh_token, true);
    return ERR_OK;
}

enum err sign_up_email(struct call *call)
{
    const struct config *config = call->app->config;
    bool remember = form_bool(call->form, "rememberMe", true);
    struct credentials form = {.name = form_text(call->form, "name", NULL)};
    struct created created;
    enum err error;

    form.password = form_text(call->form, "password", &form.password_len);
    size_t units = text_utf16_length(form.password, form.password_len);
    if (units < (size_t)config->min_password) {
        return ERR_PASSWORD_SHORT;
    }
    if (units > (size_t)config->max_password) {
        return ERR_PASSWORD_LONG;
    }
    form.email = text_email(call->ctx, form_text(call->form, "email", NULL));
    error = create(call, &form, form_text(call->form, "image", NULL), remember, &created);
    if (error == ERR_CONFLICT) {
        return ERR_USER_EXISTS;
    }
    if (error == ERR_BAD_INPUT) { /* too long in its normal form */
        return ERR_PASSWORD_LONG;
    }
    if (error != ERR_OK) {
        return error;
    }
    if (created.session == NULL) {
        auth_result_pending(call, 200, created.user, false);
        return ERR_OK;
    }
    auth_result_sign_up(call, created.user, created.session, created.refresh_token, remember);
    return ERR_OK;
}
