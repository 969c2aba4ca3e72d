#include "api/form.h"

#include <string.h>

#include "auth/callback.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/query.h"

struct form {
    const char *kind;    /* what the body is, in JavaScript's words */
    struct json *object; /* with "object", unless it was posted by an HTML form */
    struct query *posted;
};

const struct field form_sign_up[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED},
    {"email", FIELD_EMAIL, FIELD_REQUIRED},
    {"password", FIELD_FILLED, FIELD_REQUIRED},
    {"image", FIELD_TEXT, 0},
    {"callbackURL", FIELD_TEXT, 0},
    {"rememberMe", FIELD_BOOL, 0},
    {NULL, FIELD_TEXT, 0},
};
const struct field form_sign_in[] = {
    {"email", FIELD_TEXT, FIELD_REQUIRED},
    {"password", FIELD_TEXT, FIELD_REQUIRED},
    {"callbackURL", FIELD_TEXT, 0},
    {"rememberMe", FIELD_BOOL, 0},
    {NULL, FIELD_TEXT, 0},
};
const struct field form_token[] = {
    {"token", FIELD_TEXT, FIELD_REQUIRED},
    {NULL, FIELD_TEXT, 0},
};
const struct field form_update_user[] = {
    {"name", FIELD_TEXT, 0},
    {"image", FIELD_TEXT, FIELD_NULLABLE},
    {NULL, FIELD_TEXT, 0},
};
const struct field form_change_password[] = {
    {"newPassword", FIELD_TEXT, FIELD_REQUIRED},
    {"currentPassword", FIELD_TEXT, FIELD_REQUIRED},
    {"revokeOtherSessions", FIELD_BOOL, 0},
    {NULL, FIELD_TEXT, 0},
};
const struct field form_password[] = {
    {"password", FIELD_TEXT, FIELD_REQUIRED},
    {NULL, FIELD_TEXT, 0},
};
const struct field form_reset_request[] = {
    {"email", FIELD_EMAIL, FIELD_REQUIRED},
    {"redirectTo", FIELD_TEXT, 0},
    {NULL, FIELD_TEXT, 0},
};
const struct field form_reset[] = {
    {"newPassword", FIELD_TEXT, FIELD_REQUIRED},
    {"token", FIELD_TEXT, 0},
    {NULL, FIELD_TEXT, 0},
};
const struct field form_verification[] = {
    {"email", FIELD_EMAIL, FIELD_REQUIRED},
    {"callbackURL", FIELD_TEXT, 0},
    {NULL, FIELD_TEXT, 0},
};
const struct field form_change_email[] = {
    {"newEmail", FIELD_EMAIL, FIELD_REQUIRED},
    {"callbackURL", FIELD_TEXT, 0},
    {NULL, FIELD_TEXT, 0},
};
const struct field form_delete_user[] = {
    {"callbackURL", FIELD_TEXT, 0},
    {"password", FIELD_TEXT, 0},
    {"token", FIELD_TEXT, 0},
    {NULL, FIELD_TEXT, 0},
};
const struct field form_empty[] = {{NULL, FIELD_TEXT, 0}};

/* --- reading --- */

/* The media type alone, in lower case. */
static char *media_type(void *ctx, const char *content_type)
{
    const char *type = content_type + strspn(content_type, " \t");
    char *name = mem_strndup(ctx, type, strcspn(type, "; \t"));

    text_lower_ascii(name);
    return name;
}

/* What a JSON text that is no object is; the guard has seen that it is JSON. */
static const char *kind_of(const char *text)
{
    switch (text[strspn(text, " \t\r\n")]) {
    case '[':
        return "array";
    case '"':
        return "string";
    case 't':
    case 'f':
        return "boolean";
    case 'n':
        return "null";
    default:
        return "number";
    }
}

static enum err read_json(struct call *call)
{
    static const char mark[] = "\xef\xbb\xbf"; /* some editors put it before everything */
    const char *text = call->request.body;
    size_t len = call->request.content_length;

    if (strncmp(text, mark, sizeof mark - 1) == 0) {
        text += sizeof mark - 1;
        len -= sizeof mark - 1;
    }
    if (json_parse_object(call->ctx, text, len, &call->form->object) == ERR_OK) {
        call->form->kind = "object";
        return ERR_OK;
    }
    if (text[strspn(text, " \t\r\n")] == '{' || json_guard(text, len) != ERR_OK) {
        return ERR_BODY_JSON;
    }
    call->form->kind = kind_of(text);
    return ERR_OK;
}

static enum err read_posted(struct call *call)
{
    struct query *posted = mem_new(call->ctx, struct query);

    if (strlen(call->request.body) != call->request.content_length ||
        query_parse(call->ctx, call->request.body, posted) != ERR_OK) {
        return ERR_BAD_REQUEST;
    }
    for (size_t i = 0; i < posted->count; i++) {
        /* Our own copies, and one of them is a password. */
        mem_wiped((void *)(uintptr_t)posted->fields[i].value);
    }
    call->form->posted = posted;
    call->form->kind = "object";
    return ERR_OK;
}

enum err form_read(struct call *call, const struct route *route, const struct edge *edge)
{
    struct request *request = &call->request;
    bool sign_in = (route->flags & ROUTE_SIGN_IN) != 0;

    call->form = mem_new(call->ctx, struct form);
    call->form->kind = "undefined";
    if (request->content_length == 0 || request->content_type == NULL ||
        *request->content_type == '\0') {
        return ERR_OK;
    }
    if (request->content_length > call->app->config->max_body) {
        return ERR_BODY_TOO_LARGE;
    }
    const char *type = media_type(call->ctx, request->content_type);
    bool json = strstr(type, "application/json") != NULL;
    if (!json && !(sign_in && strcmp(type, "application/x-www-form-urlencoded") == 0)) {
        resp_text(call->response,
                  mem_printf(
                      call->ctx,
                      "Content-Type \"%s\" is not allowed. Allowed types: %sapplication/json",
                      request->content_type, sign_in ? "application/x-www-form-urlencoded, " : ""));
        return ERR_MEDIA_TYPE;
    }
    enum err error = edge->read_body(edge->arg, call->ctx, request->content_length, &request->body);
    if (error != ERR_OK) {
        return error;
    }
    return json ? read_json(call) : read_posted(call);
}

/* --- looking --- */

static const char *type_name(const struct form *form, const char *name)
{
    if (form->object != NULL) {
        return json_type_name(form->object, name);
    }
    return form->posted != NULL && query_get(form->posted, name) != NULL ? "string" : "undefined";
}

bool form_has(const struct form *form, const char *name)
{
    return strcmp(type_name(form, name), "undefined") != 0;
}

bool form_is_filled(const struct form *form, const char *name)
{
    const char *type = type_name(form, name);
    const char *text = form_text(form, name, NULL);

    return strcmp(type, "undefined") != 0 && strcmp(type, "null") != 0 &&
           (text == NULL || *text != '\0');
}

const char *form_text(const struct form *form, const char *name, size_t *ret_len)
{
    struct json_string text = {.data = NULL, .len = 0};

    if (form->object != NULL) {
        json_get_string(form->object, name, &text);
    } else if (form->posted != NULL) {
        text.data = query_get(form->posted, name);
        text.len = text.data == NULL ? 0 : strlen(text.data);
    }
    if (ret_len != NULL) {
        *ret_len = text.len;
    }
    return text.data;
}

bool form_bool(const struct form *form, const char *name, bool fallback)
{
    bool value = fallback;

    if (form->object != NULL) {
        json_get_bool(form->object, name, &value);
    }
    return value;
}

/* --- checking --- */

static const struct {
    const char *name;
    const char *label; /* in Better Auth's messages */
    enum err refusal;
} callbacks[] = {
    {"callbackURL", "callbackURL", ERR_CALLBACK_URL},
    {"redirectTo", "redirectURL", ERR_REDIRECT_URL},
    {"errorCallbackURL", "errorCallbackURL", ERR_ERROR_CALLBACK_URL},
    {"newUserCallbackURL", "newUserCallbackURL", ERR_NEW_USER_CALLBACK_URL},
};

static bool is_misused(const char *type)
{
    return strcmp(type, "string") != 0 && strcmp(type, "undefined") != 0 &&
           strcmp(type, "null") != 0;
}

enum err form_check_callbacks(struct call *call)
{
    struct query query;

    if (query_parse(call->ctx, call->request.path.query, &query) != ERR_OK) {
        return ERR_BAD_REQUEST;
    }
    for (size_t i = 0; i < sizeof callbacks / sizeof callbacks[0]; i++) {
        if (is_misused(type_name(call->form, callbacks[i].name))) {
            resp_text(call->response,
                      mem_printf(call->ctx, "Invalid %s: expected a string", callbacks[i].label));
            return ERR_BAD_INPUT;
        }
        const char *urls[] = {form_text(call->form, callbacks[i].name, NULL),
                              query_get(&query, callbacks[i].name)};
        for (size_t j = 0; j < sizeof urls / sizeof urls[0]; j++) {
            if (urls[j] != NULL && *urls[j] != '\0' &&
                !callback_is_safe(call->app->config, urls[j])) {
                return callbacks[i].refusal;
            }
        }
    }
    return ERR_OK;
}

/* What is wrong with one field, or NULL. */
static const char *complaint(struct call *call, const struct field *field)
{
    const char *wanted = field->kind == FIELD_BOOL ? "boolean" : "string";
    const char *type = type_name(call->form, field->name);
    size_t len = 0;

    if (((field->flags & FIELD_REQUIRED) == 0 && strcmp(type, "undefined") == 0) ||
        ((field->flags & FIELD_NULLABLE) != 0 && strcmp(type, "null") == 0)) {
        return NULL;
    }
    if (strcmp(type, wanted) != 0) {
        return mem_printf(call->ctx, "Invalid input: expected %s, received %s", wanted, type);
    }
    const char *text = form_text(call->form, field->name, &len);
    if (field->kind == FIELD_EMAIL && !text_is_email(text, len)) {
        return "Invalid email address";
    }
    if (field->kind == FIELD_FILLED && len == 0) {
        return "Too small: expected string to have >=1 characters";
    }
    return NULL;
}

static void add_issue(struct call *call, struct buf *all, const char *field, const char *text)
{
    buf_printf(all, "%s[body%s%s] %s", all->len > 0 ? "; " : "", *field == '\0' ? "" : ".", field,
               text);
    resp_problem(call->response, *field == '\0' ? "body" : field, text);
}

enum err form_check(struct call *call, const struct route *route)
{
    const char *kind = call->form->kind;
    bool optional = (route->flags & ROUTE_OPTIONAL_BODY) != 0;
    struct buf *all = buf_new(call->ctx);

    if (route->form == NULL || (optional && strcmp(kind, "undefined") == 0)) {
        return ERR_OK;
    }
    if (strcmp(kind, "object") != 0) {
        add_issue(call, all, "",
                  mem_printf(call->ctx, "Invalid input: expected object, received %s", kind));
    } else {
        for (const struct field *field = route->form; field->name != NULL; field++) {
            const char *text = complaint(call, field);
            if (text != NULL) {
                add_issue(call, all, field->name, text);
            }
        }
    }
    if (all->len == 0) {
        return ERR_OK;
    }
    resp_text(call->response, all->data);
    return ERR_BAD_INPUT;
}
