/* Who asks, and how that was proved. */
#ifndef TASKGATE_AUTH_PRINCIPAL_H
#define TASKGATE_AUTH_PRINCIPAL_H

#include <stdbool.h>

enum proof {
    PROOF_NONE, /* nobody said who they are */
    PROOF_JWT,  /* a verified bearer JWT */
};

struct principal {
    enum proof proof;
    const char *user_id; /* NULL with PROOF_NONE */
    const char *email;   /* these three: NULL when the token doesn't say */
    const char *name;
    const char *session_id;
    bool needs_session; /* issued here: its session must still be alive */
};

#endif
