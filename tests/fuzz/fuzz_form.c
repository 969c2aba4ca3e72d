/*
 * Bodies of Better Auth's routes. Two bytes choose the form and the media type, then comes a query
 * string up to a line feed, then the body. What passes the check has what the form demands.
 */
#include "fuzz.h"

#include <string.h>

#include "api/form.h"
#include "auth/callback.h"
#include "base/mem.h"
#include "base/text.h"

static const struct field *const forms[] = {
    form_sign_up,         form_sign_in,      form_token,         form_update_user,
    form_change_password, form_password,     form_reset_request, form_reset,
    form_verification,    form_change_email, form_delete_user,   form_empty,
};
static const char *const types[] = {
    "application/json",
    "application/x-www-form-urlencoded",
    " Application/JSON; charset=utf-8",
    "text/plain",
    NULL,
};

struct body {
    const uint8_t *data;
    size_t size;
};

static enum err read_body(void *arg, void *ctx, size_t len, char **ret_body)
{
    const struct body *body = arg;

    FUZZ_PROMISE(len == body->size);
    *ret_body = mem_strndup(ctx, (const char *)body->data, len);
    return ERR_OK;
}

static void check_field(const struct form *form, const struct field *field)
{
    size_t len = 0;
    const char *text = form_text(form, field->name, &len);

    FUZZ_PROMISE(form_has(form, field->name) || (field->flags & FIELD_REQUIRED) == 0);
    FUZZ_PROMISE(form_has(form, field->name) || !form_is_filled(form, field->name));
    FUZZ_PROMISE(text == NULL || (*text != '\0') == form_is_filled(form, field->name));
    FUZZ_PROMISE(text == NULL || form_bool(form, field->name, true)); /* a text is no "false" */
    if (field->kind == FIELD_BOOL || !form_has(form, field->name))
        return;
    FUZZ_PROMISE(text != NULL || (field->flags & FIELD_NULLABLE) != 0);
    if (text != NULL) {
        FUZZ_PROMISE(strlen(text) == len && text_is_utf8(text, len));
        FUZZ_PROMISE(field->kind != FIELD_EMAIL || text_is_email(text, len));
        FUZZ_PROMISE(field->kind != FIELD_FILLED || len > 0);
    }
}

static void check_callback(const struct call *call, const char *name)
{
    const char *url = form_text(call->form, name, NULL);

    FUZZ_PROMISE(url == NULL || *url == '\0' || callback_is_safe(call->app->config, url));
}

static void check(struct call *call, const struct route *route)
{
    if (form_check_callbacks(call) == ERR_OK) {
        check_callback(call, "callbackURL");
        check_callback(call, "redirectTo");
    }
    if (form_check(call, route) != ERR_OK) {
        FUZZ_PROMISE(call->response->problem_count > 0);
        return;
    }
    for (const struct field *field = route->form; field->name != NULL; field++) {
        if ((route->flags & ROUTE_OPTIONAL_BODY) == 0 || call->request.body != NULL)
            check_field(call->form, field);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size < 2 ? NULL : memchr(data + 2, '\n', size - 2);

    if (end == NULL)
        return 0;
    void *ctx = mem_context(NULL);
    const struct app app = {.config = fuzz_config(ctx)};
    struct body body = {.data = end + 1, .size = (size_t)(data + size - end - 1)};
    const struct edge edge = {.read_body = read_body, .arg = &body};
    const struct route route = {
        .form = forms[data[0] % (sizeof forms / sizeof *forms)],
        .flags = data[0] & 0x80   ? ROUTE_SIGN_IN
                 : data[0] & 0x40 ? ROUTE_OPTIONAL_BODY
                                  : ROUTE_BODY,
    };
    struct call call = {.app = &app, .ctx = ctx, .response = resp_new(ctx)};

    call.request.content_type = types[data[1] % (sizeof types / sizeof *types)];
    call.request.content_length = body.size;
    call.request.path.query = mem_strndup(ctx, (const char *)data + 2, (size_t)(end - data) - 2);
    if (form_read(&call, &route, &edge) == ERR_OK)
        check(&call, &route);
    talloc_free(ctx);
    return 0;
}
