/*
 * Judges the start of a FastCGI request before libfcgi reads it. libfcgi believes what it is told:
 * it takes parameters that were cut off for whole ones, adds lengths until they overflow, and
 * answers FCGI_GET_VALUES into a buffer of 64 bytes. What passes here is one request of bounded
 * size whose parameters are complete.
 */
#ifndef TASKGATE_HTTP_SCREEN_H
#define TASKGATE_HTTP_SCREEN_H

#include <stddef.h>

/* The most that the records up to the end of the parameters may take, with their headers. */
#define SCREEN_MAX (96 * 1024)

enum screen_verdict {
    SCREEN_MORE, /* right so far, but not all is there */
    SCREEN_PASS,
    SCREEN_REFUSE,
};

/* FastCGI 1.0, section 8: what our side of the protocol knows of it. */
#define SCREEN_VERSION       1
#define SCREEN_BEGIN_REQUEST 1
#define SCREEN_PARAMS        4
#define SCREEN_STDIN         5
#define SCREEN_HEADER_SIZE   8

/* One record; CONTENT points into the bytes it was read from. */
struct screen_record {
    unsigned type;
    unsigned request_id;
    const unsigned char *content;
    size_t content_len;
    size_t padding_len;
};

/* Reads the SCREEN_HEADER_SIZE bytes of HEADER; content is what follows them. */
struct screen_record screen_header(const unsigned char *header);

/* Judges the first LEN bytes of a connection (FastCGI 1.0, sections 3.3, 3.4 and 5). With
 * SCREEN_PASS *RET_USED is how many of them the request takes up to the end of its parameters. */
enum screen_verdict screen_judge(const unsigned char *data, size_t len, size_t *ret_used);

#endif
