/* Authentication: which principal a request's credentials prove. */
#ifndef TASKGATE_AUTH_AUTHN_H
#define TASKGATE_AUTH_AUTHN_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/keys.h"
#include "auth/principal.h"
#include "base/err.h"
#include "conf/conf.h"
#include "http/cgi.h"
#include "store/store.h"

#define SESSION_COOKIE        "better-auth.session_token"
#define SESSION_COOKIE_SECURE "__Secure-better-auth.session_token"
#define REFRESH_COOKIE        "better-auth.refresh_token"
#define REFRESH_COOKIE_SECURE "__Secure-better-auth.refresh_token"

/* Better Auth's cookie cache; the mark of a browser that was told not to remember. */
#define CACHE_COOKIE         "better-auth.session_data"
#define CACHE_COOKIE_SECURE  "__Secure-better-auth.session_data"
#define FORGET_COOKIE        "better-auth.dont_remember"
#define FORGET_COOKIE_SECURE "__Secure-better-auth.dont_remember"

/*
 * Reads the Authorization header (RFC 6750 section 2.1): a token with two dots is a JWT, verified
 * at NOW; another is a session token, signed (one dot) or bare, which is only offered until
 * authn_resolve. Texts of the principal are owned by CTX. No query is made but for the key that a
 * JWT names in "kid" (KEYS may be NULL: there are the secrets only). ERR_NO_CREDENTIAL,
 * ERR_BAD_AUTH_HEADER, ERR_TOKEN_EXPIRED, ERR_TOKEN_NO_USER, ERR_TOKEN_INVALID; those of keys_find.
 */
enum err authn_bearer(void *ctx, const struct config *config, struct keys *keys,
                      const struct request *request, int64_t now,
                      struct principal *ret_principal) WARN_UNUSED;

/*
 * The session that a request under /api/auth is made with, by Better Auth's rule: a bearer session
 * token, bare or rightly signed, replaces the cookie; any other header is ignored. With JWT also a
 * token of ours stands for the session it names, as long as that lives; then the cookie's counts.
 * No query is made.
 */
void authn_session(void *ctx, const struct config *config, const struct request *request, bool jwt,
                   int64_t now, struct principal *ret_principal);

/* The session of the signed cookie, whatever the header says. No query is made. */
void authn_cookie(void *ctx, const struct config *config, const struct request *request,
                  struct principal *ret_principal);

/*
 * The second step: looks up the session that *PRINCIPAL offers, or confirms its JWT
 * (authn_confirm). What names no living session proves nothing any more: it is "ended" then. Rows
 * are owned by CTX. ERR_TOKEN_INVALID as authn_confirm; the store's errors.
 */
enum err authn_resolve(void *ctx, struct store *store, const struct config *config,
                       struct principal *principal, int64_t now) WARN_UNUSED;

/* The session that PRINCIPAL offers was found: SESSION of USER. */
void authn_accept(struct principal *principal, const struct session *session,
                  const struct user *user);

/* Whether the request has the signed cookie of a browser that is not to be remembered. */
bool authn_is_forgetful(void *ctx, const struct config *config, const struct request *request);

/* Instead of authn_resolve, for a principal that offers no session: notes which session the
 * statements of the request are to ask for themselves, if any (SESSION_CHECK). ERR_TOKEN_INVALID
 * for a token of ours that names none. */
enum err authn_defer(const struct config *config, struct principal *principal) WARN_UNUSED;

/* Asks the store whether the session left unconfirmed is still alive, and takes the note off one
 * that is. ERR_TOKEN_INVALID when it was ended; the store's errors. */
enum err authn_confirm(struct store *store, struct principal *principal, int64_t now) WARN_UNUSED;

/* The cookie cache, whole or put together, and the refresh token of their cookies, owned by CTX;
 * NULL when there is none. */
const char *authn_cache_cookie(void *ctx, const struct request *request);
const char *authn_refresh_cookie(void *ctx, const struct request *request);

#endif
