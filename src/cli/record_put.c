#include "cli/record.h"

const char *const record_names[RECORD_KINDS] = {
    [RECORD_USER] = "user",       [RECORD_ACCOUNT] = "account",      [RECORD_TASK] = "task",
    [RECORD_SESSION] = "session", [RECORD_REFRESH] = "refreshToken", [RECORD_HEAD] = RECORD_FORMAT,
    [RECORD_END] = "end",
};

static void put_type(struct json_line *line, enum record_kind kind)
{
    json_line_text(line, "type", record_names[kind]);
}

void record_put_head(struct json_line *line, int64_t now)
{
    put_type(line, RECORD_HEAD);
    json_line_int(line, "version", RECORD_VERSION);
    json_line_time(line, "createdAt", now);
}

void record_put_user(struct json_line *line, const struct user *user)
{
    put_type(line, RECORD_USER);
    record_put_user_members(line, user);
}

void record_put_user_members(struct json_line *line, const struct user *user)
{
    json_line_text(line, "id", user->id);
    json_line_text(line, "email", user->email);
    json_line_text(line, "name", user->name);
    json_line_bool(line, "emailVerified", user->email_verified);
    json_line_text(line, "image", user->image);
    json_line_time(line, "createdAt", user->created_at);
    json_line_time(line, "updatedAt", user->updated_at);
    json_line_bool(line, "banned", user->banned);
    json_line_text(line, "banReason", user->ban_reason);
    json_line_time(line, "banExpires", user->ban_expires_at);
}

void record_put_account(struct json_line *line, const struct transfer_account *account)
{
    put_type(line, RECORD_ACCOUNT);
    json_line_text(line, "id", account->id);
    json_line_text(line, "userId", account->user_id);
    json_line_text(line, "providerId", account->provider_id);
    json_line_text(line, "accountId", account->account_id);
    json_line_text(line, "password", account->password);
    json_line_text(line, "accessToken", account->access_token);
    json_line_text(line, "refreshToken", account->refresh_token);
    json_line_text(line, "idToken", account->id_token);
    json_line_time(line, "accessTokenExpiresAt", account->access_token_expires_at);
    json_line_time(line, "refreshTokenExpiresAt", account->refresh_token_expires_at);
    json_line_text(line, "scope", account->scope);
    json_line_time(line, "createdAt", account->created_at);
    json_line_time(line, "updatedAt", account->updated_at);
}

void record_put_task(struct json_line *line, const struct task *task)
{
    put_type(line, RECORD_TASK);
    json_line_int(line, "id", task->id);
    json_line_text(line, "userId", task->user_id);
    json_line_text(line, "title", task->title);
    json_line_text(line, "description", task->description);
    json_line_bool(line, "completed", task->completed);
    json_line_time(line, "createdAt", task->created_at);
    json_line_time(line, "updatedAt", task->updated_at);
}

void record_put_session(struct json_line *line, const struct session *session)
{
    put_type(line, RECORD_SESSION);
    json_line_text(line, "id", session->id);
    json_line_text(line, "userId", session->user_id);
    json_line_text(line, "token", session->token);
    json_line_time(line, "expiresAt", session->expires_at);
    json_line_text(line, "ipAddress", session->ip_address);
    json_line_text(line, "userAgent", session->user_agent);
    json_line_time(line, "createdAt", session->created_at);
    json_line_time(line, "updatedAt", session->updated_at);
}

void record_put_refresh(struct json_line *line, const struct transfer_refresh *refresh)
{
    put_type(line, RECORD_REFRESH);
    json_line_text(line, "tokenDigest", refresh->digest);
    json_line_text(line, "sessionId", refresh->session_id);
    json_line_text(line, "userId", refresh->user_id);
    json_line_time(line, "createdAt", refresh->created_at);
    json_line_time(line, "expiresAt", refresh->expires_at);
    json_line_time(line, "usedAt", refresh->used_at);
}

void record_put_end(struct json_line *line, int64_t rows)
{
    put_type(line, RECORD_END);
    json_line_int(line, "rows", rows);
}
