/*
 * The settings: one table, read from the environment and from a KEY=VALUE file, checked at start.
 * A loaded configuration never changes; SIGHUP loads a new one beside it.
 */
#ifndef TASKGATE_CONF_CONF_H
#define TASKGATE_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/ip.h"
#include "base/log.h"
#include "base/mem.h"

/* sysexits.h EX_CONFIG: what the program ends with when a setting is wrong. */
#define CONF_EXIT_STATUS 78

enum list_shape {
    LIST_ITEMS,  /* {"items":[],"total":n} */
    LIST_TASKS,  /* {"tasks":[],"user_id":id} */
    LIST_ARRAY,  /* [] */
    LIST_OBJECT, /* {"tasks":[],"items":[],"total":n,"user_id":id} */
};

enum token_alg { TOKEN_ALG_EDDSA, TOKEN_ALG_HS256 };
enum cookie_cache { COOKIE_CACHE_OFF, COOKIE_CACHE_COMPACT, COOKIE_CACHE_JWT, COOKIE_CACHE_JWE };
enum cookie_secure { COOKIE_SECURE_AUTO, COOKIE_SECURE_ON, COOKIE_SECURE_OFF };
enum cookie_samesite { SAMESITE_LAX, SAMESITE_STRICT, SAMESITE_NONE };
enum password_scheme { PASSWORD_ARGON2ID, PASSWORD_SCRYPT };
enum store_kind { STORE_SQLITE, STORE_POSTGRESQL };

/* A list of texts, as a comma-separated setting gives it. */
struct conf_list {
    char **items;
    size_t count;
};

/* A list of networks. */
struct conf_networks {
    struct ip_network *items;
    size_t count;
};

struct config {
    /* Keys. secrets[0] is BETTER_AUTH_SECRET and signs; all of them verify. */
    struct secret *secrets;
    size_t secret_count;

    /* Where and how to serve. */
    const char *listen;       /* as given; conf/endpoint reads it */
    const char *admin_listen; /* the same, NULL = none */
    int workers;              /* 1..256 */
    bool sandbox;             /* workers are confined, see proc/sandbox.h */
    bool debug;               /* DEBUG; log.level says what it means */
    struct log_options log;

    /* The database. */
    enum store_kind store;
    const char
        *database; /* SQLite: a file name; PostgreSQL: the URL as given, may hold a password */
    bool auto_migrate;
    bool prepare; /* DB_PREPARE: named prepared statements */

    /* Who may call. Origins are "scheme://host[:port]", lower case, default ports dropped. */
    const char *base_url; /* an origin, without a trailing slash */
    bool base_https;
    struct conf_list origins; /* FRONTEND_URL and the base URL's origin */

    /* Tokens and sessions; lifetimes in milliseconds. */
    struct conf_list jwt_issuers; /* [0] is written into issued tokens */
    struct conf_list jwt_audiences;
    bool jwt_require_iss_aud;
    enum token_alg token_alg; /* of /api/auth/token */
    const char *jwks_file;    /* public keys of other issuers; NULL = none */
    const char *jwks_url;
    int64_t token_ttl;
    int64_t access_token_ttl;
    int64_t session_ttl;
    int64_t session_update_age; /* a session that is older than this is extended when it is used */
    int64_t refresh_ttl;
    int64_t refresh_reuse_grace; /* how long a used refresh token is answered by its successor */
    bool session_check;
    int64_t token_cache;            /* how long a verified token is known; 0 = not at all */
    enum cookie_cache cookie_cache; /* the form of the cookie that get-session reads */
    int64_t cookie_cache_max_age;
    enum cookie_secure cookie_secure;
    enum cookie_samesite cookie_samesite;
    struct conf_list cookie_aliases; /* more names for copies of the session cookie */

    /* Accounts. */
    int min_password; /* UTF-16 code units */
    int max_password;
    enum password_scheme password_scheme; /* PASSWORD_HASH: how new hashes are made */
    bool auto_provision;
    bool auth_routes;          /* off: /api/auth is there for token verifiers only */
    bool delete_user;          /* users may delete themselves */
    bool require_verification; /* REQUIRE_EMAIL_VERIFICATION */

    /* Letters. One of the first two at most; without them there are none. */
    struct conf_list sendmail;  /* a program and its arguments; count 0 = none */
    const char *mail_dir;       /* a folder that letters are written into, NULL = none */
    const char *mail_from;      /* the sender's address, ... */
    const char *mail_from_name; /* ... and name, NULL = none */
    const char *mail_templates; /* a folder with texts of letters, NULL = none */

    /* How often one may try. */
    int rate_limit_max;        /* failed sign-ins of one account and client address, ... */
    int64_t rate_limit_window; /* ... within this many milliseconds */
    bool path_rate_limit;      /* Better Auth's limits on its own paths */
    struct conf_networks trusted_proxies;

    /* The task API. */
    enum list_shape list_shape;
    int task_list_max;
    size_t max_body;

    const char **texts; /* for conf_each: each setting's value in effect, secrets hidden */
};

/* The words of LIST_SHAPE; false when TEXT is none of them. Also for the FastCGI parameter. */
bool conf_list_shape(const char *text, enum list_shape *ret_shape);

/* Where the settings come from. */
struct conf_source {
    const char *file;     /* KEY=VALUE file or NULL */
    char *const *environ; /* NULL-terminated "NAME=VALUE" */
};

/*
 * Reads and checks all settings. The result is owned by CTX and holds no pointer into SOURCE. The
 * environment wins over the file; NAME_FILE names a file that holds the value. On ERR_CONFIG every
 * problem found is one line in PROBLEMS: the setting, what is wrong, how to mend it; for unknown
 * names in the file with file:line. Warnings (settings without effect) go to WARNINGS, a line each.
 * No line ever holds a secret's value, a password of a URL, or anything that commands a terminal.
 */
enum err conf_load(void *ctx, const struct conf_source *source, struct config **ret_config,
                   struct buf *problems, struct buf *warnings) WARN_UNUSED;

/* Each effective setting, alphabetical; TEXT is "" for one that is not set, and has "(set)" for
 * secrets and "***" for passwords in URLs. */
typedef void conf_setting(void *arg, const char *name, const char *text);
void conf_each(const struct config *config, conf_setting *visit, void *arg);

/* Prints the table of settings: name, default, one line of help each (for --help and the manual).
 */
void conf_print_help(FILE *out);

/* DATABASE with the password of its URL replaced by "***", owned by CTX: for messages. */
char *conf_database_public(void *ctx, const struct config *config);

#endif
