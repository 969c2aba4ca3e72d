#include "api/user_json.h"

#include "base/json.h"

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
