/*
 * Judges the bytes of a FastCGI request before libfcgi reads them. libfcgi believes what it is
 * told: it takes parameters that were cut off for whole ones, adds lengths until they overflow, and
 * answers FCGI_GET_VALUES into a buffer of 64 bytes. What passes here is one request of bounded
 * size whose parameters are complete.
 */
#ifndef TASKGATE_HTTP_SCREEN_H
#define TASKGATE_HTTP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
#define SCREEN_END_REQUEST   3
#define SCREEN_PARAMS        4
#define SCREEN_STDIN         5
#define SCREEN_STDOUT        6
#define SCREEN_HEADER_SIZE   8
#define SCREEN_PADDING_AT    6 /* where a header says how much padding there is */
#define SCREEN_RESPONDER     1 /* the role in FCGI_BEGIN_REQUEST */
#define SCREEN_KEEP_CONN     1 /* flag of FCGI_BEGIN_REQUEST */

/* What CONTENT_LENGTH says when it is no number that a body can have. */
#define SCREEN_BAD_LENGTH SIZE_MAX

/* One record; CONTENT points into the bytes it was read from. */
struct screen_record {
    unsigned type;
    unsigned request_id;
    const unsigned char *content;
    size_t content_len;
    size_t padding_len;
};

/* How far the start of one request has been judged; zero at first. */
struct screen {
    size_t at; /* bytes judged: whole records */
    unsigned request_id;
    bool keep; /* the web server wants to send another request behind this one */
    /* With SCREEN_PASS: */
    size_t content_length; /* what is announced, or SCREEN_BAD_LENGTH */
    bool safe;             /* its method only reads (RFC 9110, section 9.2.1) */
};

/* Reads the SCREEN_HEADER_SIZE bytes of HEADER; content is what follows them. */
struct screen_record screen_header(const unsigned char *header);

/*
 * The record of FastCGI version 1 at DATA[*AT] of LEN bytes; with SCREEN_PASS *AT is then behind
 * its padding. SCREEN_REFUSE: another version.
 */
enum screen_verdict screen_record(const unsigned char *data, size_t len, size_t *at,
                                  struct screen_record *ret_record);

/*
 * Judges the LEN bytes that a connection has brought, going on from where the last call with the
 * same SCREEN ended (FastCGI 1.0, sections 3.3, 3.4 and 5). With SCREEN_PASS the request's
 * parameters end at SCREEN->at.
 */
enum screen_verdict screen_judge(struct screen *screen, const unsigned char *data, size_t len);

#endif
