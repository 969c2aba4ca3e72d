/* One line of "taskgate export": its JSON and what may be in it. */
#ifndef TASKGATE_CLI_RECORD_H
#define TASKGATE_CLI_RECORD_H

#include "cli/json_line.h"
#include "store/transfer.h"

/* The first line of an export, and what it says. */
#define RECORD_FORMAT  "taskgate"
#define RECORD_VERSION 1

enum record_kind {
    RECORD_USER,
    RECORD_ACCOUNT,
    RECORD_TASK,
    RECORD_SESSION,
    RECORD_REFRESH,
    RECORD_HEAD, /* these two: around all others */
    RECORD_END,
    RECORD_KINDS
};

/* The value of "type". */
extern const char *const record_names[RECORD_KINDS];

struct record {
    enum record_kind kind;
    int64_t line;     /* where it stands, for messages */
    struct user user; /* the member that KIND says; id NULL = to be made */
    const char *hash; /* RECORD_USER: a password hash beside it, or NULL */
    bool hash_is_new; /* it became an account */
    bool id_is_new;   /* RECORD_USER: the line had none */
    struct transfer_account account;
    struct task task;
    struct session session;
    struct transfer_refresh refresh;
};

/*
 * Reads a line and checks all that is in it: members, types, lengths, addresses, times, and whether
 * a password hash is one that a sign-in can verify with bounded work (security.md R31). Members
 * that are unknown are ignored. What is missing and has a usual value gets it, times NOW. Owned by
 * CTX. ERR_BAD_INPUT: *ret_fault says what is wrong, without the values of secrets.
 */
enum err record_parse(void *ctx, const char *line, size_t len, int64_t now,
                      struct record **ret_record, const char **ret_fault) WARN_UNUSED;

/* Adds the members of a row; the caller prints the line. */
void record_put_head(struct json_line *line, int64_t now);
void record_put_user(struct json_line *line, const struct user *user);
void record_put_user_members(struct json_line *line, const struct user *user); /* no "type" */
void record_put_account(struct json_line *line, const struct transfer_account *account);
void record_put_task(struct json_line *line, const struct task *task);
void record_put_session(struct json_line *line, const struct session *session);
void record_put_refresh(struct json_line *line, const struct transfer_refresh *refresh);
void record_put_end(struct json_line *line, int64_t rows);

#endif
