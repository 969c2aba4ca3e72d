/*
 * The one closed list of outcomes. Every fallible function of the program returns one of these;
 * the table in err.c gives each the HTTP status, the stable code and the texts a client sees.
 */
#ifndef TASKGATE_BASE_ERR_H
#define TASKGATE_BASE_ERR_H

enum err {
    ERR_OK = 0,

    /* What a client did wrong. */
    ERR_BAD_REQUEST,  /* not a request we can read: parameters, control bytes, sizes */
    ERR_BAD_PATH,     /* the path is not in canonical form (security.md R41) */
    ERR_BAD_JSON,     /* the body is not JSON as the guard of base/json defines it */
    ERR_BAD_INPUT,    /* sign-up form: weak password, bad e-mail; with field errors, 400 */
    ERR_INVALID,      /* well-formed, wrong content; with field errors, 422 */
    ERR_EMAIL_EXISTS, /* sign-up with an address that has an account */
    ERR_BODY_JSON,    /* the same as ERR_BAD_JSON on a route of Better Auth */
    ERR_BAD_EMAIL,    /* these on routes of Better Auth: sign-in with what is no address */
    ERR_PASSWORD_SHORT,
    ERR_PASSWORD_LONG,
    ERR_WRONG_PASSWORD, /* the current password of a signed-in user is another */
    ERR_NO_PASSWORD,    /* the user has no credential account */
    ERR_EMAIL_FIXED,    /* update-user with an address */
    ERR_NO_FIELDS,      /* update-user or update-session without anything to change */
    ERR_USER_EXISTS,    /* sign-up with an address that has an account */
    ERR_RESET_DISABLED, /* these three: letters cannot be sent */
    ERR_VERIFY_DISABLED,
    ERR_CHANGE_EMAIL_DISABLED,
    ERR_EMAIL_SAME,       /* change-email to the address that the user has */
    ERR_EMAIL_MISMATCH,   /* a signed-in user asks for a letter to another address */
    ERR_EMAIL_VERIFIED,   /* the address is proven already */
    ERR_USER_BANNED,      /* the right password, or a good token, of a user who is disabled */
    ERR_EMAIL_UNVERIFIED, /* sign-in with an address that has to be proven first */
    ERR_SESSION_OLD,      /* delete-user without a password in a session that is not fresh */
    ERR_RESET_TOKEN,      /* these two: a link to a new password that is unknown or used up, ... */
    ERR_RESET_USER,       /* ... or whose user is gone */
    ERR_DELETE_TOKEN,     /* the same of a link that deletes the user */
    ERR_NO_USER_INFO,     /* such a link without a session */
    ERR_LINK_INVALID,     /* these four: a link about an address */
    ERR_LINK_EXPIRED,
    ERR_LINK_USER,       /* its user is gone */
    ERR_LINK_OTHER_USER, /* it is not for the user who is signed in */
    ERR_NO_CREDENTIAL,   /* nothing offered where a token is needed */
    ERR_BAD_AUTH_HEADER, /* Authorization is not "Bearer <token>" */
    ERR_TOKEN_EXPIRED,   /* a rightly signed token past its exp */
    ERR_TOKEN_INVALID,   /* anything else that is wrong with a token */
    ERR_TOKEN_NO_USER,   /* a good token without a user id */
    ERR_REFRESH_INVALID, /* no refresh cookie, or one that is used up, expired or unknown */
    ERR_BAD_PASSWORD,    /* sign-in refused, whatever was wrong */
    ERR_UNAUTHORIZED,    /* no living session where one is needed */
    ERR_NO_SESSION,      /* the proxy routes: no session cookie */
    ERR_NOT_FRESH,       /* the session was made too long ago */
    ERR_USER_MISMATCH,   /* the user in the path is not the token's */
    ERR_NO_ORIGIN,       /* a request with cookies, but Origin is missing or null */
    ERR_BAD_ORIGIN,      /* Origin is not one of the trusted ones */
    ERR_CROSS_SITE,      /* a form of another site that wants to sign a browser in */
    ERR_CALLBACK_URL,    /* these four: a URL to go on to that is not on a trusted origin */
    ERR_REDIRECT_URL,
    ERR_ERROR_CALLBACK_URL,
    ERR_NEW_USER_CALLBACK_URL,
    ERR_NOT_FOUND,      /* no such route */
    ERR_TASK_NOT_FOUND, /* no such task, or another user's */
    ERR_METHOD,         /* the path exists, the method does not */
    ERR_GET_ONLY,       /* POST get-session */
    ERR_BODY_TOO_LARGE,
    ERR_MEDIA_TYPE,
    ERR_LIMITED, /* too many tries; the response's retry_after says how long to wait */

    /* What went wrong on our side. */
    ERR_INTERNAL,    /* a bug or a broken installation; the log says more */
    ERR_BUSY,        /* too much waits already, or memory for a hash is missing */
    ERR_SLOW,        /* takes too long for this worker: one for slow requests is to do it */
    ERR_STORE_DOWN,  /* the database does not answer, is full or read-only */
    ERR_CLIENT_GONE, /* the web server hung up or sent a broken stream; nobody to answer */

    /* Answers of the store and of lookups; a handler turns them into one of the above. */
    ERR_ABSENT,         /* no such row */
    ERR_CONFLICT,       /* a unique constraint refused the row */
    ERR_RACE,           /* another request did it at the same moment */
    ERR_MISSING_PARENT, /* a foreign key refused the row */
    ERR_BAD_VALUE,      /* the database refused a value (encoding, range) */

    /* Start-up. */
    ERR_CONFIG, /* a setting is wrong; all problems were collected */

    ERR_COUNT
};

/* What one outcome looks like to a client. All members are static text. */
struct err_info {
    int status;         /* HTTP status */
    const char *code;   /* stable, for programs */
    const char *detail; /* for people; also the body's "detail" */
    const char
        *message; /* for people; the same as detail unless contract.md section 6 says otherwise */
};

/* The table's line for ERROR; never NULL. Store answers map to the 500 line: they must not escape.
 */
const struct err_info *err_info(enum err error);

/* The reason phrase of an HTTP status (RFC 9110 section 15), or "Unknown". */
const char *err_reason(int status);

#define WARN_UNUSED __attribute__((warn_unused_result))

#endif
