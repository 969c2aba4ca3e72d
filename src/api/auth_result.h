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

/* What to store of the refresh token TOKEN: it lives for a day at most without REMEMBER. */
struct refresh *auth_new_refresh(struct call *call, const char *token, bool remember);

/* When a session that is made or extended now ends: after SESSION_TTL, without REMEMBER after a day
 * at the latest. */
int64_t auth_session_end(const struct call *call, bool remember);

/* A new session of USER_ID for this call's client, not yet stored; its first refresh token. */
struct session *auth_new_session(struct call *call, const char *user_id, bool remember,
                                 const char **ret_refresh_token);

/* Answers with tokens, USER and SESSION (an AuthResult, taskgate-api(7)) and sets both cookies. */
void auth_result(struct call *call, int status, const struct user *user,
                 const struct session *session, const char *refresh_token, bool remember);

/*
 * Answers as Better Auth does, {"token","user"} with the session's token, and our "jwt" besides;
 * sets both cookies. With URL (NULL = none) for a sign-in that goes on to another page.
 */
void auth_result_sign_up(struct call *call, const struct user *user, const struct session *session,
                         const char *refresh_token, bool remember);
void auth_result_sign_in(struct call *call, const struct user *user, const struct session *session,
                         const char *refresh_token, bool remember, const char *url);

/* Answers a sign-up whose address has to be proven before there is a session:
 * {"token":null,"user"}, on a SHORT path as it spells users. */
void auth_result_pending(struct call *call, int status, const struct user *user, bool is_short);

/* Answers 200 with the JSON text TEXT; ERR_OK. */
enum err auth_answer(struct call *call, const char *text);

/* Appends row INDEX of ROWS, an array of whatever the caller of auth_answer_list has. */
typedef void auth_put_row(struct buf *body, const void *rows, size_t index);

/* Answers 200 with an array of COUNT rows; ERR_OK. */
enum err auth_answer_list(struct call *call, const void *rows, size_t count, auth_put_row *put);

#endif
