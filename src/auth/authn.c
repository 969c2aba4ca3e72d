#include "auth/authn.h"

#include <string.h>
#include <strings.h>

#include "http/cookie.h"
#include "sec/cookie_sig.h"
#include "sec/token.h"

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

enum err authn_bearer(void *ctx, const struct config *config, const struct request *request,
                      int64_t now, struct principal *ret_principal)
{
    struct token_claims *claims;
    size_t len = 0;

    if (request->authorization == NULL || *request->authorization == '\0') {
        return ERR_NO_CREDENTIAL;
    }
    const char *token = bearer_token(request->authorization, &len);
    if (token == NULL) {
        return ERR_BAD_AUTH_HEADER;
    }
    enum err error = token_verify(ctx, config, token, len, now, &claims);
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
    };
    return ERR_OK;
}

enum err authn_confirm(struct store *store, const struct config *config,
                       const struct principal *principal, int64_t now)
{
    if (principal->proof != PROOF_JWT || !principal->needs_session || !config->session_check) {
        return ERR_OK;
    }
    if (principal->session_id == NULL) {
        return ERR_TOKEN_INVALID;
    }
    enum err error = store_session_alive(store, principal->session_id, principal->user_id, now);
    return error == ERR_ABSENT || error == ERR_BAD_VALUE ? ERR_TOKEN_INVALID : error;
}

const char *authn_refresh_cookie(void *ctx, const struct request *request)
{
    const char *token = cookie_get(ctx, request, REFRESH_COOKIE_SECURE);

    return token != NULL ? token : cookie_get(ctx, request, REFRESH_COOKIE);
}

const char *authn_session_cookie(void *ctx, const struct config *config,
                                 const struct request *request)
{
    const char *wire = cookie_get(ctx, request, SESSION_COOKIE_SECURE);
    char *token;

    if (wire == NULL) {
        wire = cookie_get(ctx, request, SESSION_COOKIE);
    }
    if (wire == NULL || cookie_unsign(ctx, config, wire, &token) != ERR_OK) {
        return NULL;
    }
    return token;
}
