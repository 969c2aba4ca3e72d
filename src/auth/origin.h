/* Trusted origins (RFC 6454): for CORS, and against cross-site requests with cookies. */
#ifndef TASKGATE_AUTH_ORIGIN_H
#define TASKGATE_AUTH_ORIGIN_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/conf.h"
#include "http/cgi.h"

/* Whether ORIGIN, "scheme://host[:port]" and nothing behind it, is one of FRONTEND_URL or BASE_URL.
 */
bool origin_is_trusted(const struct config *config, const char *origin);

/*
 * Better Auth's rule for unsafe requests: with any Cookie header, Origin (else Referer) must be a
 * trusted one; "null" counts as our own when Sec-Fetch-Site says same-origin. A GET may lack the
 * Origin, but not have a foreign one. ERR_NO_ORIGIN, ERR_BAD_ORIGIN.
 */
enum err origin_check(const struct config *config, const struct request *request) WARN_UNUSED;

/*
 * The rule for requests that sign a browser in, which is worth a forgery without any cookie too:
 * what a browser marks (Sec-Fetch-*, Origin, Referer) must come from a trusted origin; what bears
 * no such mark is no browser. ERR_CROSS_SITE for a navigation from another site; as origin_check.
 */
enum err origin_check_sign_in(const struct config *config,
                              const struct request *request) WARN_UNUSED;

#endif
