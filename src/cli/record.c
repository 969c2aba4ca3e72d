#include "cli/record.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "sec/password.h"

#define ID_MAX     255 /* bytes; what a token's user id may have (R4) */
#define HASH_MAX   10000
#define TEXT_MAX   131072       /* what a request may have written: the largest MAX_BODY */
#define CREDENTIAL "credential" /* Better Auth's name for an account with a password */

/* A line being read; the first fault counts. */
struct parse {
    void *ctx;
    const struct json *json;
    int64_t now;
    const char *fault;
};

static void fail(struct parse *parse, const char *name, const char *what)
{
    if (parse->fault == NULL) {
        parse->fault = mem_printf(parse->ctx, "\"%s\" %s", name, what);
    }
}

/* --- members; NULL, 0 and false where there is none --- */

static const char *read_text(struct parse *parse, const char *name, size_t max_chars)
{
    struct json_string text;
    enum json_state state = json_get_string(parse->json, name, &text);

    if (state == JSON_WRONG_TYPE) {
        fail(parse, name, "is not a text");
    } else if (state == JSON_FOUND && text_length(text.data, text.len) > max_chars) {
        fail(parse, name, "is too long");
    } else if (state == JSON_FOUND) {
        return mem_strndup(parse->ctx, text.data, text.len);
    }
    return NULL;
}

static const char *need_text(struct parse *parse, const char *name, size_t max_chars)
{
    const char *text = read_text(parse, name, max_chars);

    if (text == NULL) {
        fail(parse, name, "is missing");
    }
    return text;
}

/* A name for a row: whatever a token may call a user, so that each export can be imported. */
static const char *read_id(struct parse *parse, const char *name)
{
    const char *id = read_text(parse, name, ID_MAX);

    if (id == NULL) {
        return NULL;
    }
    if (*id == '\0' || strlen(id) > ID_MAX) {
        fail(parse, name, "is no id: 1 to 255 bytes");
    }
    return id;
}

static const char *need_id(struct parse *parse, const char *name)
{
    const char *id = read_id(parse, name);

    if (id == NULL) {
        fail(parse, name, "is missing");
    }
    return id;
}

static int64_t read_time(struct parse *parse, const char *name, int64_t otherwise)
{
    struct json_string text;
    int64_t time = otherwise;
    enum json_state state = json_get_string(parse->json, name, &text);

    if (state == JSON_WRONG_TYPE ||
        (state == JSON_FOUND && (!clock_parse(text.data, text.len, &time) || time <= 0))) {
        fail(parse, name, "is no ISO 8601 time after 1970 began, like 2026-11-20T23:43:00.123Z");
    }
    return time;
}

static int64_t need_time(struct parse *parse, const char *name)
{
    int64_t time = read_time(parse, name, -1);

    if (time < 0) {
        fail(parse, name, "is missing");
    }
    return time;
}

static bool read_bool(struct parse *parse, const char *name)
{
    bool value = false;

    if (json_get_bool(parse->json, name, &value) == JSON_WRONG_TYPE) {
        fail(parse, name, "is neither true nor false");
    }
    return value;
}

/* A hash that a sign-in can verify; whatever else it is, it is no hash and is never printed. */
static const char *read_hash(struct parse *parse)
{
    const char *hash = read_text(parse, "password", HASH_MAX);

    if (hash != NULL && strcmp(password_kind(hash), "unknown") == 0) {
        fail(parse, "password",
             "is no hash that can be verified: argon2id (PHC, p=1, at most 256 MiB and 10 passes), "
             "bcrypt (cost 4 to 14) or Better Auth's scrypt");
    }
    return hash;
}

/* --- rows --- */

static void parse_user(struct parse *parse, struct record *record)
{
    const char *email = "";
    const char *given = need_text(parse, "email", ID_MAX);
    const char *name = read_text(parse, "name", TEXT_MAX);

    if (given != NULL && !text_is_email(given, strlen(given))) {
        fail(parse, "email", "is no e-mail address");
    } else if (given != NULL) {
        email = text_email(parse->ctx, given);
    }
    record->user = (struct user){
        .id = read_id(parse, "id"),
        .name = name != NULL ? name : mem_strndup(parse->ctx, email, strcspn(email, "@")),
        .email = email,
        .email_verified = read_bool(parse, "emailVerified"),
        .image = read_text(parse, "image", TEXT_MAX),
        .created_at = read_time(parse, "createdAt", parse->now),
        .banned = read_bool(parse, "banned"),
        .ban_reason = read_text(parse, "banReason", TEXT_MAX),
        .ban_expires_at = read_time(parse, "banExpires", 0),
    };
    record->user.updated_at = read_time(parse, "updatedAt", record->user.created_at);
    record->hash = read_hash(parse);
}

static void parse_account(struct parse *parse, struct record *record)
{
    struct transfer_account *account = &record->account;
    const char *id = read_id(parse, "id");

    *account = (struct transfer_account){
        .id = id != NULL ? id : id_new(parse->ctx),
        .user_id = need_id(parse, "userId"),
        .provider_id = need_id(parse, "providerId"),
        .account_id = read_id(parse, "accountId"),
        .access_token = read_text(parse, "accessToken", TEXT_MAX),
        .refresh_token = read_text(parse, "refreshToken", TEXT_MAX),
        .id_token = read_text(parse, "idToken", TEXT_MAX),
        .access_token_expires_at = read_time(parse, "accessTokenExpiresAt", 0),
        .refresh_token_expires_at = read_time(parse, "refreshTokenExpiresAt", 0),
        .scope = read_text(parse, "scope", TEXT_MAX),
        .password = read_hash(parse),
        .created_at = read_time(parse, "createdAt", parse->now),
    };
    account->updated_at = read_time(parse, "updatedAt", account->created_at);
    if (parse->fault != NULL) {
        return;
    }
    bool credential = strcmp(account->provider_id, CREDENTIAL) == 0;
    if (credential && account->account_id == NULL) {
        account->account_id = account->user_id;
    }
    if (account->account_id == NULL) {
        fail(parse, "accountId", "is missing");
    } else if (credential && strcmp(account->account_id, account->user_id) != 0) {
        fail(parse, "accountId", "of an account with a password is its user's id");
    } else if (!credential && account->password != NULL) {
        fail(parse, "password", "belongs to an account of the provider \"" CREDENTIAL "\"");
    }
}

static void parse_task(struct parse *parse, struct record *record)
{
    struct task *task = &record->task;
    enum json_state state = json_get_int(parse->json, "id", &task->id);

    if (state == JSON_WRONG_TYPE || (state == JSON_FOUND && task->id < 1)) {
        fail(parse, "id", "is no number above 0");
    }
    task->user_id = need_id(parse, "userId");
    task->title = need_text(parse, "title", TASK_TITLE_MAX);
    task->description = read_text(parse, "description", TASK_DESCRIPTION_MAX);
    task->completed = read_bool(parse, "completed");
    /* Without an id its time is what tells it from others when it comes a second time. */
    task->created_at =
        task->id > 0 ? read_time(parse, "createdAt", parse->now) : need_time(parse, "createdAt");
    task->updated_at = read_time(parse, "updatedAt", task->created_at);
    if (task->title != NULL && *task->title == '\0') {
        fail(parse, "title", "is empty");
    }
    task->title_len = task->title == NULL ? 0 : strlen(task->title);
    task->description_len = task->description == NULL ? 0 : strlen(task->description);
}

static const char *text_or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static void parse_session(struct parse *parse, struct record *record)
{
    record->session = (struct session){
        .id = need_id(parse, "id"),
        .token = need_id(parse, "token"),
        .user_id = need_id(parse, "userId"),
        .expires_at = need_time(parse, "expiresAt"),
        .created_at = read_time(parse, "createdAt", parse->now),
        .ip_address = text_or_empty(read_text(parse, "ipAddress", ID_MAX)),
        .user_agent = text_or_empty(read_text(parse, "userAgent", TEXT_MAX)),
    };
    record->session.updated_at = read_time(parse, "updatedAt", record->session.created_at);
}

static void parse_refresh(struct parse *parse, struct record *record)
{
    record->refresh = (struct transfer_refresh){
        .digest = need_id(parse, "tokenDigest"),
        .session_id = need_id(parse, "sessionId"),
        .user_id = need_id(parse, "userId"),
        .created_at = need_time(parse, "createdAt"),
        .expires_at = need_time(parse, "expiresAt"),
        .used_at = read_time(parse, "usedAt", 0),
    };
}

static void parse_head(struct parse *parse, struct record *record)
{
    int64_t version = 0;

    (void)record;
    if (json_get_int(parse->json, "version", &version) != JSON_FOUND || version != RECORD_VERSION) {
        fail(parse, "version", "is not 1: a newer program made this file");
    }
}

static void parse_end(struct parse *parse, struct record *record)
{
    (void)parse;
    (void)record;
}

static enum record_kind kind_of(const char *type)
{
    for (int kind = 0; kind < RECORD_KINDS; kind++) {
        if (strcmp(record_names[kind], type) == 0) {
            return (enum record_kind)kind;
        }
    }
    return RECORD_KINDS;
}

enum err record_parse(void *ctx, const char *line, size_t len, int64_t now,
                      struct record **ret_record, const char **ret_fault)
{
    static void (*const parsers[RECORD_KINDS])(struct parse *, struct record *) = {
        [RECORD_USER] = parse_user,       [RECORD_ACCOUNT] = parse_account,
        [RECORD_TASK] = parse_task,       [RECORD_SESSION] = parse_session,
        [RECORD_REFRESH] = parse_refresh, [RECORD_HEAD] = parse_head,
        [RECORD_END] = parse_end,
    };
    struct record *record = mem_new(ctx, struct record);
    struct parse parse = {.ctx = record, .now = now};
    struct json *json = NULL;

    if (json_parse_object(record, line, len, &json) != ERR_OK) {
        *ret_fault = "this is not a JSON object";
        return ERR_BAD_INPUT;
    }
    parse.json = json;
    const char *type = need_text(&parse, "type", ID_MAX);
    record->kind = type == NULL ? RECORD_KINDS : kind_of(type);
    if (record->kind < RECORD_KINDS) {
        parsers[record->kind](&parse, record);
    } else {
        fail(&parse, "type", "is none of user, account, task, session, refreshToken");
    }
    talloc_free(json);
    if (parse.fault != NULL) {
        *ret_fault = parse.fault;
        return ERR_BAD_INPUT;
    }
    *ret_record = record;
    return ERR_OK;
}
