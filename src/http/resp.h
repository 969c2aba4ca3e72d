/*
 * The answer under construction: status, header lines, body. Headers are checked here and nowhere
 * else; errors take their one shape here and nowhere else (contract.md section 6).
 */
#ifndef TASKGATE_HTTP_RESP_H
#define TASKGATE_HTTP_RESP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* What web servers surely take with their default buffers (security.md R48). */
#define RESP_MAX_HEAD    3584
#define RESP_MAX_PROBLEM 16

struct response {
    int status;
    int64_t retry_after; /* with ERR_LIMITED: seconds to wait */
    enum err error;      /* what the answer came from; ERR_OK for a success. For the log */
    const char *type;    /* of the body; NULL: there is none */
    const char *text;    /* what resp_error says instead of the table's text, or NULL */
    struct buf *head;    /* extra header lines, each with CR LF */
    struct buf *body;
    struct {
        const char *field;
        const char *text;
    } problems[RESP_MAX_PROBLEM];
    size_t problem_count;
};

/* A response owned by CTX: 500 until a handler says otherwise. */
struct response *resp_new(void *ctx);

/* Adds a header line. A value with CR, LF or another control byte is a bug: the line is logged and
 * left out. */
void resp_header(struct response *resp, const char *name, const char *value);

/* How many bytes of header lines can be added before resp_head has no room for them. */
size_t resp_room(const struct response *resp);

/* A success with the JSON text BODY, whose buffer it keeps. */
void resp_json(struct response *resp, int status, struct buf *body);

/* The same with an HTML page. */
void resp_html(struct response *resp, int status, struct buf *body);

/* A status with no body at all and no content type; a success, such as a redirection, unless the
 * caller sets what error it came from. */
void resp_empty(struct response *resp, int status);

/* Notes what is wrong with one field of the body or query; TEXT is static or owned by the request.
 * The caller then returns ERR_BAD_INPUT or ERR_INVALID. */
void resp_problem(struct response *resp, const char *field, const char *text);

/* Makes resp_error say TEXT (static or owned by the request) instead of what it would. */
void resp_text(struct response *resp, const char *text);

/* Replaces whatever was there by the one error shape for ERROR, with the problems noted so far. */
void resp_error(struct response *resp, enum err error);

/* The complete CGI header block: Status, Content-Type, Content-Length, the lines added, an empty
 * line; owned by CTX. A block over RESP_MAX_HEAD turns the response into a 500 first. */
struct buf *resp_head(void *ctx, struct response *resp);

#endif
