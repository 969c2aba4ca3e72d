/* Instead of sec/password: a race of 10,000 rounds is not about the price of a hash. What stands
 * before the linker first is taken. */
#include "sec/password.h"

#include <string.h>

#include "base/mem.h"

enum err password_hash(void *ctx, enum password_scheme scheme, const char *password, size_t len,
                       char **ret_hash)
{
    (void)scheme;
    *ret_hash = mem_strndup(ctx, password, len);
    return ERR_OK;
}

enum err password_verify(enum password_scheme scheme, const char *stored, const char *password,
                         size_t len, bool *ret_rehash)
{
    (void)scheme;
    *ret_rehash = false;
    return stored != NULL && strlen(stored) == len && memcmp(stored, password, len) == 0
               ? ERR_OK
               : ERR_BAD_PASSWORD;
}
