#include "auth/audit.h"

#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/mem.h"
#include "sec/mac.h"

/* Bytes of a digest that are shown: enough to tell the accounts of one log apart. */
#define DIGEST_SHOWN 9

#define FAILURE(word, why, how)                                                                    \
    {                                                                                              \
        .event = (word), .reason = (why), .level = (how)                                           \
    }
#define SUCCESS(word)                                                                              \
    {                                                                                              \
        .event = (word), .level = LEVEL_INFO                                                       \
    }

/* Refusals that an honest client meets every day are information, the others warnings. */
const struct audit_word audit_words[AUDIT_COUNT] = {
    [AUDIT_SIGN_UP] = SUCCESS("sign-up"),
    [AUDIT_SIGN_UP_TAKEN] = FAILURE("sign-up", "email-taken", LEVEL_INFO),
    [AUDIT_SIGN_IN] = SUCCESS("sign-in"),
    [AUDIT_SIGN_IN_PASSWORD] = FAILURE("sign-in", "wrong-password", LEVEL_WARN),
    [AUDIT_SIGN_IN_NO_ACCOUNT] = FAILURE("sign-in", "no-account", LEVEL_WARN),
    [AUDIT_SIGN_IN_NO_HASH] = FAILURE("sign-in", "no-password", LEVEL_WARN),
    [AUDIT_SIGN_IN_GONE] = FAILURE("sign-in", "deleted", LEVEL_INFO),
    [AUDIT_SIGN_IN_UNVERIFIED] = FAILURE("sign-in", "unverified-email", LEVEL_INFO),
    [AUDIT_SIGN_IN_BANNED] = FAILURE("sign-in", "banned", LEVEL_INFO),
    [AUDIT_SIGN_IN_LIMITED] = FAILURE("sign-in", "limited", LEVEL_WARN),
    [AUDIT_SIGN_IN_UNAVAILABLE] = FAILURE("sign-in", "unavailable", LEVEL_WARN),
    [AUDIT_SIGN_OUT] = SUCCESS("sign-out"),
    [AUDIT_REFRESH] = SUCCESS("refresh"),
    [AUDIT_REFRESH_UNKNOWN] = FAILURE("refresh", "unknown-token", LEVEL_INFO),
    [AUDIT_REFRESH_REUSED] = FAILURE("refresh", "used-token", LEVEL_WARN),
    [AUDIT_REVOKE_SESSION] = SUCCESS("revoke-session"),
    [AUDIT_REVOKE_SESSIONS] = SUCCESS("revoke-sessions"),
    [AUDIT_REVOKE_OTHER_SESSIONS] = SUCCESS("revoke-other-sessions"),
    [AUDIT_PASSWORD_WRONG] = FAILURE("verify-password", "wrong-password", LEVEL_WARN),
    [AUDIT_PASSWORD_LIMITED] = FAILURE("verify-password", "limited", LEVEL_WARN),
    [AUDIT_CHANGE_PASSWORD] = SUCCESS("change-password"),
    [AUDIT_REQUEST_RESET] = SUCCESS("request-password-reset"),
    [AUDIT_REQUEST_RESET_NO_ACCOUNT] = FAILURE("request-password-reset", "no-account", LEVEL_INFO),
    [AUDIT_REQUEST_RESET_UNAVAILABLE] =
        FAILURE("request-password-reset", "unavailable", LEVEL_WARN),
    [AUDIT_RESET_PASSWORD] = SUCCESS("reset-password"),
    [AUDIT_RESET_PASSWORD_LINK] = FAILURE("reset-password", "bad-link", LEVEL_WARN),
    [AUDIT_REQUEST_CHANGE_EMAIL] = SUCCESS("request-change-email"),
    [AUDIT_REQUEST_CHANGE_EMAIL_TAKEN] = FAILURE("request-change-email", "email-taken", LEVEL_INFO),
    [AUDIT_REQUEST_CHANGE_EMAIL_UNAVAILABLE] =
        FAILURE("request-change-email", "unavailable", LEVEL_WARN),
    [AUDIT_CHANGE_EMAIL] = SUCCESS("change-email"),
    [AUDIT_CHANGE_EMAIL_TAKEN] = FAILURE("change-email", "email-taken", LEVEL_INFO),
    [AUDIT_CHANGE_EMAIL_LINK] = FAILURE("change-email", "bad-link", LEVEL_WARN),
    [AUDIT_VERIFY_EMAIL] = SUCCESS("verify-email"),
    [AUDIT_VERIFY_EMAIL_LINK] = FAILURE("verify-email", "bad-link", LEVEL_INFO),
    [AUDIT_VERIFY_EMAIL_UNAVAILABLE] = FAILURE("verify-email", "unavailable", LEVEL_WARN),
    [AUDIT_REQUEST_DELETE_USER] = SUCCESS("request-delete-user"),
    [AUDIT_DELETE_USER] = SUCCESS("delete-user"),
    [AUDIT_DELETE_USER_LINK] = FAILURE("delete-user", "bad-link", LEVEL_WARN),
    [AUDIT_PROVISION_USER] = SUCCESS("provision-user"),
    [AUDIT_TOKEN_EXPIRED] = FAILURE("token", "expired", LEVEL_INFO),
    [AUDIT_TOKEN_INVALID] = FAILURE("token", "invalid", LEVEL_WARN),
    [AUDIT_TOKEN_NO_USER] = FAILURE("token", "no-user-id", LEVEL_WARN),
    [AUDIT_TOKEN_MALFORMED] = FAILURE("token", "malformed", LEVEL_INFO),
    [AUDIT_TOKEN_ENDED] = FAILURE("token", "session-ended", LEVEL_INFO),
    [AUDIT_ACCESS_OTHER_USER] = FAILURE("access", "other-user", LEVEL_WARN),
    [AUDIT_ACCESS_BANNED] = FAILURE("access", "banned", LEVEL_INFO),
    [AUDIT_ORIGIN_FOREIGN] = FAILURE("origin", "foreign", LEVEL_WARN),
    [AUDIT_ORIGIN_MISSING] = FAILURE("origin", "missing", LEVEL_WARN),
    [AUDIT_ORIGIN_CROSS_SITE] = FAILURE("origin", "cross-site", LEVEL_WARN),
    [AUDIT_REDIRECT_FOREIGN] = FAILURE("redirect", "foreign", LEVEL_WARN),
    [AUDIT_LIMITED] = FAILURE("limit", "limited", LEVEL_WARN),
    [AUDIT_LETTER] = SUCCESS("letter"),
    [AUDIT_LETTER_FAILED] = FAILURE("letter", "not-taken", LEVEL_WARN),
    [AUDIT_LETTER_LIMITED] = FAILURE("letter", "limited", LEVEL_WARN),
    [AUDIT_LETTER_ADDRESS] = FAILURE("letter", "bad-address", LEVEL_WARN),
    [AUDIT_LETTER_UNAVAILABLE] = FAILURE("letter", "unavailable", LEVEL_WARN),
    [AUDIT_ADD_USER] = SUCCESS("add-user"),
    [AUDIT_SET_PASSWORD] = SUCCESS("set-password"),
    [AUDIT_DISABLE_USER] = SUCCESS("disable-user"),
    [AUDIT_ENABLE_USER] = SUCCESS("enable-user"),
    [AUDIT_EXPORT] = SUCCESS("export"),
    [AUDIT_IMPORT] = SUCCESS("import"),
    [AUDIT_BACKUP] = SUCCESS("backup"),
    [AUDIT_RESTORE] = SUCCESS("restore"),
    [AUDIT_MIGRATE] = SUCCESS("migrate"),
    [AUDIT_ROTATE_KEY] = SUCCESS("rotate-key"),
};

const struct metric_pair *audit_metrics(size_t *ret_count)
{
    static struct metric_pair list[AUDIT_COUNT];

    for (size_t i = 0; i < AUDIT_COUNT; i++) {
        const char *reason = audit_words[i].reason;
        list[i] = (struct metric_pair){audit_words[i].event, reason == NULL ? "success" : reason};
    }
    *ret_count = AUDIT_COUNT;
    return list;
}

/* What an event is about; NULL is left out. */
struct about {
    const char *user_id;
    const char *account;
    const char *kind;
    const char *key;
};

struct audit_waiting {
    enum audit event;
    struct about about;
    struct audit_waiting *next;
};

/* What a client could choose the bytes of stands behind the address: who bans addresses by these
 * lines reads them from the left. */
static void put(const struct audit_source *source, enum audit event, const struct about *about)
{
    const struct audit_word *word = &audit_words[event];
    struct log_field fields[] = {
        LOG_TEXT("outcome", word->reason == NULL ? "success" : "failure"),
        LOG_TEXT("reason", word->reason),
        LOG_TEXT("client", source->client),
        LOG_TEXT("peer", source->peer),
        LOG_TEXT("id", source->request_id),
        LOG_TEXT("kind", about->kind),
        LOG_TEXT("key", about->key),
        LOG_TEXT("account", about->account),
        LOG_TEXT("user", about->user_id),
        LOG_NUM("uid", source->command ? (int64_t)getuid() : 0),
    };
    unsigned count = sizeof fields / sizeof fields[0];

    metric_count(METRIC_AUTH_EVENTS, event, 0);
    log_auth_event(word->level, word->event, fields, source->command ? count : count - 1);
}

static const char *copy(void *ctx, const char *text)
{
    return text == NULL ? NULL : mem_strdup(ctx, text);
}

static void record(const struct audit_source *source, enum audit event, const struct about *about)
{
    struct audit_list *list = source->list;

    if (list == NULL) {
        put(source, event, about);
        return;
    }
    struct audit_waiting *waiting = mem_new(list->ctx, struct audit_waiting);
    waiting->event = event;
    waiting->about = (struct about){.user_id = copy(waiting, about->user_id),
                                    .account = copy(waiting, about->account),
                                    .kind = copy(waiting, about->kind),
                                    .key = copy(waiting, about->key)};
    *(list->end == NULL ? &list->first : list->end) = waiting;
    list->end = &waiting->next;
}

void audit_write(struct audit_source *source)
{
    const struct audit_waiting *waiting = source->list == NULL ? NULL : source->list->first;

    for (; waiting != NULL; waiting = waiting->next) {
        put(source, waiting->event, &waiting->about);
    }
    source->list = NULL;
}

void audit_user(const struct audit_source *source, enum audit event, const char *user_id)
{
    record(source, event, &(struct about){.user_id = user_id});
}

void audit_account(const struct audit_source *source, enum audit event, const char *user_id,
                   const char *email)
{
    void *work = mem_context(NULL);
    const char *text = mem_printf(work, "audit\n%s", email);
    unsigned char mac[MAC_SIZE];

    mac_sign(&source->config->secrets[0], text, strlen(text), mac);
    record(source, event,
           &(struct about){.user_id = user_id,
                           .account = base64_encode(work, BASE64_URL, mac, DIGEST_SHOWN)});
    talloc_free(work);
}

void audit_letter(const struct audit_source *source, enum audit event, const char *user_id,
                  const char *kind)
{
    record(source, event, &(struct about){.user_id = user_id, .kind = kind});
}

void audit_key(const struct audit_source *source, enum audit event, const char *key_id)
{
    record(source, event, &(struct about){.key = key_id});
}

void audit_refusal(const struct audit_source *source, enum err error, const char *user_id)
{
    static const struct {
        enum err error;
        enum audit event;
    } refusals[] = {
        {ERR_TOKEN_EXPIRED, AUDIT_TOKEN_EXPIRED},
        {ERR_TOKEN_INVALID, AUDIT_TOKEN_INVALID},
        {ERR_TOKEN_NO_USER, AUDIT_TOKEN_NO_USER},
        {ERR_BAD_AUTH_HEADER, AUDIT_TOKEN_MALFORMED},
        {ERR_USER_MISMATCH, AUDIT_ACCESS_OTHER_USER},
        {ERR_BAD_ORIGIN, AUDIT_ORIGIN_FOREIGN},
        {ERR_NO_ORIGIN, AUDIT_ORIGIN_MISSING},
        {ERR_CROSS_SITE, AUDIT_ORIGIN_CROSS_SITE},
        {ERR_CALLBACK_URL, AUDIT_REDIRECT_FOREIGN},
        {ERR_REDIRECT_URL, AUDIT_REDIRECT_FOREIGN},
        {ERR_ERROR_CALLBACK_URL, AUDIT_REDIRECT_FOREIGN},
        {ERR_NEW_USER_CALLBACK_URL, AUDIT_REDIRECT_FOREIGN},
    };

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        if (refusals[i].error == error) {
            audit_user(source, refusals[i].event, user_id);
        }
    }
}
