/*
 * The parameters of a FastCGI request, decoded by libfcgi. The only file that knows the library,
 * which neither accepts, reads nor writes on a connection of ours (security.md R7 to R14).
 */
#ifndef TASKGATE_HTTP_FCGI_H
#define TASKGATE_HTTP_FCGI_H

#include <stddef.h>

#include "base/err.h"

/* Prepares the library; once per process. ERR_INTERNAL. */
enum err fcgi_setup(void) WARN_UNUSED;

/*
 * Decodes the LEN bytes of HEAD, which http/screen let pass (at most SCREEN_MAX). The parameters,
 * "NAME=value" and NULL-terminated, live until fcgi_forget or the next call. ERR_INTERNAL.
 */
enum err fcgi_decode(const unsigned char *head, size_t len, char *const **ret_params) WARN_UNUSED;

/* Wipes and frees the parameters of the last request, which hold cookies and tokens. */
void fcgi_forget(void);

#endif
