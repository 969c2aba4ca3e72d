#include "api/user_json.h"

#include "base/clock.h"
#include "base/mem.h"

void user_json_put(struct buf *body, const struct user *user, bool repeat_id)
{
    buf_puts(body, "{\"id\":");
    json_put_text(body, user->id);
    if (repeat_id) {
        buf_puts(body, ",\"userId\":");
        json_put_text(body, user->id);
    }
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

void user_json_put_session(struct buf *body, const struct session *session)
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

/* Reads members of one object; BAD stays set once one of them was not what it has to be. */
struct reader {
    void *ctx;
    const struct json *json;
    bool bad;
};

/* NULL for null and, with the reader set to BAD, for what is no text. */
static const char *read_text_or_null(struct reader *reader, const char *name)
{
    struct json_string text = {.data = NULL};
    enum json_state state = json_get_string(reader->json, name, &text);

    if (state != JSON_FOUND) {
        reader->bad = reader->bad || state == JSON_WRONG_TYPE;
        return NULL;
    }
    return mem_strndup(reader->ctx, text.data, text.len);
}

static const char *read_text(struct reader *reader, const char *name)
{
    const char *text = read_text_or_null(reader, name);

    reader->bad = reader->bad || text == NULL;
    return text;
}

static int64_t read_time(struct reader *reader, const char *name)
{
    struct json_string text = {.data = "", .len = 0};
    int64_t time = 0;

    if (json_get_string(reader->json, name, &text) != JSON_FOUND ||
        !clock_parse(text.data, text.len, &time)) {
        reader->bad = true;
    }
    return time;
}

enum err user_json_read(void *ctx, const struct json *json, struct user **ret_user)
{
    struct reader reader = {.ctx = ctx, .json = json};
    struct user *user = mem_new(ctx, struct user);

    user->id = read_text(&reader, "id");
    user->name = read_text(&reader, "name");
    user->email = read_text(&reader, "email");
    if (json_get_bool(json, "emailVerified", &user->email_verified) != JSON_FOUND) {
        reader.bad = true;
    }
    user->image = read_text_or_null(&reader, "image");
    user->created_at = read_time(&reader, "createdAt");
    user->updated_at = read_time(&reader, "updatedAt");
    if (reader.bad) {
        return ERR_BAD_VALUE;
    }
    *ret_user = user;
    return ERR_OK;
}

enum err user_json_read_session(void *ctx, const struct json *json, struct session **ret_session)
{
    struct reader reader = {.ctx = ctx, .json = json};
    struct session *session = mem_new(ctx, struct session);

    session->id = read_text(&reader, "id");
    session->token = read_text(&reader, "token");
    session->user_id = read_text(&reader, "userId");
    session->expires_at = read_time(&reader, "expiresAt");
    session->created_at = read_time(&reader, "createdAt");
    session->updated_at = read_time(&reader, "updatedAt");
    const char *address = read_text_or_null(&reader, "ipAddress");
    const char *agent = read_text_or_null(&reader, "userAgent");
    session->ip_address = address == NULL ? "" : address;
    session->user_agent = agent == NULL ? "" : agent;
    if (reader.bad) {
        return ERR_BAD_VALUE;
    }
    *ret_session = session;
    return ERR_OK;
}
