#include "api/auth_result.h"

#include <string.h>

#include "auth/authn.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "http/cookie.h"
#include "sec/cookie_sig.h"
#include "sec/digest.h"
#include "sec/token.h"

#define NAME_MAX_CHARS       255
#define REFRESH_TOKEN_LENGTH 43 /* of 62 characters each: 256 bits */

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

    char *address = mem_strndup(call->ctx, email.data, email.len);
    text_lower_ascii(address);
    *ret_credentials = (struct credentials){
        .email = address,
        .password = password.data,
        .password_len = password.len,
        .name = name.len == 0 ? NULL : name.data,
    };
    return ERR_OK;
}

const char *auth_new_refresh(struct call *call, struct refresh **ret_row)
{
    struct refresh *row = mem_new(call->ctx, struct refresh);
    const char *token = id_sized(call->ctx, REFRESH_TOKEN_LENGTH);

    row->digest = digest_text(call->ctx, token);
    row->created_at = call->now;
    row->expires_at = call->now + call->app->config->refresh_ttl;
    *ret_row = row;
    return token;
}

struct session *auth_new_session(struct call *call, const char *user_id,
                                 const char **ret_refresh_token)
{
    struct session *session = mem_new(call->ctx, struct session);
    struct refresh *refresh;

    *ret_refresh_token = auth_new_refresh(call, &refresh);

    *session = (struct session){
        .id = id_new(call->ctx),
        .token = id_new(call->ctx),
        .user_id = user_id,
        .expires_at = call->now + call->app->config->session_ttl,
        .created_at = call->now,
        .updated_at = call->now,
        .ip_address = call->request.remote_addr,
        .user_agent = call->request.user_agent,
        .refresh = refresh,
    };
    return session;
}

static void put_user(struct buf *body, const struct user *user)
{
    buf_puts(body, "{\"id\":");
    json_put_text(body, user->id);
    buf_puts(body, ",\"userId\":");
    json_put_text(body, user->id);
    buf_puts(body, ",\"name\":");
    json_put_text(body, user->name);
    buf_puts(body, ",\"email\":");
    json_put_text(body, user->email);
    buf_printf(body, ",\"emailVerified\":%s,\"image\":", user->email_verified ? "true" : "false");
    json_put_text(body, user->image);
    buf_puts(body, ",\"createdAt\":");
    json_put_time(body, user->created_at);
    buf_puts(body, ",\"updatedAt\":");
    json_put_time(body, user->updated_at);
    buf_putc(body, '}');
}

static void put_session(struct buf *body, const struct session *session)
{
    buf_puts(body, "{\"id\":");
    json_put_text(body, session->id);
    buf_puts(body, ",\"token\":");
    json_put_text(body, session->token);
    buf_puts(body, ",\"userId\":");
    json_put_text(body, session->user_id);
    buf_puts(body, ",\"expiresAt\":");
    json_put_time(body, session->expires_at);
    buf_puts(body, ",\"createdAt\":");
    json_put_time(body, session->created_at);
    buf_puts(body, ",\"updatedAt\":");
    json_put_time(body, session->updated_at);
    buf_puts(body, ",\"ipAddress\":");
    json_put_text(body, session->ip_address);
    buf_puts(body, ",\"userAgent\":");
    json_put_text(body, session->user_agent);
    buf_putc(body, '}');
}

/* Better Auth: the base URL decides about Secure and the name's prefix; COOKIE_SECURE overrides. */
static bool cookies_are_secure(const struct call *call)
{
    const struct config *config = call->app->config;

    if (config->cookie_secure == COOKIE_SECURE_AUTO) {
        return config->base_https;
    }
    return config->cookie_secure == COOKIE_SECURE_ON;
}

static const char *same_site(const struct config *config)
{
    switch (config->cookie_samesite) {
    case SAMESITE_STRICT:
        return "Strict";
    case SAMESITE_NONE:
        return "None";
    case SAMESITE_LAX:
        break;
    }
    return "Lax";
}

static void set_session_cookie(struct call *call, const char *value, int64_t max_age)
{
    bool secure = cookies_are_secure(call);

    cookie_set(call->response, &(struct cookie){
                                   .name = secure ? SESSION_COOKIE_SECURE : SESSION_COOKIE,
                                   .value = value,
                                   .max_age = max_age,
                                   .path = "/",
                                   .same_site = same_site(call->app->config),
                                   .secure = secure,
                               });
}

/* SameSite=Strict and the narrow path: no link and no other route ever carries it. */
static void set_refresh_cookie(struct call *call, const char *value, int64_t max_age)
{
    bool secure = cookies_are_secure(call);

    cookie_set(call->response, &(struct cookie){
                                   .name = secure ? REFRESH_COOKIE_SECURE : REFRESH_COOKIE,
                                   .value = value,
                                   .max_age = max_age,
                                   .path = "/api/auth",
                                   .same_site = "Strict",
                                   .secure = secure,
                               });
}

void auth_result(struct call *call, int status, const struct user *user,
                 const struct session *session, const char *refresh_token)
{
    const struct config *config = call->app->config;
    const struct token_subject subject = {
        .user_id = user->id,
        .email = user->email,
        .name = user->name,
        .session_id = session->id,
    };
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
    put_user(body, user);
    buf_puts(body, ",\"session\":");
    put_session(body, session);
    buf_putc(body, '}');
    resp_json(call->response, status, body);
    set_session_cookie(call, cookie_sign(call->ctx, config, session->token),
                       config->session_ttl / CLOCK_SECOND);
    set_refresh_cookie(call, refresh_token, config->refresh_ttl / CLOCK_SECOND);
}

void auth_clear_cookies(struct call *call)
{
    set_session_cookie(call, "", 0);
    set_refresh_cookie(call, "", 0);
}

void auth_audit(const struct call *call, const char *event, const char *outcome,
                const char *user_id)
{
    const struct log_field fields[] = {
        LOG_TEXT("id", call->request.id),
        LOG_TEXT("outcome", outcome),
        LOG_TEXT("user", user_id),
        LOG_TEXT("peer", call->request.remote_addr),
    };

    log_event(LEVEL_INFO, event, fields, sizeof fields / sizeof fields[0]);
}
