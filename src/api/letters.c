#include "api/letters.h"

#include "auth/throttle.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/query.h"
#include "mail/courier.h"
#include "mail/letter.h"
#include "mail/sendmail.h"

/* ERR_LIMITED: this address got enough letters. */
static enum err count(struct call *call, const char *to)
{
    const struct app *app = call->app;

    return throttle_count(throttle_letters(call->ctx, app->config, app->store, to, call->now));
}

static void audit(const struct call *call, enum audit event, const struct letter *letter)
{
    audit_letter(&call->source, event, letter->user->id, template_name(letter->kind));
}

/* A letter that is ready to be given away. */
struct parcel {
    const struct call *call;
    const struct letter *letter;
    const struct buf *message;
};

static void deliver(const void *arg)
{
    const struct parcel *parcel = arg;
    const struct call *call = parcel->call;
    struct buf *problem = buf_new(call->ctx);

    if (sendmail_send(call->app->config, parcel->message, call->now, problem) != ERR_OK) {
        log_error("a letter was not sent (SENDMAIL, MAIL_DIR): %s", problem->data);
        audit(call, AUDIT_LETTER_FAILED, parcel->letter);
        return;
    }
    audit(call, AUDIT_LETTER, parcel->letter);
}

void letters_send(struct call *call, const struct letter *letter)
{
    const struct config *config = call->app->config;
    const struct template_values values = {
        .url = letter->url,
        .name = letter->user->name,
        .email = letter->about,
        .token = letter->token,
    };
    struct template_texts texts;
    struct buf *message = NULL;
    enum err error = count(call, letter->to);

    if (error != ERR_OK) {
        audit(call, error == ERR_LIMITED ? AUDIT_LETTER_LIMITED : AUDIT_LETTER_UNAVAILABLE, letter);
        return;
    }
    template_fill(call->ctx, config, letter->kind, &values, &texts);
    if (letter_build(call->ctx, config, letter->to, &texts, call->now, &message) != ERR_OK) {
        audit(call, AUDIT_LETTER_ADDRESS, letter);
        return;
    }
    const struct parcel parcel = {.call = call, .letter = letter, .message = message};
    if (call->app->courier != NULL && config->sendmail.count > 0) {
        courier_send(call->app->courier, deliver, &parcel);
    } else {
        deliver(&parcel);
    }
}

void letters_send_token(struct call *call, struct letter *letter, const struct mail_token *token,
                        const char *callback)
{
    const struct config *config = call->app->config;
    struct buf *url = buf_new(call->ctx);

    letter->token = mail_token_issue(call->ctx, config, token, call->now);
    buf_printf(url, "%s/api/auth/verify-email?token=%s&callbackURL=", config->base_url,
               letter->token);
    query_encode(url, callback == NULL || *callback == '\0' ? "/" : callback);
    letter->url = url->data;
    letters_send(call, letter);
}

enum err letters_new_link(struct call *call, const char *prefix, const char *token,
                          const char *user_id, int64_t ttl)
{
    const struct verification row = {
        .id = id_new(call->ctx),
        .identifier = mem_printf(call->ctx, "%s%s", prefix, token),
        .value = user_id,
        .created_at = call->now,
        .expires_at = call->now + ttl,
    };

    return store_verification_insert(call->app->store, &row);
}
