/*
 * The tokens in letters about an e-mail address: HS256 with the first secret, as Better Auth makes
 * them, so that its server takes ours and we take its. Nothing of them is stored.
 */
#ifndef TASKGATE_SEC_MAIL_TOKEN_H
#define TASKGATE_SEC_MAIL_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "conf/conf.h"

#define MAIL_TOKEN_SECONDS 3600

/* Requests about an address that is to be replaced; another text is an old server's. */
#define MAIL_TOKEN_CONFIRM "change-email-confirmation" /* asks the old address */
#define MAIL_TOKEN_MOVE    "change-email-verification" /* asks the new one */

struct mail_token {
    const char *email;        /* the user's address */
    const char *update_to;    /* the one to replace it by, or NULL */
    const char *request_type; /* NULL without update_to */
    const char *user_id;      /* NULL in tokens of old servers */
    int64_t issued_at;        /* ms, of a whole second; 0: not said. Set by mail_token_verify */
};

/* A token that says TOKEN, made at NOW, owned by CTX. */
char *mail_token_issue(void *ctx, const struct config *config, const struct mail_token *token,
                       int64_t now);

/*
 * Checks TEXT at NOW; *ret_token is owned by CTX, its addresses are in lower case. Only the header
 * and the members that mail_token_issue writes pass, for whatever time, as a Better Auth server may
 * be set to: a token of a sign-in, which is signed with the same secret and names an address too,
 * proves no mailbox. ERR_LINK_EXPIRED only after the signature was found right; ERR_LINK_INVALID.
 */
enum err mail_token_verify(void *ctx, const struct config *config, const char *text, int64_t now,
                           struct mail_token **ret_token) WARN_UNUSED;

/* Whether a rightly signed token with this header and payload is one for letters: who reads the
 * mail must not get into the task API with it. */
bool mail_token_is_one(const struct json *header, const struct json *payload);

#endif
