#include "api/auth_result.h"

#include <string.h>

#include "api/session_cookies.h"
#include "api/user_json.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "sec/digest.h"
#include "sec/refresh_token.h"
#include "sec/token.h"

#define NAME_MAX_CHARS 255
#define LOCATION_MAX   1024 /* bytes of a URL that is sent in a header */

/* A required text member; notes the problem when it is not one. */
static struct json_string required_text(struct call *call, const struct json *form,
                                        const char *member)
{
    struct json_string text = {.data = "", .len = 0};

    switch (json_get_string(form, member, &text)) {
    case JSON_FOUND:
        break;
    case JSON_ABSENT:
        resp_problem(call->response, member, "This field is required");
        break;
    case JSON_NULL:
    case JSON_WRONG_TYPE:
        resp_problem(call->response, member, "This field must be a string");
        break;
    }
    return text;
}

enum err auth_read_credentials(struct call *call, struct credentials *ret_credentials)
{
    struct json *form;
    struct json_string name = {.data = NULL, .len = 0};
    enum err error =
        json_parse_object(call->ctx, call->request.body, call->request.content_length, &form);

    if (error != ERR_OK) {
        return error;
    }
    struct json_string email = required_text(call, form, "email");
    struct json_string password = required_text(call, form, "password");
    if (json_get_string(form, "name", &name) == JSON_WRONG_TYPE) {
        resp_problem(call->response, "name", "This field must be a string");
    } else if (name.data != NULL && text_length(name.data, name.len) > NAME_MAX_CHARS) {
        resp_problem(call->response, "name", "Name must be at most 255 characters");
    }
    if (call->response->problem_count > 0) {
        return ERR_INVALID;
    }

    *ret_credentials = (struct credentials){
        .email = text_email(call->ctx, email.data),
        .password = password.data,
        .password_len = password.len,
        .name = name.len == 0 ? NULL : name.data,
    };
    return ERR_OK;
}

struct refresh *auth_new_refresh(struct call *call, const char *token, bool remember)
{
    int64_t ttl = call->app->config->refresh_ttl;
    struct refresh *row = mem_new(call->ctx, struct refresh);

    row->digest = digest_text(call->ctx, token);
    row->created_at = call->now;
    row->expires_at = call->now + (!remember && ttl > CLOCK_DAY ? CLOCK_DAY : ttl);
    return row;
}

int64_t auth_session_end(const struct call *call, bool remember)
{
    int64_t ttl = call->app->config->session_ttl;

    return call->now + (!remember && ttl > CLOCK_DAY ? CLOCK_DAY : ttl);
}

struct session *auth_new_session(struct call *call, const char *user_id, bool remember,
                                 const char **ret_refresh_token)
{
    struct session *session = mem_new(call->ctx, struct session);
    const char *refresh_token = refresh_token_new(call->ctx);

    *session = (struct session){
        .id = id_new(call->ctx),
        .token = id_new(call->ctx),
        .user_id = user_id,
        .expires_at = auth_session_end(call, remember),
        .created_at = call->now,
        .updated_at = call->now,
        .ip_address = call->client,
        .user_agent = call->request.user_agent,
        .refresh = auth_new_refresh(call, refresh_token, remember),
    };
    *ret_refresh_token = refresh_token;
    return session;
}

static struct token_subject subject_of(const struct user *user, const struct session *session)
{
    return (struct token_subject){
        .user_id = user->id,
        .email = user->email,
        .name = user->name,
        .session_id = session->id,
    };
}

void auth_result(struct call *call, int status, const struct user *user,
                 const struct session *session, const char *refresh_token, bool remember)
{
    const struct config *config = call->app->config;
    const struct token_subject subject = subject_of(user, session);
    struct buf *body = buf_new(call->ctx);
    const char *token = token_issue(call->ctx, config, &subject, call->now, config->token_ttl);
    const char *access =
        token_issue(call->ctx, config, &subject, call->now, config->access_token_ttl);

    buf_puts(body, "{\"redirect\":false,\"token\":");
    json_put_text(body, token);
    buf_puts(body, ",\"jwt\":");
    json_put_text(body, token);
    buf_puts(body, ",\"accessToken\":");
    json_put_text(body, access);
    buf_puts(body, ",\"tokenType\":\"Bearer\",\"expiresIn\":");
    buf_int(body, config->access_token_ttl / CLOCK_SECOND);
    buf_puts(body, ",\"expiresAt\":");
    buf_int(body, call->now + config->access_token_ttl);
    buf_puts(body, ",\"user\":");
    user_json_put(body, user, true);
    buf_puts(body, ",\"session\":");
    user_json_put_session(body, session);
    buf_putc(body, '}');
    resp_json(call->response, status, body);
    session_cookies_set(call, session, user, remember);
    session_cookies_set_refresh(call, refresh_token);
}

/* Appends token, user and jwt, and closes the object. */
static void finish(struct call *call, struct buf *body, const struct user *user,
                   const struct session *session, const char *refresh_token, bool remember)
{
    const struct config *config = call->app->config;
    const struct token_subject subject = subject_of(user, session);

    buf_puts(body, "\"token\":");
    json_put_text(body, session->token);
    buf_puts(body, ",\"user\":");
    user_json_put(body, user, false);
    buf_puts(body, ",\"jwt\":");
    json_put_text(body, token_issue(call->ctx, config, &subject, call->now, config->token_ttl));
    buf_putc(body, '}');
    resp_json(call->response, 200, body);
    session_cookies_set(call, session, user, remember);
    session_cookies_set_refresh(call, refresh_token);
}

void auth_result_sign_up(struct call *call, const struct user *user, const struct session *session,
                         const char *refresh_token, bool remember)
{
    struct buf *body = buf_new(call->ctx);

    buf_putc(body, '{');
    finish(call, body, user, session, refresh_token, remember);
}

void auth_result_pending(struct call *call, int status, const struct user *user, bool is_short)
{
    struct buf *body = buf_new(call->ctx);

    buf_puts(body, "{\"token\":null,\"user\":");
    user_json_put(body, user, is_short);
    buf_putc(body, '}');
    resp_json(call->response, status, body);
}

/* A header holds ASCII and has to fit into the web server's buffer; the body says it anyway. A
 * backslash is a slash to browsers and none to other programs: they would read another host. */
static bool fits_header(const char *url)
{
    for (const char *at = url; *at != '\0'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f || *at == '\\') {
            return false;
        }
    }
    return strlen(url) <= LOCATION_MAX;
}

void auth_result_sign_in(struct call *call, const struct user *user, const struct session *session,
                         const char *refresh_token, bool remember, const char *url)
{
    struct buf *body = buf_new(call->ctx);

    buf_printf(body, "{\"redirect\":%s,", url == NULL ? "false" : "true");
    if (url != NULL) {
        buf_puts(body, "\"url\":");
        json_put_text(body, url);
        buf_putc(body, ',');
        if (fits_header(url) && !call->request.strict_cgi) {
            resp_header(call->response, "Location", url);
        }
    }
    finish(call, body, user, session, refresh_token, remember);
}

enum err auth_answer(struct call *call, const char *text)
{
    struct buf *body = buf_new(call->ctx);

    buf_puts(body, text);
    resp_json(call->response, 200, body);
    return ERR_OK;
}

enum err auth_answer_list(struct call *call, const void *rows, size_t count, auth_put_row *put)
{
    struct buf *body = buf_new(call->ctx);

    buf_putc(body, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            buf_putc(body, ',');
        }
        put(body, rows, i);
    }
    buf_putc(body, ']');
    resp_json(call->response, 200, body);
    return ERR_OK;
}
