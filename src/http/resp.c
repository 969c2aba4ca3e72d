#include "http/resp.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

/* Seconds a client is asked to wait when the store or the workers could not take it. */
#define RETRY_AFTER INT64_C(1)

struct response *resp_new(void *ctx)
{
    struct response *resp = mem_new(ctx, struct response);

    resp->status = 500;
    resp->error = ERR_INTERNAL;
    resp->head = buf_new(resp);
    resp->body = buf_new(resp);
    return resp;
}

static bool is_header_value(const char *value)
{
    for (; *value != '\0'; value++) {
        if (((unsigned char)*value < 0x20 && *value != '\t') || *value == 0x7f) {
            return false;
        }
    }
    return true;
}

void resp_header(struct response *resp, const char *name, const char *value)
{
    if (!is_header_value(value)) {
        log_error("a value for the header %s holds a control byte: not sent", name);
        return;
    }
    buf_puts(resp->head, name);
    buf_puts(resp->head, ": ");
    buf_puts(resp->head, value);
    buf_puts(resp->head, "\r\n");
}

void resp_json(struct response *resp, int status, struct buf *body)
{
    resp->status = status;
    resp->error = ERR_OK;
    resp->type = "application/json";
    resp->body = body;
}

void resp_html(struct response *resp, int status, struct buf *body)
{
    resp_json(resp, status, body);
    resp->type = "text/html; charset=utf-8";
}

void resp_empty(struct response *resp, int status)
{
    resp_json(resp, status, buf_new(resp));
    resp->type = NULL;
}

void resp_problem(struct response *resp, const char *field, const char *text)
{
    if (resp->problem_count == RESP_MAX_PROBLEM) {
        return;
    }
    resp->problems[resp->problem_count].field = field;
    resp->problems[resp->problem_count].text = text;
    resp->problem_count++;
}

void resp_text(struct response *resp, const char *text)
{
    resp->text = text;
}

/* True when an earlier problem names the same field: the field was printed with it. */
static bool is_repeated(const struct response *resp, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(resp->problems[i].field, resp->problems[index].field) == 0) {
            return true;
        }
    }
    return false;
}

/* "errors":{"title":["text","text"],...} : arrays, because front ends map over them. */
static void put_problems(struct buf *body, const struct response *resp)
{
    buf_puts(body, ",\"errors\":{");
    for (size_t i = 0; i < resp->problem_count; i++) {
        if (is_repeated(resp, i)) {
            continue;
        }
        if (i > 0) {
            buf_putc(body, ',');
        }
        json_put_text(body, resp->problems[i].field);
        buf_puts(body, ":[");
        for (size_t j = i; j < resp->problem_count; j++) {
            if (strcmp(resp->problems[j].field, resp->problems[i].field) != 0) {
                continue;
            }
            if (j > i) {
                buf_putc(body, ',');
            }
            json_put_text(body, resp->problems[j].text);
        }
        buf_putc(body, ']');
    }
    buf_putc(body, '}');
}

/* RFC 6750 section 3.1: an error attribute only when a credential was offered. */
static void put_challenge(struct response *resp, enum err error)
{
    if (error == ERR_TOKEN_EXPIRED || error == ERR_TOKEN_INVALID || error == ERR_TOKEN_NO_USER) {
        resp_header(resp, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
    } else if (error == ERR_NO_CREDENTIAL || error == ERR_BAD_AUTH_HEADER) {
        resp_header(resp, "WWW-Authenticate", "Bearer");
    }
}

/* How long to wait, for everybody who may look for it: in the body too, because the proxies of
 * front ends lose headers; X-Retry-After is the name that Better Auth's clients know. */
static void put_retry(struct buf *body, struct response *resp, int status)
{
    if (status != 503 && status != 429) {
        return;
    }
    const char *seconds = mem_printf(
        resp, "%" PRId64, status == 429 && resp->retry_after > 0 ? resp->retry_after : RETRY_AFTER);
    buf_printf(body, ",\"retryAfter\":%s", seconds);
    resp_header(resp, "Retry-After", seconds);
    if (status == 429) {
        resp_header(resp, "X-Retry-After", seconds);
    }
}

void resp_error(struct response *resp, enum err error)
{
    const struct err_info *info = err_info(error);
    struct buf *body = buf_new(resp);
    bool field_errors = error == ERR_BAD_INPUT || error == ERR_INVALID;

    /* One line of text is what most front ends show: the first problem says more than "invalid". */
    const char *text = resp->text;
    if (text == NULL && field_errors && resp->problem_count > 0) {
        text = resp->problems[0].text;
    }
    buf_puts(body, "{\"detail\":");
    json_put_text(body, text != NULL ? text : info->detail);
    buf_puts(body, ",\"message\":");
    json_put_text(body, text != NULL ? text : info->message);
    buf_puts(body, ",\"error\":");
    json_put_text(body, err_reason(info->status));
    buf_puts(body, ",\"code\":");
    json_put_text(body, info->code);
    if (resp->problem_count > 0) {
        put_problems(body, resp);
    }
    put_retry(body, resp, info->status);
    buf_putc(body, '}');
    put_challenge(resp, error);
    resp_json(resp, info->status, body);
    resp->error = error;
}

static void put_head(struct buf *head, const struct response *resp)
{
    buf_puts(head, "Status: ");
    buf_int(head, resp->status);
    buf_putc(head, ' ');
    buf_puts(head, err_reason(resp->status));
    if (resp->type != NULL) {
        buf_puts(head, "\r\nContent-Type: ");
        buf_puts(head, resp->type);
    }
    buf_puts(head, "\r\nContent-Length: ");
    buf_int(head, (int64_t)resp->body->len);
    buf_puts(head, "\r\n");
    buf_add(head, resp->head->data, resp->head->len);
    buf_puts(head, "\r\n");
}

size_t resp_room(const struct response *resp)
{
    void *work = mem_context(NULL);
    struct buf *head = buf_new(work);

    put_head(head, resp);
    size_t room = head->len < RESP_MAX_HEAD ? RESP_MAX_HEAD - head->len : 0;
    talloc_free(work);
    return room;
}

struct buf *resp_head(void *ctx, struct response *resp)
{
    struct buf *head = buf_new(ctx);

    put_head(head, resp);
    if (head->len > RESP_MAX_HEAD) {
        log_error("response headers of %zu bytes do not fit a web server's buffer: answered 500",
                  head->len);
        head = buf_new(ctx);
        resp->head = buf_new(resp);
        resp->problem_count = 0;
        resp_error(resp, ERR_INTERNAL);
        put_head(head, resp);
    }
    return head;
}
