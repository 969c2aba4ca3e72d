/* Base64 (RFC 4648) in the forms that others use, strict: canonical, no white space. */
#ifndef TASKGATE_BASE_BASE64_H
#define TASKGATE_BASE_BASE64_H

#include <stddef.h>

#include "base/err.h"

enum base64_form {
    BASE64_URL,      /* section 5, without padding: JWT, cursors */
    BASE64_STANDARD, /* section 4, with padding: Better Auth's cookie signatures */
    BASE64_BARE,     /* section 4, without padding: salts and keys in password hashes */
};

/* The text of LEN bytes, owned by CTX. */
char *base64_encode(void *ctx, enum base64_form form, const unsigned char *data, size_t len);

/* The bytes of LEN characters, owned by CTX with a NUL behind. ERR_BAD_VALUE unless canonical. */
enum err base64_decode(void *ctx, enum base64_form form, const char *text, size_t len,
                       unsigned char **ret_data, size_t *ret_len) WARN_UNUSED;

#endif
