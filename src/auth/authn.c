#include "auth/authn.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "http/cookie.h"
#include "sec/cookie_sig.h"
#include "sec/token.h"

/* Longer ones are nobody's: Better Auth's have 32 characters. */
#define SESSION_TOKEN_MAX 255

/* "Bearer" in any case, spaces, exactly one token behind; a comma is the mark of two joined headers
 * (R45). NULL when the header is anything else. */
static const char *bearer_token(const char *header, size_t *ret_len)
{
    static const char scheme[] = "Bearer";
    size_t scheme_len = sizeof scheme - 1;

    if (strncasecmp(header, scheme, scheme_len) != 0 || header[scheme_len] != ' ') {
        return NULL;
    }
    const char *token = header + scheme_len + strspn(header + scheme_len, " ");
    size_t len = strcspn(token, " ,");
    if (len == 0 || token[len + strspn(token + len, " ")] != '\0') {
        return NULL;
    }
    *ret_len = len;
    return token;
}

/* A JWT has two dots; a signed session token one, a bare one none (percent-encoding or not). */
static bool is_jwt(const char *token)
{
    const char *dot = strchr(token, '.');

    return dot != NULL && (dot = strchr(dot + 1, '.')) != NULL && strchr(dot + 1, '.') == NULL;
}

static enum err verify_jwt(void *ctx, const struct config *config, struct keys *keys,
                           const char *token, int64_t now, struct principal *ret_principal)
{
    struct token_claims *claims;
    enum err error = token_verify(ctx, config, keys == NULL ? NULL : keys_for_tokens(keys), token,
                                  strlen(token), now, &claims);

    if (error != ERR_OK) {
        return error;
    }
    *ret_principal = (struct principal){
        .proof = PROOF_JWT,
        .user_id = claims->user_id,
        .email = claims->email,
        .name = claims->name,
        .session_id = claims->session_id,
        .needs_session = claims->issued_here,
        .at_home = claims->at_home,
    };
    return ERR_OK;
}

/* The session token that TOKEN is or has inside, or NULL. */
static const char *session_token(void *ctx, const struct config *config, const char *token)
{
    char *value = NULL;

    if (strchr(token, '.') != NULL) {
        return cookie_unsign(ctx, config, token, &value) == ERR_OK ? value : NULL;
    }
    return strlen(token) <= SESSION_TOKEN_MAX ? token : NULL;
}

enum err authn_bearer(void *ctx, const struct config *config, struct keys *keys,
                      const struct request *request, int64_t now, struct principal *ret_principal)
{
    size_t len = 0;

    if (request->authorization == NULL || *request->authorization == '\0') {
        return ERR_NO_CREDENTIAL;
    }
    const char *header = bearer_token(request->authorization, &len);
    if (header == NULL) {
        return ERR_BAD_AUTH_HEADER;
    }
    const char *token = mem_strndup(ctx, header, len);
    if (is_jwt(token)) {
        return verify_jwt(ctx, config, keys, token, now, ret_principal);
    }
    const char *offered = session_token(ctx, config, token);
    if (offered == NULL) {
        return ERR_TOKEN_INVALID;
    }
    *ret_principal = (struct principal){.proof = PROOF_SESSION, .offered = offered};
    return ERR_OK;
}

/* The value of a signed cookie under one of its two names, or NULL. */
static const char *signed_cookie(void *ctx, const struct config *config,
                                 const struct request *request, const char *secure_name,
                                 const char *name)
{
    const char *wire = cookie_get_either(ctx, request, secure_name, name);
    char *value;

    return wire != NULL && cookie_unsign(ctx, config, wire, &value) == ERR_OK ? value : NULL;
}

void authn_cookie(void *ctx, const struct config *config, const struct request *request,
                  struct principal *ret_principal)
{
    const char *token = signed_cookie(ctx, config, request, SESSION_COOKIE_SECURE, SESSION_COOKIE);

    *ret_principal = (struct principal){
        .proof = token != NULL ? PROOF_COOKIE : PROOF_NONE,
        .offered = token,
    };
}

void authn_session(void *ctx, const struct config *config, const struct request *request, bool jwt,
                   int64_t now, struct principal *ret_principal)
{
    size_t len = 0;
    const char *header =
        request->authorization == NULL ? NULL : bearer_token(request->authorization, &len);
    struct principal named;

    authn_cookie(ctx, config, request, ret_principal);
    if (header == NULL) {
        return;
    }
    const char *token = mem_strndup(ctx, header, len);
    const char *offered = session_token(ctx, config, token);
    if (offered != NULL) {
        *ret_principal = (struct principal){.proof = PROOF_SESSION, .offered = offered};
        return;
    }
    /* Only tokens made with our secret name sessions of ours. */
    if (jwt && is_jwt(token) && verify_jwt(ctx, config, NULL, token, now, &named) == ERR_OK &&
        named.needs_session && named.session_id != NULL) {
        named.wants_session = true;
        named.offered = ret_principal->offered;
        *ret_principal = named;
    }
}

bool authn_is_forgetful(void *ctx, const struct config *config, const struct request *request)
{
    const char *word = signed_cookie(ctx, config, request, FORGET_COOKIE_SECURE, FORGET_COOKIE);

    return word != NULL && strcmp(word, "true") == 0;
}

/* The session that a JWT stands for; when it has ended, or without one, that of the token offered.
 */
static enum err look_up(void *ctx, struct store *store, struct principal *principal, int64_t now,
                        struct session **ret_session, struct user **ret_user)
{
    if (principal->wants_session) {
        enum err error = store_session_by_id(store, ctx, principal->session_id, principal->user_id,
                                             now, ret_session, ret_user);
        if (error != ERR_ABSENT || principal->offered == NULL) {
            return error;
        }
        principal->proof = PROOF_COOKIE;
    }
    return store_session_by_token(store, ctx, principal->offered, now, ret_session, ret_user);
}

void authn_accept(struct principal *principal, const struct session *session,
                  const struct user *user)
{
    *principal = (struct principal){
        .proof = principal->proof,
        .user_id = user->id,
        .email = user->email,
        .name = user->name,
        .session_id = session->id,
        .session = session,
        .user = user,
    };
}

enum err authn_resolve(void *ctx, struct store *store, const struct config *config,
                       struct principal *principal, int64_t now)
{
    struct session *session = NULL;
    struct user *user = NULL;

    if (principal->offered == NULL && !principal->wants_session) {
        enum err error = authn_defer(config, principal);
        return error == ERR_OK ? authn_confirm(store, principal, now) : error;
    }
    enum err error = look_up(ctx, store, principal, now, &session, &user);
    if (error == ERR_ABSENT || error == ERR_BAD_VALUE) {
        *principal = (struct principal){.proof = PROOF_NONE, .ended = true};
        return ERR_OK;
    }
    if (error != ERR_OK) {
        return error;
    }
    authn_accept(principal, session, user);
    return ERR_OK;
}

enum err authn_defer(const struct config *config, struct principal *principal)
{
    if (principal->proof != PROOF_JWT || !principal->needs_session || !config->session_check) {
        return ERR_OK;
    }
    principal->unconfirmed = principal->session_id;
    return principal->session_id == NULL ? ERR_TOKEN_INVALID : ERR_OK;
}

enum err authn_confirm(struct store *store, struct principal *principal, int64_t now)
{
    if (principal->unconfirmed == NULL) {
        return ERR_OK;
    }
    enum err error = store_session_alive(store, principal->unconfirmed, principal->user_id, now);
    if (error == ERR_OK) {
        principal->unconfirmed = NULL;
    }
    return error == ERR_ABSENT || error == ERR_BAD_VALUE ? ERR_TOKEN_INVALID : error;
}

const char *authn_cache_cookie(void *ctx, const struct request *request)
{
    size_t ignored;
    const char *value = cookie_get_parts(ctx, request, CACHE_COOKIE_SECURE, &ignored);

    return value != NULL ? value : cookie_get_parts(ctx, request, CACHE_COOKIE, &ignored);
}

const char *authn_refresh_cookie(void *ctx, const struct request *request)
{
    return cookie_get_either(ctx, request, REFRESH_COOKIE_SECURE, REFRESH_COOKIE);
}
