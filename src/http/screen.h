/*
 * Looks at the start of a FastCGI request before libfcgi reads it, and without taking it from the
 * socket. libfcgi believes what it is told: it takes parameters that were cut off for whole ones,
 * adds lengths until they overflow, and answers FCGI_GET_VALUES into a buffer of 64 bytes. What
 * passes here is one request of bounded size whose parameters are complete.
 */
#ifndef TASKGATE_HTTP_SCREEN_H
#define TASKGATE_HTTP_SCREEN_H

#include <stddef.h>

#include "base/err.h"

/* The most that the records up to the end of the parameters may take, with their headers. */
#define SCREEN_MAX (96 * 1024)

enum screen_verdict {
    SCREEN_MORE, /* right so far, but not all is there */
    SCREEN_PASS,
    SCREEN_REFUSE,
};

/* Judges the first LEN bytes of a connection (FastCGI 1.0, sections 3.3, 3.4 and 5). */
enum screen_verdict screen_judge(const unsigned char *data, size_t len);

/* Waits until enough of a request has come to FD (blocking, with a receive time-out) to judge it.
 * Nothing is consumed. ERR_CLIENT_GONE when it is refused, cut off, or does not come in time. */
enum err screen_wait(int fd) WARN_UNUSED;

#endif
