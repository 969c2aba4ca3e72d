/* What a handler gets: the process's parts, and the call it is to answer. */
#ifndef TASKGATE_API_APP_H
#define TASKGATE_API_APP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "auth/audit.h"
#include "auth/guard.h"
#include "auth/keys.h"
#include "auth/principal.h"
#include "base/err.h"
#include "conf/conf.h"
#include "http/cgi.h"
#include "http/resp.h"
#include "store/store.h"

/* The parts of one worker. */
struct app {
    const struct config *config;
    struct store *store; /* NULL until the database could be opened */
    struct keys *keys;
    struct courier *courier;         /* waits for SENDMAIL; NULL: who sends a letter does */
    const atomic_bool *schema_ready; /* false until the master has seen the right schema */
};

/* Whether the store may be used: it is open, and its schema is right. */
bool app_is_ready(const struct app *app);

struct form;  /* api/form.h */
struct route; /* api/route.h */

/* What becomes of the session's cookies (api/session_cookies.h); NULL and false: nothing. */
struct call_cookies {
    const struct session *session; /* whose cookies are set, and its user */
    const struct user *user;
    bool cache_only; /* not the session cookie, only the cookie cache */
    bool remember;
    const char *refresh;
    bool clear;
    bool clear_cache;
};

struct call;

/* What is left to do when the client has its answer, so that the answer's time does not tell what
 * was done: letters. RUN is NULL when there is nothing. */
struct call_rest {
    void (*run)(struct call *call, const void *arg);
    const void *arg;
};

/* One request on its way. Everything allocated for it belongs to ctx. */
struct call {
    const struct app *app;
    void *ctx;
    int64_t now; /* ms, one clock reading for the whole call */
    struct request request;
    const char *client;         /* whom limits count by: http/client's bucket, "" = unknown */
    struct audit_source source; /* who is in the log */
    struct audit_list events;   /* what the log is told when it is certain */
    struct response *response;
    struct principal principal;
    struct call_cookies cookies;
    struct form *form;         /* the decoded body of a route of Better Auth, NULL = none */
    const char *path_user;     /* what ":user" matched, or NULL */
    const char *path_id;       /* what ":id" or ":token" matched, or NULL */
    const struct route *route; /* NULL: none was found */
    enum err error;            /* what the answer is made from, unless ERR_OK */
    int64_t started;           /* clock_nanoseconds() */
    struct call_rest rest;
};

/* Answers a call: sets the response, or returns what the error shape is to be made from. */
typedef enum err handler(struct call *call);

/* The handlers, by file. */
handler meta_root, meta_health, meta_ok, meta_error;                 /* meta.c */
handler sign_up_email, sign_in_email;                                /* with sign_up, sign_in */
handler password_reset_request, password_reset_link, password_reset; /* password_reset.c */
handler verify_email_request, verify_email_link;                     /* verify_email.c */
handler change_email, delete_user, delete_user_link;                 /* a file for each noun */
handler session_get, session_get_post, session_list, session_revoke, session_revoke_all,
    session_revoke_others; /* session.c */
handler account_list, account_update_user, account_update_session, account_change_password,
    account_verify_password;                                 /* account*.c */
handler access_token, jwks;                                  /* a file each */
handler sign_up, sign_in, sign_out, sign_out_short, refresh; /* a file each, but sign_out.c */
handler task_list, task_create, task_get, task_change, task_toggle, task_delete; /* task*.c */

#endif
