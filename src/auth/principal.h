/* Who asks, and how that was proved. */
#ifndef TASKGATE_AUTH_PRINCIPAL_H
#define TASKGATE_AUTH_PRINCIPAL_H

#include <stdbool.h>

struct session;
struct user;

enum proof {
    PROOF_NONE,    /* nobody said who they are */
    PROOF_JWT,     /* a verified bearer JWT */
    PROOF_SESSION, /* a bearer session token whose session is alive */
    PROOF_COOKIE,  /* the signed cookie of a session that is alive */
};

/*
 * authn_* fills it in two steps: first from the request alone, then from the store. A session that
 * was offered proves nothing before the second step, so user_id is NULL until then.
 */
struct principal {
    enum proof proof;
    const char *user_id; /* NULL: not known, or not yet */
    const char *email;   /* these three: NULL when the token doesn't say */
    const char *name;
    const char *session_id;
    bool at_home; /* a JWT of ours, or of who shares our users: without a row, the user is gone */
    bool needs_session;      /* issued here: its session must still be alive */
    const char *unconfirmed; /* that session, where the statements of the request ask for it */
    bool wants_session;      /* a JWT that stands for the session it names: the row is looked up */

    const char *offered; /* a session token in good form that the store is to be asked for */
    bool ended;          /* what was offered names no living session */
    bool cached;         /* session and user are not the store's, but from the cookie cache */
    const struct session *session; /* the row and its user, both set or both NULL */
    const struct user *user;
};

#endif
