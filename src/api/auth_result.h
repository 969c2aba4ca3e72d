/* The answer that sign-up and sign-in share: tokens, user, session, cookies. */
#ifndef TASKGATE_API_AUTH_RESULT_H
#define TASKGATE_API_AUTH_RESULT_H

#include <stddef.h>

#include "api/app.h"

/* What a sign-up or sign-in form holds; texts live with the call. */
struct credentials {
    char *email; /* lower case; syntax not yet checked */
    const char *password;
    size_t password_len;
    const char *name; /* NULL when absent or empty */
};

/* Decodes the call's body. ERR_BAD_JSON; ERR_INVALID with the problems noted. */
enum err auth_read_credentials(struct call *call, struct credentials *ret_credentials) WARN_UNUSED;

/* A new refresh token: RET_ROW is what to store of it, the result what the client gets. */
const char *auth_new_refresh(struct call *call, struct refresh **ret_row);

/* A new session of USER_ID for this call's client, not yet stored; its first refresh token. */
struct session *auth_new_session(struct call *call, const char *user_id,
                                 const char **ret_refresh_token);

/* Answers with tokens, USER and SESSION (an AuthResult, taskgate-api(7)) and sets both cookies. */
void auth_result(struct call *call, int status, const struct user *user,
                 const struct session *session, const char *refresh_token);

/* Expires the cookies that auth_result sets. */
void auth_clear_cookies(struct call *call);

/* One line of the audit log: EVENT is a fixed word, USER_ID may be NULL. */
void auth_audit(const struct call *call, const char *event, const char *outcome,
                const char *user_id);

#endif
