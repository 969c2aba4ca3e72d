/* Cookies in and out (RFC 6265). */
#ifndef TASKGATE_HTTP_COOKIE_H
#define TASKGATE_HTTP_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "http/cgi.h"
#include "http/resp.h"

#define COOKIE_UNTIL_CLOSE ((int64_t)-1)

struct cookie {
    const char *name;
    const char *value; /* "" with max_age 0 clears the cookie */
    int64_t max_age;   /* seconds; COOKIE_UNTIL_CLOSE = until the browser is closed */
    const char *path;
    const char *same_site; /* "Lax", "Strict", "None" */
    bool secure;
};

/* The value of cookie NAME as sent (surrounding double quotes removed), owned by CTX. NULL when it
 * is missing, or sent twice with different values: then one of them is somebody else's (R45). */
const char *cookie_get(void *ctx, const struct request *request, const char *name);

/* The value of SECURE_NAME, or of NAME where no SECURE_NAME was sent at all: one that was sent
 * twice does not make room for the other, which any page of a neighbouring http site could have
 * set. */
const char *cookie_get_either(void *ctx, const struct request *request, const char *secure_name,
                              const char *name);

/* How many parts a value may come in. */
#define COOKIE_MAX_PARTS 16

/* cookie_get for a value that may be too long for one cookie: that of NAME, or those of NAME.0,
 * NAME.1 and so on joined, as Better Auth splits it; *ret_parts is how many of these there are. */
const char *cookie_get_parts(void *ctx, const struct request *request, const char *name,
                             size_t *ret_parts);

/* Adds a Set-Cookie line, HttpOnly, attributes in Better Auth's order. */
void cookie_set(struct response *resp, const struct cookie *cookie);

/* The same, if the header block has room for it; else false. */
bool cookie_set_if_room(struct response *resp, const struct cookie *cookie);

#endif
