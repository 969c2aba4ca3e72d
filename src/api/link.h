/* What the links in letters lead to: a GET with a token, answered by going on to another page. */
#ifndef TASKGATE_API_LINK_H
#define TASKGATE_API_LINK_H

#include "api/app.h"
#include "http/query.h"

/*
 * Reads the query, in which REQUIRED must be, and checks the URL to go on to. ERR_BAD_REQUEST;
 * ERR_BAD_INPUT with the problem noted; ERR_CALLBACK_URL.
 */
enum err link_read(struct call *call, const char *required, struct query *ret_query) WARN_UNUSED;

/* The URL to go on to, NULL when there is none. */
const char *link_callback(const struct query *query);

/* Answers 302 to URL, as it was given. */
enum err link_go(struct call *call, const char *url);

/* The same with NAME=VALUE in the query, in the place of what it says of NAME; a path becomes a URL
 * of ours when it is to be WHOLE. */
enum err link_go_with(struct call *call, const char *url, bool whole, const char *name,
                      const char *value);

/* Goes on to CALLBACK with the code of ERROR; without one (NULL) returns ERROR. */
enum err link_refuse(struct call *call, const char *callback, enum err error);

#endif
