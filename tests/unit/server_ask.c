/* Requests and replies of server.h. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/dispatch.h"
#include "base/mem.h"
#include "server.h"
#include "unit.h"

/* --- asking --- */

struct source {
    struct server *server;
    const struct ask *ask;
};

static enum err give_body(void *arg, void *ctx, size_t len, char **ret_body)
{
    const struct source *source = arg;
    const char *body = source->ask->body == NULL ? "" : source->ask->body;

    source->server->body_reads++;
    if (source->ask->broken_body || strlen(body) != len) {
        return ERR_BAD_REQUEST;
    }
    *ret_body = mem_strndup(ctx, body, len);
    return ERR_OK;
}

static enum err take_over(void *arg)
{
    const struct source *source = arg;

    if (source->server->hand_over == ERR_OK) {
        source->server->handed_over++;
    }
    return source->server->hand_over;
}

static bool replaces(const struct ask *ask, const char *name)
{
    for (size_t i = 0; i < COUNT(ask->params) && ask->params[i] != NULL; i++) {
        if (strncmp(ask->params[i], name, strlen(name)) == 0) {
            return true;
        }
    }
    return false;
}

static char **make_params(void *ctx, const struct ask *ask)
{
    char **params = mem_array(ctx, char *, 16);
    size_t count = 0;

    params[count++] = mem_printf(ctx, "REQUEST_METHOD=%s", ask->method);
    params[count++] = mem_printf(ctx, "REQUEST_URI=%s", ask->uri);
    if (!replaces(ask, "REMOTE_ADDR=")) {
        params[count++] = mem_strdup(ctx, "REMOTE_ADDR=192.0.2.7");
    }
    if (!replaces(ask, "REQUEST_ID=")) { /* or no two answers would be the same */
        params[count++] = mem_strdup(ctx, "REQUEST_ID=unit");
    }
    if (ask->token != NULL) {
        params[count++] = mem_printf(ctx, "HTTP_AUTHORIZATION=Bearer %s", ask->token);
    }
    if (ask->body != NULL && !replaces(ask, "CONTENT_TYPE=")) {
        params[count++] = mem_strdup(ctx, "CONTENT_TYPE=application/json");
    }
    if (ask->body != NULL && !replaces(ask, "CONTENT_LENGTH=")) {
        params[count++] = mem_printf(ctx, "CONTENT_LENGTH=%zu", strlen(ask->body));
    }
    for (size_t i = 0; i < COUNT(ask->params) && ask->params[i] != NULL; i++) {
        params[count++] = mem_strdup(ctx, ask->params[i]);
    }
    return params;
}

struct reply *server_ask(struct server *server, const struct ask *ask)
{
    void *ctx = mem_context(server->ctx);
    struct reply *reply = mem_new(ctx, struct reply);
    struct source source = {.server = server, .ask = ask};
    const struct edge edge = {
        .read_body = give_body, .hand_over = server->is_fast ? take_over : NULL, .arg = &source};
    struct answer answer;

    struct call *call = dispatch(&server->app, ctx, make_params(ctx, ask), &edge);
    if (call == NULL) { /* somebody else answers */
        return reply;
    }
    dispatch_answer(call, &answer);
    const struct buf *head = answer.head, *body = answer.body;
    if (!server->leave_rest) {
        dispatch_rest(call);
    }
    assert_int_equal(head->len, strlen(head->data));
    assert_int_equal(strncmp(head->data, "Status: ", 8), 0);
    reply->status = atoi(head->data + 8);
    reply->head = head->data;
    if (body != NULL) {
        reply->body = body->data;
        reply->body_len = body->len;
        if (body->len > 0 && body->data[0] == '{') {
            assert_int_equal(json_parse_object(ctx, body->data, body->len, &reply->json), ERR_OK);
        }
    }
    return reply;
}

struct reply *server_get(struct server *server, const char *uri, const char *token)
{
    return server_send(server, "GET", uri, token, NULL);
}

struct reply *server_send(struct server *server, const char *method, const char *uri,
                          const char *token, const char *body)
{
    return server_ask(server,
                      &(struct ask){.method = method, .uri = uri, .token = token, .body = body});
}

/* --- looking --- */

const char *server_log(struct server *server, const struct ask *ask, struct reply **ret_reply)
{
    char *text = mem_bytes(server->ctx, 8192);
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);

    assert_non_null(file);
    log_setup(LEVEL_INFO, "test");
    dup2(fileno(file), STDERR_FILENO);
    *ret_reply = server_ask(server, ask);
    dup2(before, STDERR_FILENO);
    log_setup(LEVEL_ERROR, "test");
    close(before);
    rewind(file);
    text[fread(text, 1, 8191, file)] = '\0';
    fclose(file);
    return text;
}

const char *reply_header(struct server *server, const struct reply *reply, const char *name)
{
    const char *start = mem_printf(server->ctx, "\r\n%s: ", name);
    const char *line = strstr(reply->head, start);

    if (line == NULL) {
        return NULL;
    }
    line += strlen(start);
    assert_null(strstr(line, start));
    return mem_strndup(server->ctx, line, strcspn(line, "\r"));
}

const char *reply_cookie(struct server *server, const struct reply *reply, const char *name)
{
    const char *start = mem_printf(server->ctx, "\r\nSet-Cookie: %s=", name);
    const char *line = strstr(reply->head, start);

    if (line == NULL)
        return NULL;
    assert_null(strstr(line + 2, start));
    line += strlen("\r\nSet-Cookie: ");
    return mem_strndup(server->ctx, line, strcspn(line, "\r"));
}

const char *reply_cookies(struct server *server, const struct reply *reply)
{
    static const char start[] = "\r\nSet-Cookie: ";
    struct buf *param = buf_new(server->ctx);

    for (const char *at = reply->head; (at = strstr(at, start)) != NULL;) {
        at += strlen(start);
        size_t len = strcspn(at, ";");
        if (at[len - 1] == '=')
            continue; /* cleared */
        buf_puts(param, param->len == 0 ? "HTTP_COOKIE=" : "; ");
        buf_add(param, at, len);
    }
    assert_true(param->len > 0);
    return param->data;
}

const char *reply_text(const struct reply *reply, const char *member)
{
    struct json_string text = {.data = NULL};

    assert_non_null(reply->json);
    assert_int_equal(json_get_string(reply->json, member, &text), JSON_FOUND);
    return text.data;
}

int64_t reply_int(const struct reply *reply, const char *member)
{
    int64_t number = 0;

    assert_non_null(reply->json);
    assert_int_equal(json_get_int(reply->json, member, &number), JSON_FOUND);
    return number;
}

void assert_error(const struct reply *reply, int status, const char *code)
{
    size_t members = 4;

    assert_int_equal(reply->status, status);
    assert_string_equal(reply_text(reply, "code"), code);
    assert_true(reply_text(reply, "detail")[0] != '\0');
    assert_true(reply_text(reply, "message")[0] != '\0');
    assert_string_equal(reply_text(reply, "error"), err_reason(status));
    members += strstr(reply->body, ",\"errors\":{") != NULL ? 1 : 0;
    members += status == 503 || status == 429 ? 1 : 0;
    assert_int_equal(json_member_count(reply->json), members);
}
