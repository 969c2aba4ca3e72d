#include "auth/guard.h"

#include <stdbool.h>
#include <string.h>

#include "sec/compare.h"

enum err guard_check(enum need need, const struct principal *principal, const char *path_user)
{
    bool known = principal->proof != PROOF_NONE && principal->user_id != NULL;

    switch (need) {
    case NEED_NOTHING:
    case NEED_ORIGIN:
        return ERR_OK;
    case NEED_USER:
        return known ? ERR_OK : ERR_NO_CREDENTIAL;
    case NEED_OWNER:
        if (!known) {
            return ERR_NO_CREDENTIAL;
        }
        return path_user != NULL && compare_text(path_user, principal->user_id) ? ERR_OK
                                                                                : ERR_USER_MISMATCH;
    case NEED_COUNT:
        break;
    }
    return ERR_INTERNAL;
}
