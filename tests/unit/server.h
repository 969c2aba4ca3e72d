/*
 * A worker without a web server: settings, a SQLite database in a folder of its own, and requests
 * handed to dispatch(). The database is the real one behind a driver that counts calls and fails
 * when it is told to.
 */
#ifndef TASKGATE_TESTS_SERVER_H
#define TASKGATE_TESTS_SERVER_H

#include "api/app.h"
#include "base/json.h"

#define SERVER_ORIGIN "http://localhost:3000"

struct server {
    struct config config; /* may be changed between requests */
    struct app app;
    atomic_bool ready;
    int queries;         /* statements asked of the database so far */
    int fail_at;         /* the n-th statement from here on fails; 0 = none */
    enum err failure;    /* how */
    const char *between; /* SQL that somebody runs behind the next statement; NULL = none */
    int body_reads;      /* how often the body was asked for */
    bool is_fast;        /* it leaves slow requests to another worker */
    enum err hand_over;  /* what that one says to it */
    int handed_over;     /* how many it took */
    bool leave_rest;     /* what is done after an answer is left undone */
    void *ctx;           /* of the test: tokens, replies */
};

/* A request. Members that are NULL are not sent. */
struct ask {
    const char *method;
    const char *uri;
    const char *token;     /* as "Authorization: Bearer ..." */
    const char *body;      /* with Content-Type: application/json */
    const char *params[8]; /* more "NAME=value"; CONTENT_* and REMOTE_ADDR replace ours */
    bool broken_body;      /* the web server hangs up while the body is read */
};

struct reply {
    int status;
    const char *head; /* the whole header block */
    const char *body; /* NULL: none was to be sent */
    size_t body_len;
    struct json *json; /* the body where it is an object, else NULL */
};

/* Group fixtures for cmocka: *state is the struct server. */
int server_start(void **state);
int server_stop(void **state);

/* The same in two steps, for a database that is there already and without the counting driver: the
 * settings, and all that a worker has besides. */
struct server *server_new(void *ctx);
bool server_begin(struct server *server);

struct reply *server_ask(struct server *server, const struct ask *ask);

/* The same; the log of it, owned by the test. */
const char *server_log(struct server *server, const struct ask *ask, struct reply **ret_reply);

/* Requests of a program that has a bearer TOKEN (may be NULL) instead of cookies. */
struct reply *server_get(struct server *server, const char *uri, const char *token);
struct reply *server_send(struct server *server, const char *method, const char *uri,
                          const char *token, const char *body);

/* The value of a header line, NULL when there is none; fails the test when there are two. */
const char *reply_header(struct server *server, const struct reply *reply, const char *name);

/* The Set-Cookie line for NAME, "NAME=value; Max-Age=...", NULL when there is none; fails the test
 * when there are two. */
const char *reply_cookie(struct server *server, const struct reply *reply, const char *name);

/* What a browser sends back after REPLY: "HTTP_COOKIE=a=b; c=d". */
const char *reply_cookies(struct server *server, const struct reply *reply);

/* A text or number of the JSON body; fails the test when it is not there. */
const char *reply_text(const struct reply *reply, const char *member);
int64_t reply_int(const struct reply *reply, const char *member);

/* Fails the test unless REPLY is an error with STATUS and CODE in the one shape. */
void assert_error(const struct reply *reply, int status, const char *code);

/* A token with PAYLOAD (JSON; "%" must be doubled) signed with the server's secret; the claims exp
 * and, for server_token, sub are added. It comes from elsewhere: no session of ours is behind it.
 */
char *server_token(struct server *server, const char *user_id);
char *server_token_with(struct server *server, const char *claims);

/* Signs up a user here; *ret_id (may be NULL) is the new id. Returns a token of ours. */
const char *server_sign_up(struct server *server, const char *email, const char **ret_id);

/* Runs SQL on the database from outside and returns the first column of its first row, or NULL. */
const char *server_sql(struct server *server, const char *sql);

/* How many rows of TABLE there are WHERE; a column of the user with EMAIL. */
const char *server_count(struct server *server, const char *table, const char *where);
const char *server_user(struct server *server, const char *column, const char *email);

/* A column of the only session; how many sessions there are; each ends so many ms from now. */
const char *server_session(struct server *server, const char *column);
int server_sessions(struct server *server);
void server_expire(struct server *server, int64_t expires_in);

/* The address of the user with EMAIL counts as proven from now on. */
void server_prove(struct server *server, const char *email);

#endif
