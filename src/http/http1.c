#include "http/http1.h"

#include <string.h>
#include <strings.h>

/* A text within the data. */
struct part {
    const char *data;
    size_t len;
};

/* The fields that decide how a request is read. */
struct fields {
    unsigned hosts;
    bool has_body;
};

static bool equals(struct part part, const char *text)
{
    return part.len == strlen(text) && memcmp(part.data, text, part.len) == 0;
}

static bool equals_name(struct part part, const char *name)
{
    return part.len == strlen(name) && strncasecmp(part.data, name, part.len) == 0;
}

/* RFC 9110 section 5.6.2 */
static bool is_token(struct part part)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";

    for (size_t i = 0; i < part.len; i++) {
        char byte = part.data[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && (byte < '0' || byte > '9') &&
            memchr(marks, byte, sizeof marks - 1) == NULL) {
            return false;
        }
    }
    return part.len > 0;
}

/* Printing ASCII without white space. */
static bool is_target(struct part part)
{
    for (size_t i = 0; i < part.len; i++) {
        if (part.data[i] <= ' ' || part.data[i] > '~') {
            return false;
        }
    }
    return part.len > 0 && part.data[0] == '/';
}

/* RFC 9110 section 5.5: printing, white space, or bytes above ASCII. */
static bool is_value(struct part part)
{
    for (size_t i = 0; i < part.len; i++) {
        unsigned char byte = (unsigned char)part.data[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
            return false;
        }
    }
    return true;
}

static struct part trim(struct part part)
{
    while (part.len > 0 && (*part.data == ' ' || *part.data == '\t')) {
        part.data++;
        part.len--;
    }
    while (part.len > 0 && (part.data[part.len - 1] == ' ' || part.data[part.len - 1] == '\t')) {
        part.len--;
    }
    return part;
}

/* Takes what stands before BYTE off *REST; false when BYTE is not there. */
static bool cut(struct part *rest, char byte, struct part *ret_before)
{
    const char *found = memchr(rest->data, byte, rest->len);

    if (found == NULL) {
        return false;
    }
    *ret_before = (struct part){rest->data, (size_t)(found - rest->data)};
    rest->len -= ret_before->len + 1;
    rest->data = found + 1;
    return true;
}

/* method SP request-target SP HTTP-version; *ret_hosts: how many Host fields there have to be. */
static int read_line(struct part line, struct http1_request *request, bool *ret_needs_host)
{
    struct part method, target;

    if (!cut(&line, ' ', &method) || !cut(&line, ' ', &target) || !is_token(method) ||
        !is_target(target)) {
        return 400;
    }
    bool version = line.len == 8 && memcmp(line.data, "HTTP/", 5) == 0 && line.data[6] == '.';
    if (!version || line.data[5] < '0' || line.data[5] > '9' || line.data[7] < '0' ||
        line.data[7] > '9') {
        return 400;
    }
    if (line.data[5] != '1') {
        return 505;
    }
    const char *query = memchr(target.data, '?', target.len);
    request->path = target.data;
    request->path_len = query == NULL ? target.len : (size_t)(query - target.data);
    request->method = equals(method, "GET")    ? HTTP1_GET
                      : equals(method, "HEAD") ? HTTP1_HEAD
                                               : HTTP1_OTHER;
    *ret_needs_host = line.data[7] != '0';
    return 200;
}

/* No white space before the colon, and no line that goes on (sections 5.1 and 5.2). */
static bool read_field(struct part line, struct fields *fields)
{
    struct part name;

    if (!cut(&line, ':', &name) || !is_token(name) || !is_value(line)) {
        return false;
    }
    fields->hosts += equals_name(name, "Host") ? 1 : 0;
    fields->has_body = fields->has_body || equals_name(name, "Transfer-Encoding") ||
                       (equals_name(name, "Content-Length") && !equals(trim(line), "0"));
    return true;
}

/* The next line of *REST without its CR LF; false when there is none, or one ends otherwise. */
static bool next_line(struct part *rest, struct part *ret_line)
{
    struct part line;

    if (!cut(rest, '\n', &line) || line.len == 0 || line.data[line.len - 1] != '\r') {
        return false;
    }
    *ret_line = (struct part){line.data, line.len - 1};
    return true;
}

static int read_head(struct part head, struct http1_request *request)
{
    struct fields fields = {.hosts = 0};
    struct part line;
    bool needs_host = false;
    int status = next_line(&head, &line) ? read_line(line, request, &needs_host) : 400;

    for (int count = 0; status == 200 && head.len > 0; count++) {
        if (count == HTTP1_MAX_FIELDS) {
            return 431;
        }
        if (!next_line(&head, &line) || !read_field(line, &fields)) {
            return 400;
        }
    }
    if (status == 200 &&
        (fields.hosts > 1 || (needs_host && fields.hosts == 0) || fields.has_body)) {
        return 400;
    }
    return status;
}

/* Whether no more bytes can make a head of these: TLS, or lines that end without CR. */
static bool is_hopeless(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)data[i];
        bool bare = byte == '\n' && (i == 0 || data[i - 1] != '\r');
        if (bare || byte == 0x7f || (byte < ' ' && strchr("\r\n\t", data[i]) == NULL) ||
            byte == 0) {
            return true;
        }
    }
    return false;
}

int http1_read(const char *data, size_t len, struct http1_request *ret_request)
{
    static const char end[] = "\r\n\r\n";
    struct http1_request request = {.method = HTTP1_OTHER};
    const char *found = memmem(data, len, end, sizeof end - 1);

    if (found == NULL || (size_t)(found - data) > HTTP1_MAX_HEAD - (sizeof end - 1)) {
        return len >= HTTP1_MAX_HEAD ? 431 : is_hopeless(data, len) ? 400 : 0;
    }
    int status = read_head((struct part){data, (size_t)(found - data) + 2}, &request);
    if (status == 200) {
        *ret_request = request;
    }
    return status;
}

bool http1_is_path(const struct http1_request *request, const char *path)
{
    return equals((struct part){request->path, request->path_len}, path);
}
