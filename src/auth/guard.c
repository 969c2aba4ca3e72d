#include "auth/guard.h"

#include <string.h>

#include "sec/compare.h"
#include "store/store.h"

static bool is_known(const struct principal *principal)
{
    return principal->proof != PROOF_NONE && principal->user_id != NULL;
}

static enum err check_owner(const struct principal *principal, const char *path_user)
{
    return path_user != NULL && compare_text(path_user, principal->user_id) ? ERR_OK
                                                                            : ERR_USER_MISMATCH;
}

/* A token in the Authorization header; a cookie is none. */
static enum err check_bearer(const struct principal *principal)
{
    if (is_known(principal) && principal->proof != PROOF_COOKIE) {
        return ERR_OK;
    }
    return principal->ended ? ERR_TOKEN_INVALID : ERR_NO_CREDENTIAL;
}

static enum err check_session(const struct principal *principal)
{
    return is_known(principal) && principal->session != NULL ? ERR_OK : ERR_UNAUTHORIZED;
}

static enum err check_cookie(const struct principal *principal)
{
    if (principal->ended) {
        return ERR_UNAUTHORIZED;
    }
    return check_session(principal) == ERR_OK && principal->proof == PROOF_COOKIE ? ERR_OK
                                                                                  : ERR_NO_SESSION;
}

enum err guard_check(enum need need, const struct principal *principal, const char *path_user,
                     int64_t now)
{
    enum err error;

    switch (need) {
    case NEED_NOTHING:
    case NEED_ORIGIN:
    case NEED_GUEST:
        return ERR_OK;
    case NEED_SESSION:
        return check_session(principal);
    case NEED_FRESH:
        error = check_session(principal);
        if (error == ERR_OK && now - principal->session->created_at >= GUARD_FRESH_AGE) {
            error = ERR_NOT_FRESH;
        }
        return error;
    case NEED_USER:
        return check_bearer(principal);
    case NEED_OWNER:
        error = check_bearer(principal);
        return error == ERR_OK ? check_owner(principal, path_user) : error;
    case NEED_PROXY:
        error = check_cookie(principal);
        return error == ERR_OK ? check_owner(principal, path_user) : error;
    case NEED_COUNT:
        break;
    }
    return ERR_INTERNAL;
}
