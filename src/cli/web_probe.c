#include "cli/web_probe.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"

static const char *code_of(struct web_probe *probe, const struct fetch_answer *answer)
{
    struct json *object = NULL;
    struct json_string code;

    if (json_parse_object(probe->ctx, answer->body->data, answer->body->len, &object) == ERR_OK &&
        json_get_string(object, "code", &code) == JSON_FOUND) {
        return code.data;
    }
    return "";
}

struct web_answer web_probe_request(struct web_probe *probe, const struct fetch_request *request)
{
    struct fetch_answer *answer = mem_new(probe->ctx, struct fetch_answer);
    struct buf *problem = buf_new(probe->ctx);
    enum err error = fetch_exchange(probe->client, probe->ctx, request, answer, problem);

    if (error != ERR_OK) {
        return (struct web_answer){.code = "", .problem = problem->data};
    }
    return (struct web_answer){
        .status = answer->status, .code = code_of(probe, answer), .answer = answer, .problem = ""};
}

struct web_answer web_probe_send(struct web_probe *probe, const char *method, const char *path,
                                 const char *const *headers, const char *body)
{
    const struct fetch_request request = {
        .method = method,
        .url = mem_printf(probe->ctx, "%s%s", probe->base, path),
        .headers = headers,
        .body = body,
        .body_len = body == NULL ? 0 : strlen(body),
    };

    return web_probe_request(probe, &request);
}

const char *web_probe_header(struct web_probe *probe, const struct web_answer *answer,
                             const char *name, int *ret_count)
{
    const size_t len = strlen(name);
    const char *value = NULL;

    *ret_count = 0;
    if (answer->answer == NULL) {
        return NULL;
    }
    for (const char *line = answer->answer->headers->data; *line != '\0';) {
        size_t line_len = strcspn(line, "\r\n");
        if (line_len > len && line[len] == ':' && strncasecmp(line, name, len) == 0) {
            const char *begin = line + len + 1 + strspn(line + len + 1, " \t");
            value = mem_strndup(probe->ctx, begin, (size_t)(line + line_len - begin));
            (*ret_count)++;
        }
        line += line_len;
        line += strspn(line, "\r\n");
    }
    return value;
}

bool web_probe_is_json(struct web_probe *probe, const struct web_answer *answer)
{
    int count;
    const char *type = web_probe_header(probe, answer, "Content-Type", &count);

    return type != NULL && strncasecmp(type, "application/json", strlen("application/json")) == 0;
}

const char *web_probe_words(struct web_probe *probe, const struct web_answer *answer)
{
    if (answer->status == 0) {
        return mem_printf(probe->ctx, "no answer (%s)", answer->problem);
    }
    return mem_printf(probe->ctx, "%d %s", answer->status,
                      *answer->code != '\0' ? answer->code : "without taskgate's JSON");
}
