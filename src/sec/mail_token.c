#include "sec/mail_token.h"

#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "sec/hs256.h"

#define LENGTH_MAX 2048

static void put_claim(struct buf *payload, const char *name, const char *text)
{
    if (text != NULL) {
        buf_printf(payload, "\"%s\":", name);
        json_put_text(payload, text);
        buf_putc(payload, ',');
    }
}

char *mail_token_issue(void *ctx, const struct config *config, const struct mail_token *token,
                       int64_t now)
{
    void *work = mem_context(ctx);
    struct buf *payload = buf_new(work);

    buf_putc(payload, '{');
    put_claim(payload, "email", token->email);
    put_claim(payload, "updateTo", token->update_to);
    put_claim(payload, "requestType", token->request_type);
    put_claim(payload, "userId", token->user_id);
    buf_puts(payload, "\"iat\":");
    buf_int(payload, now / CLOCK_SECOND);
    buf_puts(payload, ",\"exp\":");
    buf_int(payload, now / CLOCK_SECOND + MAIL_TOKEN_SECONDS);
    buf_putc(payload, '}');
    char *text = hs256_sign(ctx, config, payload->data);
    talloc_free(work);
    return text;
}

static bool has(const struct json *object, const char *name)
{
    struct json_string ignored;

    return json_get_string(object, name, &ignored) != JSON_ABSENT;
}

/* A claim that is a text or absent; NULL then. */
static enum err read_text(void *ctx, const struct json *payload, const char *name,
                          const char **ret_text)
{
    struct json_string text = {.data = NULL};
    enum json_state state = json_get_string(payload, name, &text);

    if (state != JSON_FOUND && state != JSON_ABSENT) {
        return ERR_LINK_INVALID;
    }
    *ret_text = state == JSON_FOUND ? mem_strdup(ctx, text.data) : NULL;
    return ERR_OK;
}

/* The same for an address, in lower case. */
static enum err read_address(void *ctx, const struct json *payload, const char *name,
                             const char **ret_address)
{
    const char *text;
    enum err error = read_text(ctx, payload, name, &text);

    if (error == ERR_OK && text != NULL) {
        if (!text_is_email(text, strlen(text))) {
            return ERR_LINK_INVALID;
        }
        text = text_email(ctx, text);
    }
    if (error == ERR_OK) {
        *ret_address = text;
    }
    return error;
}

/* How many members of the payload we know; all others would mean another kind of token. */
static size_t count_known(const struct json *payload)
{
    static const char *const names[] = {"email", "updateTo", "requestType", "userId", "iat", "exp"};
    size_t count = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        count += has(payload, names[i]) ? 1 : 0;
    }
    return count;
}

static enum err read_claims(void *ctx, const struct json *payload, int64_t now,
                            struct mail_token *token)
{
    int64_t made_at = 0, expires_at;
    enum err error;

    if (count_known(payload) != json_member_count(payload) ||
        json_get_int(payload, "iat", &made_at) == JSON_WRONG_TYPE ||
        made_at > CLOCK_MAX / CLOCK_SECOND ||
        json_get_int(payload, "exp", &expires_at) != JSON_FOUND) {
        return ERR_LINK_INVALID;
    }
    if (expires_at <= now / CLOCK_SECOND) {
        return ERR_LINK_EXPIRED;
    }
    if ((error = read_address(ctx, payload, "email", &token->email)) != ERR_OK ||
        (error = read_address(ctx, payload, "updateTo", &token->update_to)) != ERR_OK ||
        (error = read_text(ctx, payload, "requestType", &token->request_type)) != ERR_OK ||
        (error = read_text(ctx, payload, "userId", &token->user_id)) != ERR_OK) {
        return error;
    }
    token->issued_at = made_at > 0 ? made_at * CLOCK_SECOND : 0;
    return token->email == NULL ? ERR_LINK_INVALID : ERR_OK;
}

enum err mail_token_verify(void *ctx, const struct config *config, const char *text, int64_t now,
                           struct mail_token **ret_token)
{
    void *work = mem_context(ctx);
    struct mail_token *token = mem_new(ctx, struct mail_token);
    struct json *payload;
    enum err error = ERR_LINK_INVALID;

    if (strlen(text) <= LENGTH_MAX && hs256_open(work, config, text, &payload) == ERR_OK) {
        error = read_claims(token, payload, now, token);
    }
    talloc_free(work);
    if (error != ERR_OK) {
        talloc_free(token);
        return error;
    }
    *ret_token = token;
    return ERR_OK;
}

bool mail_token_is_one(const struct json *header, const struct json *payload)
{
    int64_t made_at = 0, expires_at = 0;

    if (has(payload, "updateTo") || has(payload, "requestType")) {
        return true;
    }
    return hs256_is_header(header) && has(payload, "email") && has(payload, "userId") &&
           json_member_count(payload) == 4 &&
           json_get_int(payload, "iat", &made_at) == JSON_FOUND &&
           json_get_int(payload, "exp", &expires_at) == JSON_FOUND &&
           expires_at - made_at == MAIL_TOKEN_SECONDS;
}
