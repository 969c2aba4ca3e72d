/*
 * The audit log: what happens to accounts, sessions and credentials, a line each and counted, in a
 * closed vocabulary (ASVS 5.0, 16.3). The table in audit.c gives each event its name, outcome,
 * reason and level; man/taskgate-log.7 explains them.
 */
#ifndef TASKGATE_AUTH_AUDIT_H
#define TASKGATE_AUTH_AUDIT_H

#include <stdbool.h>

#include "base/log.h"
#include "base/metric.h"
#include "conf/conf.h"

enum audit {
    AUDIT_SIGN_UP,
    AUDIT_SIGN_UP_TAKEN, /* the address has an account */
    AUDIT_SIGN_IN,
    AUDIT_SIGN_IN_PASSWORD,   /* these four are one answer to the client: wrong password, ... */
    AUDIT_SIGN_IN_NO_ACCOUNT, /* ... no such account, ... */
    AUDIT_SIGN_IN_NO_HASH,    /* ... an account without a password, ... */
    AUDIT_SIGN_IN_GONE,       /* ... deleted while it was looked at */
    AUDIT_SIGN_IN_UNVERIFIED, /* the password was right */
    AUDIT_SIGN_IN_BANNED,     /* the password was right */
    AUDIT_SIGN_IN_LIMITED,
    AUDIT_SIGN_IN_UNAVAILABLE, /* the database, or memory for the hash: nothing was decided */
    AUDIT_SIGN_OUT,
    AUDIT_REFRESH,
    AUDIT_REFRESH_UNKNOWN,
    AUDIT_REFRESH_REUSED, /* the session has been ended: its token may have been stolen */
    AUDIT_REVOKE_SESSION,
    AUDIT_REVOKE_SESSIONS,
    AUDIT_REVOKE_OTHER_SESSIONS,
    AUDIT_PASSWORD_WRONG, /* these two: a signed-in user is asked for the password */
    AUDIT_PASSWORD_LIMITED,
    AUDIT_CHANGE_PASSWORD,
    AUDIT_REQUEST_RESET,
    AUDIT_REQUEST_RESET_NO_ACCOUNT,
    AUDIT_REQUEST_RESET_UNAVAILABLE,
    AUDIT_RESET_PASSWORD,
    AUDIT_RESET_PASSWORD_LINK, /* unknown, expired or used up */
    AUDIT_REQUEST_CHANGE_EMAIL,
    AUDIT_REQUEST_CHANGE_EMAIL_TAKEN,
    AUDIT_REQUEST_CHANGE_EMAIL_UNAVAILABLE,
    AUDIT_CHANGE_EMAIL,
    AUDIT_CHANGE_EMAIL_TAKEN,
    AUDIT_CHANGE_EMAIL_LINK,
    AUDIT_VERIFY_EMAIL,
    AUDIT_VERIFY_EMAIL_LINK,
    AUDIT_VERIFY_EMAIL_UNAVAILABLE,
    AUDIT_REQUEST_DELETE_USER,
    AUDIT_DELETE_USER,
    AUDIT_DELETE_USER_LINK,
    AUDIT_PROVISION_USER, /* a row for a user whose token was made elsewhere */
    AUDIT_TOKEN_EXPIRED,  /* these five: what a request was made with */
    AUDIT_TOKEN_INVALID,
    AUDIT_TOKEN_NO_USER,
    AUDIT_TOKEN_MALFORMED,
    AUDIT_TOKEN_ENDED, /* its session has ended */
    AUDIT_ACCESS_OTHER_USER,
    AUDIT_ACCESS_BANNED, /* a token of another issuer */
    AUDIT_ORIGIN_FOREIGN,
    AUDIT_ORIGIN_MISSING,
    AUDIT_ORIGIN_CROSS_SITE,
    AUDIT_REDIRECT_FOREIGN, /* a URL to go on to that is not on a trusted origin */
    AUDIT_LIMITED,          /* Better Auth's limits on its paths */
    AUDIT_LETTER,
    AUDIT_LETTER_FAILED,
    AUDIT_LETTER_LIMITED,
    AUDIT_LETTER_ADDRESS,
    AUDIT_LETTER_UNAVAILABLE,
    AUDIT_ADD_USER, /* these: commands that a person runs */
    AUDIT_SET_PASSWORD,
    AUDIT_DISABLE_USER,
    AUDIT_ENABLE_USER,
    AUDIT_EXPORT,
    AUDIT_IMPORT,
    AUDIT_BACKUP,
    AUDIT_RESTORE,
    AUDIT_MIGRATE,
    AUDIT_ROTATE_KEY,
    AUDIT_COUNT
};

/* How an event is written. */
struct audit_word {
    const char *event;
    const char *reason; /* NULL: a success */
    enum log_level level;
};
extern const struct audit_word audit_words[AUDIT_COUNT];

/* The table as metrics name it: event, and "success" or the reason. */
const struct metric_pair *audit_metrics(size_t *ret_count);

struct audit_waiting; /* an event */

/* Events of a request, in their order, until what it did is certain. CTX owns them. */
struct audit_list {
    void *ctx;
    struct audit_waiting *first;
    struct audit_waiting **end; /* NULL: there is none */
};

/* Who caused an event. */
struct audit_source {
    const struct config *config;
    struct audit_list *list; /* where events wait for audit_write(); NULL: they do not */
    const char *request_id;  /* these three: NULL = not known, or there is no request */
    const char *client;      /* the address that the request came from */
    const char *peer;        /* the one that connected to the web server, when it is another */
    bool command;            /* a command that a person runs: the line has the user id of Unix */
};

/* Writes and counts what waits in SOURCE's list; from here on nothing does. Events of a list that
 * is freed instead have not happened. */
void audit_write(struct audit_source *source);

/* EVENT happened; USER_ID is whom it is about, NULL = nobody known. */
void audit_user(const struct audit_source *source, enum audit event, const char *user_id);

/* The same about the account of EMAIL (lower case), which need not exist. The line shows it as a
 * keyed digest: one can see that two lines mean the same account, and not which; what was typed may
 * be somebody's address, or a password in the wrong field. */
void audit_account(const struct audit_source *source, enum audit event, const char *user_id,
                   const char *email);

/* A letter of KIND to USER_ID. */
void audit_letter(const struct audit_source *source, enum audit event, const char *user_id,
                  const char *kind);

/* The signing key called KEY_ID. */
void audit_key(const struct audit_source *source, enum audit event, const char *key_id);

/* Logs the refusal of a request if ERROR is one that the audit log is for: credentials, owner,
 * origin, redirection, limit. USER_ID as above. */
void audit_refusal(const struct audit_source *source, enum err error, const char *user_id);

#endif
