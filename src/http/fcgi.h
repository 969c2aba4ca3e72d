/*
 * The FastCGI edge: one request on one connection that we accepted ourselves (security.md R7). The
 * only file that knows libfcgi.
 */
#ifndef TASKGATE_HTTP_FCGI_H
#define TASKGATE_HTTP_FCGI_H

#include "base/buf.h"
#include "base/err.h"
#include "http/cgi.h"

struct fcgi;

/* Prepares the library; once per process, after the signal handlers are set. ERR_INTERNAL. */
enum err fcgi_setup(void) WARN_UNUSED;

/*
 * Reads the parameters of one request from the blocking, connected socket FD, which it owns from
 * here on, also on an error. ERR_CLIENT_GONE: no whole request came within the socket's timeouts,
 * or what came is not the start of a request (management records among it).
 */
enum err fcgi_open(void *ctx, int fd, struct fcgi **ret_fcgi) WARN_UNUSED;

/* The parameters, "NAME=value", NULL-terminated; they live with FCGI. */
char *const *fcgi_params(const struct fcgi *fcgi);

/* The request's body, to be handed to dispatch. */
struct body_source fcgi_body(struct fcgi *fcgi);

/* Sends HEAD and BODY (may be NULL) and the end of the request. ERR_CLIENT_GONE when the web server
 * does not take all of it. */
enum err fcgi_send(struct fcgi *fcgi, const struct buf *head, const struct buf *body) WARN_UNUSED;

/* Ends the connection. What the web server still sends is read and dropped for a moment, because a
 * close with unread bytes could take the answer away from it. */
void fcgi_close(struct fcgi *fcgi);

#endif
