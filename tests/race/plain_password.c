/* Instead of sec/password: a race of 10,000 rounds is not about the price of a hash. What stands
 * before the linker first is taken. A hash is a salt, "$" and the password; an old one, which is to
 * be replaced, the password alone. */
#include "sec/password.h"

#include <string.h>

#include "base/id.h"
#include "base/mem.h"

enum err password_hash(void *ctx, enum password_scheme scheme, const char *password, size_t len,
                       char **ret_hash)
{
    (void)scheme;
    *ret_hash = mem_printf(ctx, "%s$%.*s", id_new(ctx), (int)len, password);
    return ERR_OK;
}

enum err password_verify(enum password_scheme scheme, const char *stored, const char *password,
                         size_t len, bool *ret_rehash)
{
    const char *salted = stored == NULL ? NULL : strchr(stored, '$');
    const char *known = salted == NULL ? stored : salted + 1;

    (void)scheme;
    *ret_rehash = salted == NULL;
    return known != NULL && strlen(known) == len && memcmp(known, password, len) == 0
               ? ERR_OK
               : ERR_BAD_PASSWORD;
}
