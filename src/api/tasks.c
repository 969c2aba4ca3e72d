/* One task: create, read, change, toggle, delete. The user is always the token's. */
#include <string.h>

#include "api/app.h"
#include "api/ban.h"
#include "api/task_json.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

/* What a task form may hold; unknown members are ignored and never stored. */
struct task_form {
    struct json_string title;
    enum json_state title_state;
    struct json_string description;
    enum json_state description_state;
    bool completed;
    enum json_state completed_state;
};

/* A title may not be blank: it is what a list shows. */
static bool is_blank(const struct json_string *text)
{
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] != ' ' && text->data[i] != '\t' && text->data[i] != '\n' &&
            text->data[i] != '\r') {
            return false;
        }
    }
    return true;
}

static void check_form(struct call *call, const struct task_form *form)
{
    struct response *response = call->response;

    if (form->title_state == JSON_NULL || form->title_state == JSON_WRONG_TYPE) {
        resp_problem(response, "title", "Title must be a string");
    } else if (form->title_state == JSON_FOUND && is_blank(&form->title)) {
        resp_problem(response, "title", "Title must not be empty");
    } else if (form->title_state == JSON_FOUND &&
               text_length(form->title.data, form->title.len) > TASK_TITLE_MAX) {
        resp_problem(response, "title", "Title must be at most 255 characters");
    }
    if (form->description_state == JSON_WRONG_TYPE) {
        resp_problem(response, "description", "Description must be a string or null");
    } else if (form->description_state == JSON_FOUND &&
               text_length(form->description.data, form->description.len) > TASK_DESCRIPTION_MAX) {
        resp_problem(response, "description", "Description must be at most 10000 characters");
    }
    if (form->completed_state == JSON_NULL || form->completed_state == JSON_WRONG_TYPE) {
        resp_problem(response, "completed", "Completed must be true or false");
    }
}

static enum err read_form(struct call *call, struct task_form *form)
{
    struct json *object;
    enum err error =
        json_parse_object(call->ctx, call->request.body, call->request.content_length, &object);

    if (error != ERR_OK) {
        return error;
    }
    form->title_state = json_get_string(object, "title", &form->title);
    form->description_state = json_get_string(object, "description", &form->description);
    form->completed_state = json_get_bool(object, "completed", &form->completed);
    check_form(call, form);
    return ERR_OK;
}

/* The task that the path names. The id is a positive integer in its one decimal spelling; anything
 * else names no task. */
static enum err path_task(const struct call *call, struct task_key *ret_key)
{
    const char *text = call->path_id;
    int64_t id = 0;

    if (*text < '1' || *text > '9') {
        return ERR_TASK_NOT_FOUND;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || id > (INT64_MAX - 9) / 10) {
            return ERR_TASK_NOT_FOUND;
        }
        id = id * 10 + (*text - '0');
    }
    *ret_key = (struct task_key){.user_id = call->principal.user_id,
                                 .id = id,
                                 .session_id = call->principal.unconfirmed,
                                 .now = call->now};
    return ERR_OK;
}

static enum err answer(struct call *call, enum err error, int status, const struct task *task)
{
    if (error == ERR_ABSENT) {
        error = ban_check_absent(call);
        return error == ERR_OK ? ERR_TASK_NOT_FOUND : error;
    }
    if (error != ERR_OK) {
        return error;
    }
    struct buf *body = buf_new(call->ctx);
    task_json_put(body, task);
    resp_json(call->response, status, body);
    return ERR_OK;
}

/*
 * A verified token of a user who lives elsewhere: the first write makes the row that tasks refer
 * to, from the token's claims. An address that is missing or already another user's is replaced by
 * one under .invalid (RFC 2606), which belongs to nobody and can never sign in.
 */
static enum err provision_user(struct call *call)
{
    const struct principal *who = &call->principal;
    struct user user = {
        .id = who->user_id,
        .name = who->name != NULL ? who->name : "",
        .email = who->email,
        .created_at = call->now,
        .updated_at = call->now,
    };
    enum err error = ERR_CONFLICT;

    if (user.email != NULL && text_is_email(user.email, strlen(user.email))) {
        user.email = text_email(call->ctx, user.email);
        error = store_user_provision(call->app->store, &user);
    }
    if (error == ERR_CONFLICT) {
        user.email = mem_printf(call->ctx, "%s@users.invalid", id_new(call->ctx));
        error = store_user_provision(call->app->store, &user);
    }
    if (error == ERR_OK) {
        audit_user(&call->source, AUDIT_PROVISION_USER, user.id);
    }
    return error;
}

static enum err insert_task(struct call *call, const struct task *task, struct task **ret_task)
{
    const struct principal *who = &call->principal;
    const char *session_id = who->unconfirmed;
    enum err error = store_task_insert(call->app->store, call->ctx, task, session_id, ret_task);

    if (error != ERR_MISSING_PARENT) {
        return error;
    }
    /* A user of ours without a row was deleted: their sessions and tokens end here. */
    if (who->session != NULL || who->needs_session || who->at_home) {
        return ban_refuse_ended(call);
    }
    if (!call->app->config->auto_provision) {
        return ERR_USER_MISMATCH;
    }
    error = provision_user(call);
    if (error == ERR_OK) {
        error = store_task_insert(call->app->store, call->ctx, task, session_id, ret_task);
    }
    return error;
}

enum err task_create(struct call *call)
{
    struct task_form form = {.completed = false};
    struct task *task = NULL;
    enum err error = read_form(call, &form);

    if (error != ERR_OK) {
        return error;
    }
    if (form.title_state == JSON_ABSENT) {
        resp_problem(call->response, "title", "Title is required");
    }
    if (call->response->problem_count > 0) {
        return ERR_INVALID;
    }

    bool described = form.description_state == JSON_FOUND;
    const struct task wanted = {
        .user_id = call->principal.user_id,
        .title = form.title.data,
        .title_len = form.title.len,
        .description = described ? form.description.data : NULL,
        .description_len = described ? form.description.len : 0,
        .completed = form.completed,
        .created_at = call->now,
        .updated_at = call->now,
    };
    error = insert_task(call, &wanted, &task);
    if (error == ERR_OK) {
        struct buf *location = buf_new(call->ctx);
        const char *raw = call->request.path.raw;
        buf_add(location, raw, strlen(raw) - (call->request.path.trailing_slash ? 1 : 0));
        buf_putc(location, '/');
        buf_int(location, task->id);
        resp_header(call->response, "Location", location->data);
    }
    return answer(call, error, 201, task);
}

enum err task_get(struct call *call)
{
    struct task *task = NULL;
    struct task_key key;
    enum err error = path_task(call, &key);

    if (error != ERR_OK) {
        return error;
    }
    error = store_task_get(call->app->store, call->ctx, &key, &task);
    return answer(call, error, 200, task);
}

/* PUT and PATCH alike: what is absent stays as it is. */
enum err task_change(struct call *call)
{
    struct task_form form = {.completed = false};
    struct task *task = NULL;
    struct task_key key;
    enum err error = path_task(call, &key);

    if (error == ERR_OK) {
        error = read_form(call, &form);
    }
    if (error != ERR_OK) {
        return error;
    }
    if (call->response->problem_count > 0) {
        return ERR_INVALID;
    }

    const struct task_change change = {
        .title = form.title_state == JSON_FOUND ? form.title.data : NULL,
        .description_set = form.description_state != JSON_ABSENT,
        .description = form.description_state == JSON_FOUND ? form.description.data : NULL,
        .completed = form.completed_state == JSON_FOUND ? &form.completed : NULL,
    };
    error = store_task_update(call->app->store, call->ctx, &key, &change, &task);
    return answer(call, error, 200, task);
}

enum err task_toggle(struct call *call)
{
    struct task *task = NULL;
    struct json *ignored;
    struct task_key key;
    enum err error = path_task(call, &key);

    if (error == ERR_OK && call->request.body != NULL) {
        error = json_parse_object(call->ctx, call->request.body, call->request.content_length,
                                  &ignored);
    }
    if (error != ERR_OK) {
        return error;
    }
    error = store_task_toggle(call->app->store, call->ctx, &key, &task);
    return answer(call, error, 200, task);
}

enum err task_delete(struct call *call)
{
    struct task_key key;
    enum err error = path_task(call, &key);

    if (error != ERR_OK) {
        return error;
    }
    error = store_task_delete(call->app->store, &key);
    if (error != ERR_OK) {
        return answer(call, error, 200, NULL);
    }

    struct buf *body = buf_new(call->ctx);
    buf_printf(body,
               "{\"success\":true,\"message\":\"Task deleted successfully\","
               "\"status\":\"deleted\",\"task_id\":%lld,\"id\":%lld}",
               (long long)key.id, (long long)key.id);
    resp_json(call->response, 200, body);
    return ERR_OK;
}
